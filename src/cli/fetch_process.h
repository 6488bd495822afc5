/* SPDX-License-Identifier: Apache-2.0 */
/* cli/fetch_process.h - the process of aico2-fetch: where its program stands, how it is started */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What one that does not keep its deadline by itself is given beyond it. */
enum { FETCH_GRACE_MS = 1000 };

/**
 * fetch_find_program() - aico2-fetch in the libexec of the running program's own prefix
 * Never by PATH, and no variable names it. In a build tree it stands beside the folder of `cli`.
 * Return: 0, -ENOENT when this installation has none
 */
int fetch_find_program(char *path_out, size_t size, struct aico2_error *err);

/**
 * fetch_process_start() - start it with a question on its standard input; nothing is waited for
 * It has a session of its own, low priority, none of the caller's descriptors, and dies with the caller or a
 * little after the deadline, whatever it is doing.
 * @deadline_ms: of the question
 * @answer_fd_out: where its answer comes, not blocking; the caller's to close
 * Return: 0 or -errno
 */
int fetch_process_start(const char *program, const void *question, size_t size, int64_t deadline_ms,
                        pid_t *pid_out, int *answer_fd_out, struct aico2_error *err);

/* At its end, or by SIGKILL. pid 0: it was waited for. Return: the status of waitpid(). */
int fetch_process_end(pid_t *pid, int status);

/* -ECHILD: how one that gave no answer ended, by its status. */
int fetch_process_failed(int status, struct aico2_error *err);
