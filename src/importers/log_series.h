/* SPDX-License-Identifier: Apache-2.0 */
/* importers/log_series.h - rows of a log, each of one moment, as a source of readings */
#pragma once

#include "importers/importer.h"
#include "importers/local_time.h"
#include "importers/log_text.h"

enum {
    LOG_DEVICES_MAX = 16,
    LOG_SECOND_MAX = 1000, /* rows in one second: the fastest of these programs writes 10 */
};

struct log_row {
    int64_t wall_ns;
    bool coarse; /* told to the second: several rows may bear the same one */
    struct sample samples[LOG_DEVICES_MAX]; /* one per device; their time is set later */
};

/**
 * struct log_series - what the forms have in common
 * A form begins with one of these, fills `devices` and gives `next_row`; the rest is done here: rows
 * that go back in time are skipped, rows of one second are spread over it, and the notes are written.
 */
struct log_series {
    struct series base; /* devices point to those below */
    struct log_text *text;
    struct import_settings settings;
    struct local_time time;
    bool start_used; /* the log has no times, or no dates */
    struct series_device devices[LOG_DEVICES_MAX];
    /* the next row that can be read. Return: 1, 0 at the end, or -errno */
    int (*next_row)(struct log_series *series, struct log_row *row_out, struct aico2_error *err);
    void (*free_form)(struct log_series *series); /* what the form has beside; may be NULL */

    struct log_row *second; /* rows of one second, and behind them one that is later */
    size_t second_capacity;
    size_t second_count;
    size_t at; /* row and device of the next reading */
    size_t at_device;
    bool has_later;
    size_t rows; /* taken so far */
    int64_t last_ns;
    size_t last_count; /* rows of the second before */
    bool ended;
};

/* Takes the text over, also on failure (the series is freed then). Return: 0 or -ENOMEM. */
int log_series_init(struct log_series *series, struct log_text *text,
                    const struct import_settings *settings, struct aico2_error *err);
/* A device with what the logs have in common. NULL: there are too many. */
struct series_device *log_series_add(struct log_series *series, const struct importer *importer,
                                     enum device_kind kind, const char *id,
                                     enum series_kind energy);
int log_series_note(struct log_series *series, const char *format, ...) AICO2_PRINTF(2, 3);
/* For struct series. */
int log_series_next(struct series *base, struct series_reading *reading_out,
                    struct aico2_error *err);
void log_series_close(struct series *base);
