/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/floor.c - what counters were told as last, so that they do not fall */
#include "session/metrics/floor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/number.h"
#include "session/metrics/label_value.h"
#include "writers/metrics_text.h"

/* More than this is another history, or another file. */
static const double FALL_RATIO = 0.01;

struct metric_floor_entry {
    uint64_t key; /* of name and labels */
    double value;
};

/* FNV-1a, 64 bits: some thousand series are far from meeting each other. */
#define KEY_START UINT64_C(0xcbf29ce484222325)

enum { END_OF_NAME = 0xff, END_OF_VALUE = 0xfe }; /* no bytes of UTF-8 */

static void mix(uint64_t *key, unsigned char byte)
{
    *key = (*key ^ byte) * UINT64_C(0x100000001b3);
}

static void mix_text(uint64_t *key, const char *text, unsigned char end)
{
    for (; *text != '\0'; text++)
        mix(key, (unsigned char)*text);
    mix(key, end);
}

static uint64_t key_of(const char *name, const struct metric_label *labels, size_t label_count)
{
    uint64_t key = KEY_START;

    mix_text(&key, name, END_OF_NAME);
    for (size_t i = 0; i < label_count; i++) {
        mix_text(&key, labels[i].name, END_OF_NAME);
        mix_text(&key, labels[i].value, END_OF_VALUE);
    }
    return key;
}

/* --- a line of text --- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool take_name(const char **at, uint64_t *key)
{
    const char *start = *at;

    for (; is_name(**at); (*at)++)
        mix(key, (unsigned char)**at);
    mix(key, END_OF_NAME);
    return *at > start;
}

/* From behind the opening quote to behind the closing one. */
static bool take_value(const char **at, uint64_t *key)
{
    int c;

    while ((c = label_value_next(at)) > 0)
        mix(key, (unsigned char)c);
    mix(key, END_OF_VALUE);
    return c == 0;
}

static bool take_labels(const char **at, uint64_t *key)
{
    if (**at != '{')
        return true;
    (*at)++;
    for (;;) {
        if (!take_name(at, key) || strncmp(*at, "=\"", 2) != 0)
            return false;
        *at += 2;
        if (!take_value(at, key))
            return false;
        if (*(*at)++ == '}')
            return true;
        if ((*at)[-1] != ',')
            return false;
    }
}

static bool take_number(const char *at, double *value_out)
{
    const size_t length = strcspn(at, "\n");
    char text[40];

    if (length >= sizeof(text))
        return false;
    memcpy(text, at, length);
    text[length] = '\0';
    return number_parse_double(text, value_out);
}

static bool parse_line(const char *line, struct metric_floor_entry *entry_out)
{
    struct metric_floor_entry entry = { .key = KEY_START };

    if (strncmp(line, METRIC_FLOOR_NOTE, strlen(METRIC_FLOOR_NOTE)) == 0)
        line += strlen(METRIC_FLOOR_NOTE);
    if (!take_name(&line, &entry.key) || !take_labels(&line, &entry.key) || *line != ' ' ||
        !take_number(line + 1, &entry.value))
        return false;
    *entry_out = entry;
    return true;
}

/* --- */

static int compare(const void *a, const void *b)
{
    const uint64_t left = ((const struct metric_floor_entry *)a)->key;
    const uint64_t right = ((const struct metric_floor_entry *)b)->key;

    return (left > right) - (left < right);
}

int metric_floor_parse(const char *text, struct metric_floor *floor_out)
{
    *floor_out = (struct metric_floor){ 0 };
    while (*text != '\0') {
        struct metric_floor_entry entry;

        if (parse_line(text, &entry)) {
            if (array_reserve(&floor_out->items, &floor_out->capacity, floor_out->count + 1,
                              sizeof(*floor_out->items)) < 0)
                return -ENOMEM;
            floor_out->items[floor_out->count++] = entry;
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    if (floor_out->count > 0)
        qsort(floor_out->items, floor_out->count, sizeof(*floor_out->items), compare);
    return 0;
}

void metrics_write_notes(struct strbuf *out, const struct metrics *notes)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    write_metrics(&text, notes, METRICS_PROMETHEUS);
    out->failed = out->failed || text.failed || notes->failed;
    for (const char *at = strbuf_text(&text); *at != '\0'; at = strchr(at, '\n') + 1) {
        if (*at == '#')
            continue;
        strbuf_add(out, METRIC_FLOOR_NOTE);
        strbuf_add_bytes(out, at, (size_t)(strchr(at, '\n') - at) + 1);
    }
}

void metric_floor_deinit(struct metric_floor *floor)
{
    free(floor->items);
    *floor = (struct metric_floor){ 0 };
}

bool metric_floor_get(const struct metric_floor *floor, const char *name,
                      const struct metric_label *labels, size_t label_count, double *value_out)
{
    const struct metric_floor_entry wanted = { .key = key_of(name, labels, label_count) };
    const struct metric_floor_entry *found =
        floor->count == 0 ? NULL
                          : bsearch(&wanted, floor->items, floor->count, sizeof(wanted), compare);

    if (found == NULL)
        return false;
    *value_out = found->value;
    return true;
}

void metric_floor_apply(const struct metric_floor *floor, struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->family_count; i++) {
        const struct metric_family *family = &metrics->families[i];

        for (size_t k = 0; family->type == METRIC_COUNTER && k < family->sample_count; k++) {
            struct metric_sample *sample = &metrics->samples[family->first_sample + k];
            const struct metric_label *labels = metrics->labels + sample->first_label;
            const bool of_run = sample->label_count > 0 && strcmp(labels[0].name, "run_id") == 0;
            double before;

            if (metric_floor_get(floor, family->name, labels, sample->label_count, &before) &&
                sample->value < before && (of_run || sample->value >= before * (1 - FALL_RATIO)))
                sample->value = before;
        }
    }
}
