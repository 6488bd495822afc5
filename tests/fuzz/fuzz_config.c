/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_config.c - any text as a configuration file */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct options *options, enum option_origin origin)
{
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_value *value = &options->values[i];
        const struct option_row *row = &option_rows[i];

        if (value->text == NULL)
            continue;
        if (value->origin != origin || strncmp(value->where, "aico2.yml:", 10) != 0)
            abort();
        if (origin == ORIGIN_LOCAL_FILE && !row->local_file)
            abort(); /* a cloned repository has chosen what it must not */
        if (row->type == OPTION_NUMBER &&
            !(value->as.number >= row->minimum && value->as.number <= row->maximum))
            abort();
        if (row->type == OPTION_FLAG && value->as.integer != 0 && value->as.integer != 1)
            abort();
    }
}

static void apply(const char *text, size_t size, enum option_origin origin)
{
    struct options options = { 0 };
    struct aico2_error err = { 0 };
    int r = config_text_apply(&options, origin, "aico2.yml", text, size, &err);

    if (r < 0 && (r != err.code || strncmp(err.message, "aico2.yml:", 10) != 0 ||
                  strchr(err.message, '\n') != NULL))
        abort();
    check(&options, origin);
    options_deinit(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apply((const char *)data, size, ORIGIN_USER_FILE);
    apply((const char *)data, size, ORIGIN_LOCAL_FILE);
    return 0;
}
