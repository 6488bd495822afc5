/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/reply.c - answers of the HTTP API (v1), read without trusting a byte of them */
#include "fetch/prometheus/reply.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"

static const double TIME_MOST_SECONDS = 4e9; /* of the year 2096: its nanoseconds fit */

static void copy_member(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    text_copy_clean(out, size, text != NULL ? text : "");
}

json_t *reply_open(const char *body, size_t length, struct reply_said *said_out)
{
    json_t *root = json_loadb(body, length, 0, NULL);
    const char *status = json_string_value(json_object_get(root, "status"));
    const json_t *warning = json_array_get(json_object_get(root, "warnings"), 0);

    *said_out = (struct reply_said){ 0 };
    if (status == NULL || (strcmp(status, "success") != 0 && strcmp(status, "error") != 0)) {
        json_decref(root);
        return NULL;
    }
    said_out->success = strcmp(status, "success") == 0;
    copy_member(root, "errorType", said_out->error_type, sizeof(said_out->error_type));
    copy_member(root, "error", said_out->error, sizeof(said_out->error));
    if (json_is_string(warning))
        text_copy_clean(said_out->warning, sizeof(said_out->warning), json_string_value(warning));
    return root;
}

bool reply_is_page(const char *body, size_t length)
{
    while (length > 0 && isspace((unsigned char)*body)) {
        body++;
        length--;
    }
    return length > 0 && *body == '<';
}

void reply_plain(const char *body, size_t length, char text_out[120])
{
    char text[240];
    size_t used = length < sizeof(text) ? length : sizeof(text) - 1;

    if (reply_is_page(body, length))
        used = 0;
    if (used > 0)
        memcpy(text, body, used);
    text[used] = '\0';
    text_copy_clean(text_out, 120, text);
}

int reply_each_series(const json_t *root, reply_take_labels take, void *payload)
{
    const json_t *data = json_object_get(root, "data");

    if (!json_is_array(data))
        return -EBADMSG;
    for (size_t i = 0; i < json_array_size(data); i++) {
        struct label_set labels = { 0 };
        int r = label_set_of(json_array_get(data, i), &labels);

        if (r == 0)
            r = take(&labels, payload);
        label_set_deinit(&labels);
        if (r != 0)
            return r;
    }
    return 0;
}

static int take_one(const json_t *metric, const json_t *values, bool is_single, reply_take_row take,
                    void *payload)
{
    AICO2_CLEANUP(label_set_deinit) struct label_set labels = { 0 };
    json_t *pairs = NULL;
    int r = label_set_of(metric, &labels);

    if (r < 0 || !json_is_array(values))
        return r < 0 ? r : -EBADMSG;
    if (is_single) { /* one pair is handed on as an array of one */
        pairs = json_array();
        if (pairs == NULL || json_array_append(pairs, (json_t *)values) < 0)
            r = -ENOMEM;
    }
    if (r == 0)
        r = take(&(struct reply_row){ .labels = &labels, .values = is_single ? pairs : values },
                 payload);
    json_decref(pairs);
    return r;
}

int reply_each_row(const json_t *root, reply_take_row take, void *payload)
{
    const json_t *data = json_object_get(root, "data");
    const char *type = json_string_value(json_object_get(data, "resultType"));
    const json_t *result = json_object_get(data, "result");
    bool is_matrix = type != NULL && strcmp(type, "matrix") == 0;

    if (type == NULL || !json_is_array(result))
        return -EBADMSG;
    if (strcmp(type, "scalar") == 0) {
        json_t *none = json_object();
        int r = none != NULL ? take_one(none, result, true, take, payload) : -ENOMEM;

        json_decref(none);
        return r;
    }
    if (!is_matrix && strcmp(type, "vector") != 0)
        return -EBADMSG;
    for (size_t i = 0; i < json_array_size(result); i++) {
        const json_t *row = json_array_get(result, i);
        int r = take_one(json_object_get(row, "metric"),
                         json_object_get(row, is_matrix ? "values" : "value"), !is_matrix, take,
                         payload);

        if (r != 0)
            return r;
    }
    return 0;
}

enum reply_sample reply_sample(const json_t *pair, int64_t *wall_ns_out, double *value_out)
{
    const json_t *time = json_array_get(pair, 0);
    const char *text = json_string_value(json_array_get(pair, 1));
    double seconds = json_number_value(time);

    if (!json_is_number(time) || text == NULL || !(seconds >= 0 && seconds <= TIME_MOST_SECONDS))
        return SAMPLE_WRONG;
    *wall_ns_out = (int64_t)llround(seconds * 1000) * NSEC_PER_MSEC;
    if (number_parse_double(text, value_out))
        return SAMPLE_GOOD;
    if (*text == '+' || *text == '-')
        text++;
    return strcasecmp(text, "NaN") == 0 || strcasecmp(text, "Inf") == 0 ? SAMPLE_NOT_FINITE
                                                                        : SAMPLE_WRONG;
}

void reply_server_name(const json_t *root, char name_out[64])
{
    const json_t *data = json_object_get(root, "data");
    const char *application = json_string_value(json_object_get(data, "application"));
    char version[48];

    copy_member(data, "version", version, sizeof(version));
    version[strcspn(version, "+ ")] = '\0'; /* "2.42.0+ds" is a packager's */
    name_out[0] = '\0';
    if (application != NULL) { /* Mimir's */
        text_copy_clean(name_out, 64, application);
    } else if (json_is_object(data) && json_object_get(data, "revision") == NULL) {
        /* that of Prometheus which it is compatible with, or nothing */
        text_append(name_out, 64, "VictoriaMetrics");
        version[0] = '\0';
    } else if (isdigit((unsigned char)version[0])) {
        text_append(name_out, 64, version[0] == '0' ? "Thanos" : "Prometheus");
    }
    if (name_out[0] != '\0' && version[0] != '\0')
        text_append(name_out, 64, " %s", version);
}

double reply_duration_seconds(const char *text)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = { { "ms", 0.001 }, { "s", 1 },      { "m", 60 },      { "h", 3600 },
                  { "d", 86400 },  { "w", 604800 }, { "y", 31536000 } };
    double seconds = 0;

    while (*text != '\0') {
        size_t digits = strspn(text, "0123456789");
        size_t letters = strspn(text + digits, "mshdwy");
        double count = 0;
        size_t unit = 0;

        for (size_t i = 0; i < digits; i++)
            count = count * 10 + (text[i] - '0');
        while (unit < ARRAY_LENGTH(units) &&
               (strlen(units[unit].unit) != letters ||
                strncmp(text + digits, units[unit].unit, letters) != 0))
            unit++;
        if (digits == 0 || digits > 12 || unit == ARRAY_LENGTH(units))
            return 0;
        seconds += count * units[unit].seconds;
        text += digits + letters;
    }
    return seconds;
}

double reply_retention_seconds(const json_t *root)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(root, "data"), "storageRetention"));
    char first[32];

    if (text == NULL)
        return 0;
    text_copy_clean(first, sizeof(first), text); /* "15d or 10GiB" */
    first[strcspn(first, " ")] = '\0';
    return reply_duration_seconds(first);
}

int reply_each_target(const json_t *root, reply_take_target take, void *payload)
{
    const json_t *targets = json_object_get(json_object_get(root, "data"), "activeTargets");

    if (!json_is_array(targets))
        return -EBADMSG;
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *target = json_array_get(targets, i);
        const json_t *labels = json_object_get(target, "labels");
        const char *instance = json_string_value(json_object_get(labels, "instance"));
        const char *job = json_string_value(json_object_get(labels, "job"));
        const char *interval = json_string_value(json_object_get(target, "scrapeInterval"));
        double seconds = interval != NULL ? reply_duration_seconds(interval) : 0;
        int r = instance != NULL && seconds > 0
                    ? take(instance, job != NULL ? job : "", seconds, payload)
                    : 0;

        if (r != 0)
            return r;
    }
    return 0;
}
