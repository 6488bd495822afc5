/* SPDX-License-Identifier: Apache-2.0 */
/* writers/csv_row.h - a CSV row being written: cleaned text, numbers, empty for the unavailable */
#pragma once

#include <stdint.h>

#include "base/strbuf.h"

/* RFC 4180's line end. Another program's file is continued in its own: codecarbon_csv.c. */
#define CSV_LINE_END "\r\n"

struct csv_row {
    struct strbuf *buffer;
    bool started;
};

static inline struct csv_row csv_row_begin(struct strbuf *buffer)
{
    return (struct csv_row){ .buffer = buffer };
}

void csv_row_text(struct csv_row *row, const char *text);
/* Not finite: an empty cell. Signed: only differences are negative. */
void csv_row_number(struct csv_row *row, double value);
/* The same for figures that cannot be below 0. */
void csv_row_figure(struct csv_row *row, double value);
void csv_row_int(struct csv_row *row, int64_t value);
/* RFC 3339, UTC, milliseconds; empty for 0. */
void csv_row_wall_time(struct csv_row *row, int64_t wall_ns);
void csv_row_end(struct csv_row *row);
