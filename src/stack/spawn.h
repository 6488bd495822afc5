/* SPDX-License-Identifier: Apache-2.0 */
/* stack/spawn.h - a program started to go on without us, and only once it is known of */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct spawn {
    const char *program;      /* absolute */
    char *const *words;       /* argv, NULL at its end */
    char *const *environment; /* NULL at its end */
    int directory_fd;         /* where it stands and works */
    int log_fd;               /* its standard output and error */
};

/* A process that waits to become the program. */
struct spawned {
    pid_t pid;
    int channel; /* -1 none */
};
#define SPAWNED_NULL            \
    {                           \
        .pid = 0, .channel = -1 \
    }

/**
 * spawn_prepare() - a process in a session of its own, with nothing of ours open, that waits
 * It becomes the program at spawn_release(), and ends if we do before that: who is killed between the two
 * leaves nothing behind that no record tells of.
 */
int spawn_prepare(const struct spawn *spawn, struct spawned *spawned_out, struct aico2_error *err);

/* Return: 0: the program runs; -errno of what kept it from it, and the process is gone. */
int spawn_release(struct spawned *spawned, const char *program, struct aico2_error *err);

/* It never becomes the program. */
void spawn_cancel(struct spawned *spawned);
