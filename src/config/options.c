/* SPDX-License-Identifier: Apache-2.0 */
/* config/options.c - asking for the values of options */
#include "config/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/option_value.h"

void options_deinit(struct options *options)
{
    if (options == NULL)
        return;
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++)
        option_value_clear(&options->values[i]);
    *options = (struct options){ 0 };
}

static bool copy_value(struct option_value *copy, const struct option_value *value)
{
    *copy = *value;
    copy->earlier_count = 0;
    copy->text = strdup(value->text);
    copy->earlier = calloc(value->earlier_count + 1, sizeof(*copy->earlier));
    if (copy->text == NULL || copy->earlier == NULL)
        return false;
    for (; copy->earlier_count < value->earlier_count; copy->earlier_count++) {
        copy->earlier[copy->earlier_count] = strdup(value->earlier[copy->earlier_count]);
        if (copy->earlier[copy->earlier_count] == NULL)
            return false;
    }
    return true;
}

int options_copy(struct options *options_out, const struct options *options)
{
    *options_out = (struct options){ 0 };
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        if (options->values[i].text != NULL &&
            !copy_value(&options_out->values[i], &options->values[i])) {
            options_deinit(options_out);
            return -ENOMEM;
        }
    }
    return 0;
}

void options_unset(struct options *options, enum option_id id)
{
    option_value_clear(&options->values[id]);
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
