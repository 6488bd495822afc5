/* SPDX-License-Identifier: Apache-2.0 */
/* importers/totals_log.h - files that hold sums of finished runs and no course, as sources of readings
 *
 * Each device's sum becomes a counter with two readings: 0 when the run began, and the sum when it ended.
 */
#pragma once

#include "importers/importer.h"

enum { TOTALS_DEVICES_MAX = 4 };

/* A counter of microjoules shows no less. */
#define TOTALS_LEAST_JOULES 1e-6

struct totals_device {
    enum device_kind kind;
    enum basis basis;
    char id[8];
    char model[DEVICE_MODEL_SIZE];
    char note[DEVICE_NOTE_SIZE];
    double joules; /* NAN: none of its own, only its load is told */
    double band_ratio;
    double utilization_ratio; /* NAN: not told */
    uint64_t memory_bytes;
};

struct totals_run {
    struct series_facts facts;
    int64_t start_ns;
    int64_t end_ns;
    struct totals_device devices[TOTALS_DEVICES_MAX];
    size_t device_count;
    struct digest digest;
};

/* NULL: there are too many. */
struct totals_device *totals_add(struct totals_run *run, enum device_kind kind, enum basis basis,
                                 const char *id, double joules, double band_ratio);

/**
 * totals_open() - runs, in their order, as a series
 * @runs:  on the heap; taken over, also on failure; at least one
 * @notes: of all of them, likewise; each run gets them
 */
int totals_open(const struct importer *importer, struct totals_run *runs, size_t count,
                char **notes, size_t note_count, struct series **series_out,
                struct aico2_error *err);
