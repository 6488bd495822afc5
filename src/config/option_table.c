/* SPDX-License-Identifier: Apache-2.0 */
/* config/option_table.c - a CSV table of options: a header of their names, and a set of values a row */
#include "config/option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/lines.h"
#include "base/text.h"
#include "config/option_value.h"

static int bad_table(const struct option_table *table, struct aico2_error *err, const char *what)
{
    return aico2_error_set(err, -EBADMSG, "%s:%zu: %s", table->shown, table->line, what);
}

/* A newline ends the row unless it stands within quotes, and these open at the start of a cell only. */
static int read_text(struct option_table *table, struct aico2_error *err)
{
    bool start = true;
    bool quoted = false;
    bool closed = false; /* by the character before: one more quote stands for itself */
    int c;

    table->length = 0;
    table->line = table->next_line;
    while ((c = getc_unlocked(table->file)) != EOF) {
        if (c == '\0')
            return bad_table(table, err, "a NUL character: this is no CSV");
        if (c == '\n')
            table->next_line++;
        if (c == '\n' && !quoted)
            break;
        if (table->length + 1 >= OPTION_TABLE_ROW_BYTES_MAX)
            return bad_table(table, err,
                             quoted ? "a quote is opened and not closed for 64 KiB"
                                    : "a row longer than 64 KiB");
        if (array_reserve(&table->text, &table->capacity, table->length + 2, 1) < 0)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        table->text[table->length++] = (char)c;
        if (c == '"' && quoted) {
            quoted = false;
            closed = true;
        } else {
            quoted = quoted || (c == '"' && (start || closed));
            closed = false;
        }
        start = c == ',' && !quoted;
    }
    if (ferror(table->file))
        return aico2_error_set_errno(err, errno, "cannot read %s", table->shown);
    if (c == EOF && table->length == 0)
        return 0;
    if (array_reserve(&table->text, &table->capacity, table->length + 1, 1) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (table->length > 0 && table->text[table->length - 1] == '\r')
        table->length--;
    table->text[table->length] = '\0';
    return 1;
}

/* Return: 1 the cells of a row are in csv, 0 the end; *bad_out: the text is no CSV. */
static int read_cells(struct option_table *table, struct aico2_error *bad_out,
                      struct aico2_error *err)
{
    for (;;) {
        int r = read_text(table, err);

        if (r <= 0)
            return r;
        csv_reader_restart(&table->csv, table->text);
        r = csv_reader_next(&table->csv, bad_out);
        if (r == -ENOMEM)
            return aico2_error_set(err, r, "out of memory");
        if (r != 0)
            return 1;
    }
}

/* Spreadsheets leave blanks around. */
static char *trimmed(char *cell)
{
    size_t length;

    cell += strspn(cell, " \t");
    length = strlen(cell);
    while (length > 0 && (cell[length - 1] == ' ' || cell[length - 1] == '\t'))
        cell[--length] = '\0';
    return cell;
}

static int unknown_column(const struct option_table *table, const char *name,
                          const enum option_id *columns, size_t count, struct aico2_error *err)
{
    const char *names[OPTION_TABLE_COLUMNS_MAX];
    char quote[QUOTE_SIZE];
    int nearest;

    for (size_t i = 0; i < count; i++)
        names[i] = option_rows[columns[i]].name;
    nearest = text_nearest(name, names, count);
    option_quote(quote, name);
    if (nearest < 0)
        return aico2_error_set(err, -EINVAL, "%s:%zu: unknown column '%s'", table->shown,
                               table->line, quote);
    return aico2_error_set(err, -EINVAL, "%s:%zu: unknown column '%s': nearest is '%s'",
                           table->shown, table->line, quote, names[nearest]);
}

static int take_column(struct option_table *table, char *name, const enum option_id *columns,
                       size_t count, struct aico2_error *err)
{
    const struct option_row *row = NULL;

    for (char *at = name; *at != '\0'; at++)
        *at = *at == '_' ? '-' : *at;
    for (size_t i = 0; i < count && row == NULL; i++) {
        if (text_equal_nocase(option_rows[columns[i]].name, name))
            row = &option_rows[columns[i]];
    }
    if (row == NULL)
        return unknown_column(table, name, columns, count, err);
    for (size_t i = 0; i < table->column_count && !row->repeats; i++) {
        if (table->columns[i] == row)
            return aico2_error_set(err, -EINVAL, "%s:%zu: column '%s' stands here a second time",
                                   table->shown, table->line, row->name);
    }
    table->columns[table->column_count++] = row;
    return 0;
}

int option_table_open(struct option_table *table, FILE *file, const char *shown,
                      const enum option_id *columns, size_t column_count,
                      const struct options *defaults, struct aico2_error *err)
{
    struct aico2_error bad = { 0 };
    size_t length = strlen(shown);
    size_t most = sizeof(table->shown) / 2; /* the end of a long path says more than its start */
    int r;

    *table = (struct option_table){ .file = file, .defaults = defaults, .next_line = 1 };
    if (length > most)
        text_append(table->shown, sizeof(table->shown), "...");
    text_append(table->shown, sizeof(table->shown), "%s",
                length > most ? shown + length - most : shown);
    r = read_cells(table, &bad, err);
    if (r < 0)
        return r;
    if (r == 0)
        return aico2_error_set(err, -EBADMSG, "%s: the table is empty: it begins with a header",
                               table->shown);
    if (bad.code != 0 || table->csv.count > OPTION_TABLE_COLUMNS_MAX)
        return bad_table(table, err, "the header is no row of CSV, or has more than 64 columns");
    for (size_t i = 0; i < table->csv.count; i++) {
        r = take_column(table, trimmed(table->csv.cells[i]), columns, column_count, err);
        if (r < 0)
            return r;
    }
    return 0;
}

void option_table_close(struct option_table *table)
{
    csv_reader_deinit(&table->csv);
    free(table->text);
    *table = (struct option_table){ 0 };
}

static int take_cell(const struct option_table *table, struct option_table_row *row,
                     struct option_source *source, size_t column)
{
    const struct option_row *option = table->columns[column];
    const char *cell = trimmed(table->csv.cells[column]);
    struct aico2_error err = { 0 };
    char shown[SHOWN_SIZE] = "";
    int r;

    if (cell[0] == '\0') /* not given */
        return 0;
    text_append(shown, sizeof(shown), "%s:%zu: column '%s'", table->shown, table->line,
                option->name);
    r = option_set(&row->options, source, option, false, cell, shown, shown, &err);
    if (r == -ENOMEM)
        return r;
    return r < 0 ? lines_add(&row->errors, &row->error_count, "%s", err.message) : 0;
}

static int take_cells(const struct option_table *table, struct option_table_row *row,
                      const struct aico2_error *bad)
{
    struct option_source source = { .origin = ORIGIN_COMMAND_LINE };
    const char *why = strchr(bad->message, ':'); /* behind the reader's own "line 1" */

    if (bad->code != 0)
        return lines_add(&row->errors, &row->error_count, "%s:%zu%s", table->shown, table->line,
                         why == NULL ? ": no row of CSV" : why);
    if (table->csv.count != table->column_count)
        return lines_add(&row->errors, &row->error_count,
                         "%s:%zu: %zu cells where the header has %zu", table->shown, table->line,
                         table->csv.count, table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        int r = take_cell(table, row, &source, i);

        if (r < 0)
            return r;
    }
    memcpy(row->given, source.given, sizeof(row->given));
    return 0;
}

int option_table_next(struct option_table *table, struct option_table_row *row_out,
                      struct aico2_error *err)
{
    struct option_table_row row = { 0 };
    struct aico2_error bad = { 0 };
    int r = read_cells(table, &bad, err);

    if (r <= 0)
        return r;
    row.line = table->line;
    r = options_copy(&row.options, table->defaults);
    if (r == 0)
        r = take_cells(table, &row, &bad);
    if (r < 0) {
        option_table_row_deinit(&row);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    *row_out = row;
    return 1;
}

void option_table_row_deinit(struct option_table_row *row)
{
    options_deinit(&row->options);
    lines_free(row->errors, row->error_count);
    *row = (struct option_table_row){ 0 };
}
