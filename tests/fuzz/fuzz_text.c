/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_text.c - any bytes as a name from outside: what is kept of it prints on one line */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FIELD_MAX = 160 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const char *source, size_t field_size)
{
    char field[FIELD_MAX];
    char again[FIELD_MAX];
    size_t length;

    memset(field, 'x', sizeof(field));
    text_copy_clean(field, field_size, source);
    if (memchr(field, '\0', field_size) == NULL)
        abort();
    length = strlen(field);
    if (length > strlen(source) || !text_is_utf8(field) || !text_is_line(field, field_size) ||
        strstr(field, "  ") != NULL || text_columns(field) > length)
        abort();
    /* cleaning what is clean changes nothing */
    text_copy_clean(again, sizeof(again), field);
    if (strcmp(field, again) != 0)
        abort();
}

static void check_append(const char *source)
{
    char field[24] = "a";

    text_append(field, sizeof(field), "%s", source);
    if (memchr(field, '\0', sizeof(field)) == NULL ||
        (text_is_utf8(source) && !text_is_utf8(field)))
        abort();
    text_append_note(field, sizeof(field), source);
    if (memchr(field, '\0', sizeof(field)) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = { "temperature", "power", "energy" };
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_clean(text, FIELD_MAX);
    check_clean(text, 16);
    check_clean(text, 1);
    check_append(text);
    if (text_distance(text, "power") != text_distance("power", text) ||
        text_distance(text, text) != 0)
        abort();
    for (unsigned most = 0; most < 8; most++) {
        unsigned distance = text_distance(text, "power");
        unsigned within = text_distance_within(text, "power", most);

        if (distance <= most ? within != distance : within <= most)
            abort();
    }
    if (text_nearest(text, words, 3) > 2 || text_index(text, words, 3) > 2)
        abort();
    free(text);
    return 0;
}
