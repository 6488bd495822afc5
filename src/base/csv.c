/* SPDX-License-Identifier: Apache-2.0 */
/* base/csv.c - RFC 4180 both ways */
#include "base/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"

void csv_reader_init(struct csv_reader *csv, char *text)
{
    *csv = (struct csv_reader){ .text = text, .at = text, .next_line = 1 };
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        csv->at += 3;
}

void csv_reader_restart(struct csv_reader *csv, char *text)
{
    char **cells = csv->cells;
    size_t capacity = csv->capacity;

    csv_reader_init(csv, text);
    csv->cells = cells;
    csv->capacity = capacity;
}

void csv_reader_deinit(struct csv_reader *csv)
{
    free(csv->cells);
    *csv = (struct csv_reader){ 0 };
}

/* Unquotes in place; *at is left on the character after the cell. */
static int take_quoted(struct csv_reader *csv, char **end_out, struct aico2_error *err)
{
    char *write = csv->at;
    char *read = csv->at + 1;

    for (;;) {
        if (*read == '\0')
            return aico2_error_set(err, -EBADMSG, "line %zu: a quote is opened and never closed",
                                   csv->line);
        if (*read == '"') {
            if (read[1] != '"')
                break;
            read++;
        }
        if (*read == '\n')
            csv->next_line++;
        *write++ = *read++;
    }
    read++;
    if (*read != ',' && *read != '\n' && *read != '\0' && !(*read == '\r' && read[1] == '\n'))
        return aico2_error_set(err, -EBADMSG, "line %zu: text after a closing quote: '%.10s'",
                               csv->line, read);

    csv->at = read;
    *end_out = write;
    return 0;
}

static void skip_empty_lines(struct csv_reader *csv)
{
    while (*csv->at == '\n' || (*csv->at == '\r' && csv->at[1] == '\n')) {
        csv->at += *csv->at == '\r' ? 2 : 1;
        csv->next_line++;
    }
}

int csv_reader_next(struct csv_reader *csv, struct aico2_error *err)
{
    csv->count = 0;
    skip_empty_lines(csv);
    if (*csv->at == '\0')
        return 0;

    csv->line = csv->next_line;
    for (;;) {
        char *cell = csv->at;
        char *end = cell;
        char stop;

        if (array_reserve(&csv->cells, &csv->capacity, csv->count + 1, sizeof(*csv->cells)) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        if (*cell == '"') {
            int r = take_quoted(csv, &end, err);

            if (r < 0)
                return r;
        } else {
            csv->at += strcspn(csv->at, ",\n");
            end = csv->at;
            if (*csv->at != ',' && end > cell && end[-1] == '\r')
                end--;
        }
        csv->cells[csv->count++] = cell;
        if (*csv->at == '\r')
            csv->at++;
        stop = *csv->at;
        if (stop != '\0')
            csv->at++;
        *end = '\0';
        if (stop == ',')
            continue;
        if (stop == '\n')
            csv->next_line++;
        return 1;
    }
}

void csv_add_cell(struct strbuf *row, bool first, bool number, const char *text)
{
    double ignored;
    bool guard = !number && text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL &&
                 !number_parse_double(text, &ignored);

    if (!first)
        strbuf_add_bytes(row, ",", 1);
    if (strpbrk(text, ",\"\r\n") == NULL) {
        if (guard)
            strbuf_add_bytes(row, "'", 1);
        strbuf_add(row, text);
        return;
    }
    strbuf_add(row, guard ? "\"'" : "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            strbuf_add_bytes(row, "\"", 1);
        strbuf_add_bytes(row, text, 1);
    }
    strbuf_add_bytes(row, "\"", 1);
}
