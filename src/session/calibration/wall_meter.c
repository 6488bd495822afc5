/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/wall_meter.c - a log of watts over time, as a meter in front of the machine writes it */
#include "session/calibration/wall_meter.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

enum { FILE_LIMIT_BYTES = 64 << 20, SHOWN_SIZE = 48, NAME_SIZE = 96 };

static const double WATTS_MAX = 1e6;
/* A meter that writes less often than this, or a tenth of the stretch, has a hole. */
static const int64_t HOLE_NS = 10 * NSEC_PER_SEC;

void wall_log_deinit(struct wall_log *log)
{
    free(log->points);
    *log = (struct wall_log){ 0 };
}

static int bad(const struct csv_reader *csv, const char *name, const char *what, const char *cell,
               struct aico2_error *err)
{
    char shown[SHOWN_SIZE];

    text_copy_clean(shown, sizeof(shown), cell);
    return aico2_error_set(err, -EBADMSG, "%.95s:%zu: %s: '%s'", name, csv->line, what, shown);
}

static int parse_row(const struct csv_reader *csv, const char *name, const struct wall_log *log,
                     struct wall_point *point, struct aico2_error *err)
{
    if (csv->count != 2)
        return aico2_error_set(err, -EBADMSG, "%.95s:%zu: %zu cells instead of 2 (time,watts)",
                               name, csv->line, csv->count);
    if (!wall_time_parse(csv->cells[0], &point->wall_ns))
        return bad(csv, name, "not a time (RFC 3339 or unix seconds)", csv->cells[0], err);
    if (log->count > 0 && point->wall_ns <= log->points[log->count - 1].wall_ns)
        return bad(csv, name, "times must rise", csv->cells[0], err);
    if (!number_parse_double(csv->cells[1], &point->watts))
        return bad(csv, name, "not a number", csv->cells[1], err);
    if (!(point->watts >= 0 && point->watts <= WATTS_MAX))
        return bad(csv, name, "not the watts of a machine", csv->cells[1], err);
    return 0;
}

static int parse_rows(struct csv_reader *csv, const char *name, struct wall_log *log,
                      struct aico2_error *err)
{
    int r = csv_reader_next(csv, err);

    if (r > 0 && (csv->count != 2 || strcmp(csv->cells[0], "time") != 0 ||
                  strcmp(csv->cells[1], "watts") != 0))
        return bad(csv, name, "the first line must be the header 'time,watts'", csv->cells[0], err);
    if (r == 0)
        return aico2_error_set(err, -EBADMSG,
                               "%.95s:1: empty; the first line must be the header "
                               "'time,watts'",
                               name);
    while (r > 0 && (r = csv_reader_next(csv, err)) > 0) {
        struct wall_point point;

        r = parse_row(csv, name, log, &point, err);
        if (r < 0)
            return r;
        if (array_reserve(&log->points, &log->capacity, log->count + 1, sizeof(*log->points)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        log->points[log->count++] = point;
        r = 1;
    }
    return r;
}

int wall_log_parse(char *text, const char *name, struct wall_log *log_out, struct aico2_error *err)
{
    struct wall_log log = { 0 };
    struct csv_reader csv;
    char shown[NAME_SIZE];
    int r;

    text_copy_clean(shown, sizeof(shown), name);
    csv_reader_init(&csv, text);
    r = parse_rows(&csv, shown, &log, err);
    csv_reader_deinit(&csv);
    if (r < 0) {
        wall_log_deinit(&log);
        return r;
    }
    *log_out = log;
    return 0;
}

int wall_log_read(const char *path, struct wall_log *log_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    int r = fs_read_all_at(AT_FDCWD, path, FILE_LIMIT_BYTES, &text, NULL);

    if (r < 0)
        return aico2_error_set_errno(err, -r, "--meter: cannot read '%.120s'", path);
    return wall_log_parse(text, path, log_out, err);
}

/* Joules between two points, of what lies within the stretch. */
static double joules_within(const struct wall_point *a, const struct wall_point *b, int64_t from_ns,
                            int64_t to_ns)
{
    double length = (double)(b->wall_ns - a->wall_ns);
    int64_t begin = a->wall_ns > from_ns ? a->wall_ns : from_ns;
    int64_t end = b->wall_ns < to_ns ? b->wall_ns : to_ns;
    double first;
    double last;

    if (end <= begin)
        return 0;
    first = a->watts + (b->watts - a->watts) * (double)(begin - a->wall_ns) / length;
    last = a->watts + (b->watts - a->watts) * (double)(end - a->wall_ns) / length;
    return (first + last) / 2 * (double)(end - begin) / NSEC_PER_SEC;
}

static int no_cover(const struct wall_log *log, int64_t from_ns, int64_t to_ns, const char *name,
                    struct aico2_error *err)
{
    char from[32];
    char to[32];
    char first[32] = "";
    char last[32] = "";

    wall_time_format(from, sizeof(from), from_ns);
    wall_time_format(to, sizeof(to), to_ns);
    if (log->count == 0)
        return aico2_error_set(err, -ENODATA, "%.95s: no row; wanted are %s to %s", name, from, to);
    wall_time_format(first, sizeof(first), log->points[0].wall_ns);
    wall_time_format(last, sizeof(last), log->points[log->count - 1].wall_ns);
    return aico2_error_set(err, -ENODATA,
                           "%.95s: its rows (%s to %s) do not cover %s to %s without a hole", name,
                           first, last, from, to);
}

int wall_log_mean(const struct wall_log *log, int64_t from_wall_ns, int64_t to_wall_ns,
                  const char *name, double *watts_out, struct aico2_error *err)
{
    int64_t hole_ns = (to_wall_ns - from_wall_ns) / 10;
    double joules = 0;

    if (hole_ns < HOLE_NS)
        hole_ns = HOLE_NS;
    if (log->count < 2 || to_wall_ns <= from_wall_ns || log->points[0].wall_ns > from_wall_ns ||
        log->points[log->count - 1].wall_ns < to_wall_ns)
        return no_cover(log, from_wall_ns, to_wall_ns, name, err);
    for (size_t i = 1; i < log->count; i++) {
        const struct wall_point *a = &log->points[i - 1];
        const struct wall_point *b = &log->points[i];

        if (b->wall_ns <= from_wall_ns || a->wall_ns >= to_wall_ns)
            continue;
        if (b->wall_ns - a->wall_ns > hole_ns)
            return no_cover(log, from_wall_ns, to_wall_ns, name, err);
        joules += joules_within(a, b, from_wall_ns, to_wall_ns);
    }
    *watts_out = joules / seconds_from_ns(to_wall_ns - from_wall_ns);
    return 0;
}
