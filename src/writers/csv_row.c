/* SPDX-License-Identifier: Apache-2.0 */
/* writers/csv_row.c - a CSV row being written: cleaned text, numbers, empty for the unavailable */
#include "writers/csv_row.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/csv.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"
#include "writers/format.h"

static void add(struct csv_row *row, bool number, const char *text)
{
    csv_add_cell(row->buffer, !row->started, number, text);
    row->started = true;
}

void csv_row_text(struct csv_row *row, const char *text)
{
    AICO2_CLEANUP(freep) char *clean = NULL;
    size_t size = strlen(text) + 1;

    clean = malloc(size);
    if (clean == NULL) {
        row->buffer->failed = true;
        return;
    }
    text_copy_clean(clean, size, text);
    add(row, false, clean);
}

void csv_row_number(struct csv_row *row, double value)
{
    char text[40] = "";

    if (isfinite(value))
        (void)number_format_double(text, sizeof(text), value);
    add(row, true, text);
}

void csv_row_figure(struct csv_row *row, double value)
{
    csv_row_number(row, figure_not_negative(value));
}

void csv_row_int(struct csv_row *row, int64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    add(row, true, text);
}

void csv_row_wall_time(struct csv_row *row, int64_t wall_ns)
{
    char text[40] = "";

    if (wall_ns != 0)
        wall_time_format(text, sizeof(text), wall_ns);
    add(row, true, text);
}

void csv_row_end(struct csv_row *row)
{
    strbuf_add(row->buffer, CSV_LINE_END);
    row->started = false;
}
