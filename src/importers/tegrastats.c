/* SPDX-License-Identifier: Apache-2.0 */
/* importers/tegrastats.c - NVIDIA's tegrastats of JetPack 4 to 7, read by its words
 *
 * What a line holds differs from board to board and from release to release. Powers are "NAME
 * now/mean" in mW: bare (JetPack 4), "now mW/mean mW" without the blanks (5 and 6), three of them
 * (7). The mean is since the program began; only "now" is taken. A line has a time since JetPack 5;
 * before that its place in the log is all there is.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "importers/jetson_log.h"

static const int64_t DEFAULT_INTERVAL_NS = NSEC_PER_SEC;
static const double BYTES_PER_MIB = 1048576;

enum { NUMBER_MAX = 24 };

struct tegrastats {
    struct log_series base;
    struct jetson_log log;
    bool timed;      /* its lines have times */
    int64_t next_ns; /* else: of the next line */
    bool has_first;  /* the line that told the rails waits to be read */
};

/* A line's content, as it is found. */
struct content {
    struct jetson_moment moment;
    struct jetson_log *learn; /* not NULL: the first line, whose rails are noted */
    const struct jetson_log *log;
    bool has_ram;
    bool has_cpu;
    double memory_bytes;
    int cores;
};

/* The next word; "[...]" is one, as is "mW" behind a number with a blank. */
static const char *take_word(const char **text, size_t *length_out)
{
    const char *start = *text + strspn(*text, " \t");
    size_t length = start[0] == '[' ? strcspn(start, "]") : strcspn(start, " \t");

    if (start[0] == '[')
        length += strcspn(start + length, " \t");
    *text = start + length;
    *length_out = length;
    return length > 0 ? start : NULL;
}

/* An optional sign and digits. Return: the length, 0 for none. */
static size_t take_number(const char *text, size_t length, double *value_out)
{
    char digits[NUMBER_MAX];
    size_t count = length > 0 && text[0] == '-' ? 1 : 0;

    while (count < length && count + 1 < sizeof(digits) && isdigit((unsigned char)text[count]))
        count++;
    if (count == 0 || !isdigit((unsigned char)text[count - 1]))
        return 0;
    memcpy(digits, text, count);
    digits[count] = '\0';
    *value_out = strtod(digits, NULL);
    return count;
}

/* "933/933", "2390mW/2390mW", "5139mW/5139mW/5139mW": the first of them. */
static bool take_power(const char *word, size_t length, double *milliwatts_out)
{
    double first = NAN;
    size_t at = 0;

    for (int i = 0;; i++) {
        double value;
        size_t digits = take_number(word + at, length - at, &value);

        if (digits == 0)
            return false;
        at += digits;
        if (i == 0)
            first = value;
        if (length - at >= 2 && strncmp(word + at, "mW", 2) == 0)
            at += 2;
        if (at == length) {
            *milliwatts_out = first;
            return i > 0;
        }
        if (word[at] != '/')
            return false;
        at++;
    }
}

/* "331/3964MB": what there is of it. */
static bool take_memory(const char *word, size_t length, double *bytes_out)
{
    double used;
    double whole;
    size_t at = take_number(word, length, &used);
    size_t digits;

    if (at == 0 || at >= length || word[at] != '/')
        return false;
    at++;
    digits = take_number(word + at, length - at, &whole);
    at += digits;
    if (digits == 0 || length - at != 2 || word[at + 1] != 'B')
        return false;
    *bytes_out = whole * (word[at] == 'G'   ? BYTES_PER_MIB * 1024
                          : word[at] == 'k' ? 1024
                                            : BYTES_PER_MIB);
    return true;
}

/* "[2%@102,off,1%@102]", or "[2%,1%]@102" in old releases. */
static void take_cpus(const char *word, size_t length, struct content *content)
{
    const char *end = word + length;
    const char *at = word + 1;
    double sum = 0;
    int on = 0;

    for (int cores = 1;; cores++) {
        double percent;
        size_t digits = take_number(at, (size_t)(end - at), &percent);

        if (digits > 0 && at + digits < end && at[digits] == '%') {
            sum += fmin(fmax(percent, 0), 100);
            on++;
        }
        while (at < end && *at != ',' && *at != ']')
            at++;
        if (at == end || *at == ']') {
            content->cores = cores;
            break;
        }
        at++;
    }
    content->has_cpu = at < end; /* else the line is cut within the list */
    if (on > 0 && content->has_cpu)
        content->moment.cpu_ratio = sum / on / 100;
}

static bool is_word(const char *word, size_t length, const char *text)
{
    return length == strlen(text) && strncasecmp(word, text, length) == 0;
}

static void take_rail(const char *name, size_t name_length, double milliwatts,
                      struct content *content)
{
    int rail = jetson_log_find_rail(content->log, name, name_length);

    if (rail < 0 && content->learn != NULL && !is_word(name, name_length, "NC"))
        rail = jetson_log_add_rail(content->learn, name, name_length);
    /* of two rails of one name the first counts */
    if (rail >= 0 && !isfinite(content->moment.milliwatts[rail]))
        content->moment.milliwatts[rail] = milliwatts;
}

static void take_value(const char *name, size_t name_length, const char *word, size_t length,
                       struct content *content)
{
    double value;

    if (is_word(name, name_length, "RAM")) {
        content->has_ram = content->has_ram || take_memory(word, length, &content->memory_bytes);
    } else if (is_word(name, name_length, "CPU") && word[0] == '[') {
        take_cpus(word, length, content);
    } else if (is_word(name, name_length, "GR3D_FREQ") || is_word(name, name_length, "GR3D")) {
        size_t digits = take_number(word, length, &value);

        if (digits > 0 && digits < length && word[digits] == '%')
            content->moment.gpu_ratio = fmin(fmax(value, 0), 100) / 100;
    } else if (!is_word(name, name_length, "SWAP") && !is_word(name, name_length, "IRAM") &&
               take_power(word, length, &value)) {
        take_rail(name, name_length, value, content);
    }
}

/* JetPack 7 may put a blank before the unit: "5139 mW/5139 mW". Moved together, in place. */
static void join_units(char *line)
{
    char *write = line;

    for (const char *read = line; *read != '\0'; read++) {
        if (*read == ' ' && strncmp(read + 1, "mW", 2) == 0 && read > line &&
            isdigit((unsigned char)read[-1]))
            continue;
        *write++ = *read;
    }
    *write = '\0';
}

static void read_line(char *line, struct content *content)
{
    const char *name = NULL;
    const char *text = line;
    size_t name_length = 0;
    const char *word;
    size_t length;

    join_units(line);
    while ((word = take_word(&text, &length)) != NULL) {
        if (name != NULL)
            take_value(name, name_length, word, length, content);
        name = word;
        name_length = length;
    }
}

static bool is_tegrastats_line(const struct content *content)
{
    return content->has_ram && content->has_cpu;
}

static struct content content_of(const struct jetson_log *log, struct jetson_log *learn)
{
    struct content content = { .log = log, .learn = learn };

    jetson_moment_clear(&content.moment);
    return content;
}

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
        struct content content = content_of(&reader->log, NULL);
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
        read_line(base->text->line + length, &content);
        jetson_log_fill(&reader->log, &content.moment, row);
        if (!is_tegrastats_line(&content))
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
        struct content content = content_of(&reader->log, &reader->log);
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
        read_line(copy, &content);
        free(copy);
        reader->log.has_cpu = isfinite(content.moment.cpu_ratio);
        reader->log.has_gpu = isfinite(content.moment.gpu_ratio);
        reader->log.cores = content.cores;
        reader->log.memory_bytes = (uint64_t)content.memory_bytes;
        if (is_tegrastats_line(&content))
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
    double bytes;

    for (; ram != NULL; ram = strstr(ram + 1, "RAM ")) {
        size_t length = strcspn(ram + 4, " \t\r\n");
        const char *rest = ram + strcspn(ram, "\r\n");
        const char *cpu = strcasestr(ram, "CPU [");

        if (take_memory(ram + 4, length, &bytes) && cpu != NULL && cpu < rest)
            return true;
    }
    return false;
}

const struct importer importer_tegrastats = {
    .name = "tegrastats",
    .summary = "NVIDIA's tegrastats on a Jetson",
    .recognise = tegrastats_recognise,
    .open = tegrastats_open,
};
