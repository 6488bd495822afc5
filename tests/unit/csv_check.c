/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/csv_check.c - what a CSV holds, read apart from the code under test (RFC 4180) */
#include "csv_check.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row from `at`; NULL for line_out: only skipped. Return: where the next begins. */
static const char *take_line(const char *at, struct csv_line *line)
{
    char *put = line->text;

    line->count = 0;
    for (;;) {
        assert_true(line->count < CSV_CELLS_MAX);
        line->cells[line->count++] = put;
        if (*at == '"') {
            for (at++; *at != '"' || at[1] == '"'; at++) {
                assert_true(*at != '\0');
                if (*at == '"')
                    at++;
                *put++ = *at;
            }
            at++;
        } else {
            while (*at != ',' && *at != '\r') {
                assert_true(*at != '\0' && *at != '"' && *at != '\n');
                *put++ = *at++;
            }
        }
        *put++ = '\0';
        assert_true(put < line->text + sizeof(line->text));
        if (*at == ',') {
            at++;
            continue;
        }
        assert_true(at[0] == '\r' && at[1] == '\n');
        return at + 2;
    }
}

void csv_line_at(const char *text, size_t index, struct csv_line *line_out)
{
    for (size_t i = 0; i <= index; i++) {
        if (*text == '\0')
            fail_msg("no row %zu", index);
        text = take_line(text, line_out);
    }
}

size_t csv_line_count(const char *text)
{
    static struct csv_line line;
    size_t count = 0;

    while (*text != '\0') {
        text = take_line(text, &line);
        count++;
    }
    return count;
}

const char *csv_value(const char *text, size_t index, const char *column)
{
    static struct csv_line names;
    static struct csv_line line;

    csv_line_at(text, 0, &names);
    csv_line_at(text, index, &line);
    assert_int_equal(line.count, names.count);
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(names.cells[i], column) == 0)
            return line.cells[i];
    }
    fail_msg("no column '%s'", column);
    return "";
}

char *file_text(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, 1 << 20);

    if (file == NULL)
        fail_msg("cannot read '%s'", path);
    assert_non_null(text);
    (void)fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}
