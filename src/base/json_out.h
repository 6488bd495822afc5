/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_out.h - an append-only JSON writer: no tree, commas by itself */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

enum { JSON_DEPTH_MAX = 24 };

/**
 * struct json_out - writes one document into a buffer, indented by one space a level, or on one line
 * Keys are given with each value; NULL inside arrays and at the top.
 */
struct json_out {
    struct strbuf *buffer;
    int depth;
    bool one_line;
    bool first[JSON_DEPTH_MAX];
};

void json_out_init(struct json_out *json, struct strbuf *buffer);
/* On one line, without a newline at its end: for protocols of lines. */
void json_out_init_line(struct json_out *json, struct strbuf *buffer);
void json_object_begin(struct json_out *json, const char *key);
void json_object_end(struct json_out *json);
void json_array_begin(struct json_out *json, const char *key);
void json_array_end(struct json_out *json);
/* text may be NULL: null. Invalid UTF-8 becomes U+FFFD, controls are escaped. */
void json_string(struct json_out *json, const char *key, const char *text);
/* Not finite: null. */
void json_double(struct json_out *json, const char *key, double value);
void json_int(struct json_out *json, const char *key, int64_t value);
void json_bool(struct json_out *json, const char *key, bool value);
void json_null(struct json_out *json, const char *key);
