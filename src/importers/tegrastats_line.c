/* SPDX-License-Identifier: Apache-2.0 */
/* importers/tegrastats_line.c - a line of tegrastats, read by its words */
#include "importers/tegrastats_line.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double BYTES_PER_MIB = 1048576;
/* A petabyte: what says more is no size of memory. */
static const double BYTES_MAX = 1e15;

enum { NUMBER_MAX = 24 };

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
    whole *= word[at] == 'G' ? BYTES_PER_MIB * 1024 : word[at] == 'k' ? 1024 : BYTES_PER_MIB;
    if (whole > BYTES_MAX)
        return false;
    *bytes_out = whole;
    return true;
}

/* "[2%@102,off,1%@102]", or "[2%,1%]@102" in old releases. */
static void take_cpus(const char *word, size_t length, struct tegrastats_line *content)
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
                      struct tegrastats_line *content)
{
    int rail = jetson_log_find_rail(content->log, name, name_length);

    if (rail < 0 && content->learn != NULL && !is_word(name, name_length, "NC"))
        rail = jetson_log_add_rail(content->learn, name, name_length);
    /* of two rails of one name the first counts */
    if (rail >= 0 && !isfinite(content->moment.milliwatts[rail]))
        content->moment.milliwatts[rail] = milliwatts;
}

static void take_value(const char *name, size_t name_length, const char *word, size_t length,
                       struct tegrastats_line *content)
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

void tegrastats_line_read(char *line, struct tegrastats_line *content)
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

bool tegrastats_line_is_one(const struct tegrastats_line *content)
{
    return content->has_ram && content->has_cpu;
}

bool tegrastats_is_memory(const char *word, size_t length)
{
    double bytes;

    return take_memory(word, length, &bytes);
}

struct tegrastats_line tegrastats_line_of(const struct jetson_log *log, struct jetson_log *learn)
{
    struct tegrastats_line content = { .log = log, .learn = learn };

    jetson_moment_clear(&content.moment);
    return content;
}
