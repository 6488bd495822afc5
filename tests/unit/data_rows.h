/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/data_rows.h - walk through the rows of a table in data/ */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/fs.h"

/* Calls `row` for each row but the header; returns how many there were. */
static inline size_t data_each_row(const char *name, void (*row)(char *const *cells, size_t count))
{
    const char *root = getenv("AICO2_TEST_SOURCE_ROOT");
    struct aico2_error err = { 0 };
    struct csv_reader csv;
    char path[512];
    char *text = NULL;
    size_t rows = 0;

    (void)snprintf(path, sizeof(path), "%s/data/%s", root != NULL ? root : ".", name);
    if (fs_read_all_at(AT_FDCWD, path, 8 << 20, &text, &err) < 0)
        fail_msg("%s", err.message);
    csv_reader_init(&csv, text);
    for (size_t line = 0; csv_reader_next(&csv, &err) == 1; line++) {
        if (line == 0)
            continue;
        row(csv.cells, csv.count);
        rows++;
    }
    csv_reader_deinit(&csv);
    free(text);
    return rows;
}
