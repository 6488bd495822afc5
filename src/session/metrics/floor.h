/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/floor.h - what counters were told as last, so that they do not fall
 *
 * What a one-time program tells of a history may be a little lower than the last time: samples were thinned,
 * the idle power is known better. A scraper takes any fall for a counter that began anew, and would count
 * all of it once more. The last text that was written is the memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/metrics.h"

struct metric_floor_entry;

struct metric_floor {
    struct metric_floor_entry *items; /* by key */
    size_t count;
    size_t capacity;
};

/* A line that begins with this holds a sample for the next time; to a scraper it is a comment. */
#define METRIC_FLOOR_NOTE "#:"

/* Appends the samples as such lines, for the next metric_floor_parse(). */
void metrics_write_notes(struct strbuf *out, const struct metrics *notes);

/**
 * metric_floor_parse() - the samples of a text that was written before, in Prometheus's form
 * Lines that are none are passed over: a file that somebody has changed is no reason to stop.
 * Return: 0 or -ENOMEM; metric_floor_deinit() in both cases
 */
int metric_floor_parse(const char *text, struct metric_floor *floor_out);
void metric_floor_deinit(struct metric_floor *floor);

/* Return: false, and *value_out untouched, when there was no such sample. Labels in the order they had. */
bool metric_floor_get(const struct metric_floor *floor, const char *name,
                      const struct metric_label *labels, size_t label_count, double *value_out);

/**
 * metric_floor_apply() - counters that are lower than the last time stay where they were
 * Those of a run always do. Those of a device do by a hundredth: below that another history is told
 * of, and it counts anew.
 */
void metric_floor_apply(const struct metric_floor *floor, struct metrics *metrics);
