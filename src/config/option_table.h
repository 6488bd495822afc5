/* SPDX-License-Identifier: Apache-2.0 */
/* config/option_table.h - a CSV table of options: a header of their names, and a set of values a row */
#pragma once

#include <stdio.h>

#include "base/csv.h"
#include "config/options.h"

enum { OPTION_TABLE_COLUMNS_MAX = 64, OPTION_TABLE_ROW_BYTES_MAX = 1 << 16 };

/* Memory is that of one row, however long the table. */
struct option_table {
    FILE *file;     /* the caller's */
    char shown[80]; /* its name in messages */
    const struct options *defaults;
    const struct option_row *columns[OPTION_TABLE_COLUMNS_MAX];
    size_t column_count;
    char *text; /* the row in hand */
    size_t length;
    size_t capacity;
    size_t line; /* 1-based, where it begins */
    size_t next_line;
    struct csv_reader csv;
};

/* A row. With errors, one for each bad cell ("t.csv:3: column 'pue' '0.5': ..."), the options are not to be used. */
struct option_table_row {
    size_t line;
    struct options options;           /* the defaults, and over them what the cells hold */
    bool given[OPT_COUNT_OF_OPTIONS]; /* by a cell */
    char **errors;
    size_t error_count;
};

/**
 * option_table_open() - reads the header
 * @shown:    the file's name, for messages
 * @columns:  options that may be a column; "gpu_hours" and "gpu-hours" are the same. One that repeats may be
 *            several columns
 * @defaults: what an empty or missing cell means; outlives the table
 * Return: 0; -EINVAL for a column that is none of them (the nearest is named) or stands twice; -EBADMSG for
 * what is no CSV; -errno. option_table_close() in every case.
 */
int option_table_open(struct option_table *table, FILE *file, const char *shown,
                      const enum option_id *columns, size_t column_count,
                      const struct options *defaults, struct aico2_error *err);
void option_table_close(struct option_table *table);

/**
 * option_table_next() - the next row; empty lines are passed over
 * A row whose place has a cell (country, region, cloud, zone, intensity) takes none of the default's.
 * Return: 1, 0 at the end, or -errno where the table cannot be read further
 */
int option_table_next(struct option_table *table, struct option_table_row *row_out,
                      struct aico2_error *err);
void option_table_row_deinit(struct option_table_row *row);
