/* SPDX-License-Identifier: Apache-2.0 */
/* base/csv.h - RFC 4180 both ways */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"

/**
 * struct csv_reader - rows of a CSV text in memory
 * CRLF or LF, a BOM is skipped, quoted cells may hold newlines. Cells of the current row are
 * NUL-terminated and live until the next call.
 */
struct csv_reader {
    char *text; /* modified in place; the caller's */
    char *at;
    size_t line; /* 1-based, of the current row's first line */
    size_t next_line;
    char **cells;
    size_t count;
    size_t capacity;
};

/* text: NUL-terminated, writable, outlives the reader. */
void csv_reader_init(struct csv_reader *csv, char *text);
void csv_reader_deinit(struct csv_reader *csv);
/* Goes on with another text; the memory is kept, lines count from 1 again. */
void csv_reader_restart(struct csv_reader *csv, char *text);
/* Return: 1 a row was read, 0 the end, -EBADMSG (an open quote, text after a closing one; the
 * message names the line) or -ENOMEM. Empty lines are skipped. */
int csv_reader_next(struct csv_reader *csv, struct aico2_error *err);

/**
 * csv_add_cell() - append a cell to a row being written
 * @first: no comma before it
 * Quoted when needed. A text cell (number == false) starting with = + - @ tab or CR gets a leading
 * apostrophe (OWASP CSV injection), unless it reads as a number.
 */
void csv_add_cell(struct strbuf *row, bool first, bool number, const char *text);
