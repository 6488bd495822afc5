/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/points.h - the answer of a time-series server to one expression: series with labels and points */
#pragma once

#include "base/error.h"
#include "model/remote.h"

/* Of a series of the answer; one may come in several parts, by rising time. Return: 0 or -errno, which ends it. */
typedef int (*remote_points_fn)(void *payload, const struct remote_labels *labels,
                                const struct remote_point *points, size_t count,
                                struct aico2_error *err);

/* "" where there is none. Borrowed. */
const char *remote_label(const struct remote_labels *labels, const char *name);

/**
 * remote_points_read() - put one expression to the server, and hand on what it tells
 * @question: REMOTE_QUERY
 * @server_out: its name and address
 * @partial_out: more was asked for than came
 * @notes, @note_count: lines are added
 * Return: 0; -ENODATA when nothing matches; what take() returned; by the outcome -ECONNREFUSED, -EACCES, -EBADMSG, -EBUSY,
 * -ETIMEDOUT, -EREMOTEIO; -ENOMEM
 */
int remote_points_read(const char *program, const struct remote_question *question,
                       remote_points_fn take, void *payload, struct remote_server *server_out,
                       bool *partial_out, char ***notes, size_t *note_count,
                       struct aico2_error *err);
