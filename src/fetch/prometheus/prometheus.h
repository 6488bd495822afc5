/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/prometheus.h - a question about a time-series server, answered frame by frame */
#pragma once

#include "fetch/prometheus/frames.h"
#include "fetch/prometheus/server.h"

/**
 * prometheus_answer() - the whole answer, its end included
 * @credentials_dir: systemd's; NULL
 * Return: 0; -EPIPE nobody reads it; -EINVAL a frame of ours that would not be believed
 */
int prometheus_answer(const struct remote_question *question, const char *credentials_dir, int fd);

/* Each fills server->end when it fails. Return: 0, -EPROTO, -ENOMEM. */
int prometheus_window(struct server *server, const struct remote_question *question,
                      struct frames *frames);
int prometheus_query(struct server *server, const struct remote_question *question,
                     struct frames *frames);
