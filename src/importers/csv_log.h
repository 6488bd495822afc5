/* SPDX-License-Identifier: Apache-2.0 */
/* importers/csv_log.h - a log in CSV: a header, and rows whose cells are asked for by column */
#pragma once

#include "base/csv.h"
#include "importers/log_text.h"

enum { CSV_LOG_COLUMNS_MAX = 512 };

struct csv_log {
    struct csv_reader csv;
    struct csv_reader header; /* of the first row; its cells are the columns' names */
    char *header_text;
    size_t last_used; /* the last column that was asked for: a cut line may have a part of it */
};

/* Reads the header. Return: 0; -EBADMSG when there is none; -errno. */
int csv_log_open(struct csv_log *log, struct log_text *text, struct aico2_error *err);
void csv_log_deinit(struct csv_log *log);

size_t csv_log_columns(const struct csv_log *log);
const char *csv_log_name(const struct csv_log *log, size_t column);
/* -1: there is none; letter case is ignored. */
int csv_log_find(const struct csv_log *log, const char *name);

/* The next row with as many cells as the header; a header that is repeated is passed over.
 * Return: 1, 0 at the end, or -errno. */
int csv_log_next(struct csv_log *log, struct log_text *text, struct aico2_error *err);
/* A cell of the row in hand, without the apostrophe that guards it against spreadsheets. */
const char *csv_log_cell(struct csv_log *log, int column);

/* Skips the row for a cell: "column 'NAME': 'VALUE' is no WHAT". Return: as log_text_skip(). */
int csv_log_skip_cell(struct csv_log *log, struct log_text *text, int column, const char *what,
                      struct aico2_error *err);

/* Whether the first line of a text has all of these columns. names: NULL-terminated. */
bool csv_head_has(const char *head, const char *const *names);
