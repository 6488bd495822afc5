/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/child.h - a process of the fetcher with a pipe to it and one from it */
#pragma once

#include <sys/types.h>

#include "base/error.h"

struct push_child {
    pid_t pid;     /* 0: none, or waited for */
    int frames_fd; /* to it, non-blocking; -1 closed */
    int states_fd; /* from it, non-blocking; -1 closed */
};

#define PUSH_CHILD_NULL ((struct push_child){ .frames_fd = -1, .states_fd = -1 })

/**
 * push_child_start() - `program --push` with a session of its own, low priority, no signal blocked, and nothing of
 * the caller's environment but where systemd put its credentials
 * It is not told when the caller ends, but sees the end of its pipe: what is in there by then it keeps.
 * Return: 0 or -errno
 */
int push_child_start(struct push_child *child, const char *program, struct aico2_error *err);

/* Whether it has ended by now. status_out: of waitpid(), or -1 when somebody else waited for it. */
int push_child_has_ended(struct push_child *child, int *status_out);

/* SIGKILL, and waits. */
void push_child_kill(struct push_child *child);

/* The descriptors; not the process. */
void push_child_close(struct push_child *child);
