/* SPDX-License-Identifier: Apache-2.0 */
/* cli/launch.h - a command under measurement: fork, signals, waiting, as other wrappers do it */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "session/session.h"

struct launch_options {
    char *const *command;          /* NULL-terminated */
    const char *run_id;            /* AICO2_RUN_ID of the command */
    int64_t timeout_ns;            /* 0: none */
    bool wait_all;                 /* wait for what the command leaves running */
    struct fetch *fetch;           /* a child of ours that is none of the command's; NULL: none */
    struct command_output *output; /* what its stdout is; NULL: ours */
    void (*look)(void *payload);   /* while it runs, once a second at least; NULL: nobody */
    void *payload;
};

struct launch_result {
    int status; /* of wait4 */
    bool timed_out;
};

/* How the process was set up for children; undone in the command. */
struct launch;

/**
 * launch_prepare() - block the signals to forward, become the subreaper of what will be started
 * Before any thread is started: threads inherit the mask.
 */
int launch_prepare(struct launch **launch_out, struct aico2_error *err);
void launch_free(struct launch *launch);

/* Children that were here before launch_prepare(): not the command's. Borrowed. */
const pid_t *launch_inherited(const struct launch *launch, size_t *count_out);

/* Becomes the command, unmeasured, with what launch_prepare() did undone (NULL: nothing was done).
 * Return: only on failure, -errno of exec. */
int launch_become(const struct launch *launch, char *const *command);

/**
 * launch_fork() - create the child; it waits for launch_exec()
 * The child is attached to the session by the caller in between. Where there is an output, its copier is
 * started before.
 */
int launch_fork(struct launch *launch, const struct launch_options *options, pid_t *child_out,
                struct aico2_error *err);

/**
 * launch_exec() - let the child exec
 * Return: 0 when the command runs; -errno of exec when it does not (-ENOENT, -EACCES ...), child reaped.
 */
int launch_exec(struct launch *launch);

/* Signals that came since the command has ended. Whether one of them asks us to end. */
int launch_signal_fd(const struct launch *launch);
bool launch_is_asked_to_end(struct launch *launch);

/* Turns the loop until the command has ended: signals are passed on, the session and the output are served,
 * orphans are reaped. */
void launch_wait(struct launch *launch, const struct launch_options *options,
                 struct session *session, struct launch_result *result_out);

/**
 * launch_deliver() - what the command has printed until now arrives before we go on
 * @patience_ns: how long is waited at most; below 0: as long as it takes, as the command itself would
 *               have waited for a slow reader, but not after somebody has asked for the end
 */
void launch_deliver(struct launch *launch, const struct launch_options *options,
                    int64_t patience_ns);

/* A signal of ours to the command; or with `all` to what it has started as well. */
void launch_signal(const struct launch *launch, struct session *session, int number, bool all);

/* Ends this program by the signal that ended the command, without a core of our own; as PID 1, where signals
 * without a handler are ignored, returns 128 + signal. */
int launch_die_of(int signal_number);
