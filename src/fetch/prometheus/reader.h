/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/reader.h - the samples of the chosen devices, chunk by chunk */
#pragma once

#include "fetch/prometheus/group.h"
#include "fetch/prometheus/server.h"

struct reader {
    struct server *server;
    const struct remote_question *question;
    const struct survey *survey;
    struct groups groups;
    struct meter *meters;
    size_t meter_count;
    struct frames *frames;
    struct left_out left;
    int64_t to_ns;   /* of the question, or now where that lies ahead */
    bool shows_late; /* VictoriaMetrics: what it got can be hidden for 30 s */
};

/* How far apart the samples of each device are: asked for, not believed of a configuration. Return: 0 or -errno. */
int reader_find_intervals(struct reader *reader);

/* Until the scrape after the window's end is there, or cannot be waited for. false: it is not there. */
bool reader_wait_for_end(struct reader *reader);

/* All samples from before the window to behind it. Return: 0; -EPROTO and server->end; -ENOMEM. */
int reader_read(struct reader *reader);
