/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/stream.h - what the fetcher tells of a time-series server, frame by frame, each checked */
#pragma once

#include "base/error.h"
#include "model/remote.h"
#include "session/remote/window.h"

struct remote_stream;

/**
 * remote_stream_open() - start the fetcher with a question and read what comes before any reading
 * An answer that ends before that is one without devices: its end says why.
 * @program: of fetch_find_program()
 * Return: 0; -ETIMEDOUT past the question's deadline; -EBADMSG for what cannot be an answer; -ECHILD when
 * it ended without one; -ENOMEM
 */
int remote_stream_open(struct remote_stream **stream_out, const char *program,
                       const struct remote_question *question, struct aico2_error *err);

/* The stream's, until it is closed. */
struct remote_answer *remote_stream_answer(struct remote_stream *stream);

/* Ends the fetcher, too. NULL is none. */
void remote_stream_close(struct remote_stream *stream);
