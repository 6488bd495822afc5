/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/push.h - a fetcher that takes snapshots for as long as they come, and sends them */
#pragma once

#include "fetch/push/sender.h"
#include "model/push.h"

enum push_result {
    PUSH_ENDED,   /* all was sent, or waits on the disk */
    PUSH_GAVE_UP, /* something is neither sent nor on the disk; the last state says what was wrong */
    PUSH_BAD_FRAME, /* what came is none of this version */
    PUSH_NO_MEMORY,
};

/**
 * push_run() - frames from one descriptor until its end, states to another
 * @in_fd, @out_fd: the latter is made non-blocking: a state that nobody reads is left out
 * A thread of its own does the sending, and may still hang in it when this returns: end the process by _exit().
 */
enum push_result push_run(const struct push_setup *setup, const struct transport *transport,
                          int in_fd, int out_fd);
