/* SPDX-License-Identifier: Apache-2.0 */
/* importers/tegrastats.c - NVIDIA's tegrastats of JetPack 4 to 7
 *
 * A line has a time since JetPack 5; before that its place in the log is all there is.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "importers/tegrastats_line.h"

static const int64_t DEFAULT_INTERVAL_NS = NSEC_PER_SEC;

struct tegrastats {
    struct log_series base;
    struct jetson_log log;
    bool timed;      /* its lines have times */
    int64_t next_ns; /* else: of the next line */
    bool has_first;  /* the line that told the rails waits to be read */
};

/* The time of the line in hand. Return: 1; 0 when it was skipped; or -errno. */
static int read_time(struct tegrastats *reader, struct log_row *row, size_t *length_out,
                     struct aico2_error *err)
{
    struct log_series *series = &reader->base;
    struct stamp stamp;

    *length_out = 0;
    if (!reader->timed) {
        row->wall_ns = reader->next_ns;
        row->coarse = false;
        reader->next_ns += series->base.interval_ns;
        return 1;
    }
    if (!stamp_take(&series->time, series->text->line, &stamp)) {
        int r = log_text_skip(series->text, err,
                              "'%.24s' is no time: 11-24-2026 10:00:00 is meant, as in the first "
                              "line",
                              series->text->line);

        return r;
    }
    row->wall_ns = stamp.wall_ns;
    row->coarse = stamp.coarse;
    *length_out = stamp.length;
    return 1;
}

static int next_row(struct log_series *base, struct log_row *row, struct aico2_error *err)
{
    struct tegrastats *reader = (struct tegrastats *)base;

    for (;;) {
        struct tegrastats_line content = tegrastats_line_of(&reader->log, NULL);
        size_t length;
        int r = reader->has_first ? 1 : log_text_next(base->text, err);

        reader->has_first = false;
        if (r <= 0)
            return r;
        r = read_time(reader, row, &length, err);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        tegrastats_line_read(base->text->line + length, &content);
        jetson_log_fill(&reader->log, &content.moment, row);
        if (!tegrastats_line_is_one(&content))
            r = log_text_skip(base->text, err, "no line of tegrastats: it has no RAM and CPU");
        else if (reader->log.module.count > 0 &&
                 (row->samples[reader->log.module_device].valid & SAMPLE_POWER) == 0)
            r = log_text_skip(base->text, err,
                              "rail '%s' or what belongs to it is missing, or "
                              "beyond 1000 W",
                              reader->log.rails[reader->log.module.index[0]]);
        else
            return 1;
        if (r < 0)
            return r;
    }
}

/* Without times: from --start on, a line each interval. */
static int count_time(struct tegrastats *reader, struct aico2_error *err)
{
    struct log_series *series = &reader->base;

    if (series->settings.start_wall_ns == INT64_MIN)
        return log_text_fail(series->text, err, -EINVAL,
                             "the lines have no time: --start says when the first was written, "
                             "--interval how far they are apart (tegrastats: 1s)");
    if (series->base.interval_ns == 0) {
        series->base.interval_ns = DEFAULT_INTERVAL_NS;
        (void)log_series_note(series, "the log has no times: a line each second from --start on "
                                      "was assumed; --interval says otherwise");
    }
    reader->next_ns = series->settings.start_wall_ns;
    series->start_used = true;
    return 0;
}

/* Reads up to the first good line, which names the rails. */
static int learn(struct tegrastats *reader, struct aico2_error *err)
{
    struct log_series *series = &reader->base;
    struct local_time before = series->time;
    struct stamp stamp = { 0 };
    char *copy;
    int r;

    for (;;) {
        struct tegrastats_line content = tegrastats_line_of(&reader->log, &reader->log);
        struct jetson_log empty = { 0 };

        reader->log = empty;
        r = log_text_next(series->text, err);
        if (r < 0)
            return r;
        if (r == 0)
            return aico2_error_set(err, -EBADMSG, "%.100s: no line of tegrastats in it%s%s",
                                   series->text->name, series->text->skipped > 0 ? ": " : "",
                                   series->text->complaint);
        series->time = before;
        reader->timed = stamp_take(&series->time, series->text->line, &stamp);
        copy = strdup(series->text->line + (reader->timed ? stamp.length : 0));
        if (copy == NULL)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        tegrastats_line_read(copy, &content);
        free(copy);
        reader->log.has_cpu = isfinite(content.moment.cpu_ratio);
        reader->log.has_gpu = isfinite(content.moment.gpu_ratio);
        reader->log.cores = content.cores;
        reader->log.memory_bytes = (uint64_t)content.memory_bytes;
        if (tegrastats_line_is_one(&content))
            break;
        r = log_text_skip(series->text, err, "no line of tegrastats: it has no RAM and CPU");
        if (r < 0)
            return r;
    }
    series->time = before;
    reader->has_first = true;
    return reader->timed ? 0 : count_time(reader, err);
}

static int tegrastats_open(struct log_text *text, const struct import_settings *settings,
                           struct series **series_out, struct aico2_error *err)
{
    struct tegrastats *reader = calloc(1, sizeof(*reader));
    int r;

    if (reader == NULL) {
        log_text_close(text);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    r = log_series_init(&reader->base, text, settings, err);
    if (r < 0)
        return r;
    reader->base.next_row = next_row;
    r = learn(reader, err);
    if (r == 0)
        r = jetson_log_describe(&reader->log, &importer_tegrastats, &reader->base, err);
    if (r < 0) {
        log_series_close(&reader->base.base);
        return r;
    }
    *series_out = &reader->base.base;
    return 0;
}

static bool tegrastats_recognise(const char *head)
{
    const char *ram = strstr(head, "RAM ");

    for (; ram != NULL; ram = strstr(ram + 1, "RAM ")) {
        size_t length = strcspn(ram + 4, " \t\r\n");
        const char *rest = ram + strcspn(ram, "\r\n");
        const char *cpu = strcasestr(ram, "CPU [");

        if (tegrastats_is_memory(ram + 4, length) && cpu != NULL && cpu < rest)
            return true;
    }
    return false;
}

const struct importer importer_tegrastats = {
    .name = "tegrastats",
    .recognise = tegrastats_recognise,
    .open = tegrastats_open,
};
