/* SPDX-License-Identifier: Apache-2.0 */
/* cli/fetcher.h - the fetcher, a program of its own: started, asked one question, its answer taken */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/fetch.h"

/* A question under way. It belongs to one thread. */
struct fetch;

struct fetch_result {
    struct fetch_answer answer;
    struct intensity_series series; /* origin is the answer's; intensity_series_deinit() */
};

/**
 * fetch_ask() - start the fetcher with a question; nothing is waited for
 * It has a session of its own, low priority, none of the caller's descriptors, and dies with the caller or a
 * little after the question's deadline, whatever it is doing.
 * Return: 0 or -errno
 */
int fetch_ask(struct fetch **fetch_out, const char *program, const struct fetch_question *question,
              struct aico2_error *err);

/* Its process, for those who look after children; 0 when it was waited for. */
pid_t fetch_pid(const struct fetch *fetch);
/* A child was waited for by somebody else. Return: whether it was the fetcher. fetch: NULL is none. */
bool fetch_reaped(struct fetch *fetch, pid_t pid, int status);

/**
 * fetch_take() - its answer, checked
 * @wait_ms: at most; the fetcher is ended when it has not answered by then
 * @wake_fd: -1, or a descriptor whose becoming readable calls woken(), which ends the wait by true
 * Return: 0 (the answer may tell of a failure all the same: answer.status); -ETIMEDOUT, -EINTR when woken,
 * -EBADMSG for what cannot be an answer, -ECHILD when it ended without one; the message says which
 */
int fetch_take(struct fetch *fetch, int64_t wait_ms, int wake_fd, bool (*woken)(void *payload),
               void *payload, struct fetch_result *result_out, struct aico2_error *err);

/* Ends it, too. */
void fetch_free(struct fetch *fetch);
