/* SPDX-License-Identifier: Apache-2.0 */
/* importers/log_series.c - rows of a log, each of one moment, as a source of readings */
#include "importers/log_series.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/lines.h"

static const int64_t DAY_NS = 86400 * NSEC_PER_SEC;
/* A hole of more than this is none: a board without a battery had its clock set, or two logs are one. */
static const int64_t HOLE_MOST_DAYS = 366;

static int reserve_rows(struct log_series *series, size_t count, struct aico2_error *err)
{
    if (array_reserve(&series->second, &series->second_capacity, count, sizeof(*series->second)) <
        0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

int log_series_init(struct log_series *series, struct log_text *text,
                    const struct import_settings *settings, struct aico2_error *err)
{
    series->text = text;
    series->settings = *settings;
    series->time = LOCAL_TIME_NULL;
    series->time.has_offset = settings->has_utc_offset;
    series->time.offset_seconds = settings->utc_offset_seconds;
    series->base.next = log_series_next;
    series->base.close = log_series_close;
    series->base.devices = series->devices;
    series->base.facts = SERIES_FACTS_NULL;
    series->base.interval_ns = settings->interval_ns;
    series->last_ns = INT64_MIN;
    if (reserve_rows(series, 1, err) == 0)
        return 0;
    log_series_close(&series->base);
    return -ENOMEM;
}

struct series_device *log_series_add(struct log_series *series, const struct importer *importer,
                                     enum device_kind kind, const char *id, enum series_kind energy)
{
    struct series_device *added = &series->devices[series->base.device_count];
    struct device *device = &added->device;

    if (series->base.device_count == LOG_DEVICES_MAX)
        return NULL;
    series->base.device_count++;
    added->kind = energy;
    *device = DEVICE_NULL;
    device->kind = kind;
    device->basis = BASIS_MEASURED;
    (void)snprintf(device->id, sizeof(device->id), "%s", id);
    (void)snprintf(device->reader, sizeof(device->reader), "%s", importer->name);
    return added;
}

int log_series_note(struct log_series *series, const char *format, ...)
{
    va_list arguments;
    int r;

    va_start(arguments, format);
    r = lines_add_va(&series->base.notes, &series->base.note_count, format, arguments);
    va_end(arguments);
    return r;
}

void log_series_close(struct series *base)
{
    struct log_series *series = (struct log_series *)base;

    if (series->free_form != NULL)
        series->free_form(series);
    log_text_close(series->text);
    lines_free(base->notes, base->note_count);
    free(series->second);
    free(series);
}

static void note_end(struct log_series *series)
{
    struct series *base = &series->base;

    (void)local_time_note(&series->time, &base->notes, &base->note_count);
    (void)log_text_note(series->text, &base->notes, &base->note_count);
    if (series->settings.start_wall_ns != INT64_MIN && !series->start_used)
        (void)log_series_note(series, "--start was not used: the log has times of its own");
    base->digest = series->text->digest;
}

/* How long nothing ran nobody knows then, and neither when what stands before it did. */
static int refuse_leap(const struct log_series *series, int64_t wall_ns, struct aico2_error *err)
{
    char before[32];
    char now[32];

    wall_time_format(before, sizeof(before), series->last_ns);
    wall_time_format(now, sizeof(now), wall_ns);
    return log_text_fail(series->text, err, -EBADMSG,
                         "its time %s is %lld days after that of a line before, %s: the clock was "
                         "set, or these are two logs; cut it in two here",
                         now, (long long)((wall_ns - series->last_ns) / DAY_NS), before);
}

/* The next row that is not before the last one. Return: 1, 0 at the end, or -errno. */
static int pull(struct log_series *series, struct log_row *row_out, struct aico2_error *err)
{
    for (;;) {
        char before[32];
        char now[32];
        int r = series->ended ? 0 : series->next_row(series, row_out, err);

        if (r <= 0) {
            series->ended = true;
            return r;
        }
        if (series->rows > 0 &&
            row_out->wall_ns / DAY_NS - series->last_ns / DAY_NS > HOLE_MOST_DAYS)
            return refuse_leap(series, row_out->wall_ns, err);
        if (series->rows == 0 || row_out->wall_ns > series->last_ns ||
            (row_out->wall_ns == series->last_ns && row_out->coarse)) {
            series->last_ns = row_out->wall_ns;
            series->rows++;
            return 1;
        }
        wall_time_format(before, sizeof(before), series->last_ns);
        wall_time_format(now, sizeof(now), row_out->wall_ns);
        r = log_text_skip(series->text, err, "its time %s is not after %s, that of a line before",
                          now, before);
        if (r < 0)
            return r;
    }
}

/* Of n lines that bear the same second each is of a part of it: they were written in equal steps. */
static void spread(struct log_series *series, size_t count)
{
    size_t parts = count;
    const struct log_row *rows = series->second;

    /* the last second of a log is cut short */
    if (!series->has_later && series->last_count > parts)
        parts = series->last_count;
    for (size_t i = 1; i < count; i++)
        series->second[i].wall_ns = rows[0].wall_ns + NSEC_PER_SEC / (int64_t)parts * (int64_t)i;
    series->last_count = count;
}

/* The next row, to stand behind so many of a second. Return: 1, 0 at the end, or -errno. */
static int pull_behind(struct log_series *series, size_t count, struct aico2_error *err)
{
    int r = reserve_rows(series, count + 1, err);

    return r < 0 ? r : pull(series, &series->second[count], err);
}

/* Return: 1, 0 at the end, or -errno. */
static int fill_second(struct log_series *series, struct aico2_error *err)
{
    size_t count = 1;
    int r;

    if (series->has_later)
        series->second[0] = series->second[series->second_count];
    else if ((r = pull_behind(series, 0, err)) <= 0)
        return r;
    series->has_later = false;
    while ((r = pull_behind(series, count, err)) > 0) {
        if (series->second[count].wall_ns != series->second[0].wall_ns) {
            series->has_later = true;
            break;
        }
        if (count < LOG_SECOND_MAX) {
            count++;
            continue;
        }
        r = log_text_skip(series->text, err, "more than %d lines of one second", LOG_SECOND_MAX);
        if (r < 0)
            break;
    }
    if (r < 0)
        return r;
    series->second_count = count;
    spread(series, count);
    series->at = series->at_device = 0;
    return 1;
}

int log_series_next(struct series *base, struct series_reading *reading_out,
                    struct aico2_error *err)
{
    struct log_series *series = (struct log_series *)base;
    const struct log_row *row;

    if (series->at == series->second_count) {
        bool was_ended = series->ended && !series->has_later;
        int r = was_ended ? 0 : fill_second(series, err);

        if (r == 0 && series->base.digest.length == 0)
            note_end(series);
        if (r <= 0)
            return r;
    }
    row = &series->second[series->at];
    *reading_out = (struct series_reading){
        .device = series->at_device,
        .sample = row->samples[series->at_device],
    };
    reading_out->sample.mono_ns = row->wall_ns;
    if (++series->at_device == base->device_count) {
        series->at_device = 0;
        series->at++;
    }
    return 1;
}
