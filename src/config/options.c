/* SPDX-License-Identifier: Apache-2.0 */
/* config/options.c - asking for the values of options */
#include "config/options.h"

#include "config/option_value.h"
#include <math.h>

void options_deinit(struct options *options)
{
    if (options == NULL)
        return;
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++)
        option_value_clear(&options->values[i]);
    *options = (struct options){ 0 };
}

bool options_given(const struct options *options, enum option_id id)
{
    return options->values[id].text != NULL && options->values[id].origin != ORIGIN_DEFAULT;
}

const char *options_text(const struct options *options, enum option_id id)
{
    return options->values[id].text;
}

size_t options_value_count(const struct options *options, enum option_id id)
{
    const struct option_value *value = &options->values[id];

    return value->text == NULL ? 0 : value->earlier_count + 1;
}

const char *options_text_at(const struct options *options, enum option_id id, size_t index)
{
    const struct option_value *value = &options->values[id];

    return index < value->earlier_count ? value->earlier[index] : value->text;
}

double options_number(const struct options *options, enum option_id id)
{
    return options->values[id].text == NULL ? NAN : options->values[id].as.number;
}

int64_t options_integer(const struct options *options, enum option_id id)
{
    return options->values[id].text == NULL ? 0 : options->values[id].as.integer;
}

bool options_flag(const struct options *options, enum option_id id)
{
    return options_integer(options, id) != 0;
}

enum option_origin options_origin(const struct options *options, enum option_id id)
{
    return options->values[id].origin;
}

const char *option_origin_name(enum option_origin origin)
{
    static const char *const names[] = {
        [ORIGIN_DEFAULT] = "default",         [ORIGIN_SYSTEM_FILE] = "system file",
        [ORIGIN_USER_FILE] = "user file",     [ORIGIN_LOCAL_FILE] = "local file",
        [ORIGIN_ENVIRONMENT] = "environment", [ORIGIN_COMMAND_LINE] = "command line",
    };

    return names[origin];
}
