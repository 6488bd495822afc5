/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_words.c - a stored JSON array of strings, read back word by word */
#include "base/json_words.h"

#include <stdint.h>
#include <string.h>

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static bool take_hex4(const char **at, uint32_t *code_out)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++, (*at)++) {
        char c = **at;

        if (c >= '0' && c <= '9')
            code = code << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            code = code << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *code_out = code;
    return true;
}

static void add_utf8(struct strbuf *out, uint32_t code)
{
    char bytes[4];
    size_t length;

    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        code = 0xfffd; /* half a surrogate pair, or a NUL that no argument can hold */
    if (code < 0x80) {
        bytes[0] = (char)code;
        length = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        length = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        length = 3;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18);
        length = 4;
    }
    for (size_t i = 1; i < length; i++)
        bytes[i] = (char)(0x80 | (code >> 6 * (length - 1 - i) & 0x3f));
    strbuf_add_bytes(out, bytes, length);
}

static bool take_escape(const char **at, struct strbuf *word)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *found = **at == '\0' ? NULL : strchr(names, **at);
    uint32_t code;
    uint32_t low;

    if (found != NULL) {
        strbuf_add_bytes(word, &values[found - names], 1);
        (*at)++;
        return true;
    }
    if (*(*at)++ != 'u' || !take_hex4(at, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        const char *next = *at + 2;

        if (take_hex4(&next, &low) && low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            *at = next;
        }
    }
    add_utf8(word, code);
    return true;
}

/* at stands behind the opening quote; left behind the closing one. */
static bool take_string(const char **at, struct strbuf *word)
{
    word->length = 0;
    strbuf_add_bytes(word, "", 0);
    for (;;) {
        size_t length = strcspn(*at, "\"\\");

        for (size_t i = 0; i < length; i++) {
            if ((unsigned char)(*at)[i] < 0x20)
                return false;
        }
        strbuf_add_bytes(word, *at, length);
        *at += length;
        if (**at == '\0')
            return false;
        if (*(*at)++ == '"')
            return true;
        if (!take_escape(at, word))
            return false;
    }
}

/* each may be NULL: only looks whether the text is an array of strings. */
static bool walk(const char *text, json_word_fn *each, void *payload)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf word = { 0 };
    const char *at = skip_space(text);

    if (*at++ != '[')
        return false;
    at = skip_space(at);
    if (*at == ']')
        return *skip_space(at + 1) == '\0';
    for (;;) {
        if (*at++ != '"' || !take_string(&at, &word))
            return false;
        if (each != NULL && (word.failed || !each(payload, strbuf_text(&word))))
            return false;
        at = skip_space(at);
        if (*at == ']')
            return *skip_space(at + 1) == '\0';
        if (*at++ != ',')
            return false;
        at = skip_space(at);
    }
}

bool json_words_each(const char *text, json_word_fn *each, void *payload)
{
    return text == NULL || !walk(text, NULL, NULL) || walk(text, each, payload);
}

static bool write_word(void *payload, const char *word)
{
    struct json_out *json = payload;

    json_string(json, NULL, word);
    return true;
}

void json_words(struct json_out *json, const char *key, const char *text)
{
    json_array_begin(json, key);
    if (!json_words_each(text, write_word, json))
        json->buffer->failed = true;
    json_array_end(json);
}
