/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/series.c - a series of intensities over time, and joules matched to it */
#include "carbon/series.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/csv.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

enum { FILE_LIMIT_BYTES = 64 << 20, SHOWN_SIZE = 48, NAME_SIZE = 96 };

static const double MAX_GCO2E_PER_KWH = 5000; /* coal in the worst plant is below 2000 */

void intensity_series_deinit(struct intensity_series *series)
{
    if (series == NULL)
        return;
    free(series->points);
    *series = (struct intensity_series){ 0 };
}

/* The end of a long path is what tells files apart, and the message has to hold the rest too. */
static void show_name(char shown[NAME_SIZE], const char *name)
{
    const char *slash = strrchr(name, '/');

    if (strlen(name) >= NAME_SIZE && slash != NULL)
        name = slash + 1;
    text_copy_clean(shown, NAME_SIZE, name);
}

/* The reader says "line 7: what" and quotes the file as it is: ours is one clean line. */
static int csv_failed(const struct csv_reader *csv, const char *name, int code,
                      struct aico2_error *err)
{
    char message[sizeof(err->message)];
    const char *what;

    if (err == NULL)
        return code;

    text_copy_clean(message, sizeof(message), err->message);
    what = strstr(message, ": ");
    return aico2_error_set(err, code, "%s:%zu: %s", name, csv->line,
                           what != NULL ? what + 2 : message);
}

static int check_header(const struct csv_reader *csv, const char *name, struct aico2_error *err)
{
    char shown[SHOWN_SIZE];

    if (csv->count == 2 && strcmp(csv->cells[0], "time") == 0 &&
        strcmp(csv->cells[1], "gco2e_per_kwh") == 0)
        return 0;

    text_copy_clean(shown, sizeof(shown), csv->cells[0]);
    return aico2_error_set(err, -EBADMSG,
                           "%s:%zu: the first line must be the header 'time,gco2e_per_kwh', not "
                           "%zu %s starting '%s'",
                           name, csv->line, csv->count, csv->count == 1 ? "cell" : "cells", shown);
}

static int parse_row(const struct csv_reader *csv, const char *name, int64_t previous_ns,
                     struct intensity_point *point_out, struct aico2_error *err)
{
    char shown[SHOWN_SIZE];
    struct intensity_point point;

    if (csv->count != 2)
        return aico2_error_set(err, -EBADMSG, "%s:%zu: %zu %s instead of 2 (time,gco2e_per_kwh)",
                               name, csv->line, csv->count, csv->count == 1 ? "cell" : "cells");
    text_copy_clean(shown, sizeof(shown), csv->cells[0]);
    if (!wall_time_parse(csv->cells[0], &point.wall_ns))
        return aico2_error_set(err, -EBADMSG,
                               "%s:%zu: not a time: '%s' (RFC 3339 UTC such as "
                               "2026-11-24T10:00:00Z)",
                               name, csv->line, shown);
    if (point.wall_ns <= previous_ns)
        return aico2_error_set(err, -EBADMSG,
                               "%s:%zu: times must rise: '%s' is not after the one "
                               "before it",
                               name, csv->line, shown);
    text_copy_clean(shown, sizeof(shown), csv->cells[1]);
    if (!number_parse_double(csv->cells[1], &point.gco2e_per_kwh))
        return aico2_error_set(err, -EBADMSG, "%s:%zu: not a number: '%s'", name, csv->line, shown);
    if (point.gco2e_per_kwh < 0 || point.gco2e_per_kwh > MAX_GCO2E_PER_KWH)
        return aico2_error_set(err, -EBADMSG, "%s:%zu: '%s' is not within 0 and 5000 gCO2e/kWh",
                               name, csv->line, shown);

    point.gco2e_per_kwh += 0.0; /* "-0" is a zero too */
    *point_out = point;
    return 0;
}

static int parse_rows(struct csv_reader *csv, const char *name, struct intensity_series *series,
                      struct aico2_error *err)
{
    int64_t previous_ns = INT64_MIN;
    int r;

    while ((r = csv_reader_next(csv, err)) > 0) {
        struct intensity_point point;

        r = parse_row(csv, name, previous_ns, &point, err);
        if (r < 0)
            return r;
        if (array_reserve(&series->points, &series->capacity, series->count + 1,
                          sizeof(*series->points)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        series->points[series->count++] = point;
        previous_ns = point.wall_ns;
    }
    if (r < 0)
        return csv_failed(csv, name, r, err);
    if (series->count == 0)
        return aico2_error_set(err, -EBADMSG, "%s:%zu: no values after the header", name,
                               csv->line);
    return 0;
}

static int parse_table(struct csv_reader *csv, const char *name, struct intensity_series *series,
                       struct aico2_error *err)
{
    int r = csv_reader_next(csv, err);

    if (r == 0)
        return aico2_error_set(err, -EBADMSG,
                               "%s:1: empty; the first line must be the header "
                               "'time,gco2e_per_kwh'",
                               name);
    if (r < 0)
        return csv_failed(csv, name, r, err);
    r = check_header(csv, name, err);
    return r < 0 ? r : parse_rows(csv, name, series, err);
}

int intensity_series_parse(char *text, size_t length, const char *name,
                           struct intensity_series *series_out, struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    struct csv_reader csv;
    char shown[NAME_SIZE];
    size_t line = 1;
    int r;

    show_name(shown, name);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0')
            return aico2_error_set(err, -EBADMSG, "%s:%zu: a NUL byte: not a text file", shown,
                                   line);
        line += text[i] == '\n';
    }
    csv_reader_init(&csv, text);
    r = parse_table(&csv, shown, &series, err);
    csv_reader_deinit(&csv);
    if (r < 0)
        return r;

    *series_out = series;
    series = (struct intensity_series){ 0 };
    return 0;
}

int intensity_series_read(const char *path, struct intensity_series *series_out,
                          struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    int length = fs_read_all_at(AT_FDCWD, path, FILE_LIMIT_BYTES, &text, err);

    if (length < 0)
        return length;
    return intensity_series_parse(text, (size_t)length, path, series_out, err);
}

/* How many points are at or before a time. */
static size_t points_until(const struct intensity_series *series, int64_t wall_ns)
{
    size_t low = 0;
    size_t high = series->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (series->points[middle].wall_ns <= wall_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double intensity_series_at(const struct intensity_series *series, int64_t wall_ns)
{
    size_t count = points_until(series, wall_ns);

    return count == 0 ? NAN : series->points[count - 1].gco2e_per_kwh;
}

int64_t intensity_series_since(const struct intensity_series *series, int64_t wall_ns)
{
    size_t count = points_until(series, wall_ns);

    return count == 0 ? INT64_MIN : series->points[count - 1].wall_ns;
}

int64_t intensity_series_next_change(const struct intensity_series *series, int64_t wall_ns)
{
    size_t count = points_until(series, wall_ns);

    return count == series->count ? INT64_MAX : series->points[count].wall_ns;
}
