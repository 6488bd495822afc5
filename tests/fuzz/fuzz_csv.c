/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_csv.c - any text as CSV: cells stay inside it, and what is written is read back
 */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_row(struct strbuf *out, const struct csv_reader *csv)
{
    for (size_t i = 0; i < csv->count; i++)
        csv_add_cell(out, i == 0, true, csv->cells[i]);
    strbuf_add(out, "\r\n");
}

/* The row just written, read again: the same cells. */
static void check_again(const struct csv_reader *csv)
{
    struct strbuf row = { 0 };
    struct csv_reader again;

    if (csv->count == 1 && csv->cells[0][0] == '\0')
        return; /* an empty line, which a reader skips */
    write_row(&row, csv);
    if (row.failed)
        abort();
    csv_reader_init(&again, row.text);
    if (strncmp(row.text, "\xef\xbb\xbf", 3) != 0) {
        if (csv_reader_next(&again, NULL) != 1 || again.count != csv->count)
            abort();
        for (size_t i = 0; i < csv->count; i++) {
            if (strcmp(again.cells[i], csv->cells[i]) != 0)
                abort();
        }
        if (csv_reader_next(&again, NULL) != 0)
            abort();
    }
    csv_reader_deinit(&again);
    strbuf_deinit(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct aico2_error err = { 0 };
    struct csv_reader csv;
    size_t line = 0;
    int r;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    csv_reader_init(&csv, text);
    while ((r = csv_reader_next(&csv, &err)) > 0) {
        if (csv.count == 0 || csv.line <= line)
            abort();
        line = csv.line;
        for (size_t i = 0; i < csv.count; i++) {
            if (csv.cells[i] < text || csv.cells[i] + strlen(csv.cells[i]) > text + size)
                abort();
        }
        check_again(&csv);
    }
    if (r < 0 && (err.code != r || err.message[0] == '\0'))
        abort();
    csv_reader_deinit(&csv);
    free(text);
    return 0;
}
