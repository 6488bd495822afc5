/* SPDX-License-Identifier: Apache-2.0 */
/* model/metrics.h - figures by name and label, as every exposition format has them
 *
 * The one table of what is exported: session makes a snapshot, and each writer (Prometheus text,
 * OpenMetrics, remote write; later OTLP) goes over it. Names and labels are those of a format that is fixed
 * for users, so they stand here and not in the writers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_INFO };

struct metric_label {
    const char *name;  /* [a-zA-Z_][a-zA-Z0-9_]*, a constant */
    const char *value; /* UTF-8, any; the writer escapes */
};

/* One line: labels are label_count of the snapshot's, from first_label on. */
struct metric_sample {
    size_t first_label;
    size_t label_count;
    double value; /* never NAN: what is unavailable has no sample, for it is not 0 */
};

/* A family: all samples of one name stand together. A counter's name has its "_total", an info's "_info". */
struct metric_family {
    const char *name;
    const char *help;
    const char *unit; /* the suffix of the name before "_total"; "" none */
    enum metric_type type;
    size_t first_sample;
    size_t sample_count; /* 0: the writer leaves the family out */
};

struct metric_text; /* a block of copied label values */

/* Strings live in the snapshot or are constants. One thread at a time; { 0 } is an empty one. */
struct metrics {
    struct metric_family *families;
    size_t family_count, family_capacity;
    struct metric_sample *samples;
    size_t sample_count, sample_capacity;
    struct metric_label *labels;
    size_t label_count, label_capacity;
    struct metric_text *texts;
    size_t text_count, text_capacity;
    size_t text_block, text_used; /* the block that is being filled, and how far */
    int64_t wall_ns;              /* when what it tells was true */
    bool failed;                  /* out of memory: the snapshot is not whole */
};

/* Empties it; its memory serves the next snapshot. */
void metrics_clear(struct metrics *metrics);
void metrics_deinit(struct metrics *metrics);

/**
 * metrics_family() - a family begins; what metrics_sample() adds is of it until the next
 * @name, @unit, @help: constants, or texts that outlive the snapshot
 */
void metrics_family(struct metrics *metrics, enum metric_type type, const char *name,
                    const char *unit, const char *help);

/**
 * metrics_sample() - a line of the family
 * @value:  NAN adds nothing
 * @labels: copied, values included; names are not. NULL where label_count is 0
 * Two samples of one family with the same labels are a mistake of the caller.
 */
void metrics_sample(struct metrics *metrics, double value, const struct metric_label *labels,
                    size_t label_count);
