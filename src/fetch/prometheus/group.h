/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/group.h - devices whose samples one query brings */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/strbuf.h"
#include "fetch/prometheus/frames.h"
#include "fetch/prometheus/survey.h"

/* A device that was chosen, while its samples are read. */
struct meter {
    const struct candidate *candidate;
    uint32_t device;         /* as the frames call it */
    double interval_seconds; /* 0 unknown */
    int64_t last_ns;         /* of the last reading that was put */
    uint32_t source;         /* the series it is read from: the first, or an alternate */
    bool has_rest;           /* FORM_CPU: of the last step */
    int64_t rest_ns;
    double rest_seconds;
    double cpus;
};

struct member {
    uint32_t series;
    const json_t *values; /* of the answer that is being read; NULL */
};

struct group {
    const char *metric;      /* borrowed */
    bool is_load;            /* FORM_CPU: asked for as sums */
    struct strbuf instances; /* ,instance=~"a|b"; empty where a series has none */
    struct strbuf selector;  /* metric{...} */
    struct meter **meters;
    size_t meter_count;
    size_t meter_capacity;
    struct member *members;
    size_t member_count;
    size_t member_capacity;
    int64_t cursor_ns; /* up to where it was read */
    int64_t chunk_ns;
};

struct groups {
    struct group *items;
    size_t count;
    size_t capacity;
};

/* What could not be taken, over all of a window. */
struct left_out {
    uint64_t not_figures; /* NaN, infinite, negative, or a sentinel */
    uint64_t malformed;
};

/* Meters by metric, so many that an answer stays small. Return: 0 or -ENOMEM. */
int groups_make(const struct survey *survey, struct meter *meters, size_t count,
                struct groups *groups_out);
void groups_deinit(struct groups *groups);

/* load.c: what is_load asks for: rest, CPUs and time of each instance. */
int load_query(const struct group *group, struct strbuf *query);

/**
 * group_take() - an answer's samples as readings
 * Samples that were put already are dropped: answers overlap.
 * Return: 0, -EBADMSG, -ENOMEM
 */
int group_take(struct group *group, const struct survey *survey, const json_t *root,
               struct frames *frames, struct left_out *left);
int load_take(struct group *group, const struct survey *survey, const json_t *root,
              struct frames *frames);

/**
 * group_take_intervals() - how far apart each device's samples are, by an answer
 * The median of its steps, into meters that know none yet; longer where steps next to from_ns or to_ns are: a
 * scrape's interval may change, and what is regular for its own time is no hole.
 */
int group_take_intervals(struct group *group, const struct survey *survey, const json_t *root,
                         int64_t from_ns, int64_t to_ns);

/* The latest time in an answer; 0: none. */
int64_t rows_latest_ns(const json_t *root);
