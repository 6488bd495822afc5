/* SPDX-License-Identifier: Apache-2.0 */
/* cli/signals.h - which signals are meant for the command, and how they get there once */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

#include "base/error.h"

struct signals {
    int fd; /* what arrives, and SIGCHLD */
    sigset_t original_mask;
    struct sigaction original_chld;
};

/* Blocks what is to be passed on. Undone on failure. */
int signals_watch(struct signals *signals, struct aico2_error *err);
/* The mask and the action of SIGCHLD as we found them: the command shall find the same. */
void signals_restore(const struct signals *signals);

/* Whether the command got it at the same time as we did. */
bool signals_reached_group(const struct signalfd_siginfo *info);
/* The same signal, with its value when one was queued with it. */
void signals_send(pid_t pid, const struct signalfd_siginfo *info);
