/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/csv_check.h - what a CSV holds, read apart from the code under test (RFC 4180) */
#pragma once

#include <stddef.h>

enum { CSV_CELLS_MAX = 64 };

struct csv_line {
    char text[65536];
    char *cells[CSV_CELLS_MAX];
    size_t count;
};

/* Row `index` of a text with CRLF line ends; fails the test when there is none, when a line ends
 * otherwise, or when a quote is out of place. */
void csv_line_at(const char *text, size_t index, struct csv_line *line_out);
size_t csv_line_count(const char *text);
/* The cell under a name of the first row; fails the test when there is no such column. */
const char *csv_value(const char *text, size_t index, const char *column);
/* A whole file as text, on the heap. */
char *file_text(const char *path);
