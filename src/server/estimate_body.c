/* SPDX-License-Identifier: Apache-2.0 */
/* server/estimate_body.c - the JSON body of POST /api/v1/estimate as options of `aico2 estimate` */
#include "server/estimate_body.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/options/estimate.h"
#include "config/option_value.h"

enum { LIST_MOST = 64 };

static const enum option_id fields[] = { ESTIMATE_FIELDS };

struct taking {
    struct options *options;
    struct option_source source;
    struct aico2_error *err;
};

static const char *type_name(const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a text",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };

    return names[json_typeof(value)];
}

static int unknown_key(const char *key, struct aico2_error *err)
{
    const char *names[ARRAY_LENGTH(fields)];
    char quote[QUOTE_SIZE];
    int nearest;

    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
        names[i] = option_rows[fields[i]].name;
    nearest = text_nearest(key, names, ARRAY_LENGTH(fields));
    option_quote(quote, key);
    return aico2_error_set(err, -EINVAL, "unknown key '%s'%s%s%s", quote,
                           nearest < 0 ? "" : ": nearest is '", nearest < 0 ? "" : names[nearest],
                           nearest < 0 ? "" : "'");
}

/* NULL: none of them. */
static const struct option_row *find_field(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        const char *name = option_rows[fields[i]].name;
        size_t at = 0;

        while (name[at] != '\0' && (key[at] == name[at] || (key[at] == '_' && name[at] == '-')))
            at++;
        if (name[at] == '\0' && key[at] == '\0')
            return &option_rows[fields[i]];
    }
    return NULL;
}

/* The value as it would stand on a command line. NULL: it is of another type than the option. */
static const char *text_of(const struct option_row *row, const json_t *value, char *number_out,
                           size_t size)
{
    switch (row->type) {
    case OPTION_TEXT:
    case OPTION_CHOICE:
        return json_string_value(value);
    case OPTION_FLAG:
        return json_is_boolean(value) ? (json_is_true(value) ? "true" : "false") : NULL;
    case OPTION_NUMBER:
    case OPTION_INTEGER:
        if (json_is_integer(value))
            (void)snprintf(number_out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_real(value))
            (void)number_format_double(number_out, size, json_real_value(value));
        return json_is_number(value) ? number_out : NULL;
    case OPTION_DURATION:
    case OPTION_TIME:
        break; /* none of the fields */
    }
    return NULL;
}

static const char *wanted(const struct option_row *row)
{
    return row->type == OPTION_FLAG                                    ? "true or false"
           : row->type == OPTION_NUMBER || row->type == OPTION_INTEGER ? "a number"
           : row->repeats                                              ? "a text or a list of texts"
                                                                       : "a text";
}

static int take_value(struct taking *taking, const struct option_row *row, const json_t *value)
{
    char number[32];
    const char *text = text_of(row, value, number, sizeof(number));

    if (text == NULL)
        return aico2_error_set(taking->err, -EINVAL, "'%s': %s is wanted, not %s", row->name,
                               wanted(row), type_name(value));
    if (row->id == OPT_CLOUD && strcmp(text, "auto") == 0)
        return aico2_error_set(taking->err, -EINVAL,
                               "cloud 'auto': not asked here, for it needs a network; name the "
                               "region, as in aws:eu-west-3");
    return option_set(taking->options, &taking->source, row, false, text, "the request", row->name,
                      taking->err);
}

static int take_key(struct taking *taking, const char *key, const json_t *value)
{
    const struct option_row *row = find_field(key);
    int r = 0;

    if (row == NULL)
        return unknown_key(key, taking->err);
    if (json_is_null(value))
        return 0;
    if (taking->source.given[row->id])
        return aico2_error_set(taking->err, -EINVAL, "'%s' stands here a second time", row->name);
    if (!row->repeats || !json_is_array(value))
        return take_value(taking, row, value);
    if (json_array_size(value) > LIST_MOST)
        return aico2_error_set(taking->err, -EINVAL, "'%s': a list of %d at most is wanted",
                               row->name, LIST_MOST);
    for (size_t i = 0; r == 0 && i < json_array_size(value); i++)
        r = take_value(taking, row, json_array_get(value, i));
    return r;
}

static int take_object(struct taking *taking, json_t *object)
{
    const char *key;
    json_t *value;
    int r = 0;

    json_object_foreach(object, key, value)
    {
        r = take_key(taking, key, value);
        if (r < 0)
            return r;
    }
    estimate_settle_ways(taking->options, taking->source.given);
    return 0;
}

int estimate_body_read(const struct strbuf *text, const struct options *defaults,
                       struct options *options_out, struct aico2_error *err)
{
    struct options options = { 0 };
    struct taking taking = {
        .options = &options,
        .source = { .origin = ORIGIN_COMMAND_LINE },
        .err = err,
    };
    json_error_t error;
    json_t *object = json_loadb(strbuf_text(text), text->length, JSON_REJECT_DUPLICATES, &error);
    char why[sizeof(error.text)]; /* it quotes the body, cut anywhere */
    int r;

    if (!json_is_object(object)) {
        bool is_json = object != NULL;

        json_decref(object);
        text_copy_clean(why, sizeof(why), error.text);
        return aico2_error_set(err, -EBADMSG,
                               "a JSON object is wanted, as in {\"gpu\": \"A100\", "
                               "\"hours\": 48}%s%s",
                               is_json ? "" : ": ", is_json ? "" : why);
    }
    r = options_copy(&options, defaults) < 0 ? aico2_error_set(err, -ENOMEM, "out of memory")
                                             : take_object(&taking, object);
    json_decref(object);
    if (r < 0) {
        options_deinit(&options);
        return r;
    }
    *options_out = options;
    return 0;
}
