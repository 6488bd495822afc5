/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/answer.c - a JSON answer of a provider, read without trusting a byte of it */
#include "fetch/providers/answer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

/* As for a user's own file. */
static const double MAX_GCO2E_PER_KWH = 5000;

int answer_wrong(const struct answer *answer, const char *what, const char *value)
{
    char shown[ANSWER_SHOWN_SIZE];

    text_copy_clean(shown, sizeof(shown), value);
    return aico2_error_set(answer->err, -EBADMSG, "%s: '%s'", what, shown);
}

void answer_show(char shown[ANSWER_SHOWN_SIZE], const char *body, size_t length)
{
    char start[ANSWER_SHOWN_SIZE];
    size_t size = length < sizeof(start) - 1 ? length : sizeof(start) - 1;

    if (size > 0)
        memcpy(start, body, size);
    start[size] = '\0';
    text_drop_torn_end(start);
    text_copy_clean(shown, ANSWER_SHOWN_SIZE, start);
}

json_t *answer_load(const char *body, size_t length, struct aico2_error *err)
{
    char shown[ANSWER_SHOWN_SIZE];
    char why[80];
    json_error_t error = { 0 };
    json_t *root = length > 0 ? json_loadb(body, length, 0, &error) : NULL;

    if (root != NULL)
        return root;
    if (length == 0) {
        (void)aico2_error_set(err, -EBADMSG, "the answer is empty");
        return NULL;
    }
    if (json_error_code(&error) == json_error_out_of_memory) {
        (void)aico2_error_set(err, -ENOMEM, "out of memory");
        return NULL;
    }
    answer_show(shown, body, length);
    text_copy_clean(why, sizeof(why), error.text);
    (void)aico2_error_set(err, -EBADMSG, "the answer is no JSON (%s, line %d): '%s'", why,
                          error.line, shown);
    return NULL;
}

int answer_read(const struct provider_query *query, int64_t step_ns, const char *body,
                size_t length, struct intensity_series *series_out, struct aico2_error *err,
                answer_reader read)
{
    struct aico2_error own = { 0 };
    const struct answer answer = { query, step_ns, series_out, err != NULL ? err : &own };
    size_t before = series_out->count;
    json_t *root = answer_load(body, length, answer.err);
    int r;

    if (root == NULL)
        return answer.err->code;

    r = read(&answer, root);
    json_decref(root);
    if (r < 0)
        series_out->count = before;
    return r;
}

int answer_check(const struct answer *answer, int64_t wall_ns, double gco2e_per_kwh)
{
    char when[32];
    char number[40];

    if (gco2e_per_kwh >= 0 && gco2e_per_kwh <= MAX_GCO2E_PER_KWH)
        return 0;

    wall_time_format(when, sizeof(when), wall_ns);
    if (isfinite(gco2e_per_kwh))
        (void)number_format_double(number, sizeof(number), gco2e_per_kwh);
    else
        (void)snprintf(number, sizeof(number), "no finite number");
    return aico2_error_set(answer->err, -EBADMSG, "'%s' at %s is not within 0 and 5000 gCO2/kWh",
                           number, when);
}

int answer_add(const struct answer *answer, int64_t wall_ns, double gco2e_per_kwh,
               enum intensity_point_quality quality)
{
    struct intensity_series *series = answer->series;
    int r = answer_check(answer, wall_ns, gco2e_per_kwh);

    if (r < 0)
        return r;
    if (quality == POINT_MEASURED && wall_ns > answer->query->now_ns + answer->step_ns) {
        char when[32];

        wall_time_format(when, sizeof(when), wall_ns);
        return aico2_error_set(answer->err, -EBADMSG,
                               "a value of %s claims to be measured, which is ahead of this "
                               "machine's clock",
                               when);
    }
    if (quality == POINT_ESTIMATED && wall_ns > answer->query->now_ns)
        quality = POINT_FORECAST;
    if (series->count >= FETCH_POINTS_MAX)
        return aico2_error_set(answer->err, -EBADMSG, "more than %d values", FETCH_POINTS_MAX);
    if (array_reserve(&series->points, &series->capacity, series->count + 1,
                      sizeof(*series->points)) < 0)
        return aico2_error_set(answer->err, -ENOMEM, "out of memory");

    series->points[series->count++] = (struct intensity_point){
        .wall_ns = wall_ns,
        .gco2e_per_kwh = gco2e_per_kwh + 0.0, /* "-0" is a zero too */
        .quality = quality,
    };
    return 0;
}

static const char *type_name(const json_t *value)
{
    if (value == NULL)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

static int wrong_type(const struct answer *answer, const char *key, const char *wanted,
                      const json_t *value)
{
    char shown[ANSWER_SHOWN_SIZE];

    if (!json_is_string(value))
        return aico2_error_set(answer->err, -EBADMSG, "'%s' holds %s instead of %s", key,
                               type_name(value), wanted);
    text_copy_clean(shown, sizeof(shown), json_string_value(value));
    return aico2_error_set(answer->err, -EBADMSG, "'%s' holds the text '%s' instead of %s", key,
                           shown, wanted);
}

const json_t *answer_array(const struct answer *answer, const json_t *object, const char *key)
{
    const json_t *array = json_object_get(object, key);

    if (json_is_array(array))
        return array;

    (void)wrong_type(answer, key, "an array", array);
    return NULL;
}

int answer_number(const struct answer *answer, const json_t *object, const char *key,
                  double *value_out)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_null(value))
        return 0;
    if (!json_is_number(value))
        return wrong_type(answer, key, "a number", value);

    *value_out = json_number_value(value);
    return 1;
}

const char *answer_text(const struct answer *answer, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_string(value))
        return json_string_value(value);

    (void)wrong_type(answer, key, "text", value);
    return NULL;
}

int answer_expect(const struct answer *answer, const json_t *object, const char *key,
                  const char *wanted)
{
    const char *text = answer_text(answer, object, key);
    char shown[ANSWER_SHOWN_SIZE];

    if (text == NULL)
        return -EBADMSG;
    if (strcmp(text, wanted) == 0)
        return 0;

    text_copy_clean(shown, sizeof(shown), text);
    return aico2_error_set(answer->err, -EBADMSG, "'%s' is '%s' where '%s' was asked for", key,
                           shown, wanted);
}

/* ":mm" or ":ss" at the front of the rest; ":00" where it is left out. */
static void add_field(char *full, size_t size, const char **rest)
{
    if ((*rest)[0] == ':') {
        size_t length = strnlen(*rest, 3);

        text_append(full, size, "%.3s", *rest);
        *rest += length;
    } else {
        text_append(full, size, ":00");
    }
}

bool answer_time_parse(const char *text, bool utc, int64_t *wall_ns_out)
{
    enum { TO_THE_HOUR = 13 }; /* "2026-10-06T02" */
    char full[64] = "";
    const char *rest = text + TO_THE_HOUR;

    /* wall_time_parse() would take unix seconds as well: here a number is no time */
    if (strnlen(text, sizeof(full)) > 40 || strnlen(text, TO_THE_HOUR) < TO_THE_HOUR ||
        text[4] != '-' || text[7] != '-')
        return false;

    text_append(full, sizeof(full), "%.13s", text);
    add_field(full, sizeof(full), &rest);
    add_field(full, sizeof(full), &rest);
    text_append(full, sizeof(full), "%s", rest);
    if (utc && strspn(rest, ".0123456789") == strlen(rest))
        text_append(full, sizeof(full), "Z");
    return wall_time_parse(full, wall_ns_out);
}

int answer_time(const struct answer *answer, const json_t *object, const char *key, bool utc,
                int64_t *wall_ns_out)
{
    const char *text = answer_text(answer, object, key);

    if (text == NULL)
        return -EBADMSG;
    if (!answer_time_parse(text, utc, wall_ns_out))
        return answer_wrong(answer, utc ? "not a time" : "not a time with its zone", text);
    return 0;
}

static const char *find_error(const json_t *root)
{
    static const char *const keys[] = { "error", "message", "error_description", "detail",
                                        "title" };

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        const json_t *value = json_object_get(root, keys[i]);
        const json_t *inner = json_object_get(value, "message");

        if (json_is_string(value))
            return json_string_value(value);
        if (json_is_string(inner))
            return json_string_value(inner);
    }
    return NULL;
}

bool answer_error_text(const char *body, size_t length, char text_out[160])
{
    json_t *root = length > 0 ? json_loadb(body, length, 0, NULL) : NULL;
    const char *found = find_error(root);

    if (found != NULL)
        text_copy_clean(text_out, 160, found);
    json_decref(root);
    return found != NULL;
}
