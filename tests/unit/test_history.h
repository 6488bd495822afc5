/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history.h - a history in a temporary directory, and runs to put there */
#pragma once

#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "history/internal.h"

/* 2026-01-01T00:00:00Z: a whole hour, minute and day. */
#define EPOCH_NS (INT64_C(1767225600) * NSEC_PER_SEC)
#define SECOND_NS NSEC_PER_SEC
#define MINUTE_NS (60 * NSEC_PER_SEC)
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

struct place {
    char directory[64];
    char path[96];
    int fd;
};

static inline struct place place_new(void)
{
    struct place place;

    place.fd = temp_dir_open(place.directory);
    (void)snprintf(place.path, sizeof(place.path), "%s/history.db", place.directory);
    return place;
}

static inline void place_remove(struct place *place)
{
    (void)close(place->fd);
    temp_dir_remove(place->directory);
}

/* Local, whatever the disk below the temporary directory is. */
static inline struct history *open_local(const char *path, int mode)
{
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    int r = history_open_on(path, mode, false, &history, &err);

    if (r < 0)
        fail_msg("%s", err.message);
    return history;
}

/* number: sets the id, so that a later number is a newer run. */
static inline struct run run_numbered(int number)
{
    struct run run = {
        .state = RUN_RUNNING,
        .started_wall_ns = EPOCH_NS,
        .ended_wall_ns = EPOCH_NS,
        .exit_status = -1,
        .interval_ns = SECOND_NS,
        .cpu_seconds = NAN,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
    };

    (void)snprintf(run.id, sizeof(run.id), "01KDVDXR00%016d", number);
    (void)snprintf(run.name, sizeof(run.name), "run-%d", number);
    (void)snprintf(run.stage, sizeof(run.stage), "training");
    (void)snprintf(run.machine.hostname, sizeof(run.machine.hostname), "here");
    (void)snprintf(run.boot_id, sizeof(run.boot_id), "boot-1");
    return run;
}

static inline struct device device_named(const char *id)
{
    struct device device = DEVICE_NULL;

    (void)snprintf(device.id, sizeof(device.id), "%s", id);
    return device;
}

static inline struct history_sample sample_at(int device, int64_t end_wall_ns, double joules)
{
    return (struct history_sample){
        .end_wall_ns = end_wall_ns,
        .interval_seconds = 1,
        .device = device,
        .sums = { .joules = joules, .covered_seconds = 1, .samples = 1 },
        .power_watts = joules,
    };
}

/* One tick of a run with one device: a sample, and the slice of its hour grown to slice_joules. */
static inline int append_one(struct history *history, struct run *run, int64_t end_wall_ns,
                             double joules, double slice_joules, struct aico2_error *err)
{
    struct history_sample sample = sample_at(0, end_wall_ns, joules);
    struct slice slice = {
        .start_wall_ns = EPOCH_NS,
        .sums = { .joules = slice_joules, .samples = 1 },
    };
    struct device_totals totals = DEVICE_TOTALS_NULL;

    totals.peak_watts = joules;
    run->ended_wall_ns = end_wall_ns;
    run->duration_ns += SECOND_NS;
    return history_append(history, run, &sample, 1, &slice, 1, &totals, 1, err);
}

static inline void begin(struct history *history, const struct run *run)
{
    struct device device = device_named("cpu0");
    struct aico2_error err = { 0 };

    if (history_run_begin(history, run, &device, 1, &err) < 0)
        fail_msg("%s", err.message);
}

/* What a walk saw. */
struct seen {
    size_t count;
    double joules;
    struct history_sample samples[256];
    char devices[256][DEVICE_ID_SIZE];
    char runs[256][ULID_SIZE];
};

static inline int see(void *payload, const struct history_sample_row *row)
{
    struct seen *seen = payload;

    if (seen->count < 256) {
        seen->samples[seen->count] = row->sample;
        memcpy(seen->devices[seen->count], row->device->id, DEVICE_ID_SIZE);
        memcpy(seen->runs[seen->count], row->run_id, ULID_SIZE);
    }
    seen->count++;
    seen->joules += row->sample.sums.joules;
    return 0;
}

static inline char *read_whole(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 22);

    assert_non_null(file);
    assert_non_null(bytes);
    *size_out = fread(bytes, 1, 1 << 22, file);
    (void)fclose(file);
    return bytes;
}

static inline void execute(const char *path, const char *sql)
{
    sqlite3 *connection = NULL;

    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    if (sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(connection));
    (void)sqlite3_close(connection);
}

static inline void assert_refused_and_untouched(const char *path, int r, const char *why)
{
    static const int modes[] = { HISTORY_READ, HISTORY_WRITE };
    size_t size_before;
    size_t size_after;
    char *before = read_whole(path, &size_before);
    char *after;

    for (size_t i = 0; i < ARRAY_LENGTH(modes); i++) {
        struct history *history = NULL;
        struct aico2_error err = { 0 };

        assert_int_equal(history_open_on(path, modes[i], false, &history, &err), r);
        assert_null(history);
        assert_int_equal(err.code, r);
        assert_non_null(strstr(err.message, path));
        assert_non_null(strstr(err.message, why));
        after = read_whole(path, &size_after);
        assert_int_equal(size_after, size_before);
        assert_memory_equal(before, after, size_before);
        free(after);
    }
    free(before);
}
