/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_json_out.c - any texts and numbers in any order of calls: what comes out is JSON
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/json_check.h"
#include "base/json_out.h"
#include "base/json_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t take_byte(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static void take_bytes(struct input *in, void *out, size_t size)
{
    memset(out, 0, size);
    if (size > in->left)
        size = in->left;
    memcpy(out, in->at, size);
    in->at += size;
    in->left -= size;
}

static void take_text(struct input *in, char *out, size_t size)
{
    size_t length = take_byte(in) % size;

    memset(out, 0, size);
    take_bytes(in, out, length);
}

/* A key of its own for each value: an object may not hold one twice. */
static const char *next_key(bool array, char key[16], unsigned *counter)
{
    static const char digits[] = "0123456789abcdef";

    if (array)
        return NULL;
    for (int i = 0; i < 8; i++)
        key[i] = digits[*counter >> 4 * (7 - i) & 15];
    key[8] = '\0';
    (*counter)++;
    return key;
}

static void add_value(struct json_out *json, const char *key, struct input *in, unsigned kind)
{
    char text[64];
    double number;
    int64_t whole;

    switch (kind) {
    case 0:
        take_text(in, text, sizeof(text));
        json_string(json, key, text);
        break;
    case 1:
        take_bytes(in, &number, sizeof(number));
        json_double(json, key, number);
        break;
    case 2:
        take_bytes(in, &whole, sizeof(whole));
        json_int(json, key, whole);
        break;
    case 3:
        json_bool(json, key, (take_byte(in) & 1) != 0);
        break;
    case 4:
        take_text(in, text, sizeof(text));
        json_words(json, key, text);
        break;
    default:
        json_null(json, key);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct strbuf out = { 0 };
    struct json_out json;
    bool array[JSON_DEPTH_MAX] = { false };
    unsigned counter = 0;
    int depth = 1;
    char key[16];

    json_out_init(&json, &out);
    json_object_begin(&json, NULL);
    while (in.left > 0) {
        unsigned kind = take_byte(&in) % 9;

        if (kind == 6 && depth > 1) {
            depth--;
            if (array[depth])
                json_array_end(&json);
            else
                json_object_end(&json);
        } else if (kind >= 6 && depth + 2 < JSON_DEPTH_MAX) {
            const char *name = next_key(depth > 1 && array[depth - 1], key, &counter);

            array[depth] = kind == 7;
            if (kind == 7)
                json_array_begin(&json, name);
            else
                json_object_begin(&json, name);
            depth++;
        } else {
            add_value(&json, next_key(depth > 1 && array[depth - 1], key, &counter), &in, kind);
        }
    }
    while (depth-- > 1) {
        if (array[depth])
            json_array_end(&json);
        else
            json_object_end(&json);
    }
    json_object_end(&json);
    if (!out.failed && !json_is_valid(out.text, out.length))
        abort();
    strbuf_deinit(&out);
    return 0;
}
