/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/own_table.c - a user's own figures of places, in place of the program's */
#include "carbon/own_table.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/csv.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/text.h"
#include "carbon/place.h"
#include "carbon/place_figures.h"

enum {
    FILE_LIMIT_BYTES = 1 << 20,
    ROWS_MAX = 5000,
    SHOWN_SIZE = 48,
    NAME_SIZE = 96,
    YEAR_LEAST = 1980
};

static const double MAX_GCO2E_PER_KWH = 5000;

enum column { PLACE, FIGURE, LOW, HIGH, KIND, YEAR, SOURCE, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = {
    [PLACE] = "place", [FIGURE] = "gco2e_per_kwh", [LOW] = "low", [HIGH] = "high", [KIND] = "kind",
    [YEAR] = "year",   [SOURCE] = "source"
};

/* Which cell of a row is which column; -1: the file has none. */
struct layout {
    int cells[COLUMN_COUNT];
    size_t count;
};

struct parsing {
    struct csv_reader *csv;
    struct layout layout;
    const char *name; /* of the file, fit to show */
    struct aico2_error *err;
};

void own_table_deinit(struct own_table *table)
{
    free(table->rows);
    *table = (struct own_table){ 0 };
}

static int column_of(const char *cell)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (strcmp(cell, column_names[i]) == 0)
            return i;
    }
    return -1;
}

static int read_header(struct parsing *parsing)
{
    struct layout *layout = &parsing->layout;
    char shown[SHOWN_SIZE];

    for (int i = 0; i < COLUMN_COUNT; i++)
        layout->cells[i] = -1;
    layout->count = parsing->csv->count;
    for (size_t i = 0; i < layout->count; i++) {
        int column = column_of(parsing->csv->cells[i]);

        text_copy_clean(shown, sizeof(shown), parsing->csv->cells[i]);
        if (column < 0 || layout->cells[column] >= 0)
            return aico2_error_set(parsing->err, -EBADMSG,
                                   "%s:%zu: %s column '%s'; there are place, gco2e_per_kwh, low, "
                                   "high, kind, year, source",
                                   parsing->name, parsing->csv->line,
                                   column < 0 ? "unknown" : "a second", shown);
        layout->cells[column] = (int)i;
    }
    if (layout->cells[PLACE] < 0 || layout->cells[FIGURE] < 0)
        return aico2_error_set(parsing->err, -EBADMSG,
                               "%s:%zu: the header needs the columns place and gco2e_per_kwh",
                               parsing->name, parsing->csv->line);
    return 0;
}

/* "" where the row or the file has none. */
static const char *cell_of(const struct parsing *parsing, enum column column)
{
    int cell = parsing->layout.cells[column];

    return cell < 0 ? "" : parsing->csv->cells[cell];
}

static int bad_cell(const struct parsing *parsing, enum column column, const char *wanted)
{
    char shown[SHOWN_SIZE];

    text_copy_clean(shown, sizeof(shown), cell_of(parsing, column));
    return aico2_error_set(parsing->err, -EBADMSG, "%s:%zu: %s: '%s' is not %s", parsing->name,
                           parsing->csv->line, column_names[column], shown, wanted);
}

/* An empty cell leaves the value as it is. */
static int read_figure(const struct parsing *parsing, enum column column, double low, double high,
                       double *value)
{
    const char *cell = cell_of(parsing, column);
    double number;

    if (cell[0] == '\0')
        return 0;
    if (!number_parse_double(cell, &number) || !(number >= low && number <= high))
        return bad_cell(parsing, column,
                        column == FIGURE ? "a number from 0 to 5000"
                        : column == LOW  ? "a number from 0 to the figure"
                                         : "a number from the figure to 5000");
    *value = number + 0.0;
    return 0;
}

static int read_band(const struct parsing *parsing, struct band *band_out)
{
    struct band band = { NAN, NAN, NAN };
    int r = read_figure(parsing, FIGURE, 0, MAX_GCO2E_PER_KWH, &band.value);

    if (r == 0 && isnan(band.value))
        r = bad_cell(parsing, FIGURE, "a number from 0 to 5000");
    band.low = band.high = band.value;
    if (r == 0)
        r = read_figure(parsing, LOW, 0, band.value, &band.low);
    if (r == 0)
        r = read_figure(parsing, HIGH, band.value, MAX_GCO2E_PER_KWH, &band.high);
    *band_out = band;
    return r;
}

/* All that is known of a new one is its name. */
static void name_new_place(struct intensity *row, const char *name)
{
    *row = (struct intensity){ .place_basis = PLACE_OPTION };
    (void)snprintf(row->place, sizeof(row->place), "%s", name);
    (void)snprintf(row->name, sizeof(row->name), "%s", name);
    (void)snprintf(row->note, sizeof(row->note), "your own figure");
}

static int read_place(const struct parsing *parsing, struct intensity *row)
{
    const char *name = cell_of(parsing, PLACE);
    const struct place_query query = { .any = name, .gco2e_per_kwh = NAN };
    struct aico2_error unknown = { 0 };

    if (own_table_is_new(name)) {
        name_new_place(row, name);
        return 0;
    }
    if (place_resolve(&query, row, &unknown) < 0)
        return aico2_error_set(parsing->err, -EBADMSG, "%s:%zu: %s", parsing->name,
                               parsing->csv->line, unknown.message);
    (void)snprintf(row->note, sizeof(row->note), "your own figure, in place of the table's");
    return 0;
}

static int read_about(const struct parsing *parsing, struct intensity *row)
{
    const char *kind = cell_of(parsing, KIND);
    const char *source = cell_of(parsing, SOURCE);
    double year = 0;

    if (kind[0] != '\0' && strncmp(kind, "direct-", 7) != 0 && strncmp(kind, "lifecycle-", 10) != 0)
        return bad_cell(parsing, KIND,
                        "a kind: lifecycle- or direct-, then average, consumption or marginal");
    text_copy_clean(row->kind, sizeof(row->kind), kind[0] != '\0' ? kind : "user");
    if (cell_of(parsing, YEAR)[0] != '\0' &&
        (!number_parse_double(cell_of(parsing, YEAR), &year) || year < YEAR_LEAST || year > 2100 ||
         year != floor(year)))
        return bad_cell(parsing, YEAR, "a year from 1980 to 2100");
    row->year = (int)year;
    text_copy_clean(row->source, sizeof(row->source), parsing->name);
    if (source[0] != '\0')
        text_append(row->source, sizeof(row->source), ": %s", source);
    text_copy_clean(row->source_short, sizeof(row->source_short),
                    source[0] != '\0' ? source : "own table");
    row->quality[0] = '\0';
    return 0;
}

static int add_row(const struct parsing *parsing, struct own_table *table)
{
    struct intensity row = { 0 };
    int r;

    if (parsing->csv->count != parsing->layout.count)
        return aico2_error_set(parsing->err, -EBADMSG, "%s:%zu: %zu cells instead of %zu",
                               parsing->name, parsing->csv->line, parsing->csv->count,
                               parsing->layout.count);
    if (table->count == ROWS_MAX)
        return aico2_error_set(parsing->err, -EBADMSG, "%s:%zu: more than %d places", parsing->name,
                               parsing->csv->line, ROWS_MAX);
    r = read_place(parsing, &row);
    if (r == 0)
        r = read_band(parsing, &row.gco2e_per_kwh);
    if (r == 0)
        r = read_about(parsing, &row);
    for (size_t i = 0; r == 0 && i < table->count; i++) {
        if (strcasecmp(table->rows[i].place, row.place) == 0)
            r = aico2_error_set(parsing->err, -EBADMSG, "%s:%zu: '%s' stands here a second time",
                                parsing->name, parsing->csv->line, row.place);
    }
    if (r == 0 && array_reserve(&table->rows, &table->capacity, table->count + 1, sizeof(row)) < 0)
        r = aico2_error_set(parsing->err, -ENOMEM, "out of memory");
    if (r == 0)
        table->rows[table->count++] = row;
    return r;
}

static int read_rows(struct parsing *parsing, struct own_table *table)
{
    struct aico2_error csv_error = { 0 };
    bool headed = false;
    int r;

    while ((r = csv_reader_next(parsing->csv, &csv_error)) > 0) {
        r = headed ? add_row(parsing, table) : read_header(parsing);
        headed = true;
        if (r < 0)
            return r;
    }
    if (r < 0) {
        char message[sizeof(csv_error.message)];

        text_copy_clean(message, sizeof(message), csv_error.message);
        return aico2_error_set(parsing->err, r, "%s: %s", parsing->name, message);
    }
    if (!headed)
        return aico2_error_set(parsing->err, -EBADMSG,
                               "%s:1: empty; a header such as place,gco2e_per_kwh is needed",
                               parsing->name);
    return 0;
}

int own_table_parse(char *text, size_t length, const char *name, struct own_table *table_out,
                    struct aico2_error *err)
{
    AICO2_CLEANUP(own_table_deinit) struct own_table table = { 0 };
    const char *slash = strrchr(name, '/');
    struct csv_reader csv;
    char shown[NAME_SIZE];
    struct parsing parsing = { .csv = &csv, .name = shown, .err = err };
    int r;

    text_copy_clean(shown, sizeof(shown), slash != NULL ? slash + 1 : name);
    if (memchr(text, '\0', length) != NULL)
        return aico2_error_set(err, -EBADMSG, "%s: a NUL byte: not a text file", shown);
    csv_reader_init(&csv, text);
    r = read_rows(&parsing, &table);
    csv_reader_deinit(&csv);
    if (r < 0)
        return r;
    *table_out = table;
    table = (struct own_table){ 0 };
    return 0;
}

int own_table_read(const char *path, struct own_table *table_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    int length = fs_read_all_at(AT_FDCWD, path, FILE_LIMIT_BYTES, &text, err);

    if (length < 0)
        return length;
    return own_table_parse(text, (size_t)length, path, table_out, err);
}

bool own_table_apply(const struct own_table *table, const char *kind, int year,
                     struct intensity *intensity)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct intensity *row = &table->rows[i];

        if (strcmp(row->place, intensity->place) != 0)
            continue;
        if (!place_figure_is_asked(row, kind, year))
            return false;
        intensity->gco2e_per_kwh = row->gco2e_per_kwh;
        intensity->year = row->year;
        memcpy(intensity->kind, row->kind, sizeof(intensity->kind));
        memcpy(intensity->source, row->source, sizeof(intensity->source));
        memcpy(intensity->source_short, row->source_short, sizeof(intensity->source_short));
        memcpy(intensity->quality, row->quality, sizeof(intensity->quality));
        memcpy(intensity->note, row->note, sizeof(intensity->note));
        return true;
    }
    return false;
}

/* Whether clouds of that provider are known: "aws:". */
static bool is_of_a_cloud(const char *name, size_t length)
{
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    struct place_filter filter = { 0 };
    char pattern[sizeof(list->place) + 4];
    size_t count = 0;

    (void)snprintf(pattern, sizeof(pattern), "%.*s:*", (int)length, name);
    filter.pattern = pattern;
    /* without memory it is none of the user's own: the error is that of an unknown place */
    return place_search(&filter, &list, &count, NULL) < 0 || count > 0;
}

bool own_table_is_new(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t before = strspn(name, allowed);
    size_t after = name[before] == ':' ? strspn(name + before + 1, allowed) : 0;

    return before > 0 && after > 0 && name[before + 1 + after] == '\0' &&
           before + 1 + after < sizeof(((struct intensity *)NULL)->place) &&
           !is_of_a_cloud(name, before);
}

static const struct intensity *find_row(const struct own_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcasecmp(table->rows[i].place, name) == 0)
            return &table->rows[i];
    }
    return NULL;
}

int own_table_find(const struct own_table *table, const char *name, const char *kind, int year,
                   struct intensity *intensity_out, struct aico2_error *err)
{
    const struct intensity *row = find_row(table, name);

    if (row == NULL)
        return aico2_error_set(err, -EINVAL,
                               "unknown place '%s': the program does not know it, and your own "
                               "table has no row of it (--intensity-table)",
                               name);
    if (!place_figure_is_asked(row, kind, year))
        return aico2_error_set(err, -EINVAL,
                               "'%s' has no figure of that kind and year: your own table has one "
                               "that is %s",
                               name, row->kind);
    *intensity_out = *row;
    return 0;
}
