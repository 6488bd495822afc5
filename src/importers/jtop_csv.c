/* SPDX-License-Identifier: Apache-2.0 */
/* importers/jtop_csv.c - what jtop's logger writes (jetson_stats, examples/jtop_logger.py), as CSV
 *
 * The columns are the keys of `jetson.stats` and differ by board and release: they are found by name.
 * Powers are mW: "Power RAIL" for each rail but the one that "Power TOT" is of, since version 4; one
 * "power cur" before. Times are this machine's, without a zone; `uptime` tells the time between two
 * rows even when the clock was set in between. Version 4.2.8 wrote each rail under the name of the
 * last temperature sensor: such a column is none.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "importers/csv_log.h"
#include "importers/jetson_log.h"

/* A clock is off by more than this from the uptime when somebody has set it. */
static const int64_t CLOCK_SET_NS = 2 * NSEC_PER_SEC;

/* A board that has been up for longer is none; and a date of the years that are read, and as much beyond it, is a
 * number still. */
enum { UPTIME_DAYS_MAX = 18262 };

enum { CPUS_MAX = 64, NO_COLUMN = -1 };

struct jtop_csv {
    struct log_series base;
    struct csv_log csv;
    struct jetson_log log;
    int time;
    int uptime;
    int gpu;
    int total;
    int cpus[CPUS_MAX];
    size_t cpu_count;
    int rails[JETSON_LOG_RAILS_MAX]; /* columns, in the order of log.rails */

    bool dated;     /* its times are dates; else only the uptime counts, from --start on */
    bool has_first; /* the row that told so waits */
    bool anchored;  /* UTC - uptime is known */
    int64_t anchor_ns;
    int64_t last_up_ns;
    bool noted_step;
};

/* "20:00:33.850000", "35 days, 20:00:33", or seconds. */
static bool parse_uptime(const char *text, int64_t *ns_out)
{
    long long days = 0;
    long long hours;
    long long minutes;
    double seconds;
    const char *comma = strstr(text, ", ");
    char *end;

    if (comma != NULL && strstr(text, "day") != NULL) {
        days = strtoll(text, &end, 10);
        if (end == text || days < 0 || days > UPTIME_DAYS_MAX)
            return false;
        text = comma + 2;
    }
    if (strchr(text, ':') == NULL) {
        if (!number_parse_double(text, &seconds) || seconds < 0 || seconds > 1e9)
            return false;
        *ns_out = (int64_t)(seconds * 1e9);
        return true;
    }
    hours = strtoll(text, &end, 10);
    if (end == text || *end != ':' || hours < 0 || hours >= (UPTIME_DAYS_MAX - days) * 24)
        return false;
    text = end + 1;
    minutes = strtoll(text, &end, 10);
    if (end != text + 2 || *end != ':' || minutes < 0 || minutes > 59 ||
        !number_parse_double(end + 1, &seconds) || seconds < 0 || seconds >= 60)
        return false;
    *ns_out = ((days * 24 + hours) * 3600 + minutes * 60) * NSEC_PER_SEC + (int64_t)(seconds * 1e9);
    return true;
}

/* What the clock and the uptime together say. Return: 1, 0 the row was skipped, or -errno. */
static int read_time(struct jtop_csv *reader, struct log_row *row, struct aico2_error *err)
{
    struct log_series *series = &reader->base;
    const char *time = csv_log_cell(&reader->csv, reader->time);
    struct stamp stamp = { 0 };
    int64_t up_ns = 0;
    bool has_up = reader->uptime != NO_COLUMN &&
                  parse_uptime(csv_log_cell(&reader->csv, reader->uptime), &up_ns);

    if (reader->dated && (!stamp_take(&series->time, time, &stamp) || time[stamp.length] != '\0'))
        return csv_log_skip_cell(&reader->csv, series->text, reader->time,
                                 "time (2026-11-24 10:00:00.123456 is meant)", err);
    if (!has_up && !reader->dated)
        return csv_log_skip_cell(&reader->csv, series->text, reader->uptime,
                                 "uptime (1 day, 20:00:33.85 is meant)", err);
    if (!has_up) {
        row->wall_ns = stamp.wall_ns;
        row->coarse = stamp.coarse;
        return 1;
    }
    /* Never changed since the row before, while the clock went on: it tells nothing. */
    if (reader->anchored && reader->dated && up_ns == reader->last_up_ns &&
        stamp.wall_ns > reader->anchor_ns + up_ns) {
        reader->uptime = NO_COLUMN;
        row->wall_ns = stamp.wall_ns;
        row->coarse = stamp.coarse;
        (void)log_series_note(series,
                              "%.100s:%zu: the uptime stands still: the log's times are taken",
                              series->text->name, series->text->number);
        return 1;
    }
    /* the first row, or the board was started anew */
    if (!reader->anchored || up_ns < reader->last_up_ns) {
        if (reader->anchored && !reader->dated)
            return csv_log_skip_cell(&reader->csv, series->text, reader->uptime,
                                     "later uptime: the board was started anew, and the log has "
                                     "no dates",
                                     err);
        reader->anchor_ns =
            (reader->dated ? stamp.wall_ns : series->settings.start_wall_ns) - up_ns;
        reader->anchored = true;
    }
    reader->last_up_ns = up_ns;
    row->wall_ns = reader->anchor_ns + up_ns;
    row->coarse = false;
    if (reader->dated && !reader->noted_step &&
        llabs(stamp.wall_ns - row->wall_ns) > CLOCK_SET_NS) {
        reader->noted_step = true;
        (void)log_series_note(series,
                              "%.100s:%zu: the board's clock was set by %.0f s: its uptime tells "
                              "the times, from the first row on",
                              series->text->name, series->text->number,
                              seconds_from_ns(stamp.wall_ns - row->wall_ns));
    }
    return 1;
}

/* Return: 1; 0 the row was skipped; or -errno. *ratio_out is NAN for "OFF" and nothing. */
static int read_load(struct jtop_csv *reader, int column, double *ratio_out,
                     struct aico2_error *err)
{
    const char *cell = csv_log_cell(&reader->csv, column);
    double percent;

    *ratio_out = NAN;
    if (cell[0] == '\0' || text_equal_nocase(cell, "OFF"))
        return 1;
    if (!number_parse_double(cell, &percent) || percent < 0 || percent > 1000)
        return csv_log_skip_cell(&reader->csv, reader->base.text, column, "load in percent", err);
    *ratio_out = fmin(percent, 100) / 100;
    return 1;
}

static int read_power(struct jtop_csv *reader, int column, double *milliwatts_out,
                      struct aico2_error *err)
{
    if (!number_parse_double(csv_log_cell(&reader->csv, column), milliwatts_out) ||
        fabs(*milliwatts_out) > 1e6)
        return csv_log_skip_cell(&reader->csv, reader->base.text, column, "power in milliwatts",
                                 err);
    return 1;
}

static int read_cpus(struct jtop_csv *reader, struct jetson_moment *moment, struct aico2_error *err)
{
    double sum = 0;
    size_t on = 0;

    for (size_t i = 0; i < reader->cpu_count; i++) {
        double ratio;
        int r = read_load(reader, reader->cpus[i], &ratio, err);

        if (r <= 0)
            return r;
        if (!isfinite(ratio))
            continue;
        sum += ratio;
        on++;
    }
    if (on > 0)
        moment->cpu_ratio = sum / (double)on;
    return 1;
}

/* Return: 1; 0 the row was skipped; or -errno. */
static int read_cells(struct jtop_csv *reader, struct jetson_moment *moment,
                      struct aico2_error *err)
{
    int r = read_cpus(reader, moment, err);

    if (r > 0 && reader->gpu != NO_COLUMN)
        r = read_load(reader, reader->gpu, &moment->gpu_ratio, err);
    if (r > 0 && reader->total != NO_COLUMN)
        r = read_power(reader, reader->total, &moment->total_milliwatts, err);
    for (size_t i = 0; r > 0 && i < reader->log.rail_count; i++)
        r = read_power(reader, reader->rails[i], &moment->milliwatts[i], err);
    return r;
}

static int next_row(struct log_series *base, struct log_row *row, struct aico2_error *err)
{
    struct jtop_csv *reader = (struct jtop_csv *)base;

    for (;;) {
        struct jetson_moment moment;
        int r = reader->has_first ? 1 : csv_log_next(&reader->csv, base->text, err);

        reader->has_first = false;
        if (r <= 0)
            return r;
        jetson_moment_clear(&moment);
        r = read_time(reader, row, err);
        if (r > 0)
            r = read_cells(reader, &moment, err);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        jetson_log_fill(&reader->log, &moment, row);
        return 1;
    }
}

static void use_column(struct jtop_csv *reader, size_t column)
{
    if (column > reader->csv.last_used)
        reader->csv.last_used = column;
}

/* A rail that bears the name of a temperature sensor is some other one's. */
static bool is_misnamed(const struct jtop_csv *reader, const char *rail)
{
    char sensor[JETSON_LOG_RAIL_SIZE + 8];

    (void)snprintf(sensor, sizeof(sensor), "Temp %s", rail);
    return csv_log_find(&reader->csv, sensor) >= 0;
}

static void take_column(struct jtop_csv *reader, size_t column)
{
    const char *name = csv_log_name(&reader->csv, column);

    if (strncmp(name, "CPU", 3) == 0 && isdigit((unsigned char)name[3]) &&
        reader->cpu_count < CPUS_MAX) {
        reader->cpus[reader->cpu_count++] = (int)column;
    } else if (strncmp(name, "GPU", 3) == 0 && reader->gpu == NO_COLUMN) {
        reader->gpu = (int)column;
    } else if (text_equal_nocase(name, "Power TOT") || text_equal_nocase(name, "power cur")) {
        reader->total = (int)column;
    } else if (strncmp(name, "Power ", 6) == 0 && strcmp(name + 6, "NC") != 0 &&
               !is_misnamed(reader, name + 6)) {
        int rail = jetson_log_add_rail(&reader->log, name + 6, strlen(name + 6));

        if (rail < 0)
            return;
        reader->rails[rail] = (int)column;
    } else {
        return;
    }
    use_column(reader, column);
}

static void find_columns(struct jtop_csv *reader)
{
    reader->time = csv_log_find(&reader->csv, "time");
    reader->uptime = csv_log_find(&reader->csv, "uptime");
    reader->gpu = reader->total = NO_COLUMN;
    for (size_t i = 0; i < csv_log_columns(&reader->csv); i++)
        take_column(reader, i);
    reader->log.has_total = reader->total != NO_COLUMN;
    reader->log.has_cpu = reader->cpu_count > 0;
    reader->log.has_gpu = reader->gpu != NO_COLUMN;
    reader->log.cores = (int)reader->cpu_count;
}

/* Whether its times are dates: a spreadsheet makes "16:39.8" of them. */
static int learn_times(struct jtop_csv *reader, struct aico2_error *err)
{
    struct log_series *series = &reader->base;
    struct local_time before = series->time;
    struct stamp stamp;
    const char *time;
    int64_t up_ns;
    int r = csv_log_next(&reader->csv, series->text, err);

    if (r < 0)
        return r;
    if (r == 0)
        return aico2_error_set(err, -EBADMSG, "%.100s: no row below the header%s%s",
                               series->text->name, series->text->skipped > 0 ? ": " : "",
                               series->text->complaint);
    reader->has_first = true;
    time = csv_log_cell(&reader->csv, reader->time);
    reader->dated = stamp_take(&series->time, time, &stamp);
    series->time = before;
    if (reader->dated)
        return 0;
    if (reader->uptime == NO_COLUMN ||
        !parse_uptime(csv_log_cell(&reader->csv, reader->uptime), &up_ns))
        return log_text_fail(series->text, err, -EBADMSG,
                             "column 'time': '%.30s' is no date and time (2026-11-24 "
                             "10:00:00.123456 is meant), and there is no uptime",
                             time);
    if (series->settings.start_wall_ns == INT64_MIN)
        return log_text_fail(series->text, err, -EINVAL,
                             "column 'time': '%.30s' is no date (a spreadsheet may have rewritten "
                             "it): --start says when the first row was written, the column "
                             "'uptime' tells the rest",
                             time);
    series->start_used = true;
    return log_series_note(series, "the log's column 'time' has no dates: its uptime was taken, "
                                   "from --start on");
}

static void free_form(struct log_series *series)
{
    csv_log_deinit(&((struct jtop_csv *)series)->csv);
}

static int jtop_csv_open(struct log_text *text, const struct import_settings *settings,
                         struct series **series_out, struct aico2_error *err)
{
    struct jtop_csv *reader = calloc(1, sizeof(*reader));
    int r;

    if (reader == NULL) {
        log_text_close(text);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    reader->base.free_form = free_form;
    r = log_series_init(&reader->base, text, settings, err);
    if (r < 0)
        return r;
    reader->base.next_row = next_row;
    r = csv_log_open(&reader->csv, text, err);
    if (r == 0) {
        find_columns(reader);
        if (reader->time == NO_COLUMN)
            r = log_text_fail(text, err, -EBADMSG, "the header has no column 'time'");
    }
    if (r == 0)
        r = learn_times(reader, err);
    if (r == 0)
        r = jetson_log_describe(&reader->log, &importer_jtop_csv, &reader->base, err);
    if (r < 0) {
        log_series_close(&reader->base.base);
        return r;
    }
    *series_out = &reader->base.base;
    return 0;
}

static bool jtop_csv_recognise(const char *head)
{
    static const char *const since_4[] = { "time", "Power TOT", NULL };
    static const char *const before_4[] = { "time", "power cur", NULL };
    static const char *const unmetered[] = { "time", "uptime", "CPU1", NULL };

    return csv_head_has(head, since_4) || csv_head_has(head, before_4) ||
           csv_head_has(head, unmetered);
}

const struct importer importer_jtop_csv = {
    .name = "jtop_csv",
    .recognise = jtop_csv_recognise,
    .open = jtop_csv_open,
};
