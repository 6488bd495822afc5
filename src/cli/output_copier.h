/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output_copier.h - the process that brings what the command prints from its pty to our stdout */
#pragma once

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "base/byte_ring.h"

/* What the copier tells, in memory that both see; news_fd is written to with every change. */
struct copier_news {
    atomic_uint flushed; /* as many of the flushes that were asked for are done */
    atomic_bool resized; /* the terminal has another size, and the pty has it now */
    atomic_int
        refused; /* the errno of whoever takes no output any more; what comes is thrown away */
    atomic_uint wasted; /* how often something was */
};

/* What it is asked, a byte each. When the asking end closes, it goes on by itself. */
enum { COPIER_FLUSH = 'f', COPIER_HANG_UP = 'h' };

struct copier {
    int master_fd; /* of the pty */
    int ask_fd;    /* to read from */
    int news_fd;   /* an eventfd */
    struct copier_news *news;
    struct byte_ring *ring; /* gets all of it, too */
    bool terminal;          /* stdout is one */
    bool packets;           /* the master tells of changed modes (TIOCPKT) */
};

/**
 * output_copier_run() - copies until nobody has the pty open any more
 * A process of its own: what the command prints arrives whether we measure, are stopped or were
 * killed. It must be in the command's process group, so that a terminal treats its writing as the
 * command's own. Signals that were blocked stay so: it ends with the output, not before.
 * In the child of a program with threads: only calls that are safe after a fork.
 */
void AICO2_NORETURN output_copier_run(const struct copier *copier);
