/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/discover.h - which series of the window a server has, of which hosts and devices */
#pragma once

#include "fetch/prometheus/server.h"
#include "fetch/prometheus/survey.h"

/**
 * discover() - ask for the series of known exporters, or of the user's selectors, and choose among them
 * @survey: empty; survey_deinit() frees it after a failure too
 * Return: 0, also with nothing found; -EPROTO and server->end; -ENOMEM
 */
int discover(struct server *server, const struct remote_question *question, struct survey *survey);

/* The largest value of each RAPL register in the window, by which the place where it wraps is known. The range of
 * candidates[i] goes to ranges[i]; 0: unknown. */
int discover_ranges(struct server *server, const struct remote_question *question,
                    const struct survey *survey, double *ranges);

/* presence.c: at which moments of the window each series has a sample, where it matters for the choice. */
int discover_presence(struct server *server, const struct remote_question *question,
                      struct survey *survey);
