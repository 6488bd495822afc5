/* SPDX-License-Identifier: Apache-2.0 */
/* writers/json_parts.c - values as several JSON documents write them */
#include "writers/json_parts.h"

#include "base/time_text.h"
#include "writers/format.h"

void json_text(struct json_out *json, const char *key, const char *text)
{
    json_string(json, key, text[0] == '\0' ? NULL : text);
}

void json_figure(struct json_out *json, const char *key, double value)
{
    json_double(json, key, figure_not_negative(value));
}

void json_wall_time(struct json_out *json, const char *key, int64_t wall_ns)
{
    char text[40];

    if (wall_ns == 0) {
        json_null(json, key);
        return;
    }
    wall_time_format(text, sizeof(text), wall_ns);
    json_string(json, key, text);
}

void json_strings(struct json_out *json, const char *key, char *const *texts, size_t count)
{
    json_array_begin(json, key);
    for (size_t i = 0; i < count; i++)
        json_string(json, NULL, texts[i]);
    json_array_end(json);
}
