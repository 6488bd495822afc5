/* SPDX-License-Identifier: Apache-2.0 */
/* importers/csv_log.c - a log in CSV: a header, and rows whose cells are asked for by column */
#include "importers/csv_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"

int csv_log_open(struct csv_log *log, struct log_text *text, struct aico2_error *err)
{
    int r = log_text_next(text, err);

    if (r < 0)
        return r;
    if (r == 0)
        return aico2_error_set(err, -EBADMSG, "%.100s: the file is empty", text->name);
    log->header_text = strdup(text->line);
    if (log->header_text == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    csv_reader_init(&log->header, log->header_text);
    r = csv_reader_next(&log->header, err);
    if (r < 0 || log->header.count > CSV_LOG_COLUMNS_MAX)
        return log_text_fail(text, err, -EBADMSG, "the header is no row of CSV");
    return 0;
}

void csv_log_deinit(struct csv_log *log)
{
    csv_reader_deinit(&log->csv);
    csv_reader_deinit(&log->header);
    free(log->header_text);
    log->header_text = NULL;
}

size_t csv_log_columns(const struct csv_log *log)
{
    return log->header.count;
}

/* Spreadsheets leave blanks around. */
static const char *trimmed(char *cell)
{
    size_t length;

    cell += strspn(cell, " \t");
    length = strlen(cell);
    while (length > 0 && (cell[length - 1] == ' ' || cell[length - 1] == '\t'))
        cell[--length] = '\0';
    return cell;
}

const char *csv_log_name(const struct csv_log *log, size_t column)
{
    return trimmed(log->header.cells[column]);
}

int csv_log_find(const struct csv_log *log, const char *name)
{
    for (size_t i = 0; i < log->header.count; i++) {
        if (text_equal_nocase(csv_log_name(log, i), name))
            return (int)i;
    }
    return -1;
}

static bool is_header(const struct csv_log *log)
{
    for (size_t i = 0; i < log->header.count; i++) {
        if (strcmp(trimmed(log->csv.cells[i]), csv_log_name(log, i)) != 0)
            return false;
    }
    return true;
}

int csv_log_next(struct csv_log *log, struct log_text *text, struct aico2_error *err)
{
    for (;;) {
        int r = log_text_next(text, err);

        if (r <= 0)
            return r;
        csv_reader_restart(&log->csv, text->line);
        r = csv_reader_next(&log->csv, NULL);
        if (r == -ENOMEM)
            return aico2_error_set(err, r, "out of memory");
        if (r <= 0)
            r = log_text_skip(text, err, "a quote is opened and never closed, or text follows it");
        else if (log->csv.count != log->header.count)
            r = log_text_skip(text, err, "%zu cells where the header has %zu", log->csv.count,
                              log->header.count);
        else if (text->torn && log->last_used + 1 == log->header.count)
            r = log_text_skip(text, err, "the last line has no end: it may be cut");
        else if (!is_header(log))
            return 1;
        else
            r = 0;
        if (r < 0)
            return r;
    }
}

const char *csv_log_cell(struct csv_log *log, int column)
{
    const char *cell = trimmed(log->csv.cells[column]);

    return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@", cell[1]) != NULL ? cell + 1 : cell;
}

int csv_log_skip_cell(struct csv_log *log, struct log_text *text, int column, const char *what,
                      struct aico2_error *err)
{
    char value[40];

    text_copy_clean(value, sizeof(value), csv_log_cell(log, column));
    return log_text_skip(text, err, "column '%.40s': '%s' is no %s",
                         csv_log_name(log, (size_t)column), value, what);
}

bool csv_head_has(const char *head, const char *const *names)
{
    size_t length = strcspn(head, "\r\n");
    AICO2_CLEANUP(freep) char *line = strndup(head, length);
    AICO2_CLEANUP(csv_reader_deinit) struct csv_reader csv = { 0 };

    if (line == NULL)
        return false;
    csv_reader_init(&csv, line);
    if (csv_reader_next(&csv, NULL) <= 0)
        return false;
    for (; *names != NULL; names++) {
        bool found = false;

        for (size_t i = 0; i < csv.count && !found; i++)
            found = text_equal_nocase(trimmed(csv.cells[i]), *names);
        if (!found)
            return false;
    }
    return true;
}
