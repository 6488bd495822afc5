/* SPDX-License-Identifier: Apache-2.0 */
/* stack/record.c - what was started, told so that no other process is ever taken for it */
#include "stack/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

static const char *const FIRST_LINE = "aico2-stack 1";

/* Cuts the first word of a line off it; "" when there is none. */
static void take_word(const char **line, char *word_out, size_t size)
{
    size_t length = strcspn(*line, " ");

    (void)snprintf(word_out, size, "%.*s", (int)length, *line);
    if (length >= size)
        word_out[0] = '\0'; /* longer than any that is ours */
    *line += length;
    *line += **line == ' ';
}

static bool take_number(const char **line, int64_t least, int64_t most, int64_t *value_out)
{
    char word[24];

    take_word(line, word, sizeof(word));
    return number_parse_i64(word, value_out) && *value_out >= least && *value_out <= most;
}

static bool parse_entry(const char *line, struct record_entry *entry_out)
{
    struct record_entry entry = { 0 };
    int64_t port;

    take_word(&line, entry.name, sizeof(entry.name));
    if (entry.name[0] == '\0' || !take_number(&line, 1, INT32_MAX, &entry.pid) ||
        !take_number(&line, 0, INT64_MAX, &entry.start_ticks) ||
        !take_number(&line, 1, UINT16_MAX, &port))
        return false;
    if (line[0] != '/' || strlen(line) >= sizeof(entry.program))
        return false;
    entry.port = (int32_t)port;
    (void)snprintf(entry.program, sizeof(entry.program), "%s", line);
    *entry_out = entry;
    return true;
}

/* A line after the first. false: it is none of ours. */
static bool parse_line(struct record *record, const char *line)
{
    struct record_entry entry;
    char word[16];

    take_word(&line, word, sizeof(word));
    if (strcmp(word, "service") == 0)
        return parse_entry(line, &entry) && record_find(record, entry.name) == NULL &&
               record_put(record, &entry) == 0;
    if (line[0] == '\0' || strchr(line, ' ') != NULL)
        return false;
    if (strcmp(word, "host") == 0 && record->host[0] == '\0')
        return snprintf(record->host, sizeof(record->host), "%s", line) < (int)sizeof(record->host);
    if (strcmp(word, "boot") == 0 && record->boot[0] == '\0')
        return snprintf(record->boot, sizeof(record->boot), "%s", line) < (int)sizeof(record->boot);
    return false;
}

int record_parse(const char *text, struct record *record_out, struct aico2_error *err)
{
    struct record record = { 0 };
    char line[sizeof(struct record_entry) + 64];
    size_t number = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        number++;
        (void)snprintf(line, sizeof(line), "%.*s", (int)length, text);
        if (length >= sizeof(line) || text[length] == '\0' ||
            (number == 1 ? strcmp(line, FIRST_LINE) != 0 : !parse_line(&record, line))) {
            char clean[80];

            text_copy_clean(clean, sizeof(clean), line);
            return aico2_error_set(err, -EBADMSG, "line %zu is none of a record: '%s'", number,
                                   clean);
        }
        text += length + 1;
    }
    if (record.host[0] == '\0' || record.boot[0] == '\0')
        return aico2_error_set(err, -EBADMSG, "a record without its host and its boot");
    *record_out = record;
    return 0;
}

void record_format(const struct record *record, struct strbuf *out)
{
    strbuf_printf(out, "%s\nhost %s\nboot %s\n", FIRST_LINE, record->host, record->boot);
    for (size_t i = 0; i < record->count; i++) {
        const struct record_entry *entry = &record->entries[i];

        strbuf_printf(out, "service %s %" PRId64 " %" PRId64 " %" PRId32 " %s\n", entry->name,
                      entry->pid, entry->start_ticks, entry->port, entry->program);
    }
}

struct record_entry *record_find(struct record *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->entries[i].name, name) == 0)
            return &record->entries[i];
    }
    return NULL;
}

int record_put(struct record *record, const struct record_entry *entry)
{
    struct record_entry *there = record_find(record, entry->name);

    if (there == NULL) {
        if (record->count == STACK_SERVICES_MAX)
            return -ENOSPC;
        there = &record->entries[record->count++];
    }
    *there = *entry;
    return 0;
}

void record_drop(struct record *record, const char *name)
{
    struct record_entry *there = record_find(record, name);

    if (there == NULL)
        return;
    *there = record->entries[record->count - 1];
    record->count--;
}
