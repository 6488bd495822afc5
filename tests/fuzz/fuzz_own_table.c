/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_own_table.c - any bytes as a user's own figures of places, and as what is kept of one */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "carbon/own_table.h"
#include "session/place/own.h"

static void check_row(const struct intensity *row)
{
    const struct band band = row->gco2e_per_kwh;

    if (row->place[0] == '\0' || !(band.low >= 0 && band.low <= band.value) ||
        !(band.value <= band.high && band.high <= 5000))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct own_table table = { 0 };
    struct aico2_error err = { 0 };
    struct intensity kept = { 0 };
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (own_table_parse(text, size, "own.csv", &table, &err) == 0) {
        for (size_t i = 0; i < table.count; i++)
            check_row(&table.rows[i]);
    } else if (err.code >= 0 || err.message[0] == '\0' || strchr(err.message, '\n') != NULL) {
        abort();
    }
    own_table_deinit(&table);
    if (size > 0)
        memcpy(text, data, size);
    (void)place_own_read(text, &kept);
    free(text);
    return 0;
}
