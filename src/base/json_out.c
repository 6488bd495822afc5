/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_out.c - an append-only JSON writer: no tree, commas by itself */
#include "base/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "base/number.h"

void json_out_init(struct json_out *json, struct strbuf *buffer)
{
    *json = (struct json_out){ .buffer = buffer };
    json->first[0] = true;
}

static void add_text(struct json_out *json, const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *at = (const unsigned char *)text;

    strbuf_add_bytes(json->buffer, "\"", 1);
    while (*at != '\0') {
        size_t length = 1;

        if (*at == '"' || *at == '\\') {
            char escaped[2] = { '\\', (char)*at };

            strbuf_add_bytes(json->buffer, escaped, 2);
        } else if (*at == '\n') {
            strbuf_add(json->buffer, "\\n");
        } else if (*at == '\t') {
            strbuf_add(json->buffer, "\\t");
        } else if (*at < 0x20 || *at == 0x7f) {
            strbuf_printf(json->buffer, "\\u%04x", *at);
        } else if (*at < 0x80) {
            strbuf_add_bytes(json->buffer, (const char *)at, 1);
        } else {
            uint32_t code = 0;
            size_t expected = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
            bool valid = *at >= 0xc2 && *at <= 0xf4;

            code = *at & (0xffu >> (expected + 1));
            for (size_t i = 1; valid && i < expected; i++) {
                valid = (at[i] & 0xc0) == 0x80;
                code = code << 6 | (at[i] & 0x3fu);
            }
            valid = valid && !(expected == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) &&
                    !(expected == 4 && (code < 0x10000 || code > 0x10ffff));
            if (valid) {
                strbuf_add_bytes(json->buffer, (const char *)at, expected);
                length = expected;
            } else {
                strbuf_add(json->buffer, replacement);
            }
        }
        at += length;
    }
    strbuf_add_bytes(json->buffer, "\"", 1);
}

static void begin_value(struct json_out *json, const char *key)
{
    if (json->depth > 0) {
        if (!json->first[json->depth])
            strbuf_add_bytes(json->buffer, ",", 1);
        strbuf_printf(json->buffer, "\n%*s", json->depth, "");
        json->first[json->depth] = false;
    }
    if (key != NULL) {
        add_text(json, key);
        strbuf_add(json->buffer, ": ");
    }
}

static void begin_level(struct json_out *json, const char *key, const char *bracket)
{
    begin_value(json, key);
    strbuf_add(json->buffer, bracket);
    assert(json->depth + 1 < JSON_DEPTH_MAX);
    json->depth++;
    json->first[json->depth] = true;
}

static void end_level(struct json_out *json, const char *bracket)
{
    bool empty = json->first[json->depth];

    assert(json->depth > 0);
    json->depth--;
    if (!empty)
        strbuf_printf(json->buffer, "\n%*s", json->depth, "");
    strbuf_add(json->buffer, bracket);
    if (json->depth == 0)
        strbuf_add(json->buffer, "\n");
}

void json_object_begin(struct json_out *json, const char *key)
{
    begin_level(json, key, "{");
}

void json_object_end(struct json_out *json)
{
    end_level(json, "}");
}

void json_array_begin(struct json_out *json, const char *key)
{
    begin_level(json, key, "[");
}

void json_array_end(struct json_out *json)
{
    end_level(json, "]");
}

void json_string(struct json_out *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text == NULL)
        strbuf_add(json->buffer, "null");
    else
        add_text(json, text);
}

void json_double(struct json_out *json, const char *key, double value)
{
    char number[40];

    begin_value(json, key);
    strbuf_add_bytes(json->buffer, number, number_format_double(number, sizeof(number), value));
}

void json_int(struct json_out *json, const char *key, int64_t value)
{
    begin_value(json, key);
    strbuf_printf(json->buffer, "%" PRId64, value);
}

void json_bool(struct json_out *json, const char *key, bool value)
{
    begin_value(json, key);
    strbuf_add(json->buffer, value ? "true" : "false");
}

void json_null(struct json_out *json, const char *key)
{
    begin_value(json, key);
    strbuf_add(json->buffer, "null");
}
