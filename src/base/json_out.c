/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_out.c - an append-only JSON writer: no tree, commas by itself */
#include "base/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "base/number.h"
#include "base/text.h"

void json_out_init(struct json_out *json, struct strbuf *buffer)
{
    *json = (struct json_out){ .buffer = buffer };
    json->first[0] = true;
}

void json_out_init_line(struct json_out *json, struct strbuf *buffer)
{
    json_out_init(json, buffer);
    json->one_line = true;
}

/* Return: the bytes of text that were taken. */
static size_t add_character(struct strbuf *buffer, const unsigned char *at)
{
    static const char replacement[] = "\xef\xbf\xbd";
    uint32_t code = 0;
    size_t length = text_utf8_length(at, &code);

    if (length == 0) {
        strbuf_add(buffer, replacement);
        return 1;
    }
    if (code == '"' || code == '\\') {
        char escaped[2] = { '\\', (char)code };

        strbuf_add_bytes(buffer, escaped, 2);
    } else if (code == '\n') {
        strbuf_add(buffer, "\\n");
    } else if (code == '\t') {
        strbuf_add(buffer, "\\t");
    } else if (code < 0x20 || code == 0x7f) {
        strbuf_printf(buffer, "\\u%04x", (unsigned)code);
    } else {
        strbuf_add_bytes(buffer, (const char *)at, length);
    }
    return length;
}

static void add_text(struct json_out *json, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    strbuf_add_bytes(json->buffer, "\"", 1);
    while (*at != '\0')
        at += add_character(json->buffer, at);
    strbuf_add_bytes(json->buffer, "\"", 1);
}

static void new_line(struct json_out *json)
{
    if (!json->one_line)
        strbuf_printf(json->buffer, "\n%*s", json->depth, "");
}

static void begin_value(struct json_out *json, const char *key)
{
    if (json->depth > 0) {
        if (!json->first[json->depth])
            strbuf_add_bytes(json->buffer, ",", 1);
        new_line(json);
        json->first[json->depth] = false;
    }
    if (key != NULL) {
        add_text(json, key);
        strbuf_add(json->buffer, json->one_line ? ":" : ": ");
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
        new_line(json);
    strbuf_add(json->buffer, bracket);
    if (json->depth == 0 && !json->one_line)
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
