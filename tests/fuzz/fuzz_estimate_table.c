/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_estimate_table.c - any bytes as a table of options, and its devices as such */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/option_table.h"
#include "session/estimate/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum option_id columns[] = {
    OPT_NAME, OPT_GPU,     OPT_CPU,       OPT_COUNT,    OPT_HOURS,
    OPT_PUE,  OPT_COUNTRY, OPT_INTENSITY, OPT_EMBODIED,
};

static void check_devices(const struct options *options, enum option_id id)
{
    for (size_t i = 0; i < options_value_count(options, id); i++) {
        struct aico2_error err = { 0 };
        struct estimate_device device;
        int r = estimate_device_parse(options_text_at(options, id, i), DEVICE_GPU, &device, &err);

        if (r < 0 && (r != -EINVAL || err.message[0] == '\0'))
            abort();
        if (r == 0 && (device.count < 0 || device.count > 1e7 || device.watts < 0 ||
                       device.utilization < 0 || device.utilization > 1))
            abort();
    }
}

static void check_row(const struct option_table_row *row, size_t *line)
{
    if (row->line <= *line)
        abort(); /* lines only rise */
    *line = row->line;
    for (size_t i = 0; i < row->error_count; i++) {
        if (strncmp(row->errors[i], "t.csv:", 6) != 0)
            abort();
    }
    for (size_t i = 0; row->error_count == 0 && i < sizeof(columns) / sizeof(columns[0]); i++) {
        const struct option_value *value = &row->options.values[columns[i]];
        const struct option_row *option = &option_rows[columns[i]];

        if (value->text != NULL && option->type == OPTION_NUMBER &&
            !(value->as.number >= option->minimum && value->as.number <= option->maximum))
            abort();
    }
    check_devices(&row->options, OPT_GPU);
    check_devices(&row->options, OPT_CPU);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct options defaults = { 0 };
    struct option_table table;
    struct option_table_row row;
    struct aico2_error err = { 0 };
    FILE *file = size == 0 ? NULL : fmemopen((void *)data, size, "r");
    size_t line = 0;
    int r;

    if (file == NULL)
        return 0;
    r = option_table_open(&table, file, "t.csv", columns, sizeof(columns) / sizeof(columns[0]),
                          &defaults, &err);
    while (r >= 0 && (r = option_table_next(&table, &row, &err)) > 0) {
        check_row(&row, &line);
        option_table_row_deinit(&row);
    }
    if (r < 0 && (r != err.code || strncmp(err.message, "t.csv:", 6) != 0))
        abort();
    option_table_close(&table);
    (void)fclose(file);
    return 0;
}
