/* SPDX-License-Identifier: Apache-2.0 */
/* importers/jetson_log.h - rails and loads in the log of a Jetson as a module with its parts */
#pragma once

#include "importers/log_series.h"
#include "model/rails.h"

enum { JETSON_LOG_RAILS_MAX = 32, JETSON_LOG_RAIL_SIZE = 40 };

/* What the log tells of the board, found out before its first row. */
struct jetson_log {
    char rails[JETSON_LOG_RAILS_MAX][JETSON_LOG_RAIL_SIZE]; /* by name, in the log's order */
    size_t rail_count;
    bool has_total; /* the program's own sum, in a column of its own */
    bool has_cpu;   /* loads */
    bool has_gpu;
    int cores; /* 0 unknown */
    uint64_t memory_bytes;

    /* found by jetson_log_describe(): indices of devices, -1 none */
    struct rails_total module;
    struct rails_total carrier;
    int module_device;
    int carrier_device;
    int cpu_device; /* loads for which there is no rail to show them with */
    int gpu_device;
    int part_device[JETSON_LOG_RAILS_MAX]; /* of each rail */
};

/* What one row says; NAN where it says nothing. */
struct jetson_moment {
    double milliwatts[JETSON_LOG_RAILS_MAX];
    double total_milliwatts;
    double cpu_ratio; /* of the cores that are on, 0-1 */
    double gpu_ratio;
};

void jetson_moment_clear(struct jetson_moment *moment);

/* Return: its index, or -1 when there are too many or the name is too long. */
int jetson_log_add_rail(struct jetson_log *log, const char *name, size_t length);
int jetson_log_find_rail(const struct jetson_log *log, const char *name, size_t length);

/**
 * jetson_log_describe() - the devices of a log with these rails and loads
 * The module is metered by its input rail, else by those that add up to it, else by the program's own
 * sum; with no rails at all its energy is a model's, by the loads. Rails within it are its parts, as those
 * of the live reader are, and never added.
 * Return: 0; -EINVAL when the rails are not known to add up to anything.
 */
int jetson_log_describe(struct jetson_log *log, const struct importer *importer,
                        struct log_series *series, struct aico2_error *err);

void jetson_log_fill(const struct jetson_log *log, const struct jetson_moment *moment,
                     struct log_row *row);
