/* SPDX-License-Identifier: Apache-2.0 */
/* cli/command_output.h - what the command prints comes through a pty, so that it can be followed */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/byte_ring.h"
#include "base/error.h"
#include "session/session.h"

/* Of standard output alone. It belongs to one thread. */
struct command_output;

/**
 * command_output_open() - a pty with the modes and size of our stdout; nothing is started
 * Return: 0; -EBADF when stdout is closed, -errno where there are no ptys. Outputs are untouched then.
 */
int command_output_open(struct command_output **output_out, struct aico2_error *err);
/* Lets go: the copier goes on until the output ends. */
void command_output_free(struct command_output *output);

/* Gets all that is printed; borrowed. NULL is none, of NULL too. */
struct byte_ring *command_output_ring(const struct command_output *output);

/* Starts the copier (cli/output_copier.h), before the command. Return: its pid or -errno. */
pid_t command_output_start(struct command_output *output, struct aico2_error *err);
/* In the command's process, before it execs. */
void command_output_become(const struct command_output *output);
/* The command has its end now: ours is closed, else its output would never end. */
void command_output_started(struct command_output *output);

/* The copier, while it lives; 0 else, and of NULL. A child of ours was waited for: whether it was it. */
pid_t command_output_pid(const struct command_output *output);
bool command_output_reaped(struct command_output *output, pid_t pid);

/* Readable when there is something to serve. */
int command_output_fd(const struct command_output *output);
/* Tells the command of what it would have heard without us: a new size of the terminal, or that nobody
 * reads its output any more. */
void command_output_serve(struct command_output *output, struct session *session);

/* Everything printed so far shall be delivered. */
void command_output_flush(struct command_output *output);
/**
 * command_output_wait() - until that is done
 * @wait_ns: at most; below 0: as long as it takes
 * @wake_fd: becoming readable calls woken(), which ends the wait by true
 */
void command_output_wait(struct command_output *output, int64_t wait_ns, int wake_fd,
                         bool (*woken)(void *payload), void *payload);

/* The errno of a stdout that could not take all of it; 0, also where the reader had left. Of NULL: 0. */
int command_output_failure(const struct command_output *output);
