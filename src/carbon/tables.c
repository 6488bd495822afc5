/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/tables.c - the generated table of places and the keys that lead into it */
#include "carbon/tables.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"

#include "carbon/place_tables.h"

size_t place_rows_with_figure(void)
{
    return PLACES_WITH_FIGURE;
}

const struct place_row *place_row_at(size_t index)
{
    return &place_rows[index];
}

size_t place_row_world(void)
{
    return PLACE_ROW_WORLD;
}

const char *place_text(uint16_t offset)
{
    return place_texts + offset;
}

const struct place_alternative *place_alternatives_of(size_t row, size_t *count_out)
{
    size_t first = 0;
    size_t high = ARRAY_LENGTH(place_alternatives);
    size_t end;

    while (first < high) {
        size_t middle = first + (high - first) / 2;

        if (place_alternatives[middle].row < row)
            first = middle + 1;
        else
            high = middle;
    }
    for (end = first; end < ARRAY_LENGTH(place_alternatives); end++) {
        if (place_alternatives[end].row != row)
            break;
    }
    *count_out = end - first;
    return &place_alternatives[first];
}

size_t place_key_count(void)
{
    return ARRAY_LENGTH(place_keys);
}

const struct place_key *place_key_at(size_t index)
{
    return &place_keys[index];
}

/* Accents written as marks of their own (U+0300 to U+036F) and the typographic apostrophe. */
static size_t ignored_length(const unsigned char *at)
{
    if ((at[0] == 0xcc && (at[1] & 0xc0) == 0x80) ||
        (at[0] == 0xcd && at[1] >= 0x80 && at[1] <= 0xaf))
        return 2;
    if (at[0] == 0xe2 && at[1] == 0x80 && at[2] == 0x99)
        return 3;
    return *at != '\0' && strchr(".,'`()", *at) != NULL ? 1 : 0;
}

/* What one character becomes; its length in bytes. Must agree with fold() of the generator. */
static size_t fold_one(const unsigned char *at, char out[8])
{
    size_t ignored = ignored_length(at);

    out[0] = '\0';
    if (ignored > 0)
        return ignored;
    if (at[0] >= 0xc3 && at[0] <= 0xc5 && (at[1] & 0xc0) == 0x80) {
        unsigned code = (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);

        memcpy(out, place_latin[code - 0xc0], sizeof(place_latin[0]));
        return 2;
    }
    if (at[0] == '&') {
        memcpy(out, "-and-", sizeof("-and-"));
        return 1;
    }
    if (strchr(" \t\n\r-_", at[0]) != NULL)
        out[0] = '-';
    else if (at[0] == '/')
        out[0] = ':';
    else if (at[0] >= 'A' && at[0] <= 'Z')
        out[0] = (char)(at[0] - 'A' + 'a');
    else
        out[0] = (char)at[0];
    out[1] = '\0';
    return 1;
}

/* What people call a provider when not by the name in its own identifiers. */
static void use_short_provider(char key[PLACE_KEY_SIZE])
{
    static const struct {
        const char *called;
        const char *provider;
    } providers[] = {
        { "amazon:", "aws:" },
        { "google:", "gcp:" },
        { "microsoft:", "azure:" },
        { "oracle:", "oci:" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(providers); i++) {
        size_t called = strlen(providers[i].called);
        size_t provider = strlen(providers[i].provider);

        if (strncmp(key, providers[i].called, called) == 0) {
            memcpy(key, providers[i].provider, provider); /* never the longer one */
            memmove(key + provider, key + called, strlen(key + called) + 1);
            return;
        }
    }
}

bool place_fold(char key_out[PLACE_KEY_SIZE], const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t used = 0;

    while (*at != '\0') {
        char piece[8];

        at += fold_one(at, piece);
        for (const char *c = piece; *c != '\0'; c++) {
            if (*c == '-' && (used == 0 || key_out[used - 1] == '-'))
                continue;
            if (used == PLACE_KEY_SIZE - 1)
                return false;
            key_out[used++] = *c;
        }
    }
    while (used > 0 && key_out[used - 1] == '-')
        used--;
    key_out[used] = '\0';
    use_short_provider(key_out);
    return used > 0;
}

int place_find(const char *key, unsigned scopes)
{
    size_t low = 0;
    size_t high = ARRAY_LENGTH(place_keys);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(place_text(place_keys[middle].text), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < ARRAY_LENGTH(place_keys); low++) {
        if (strcmp(place_text(place_keys[low].text), key) != 0)
            break;
        if (scopes & 1u << place_keys[low].scope)
            return place_keys[low].row;
    }
    return -1;
}

const struct place_site_row *place_site_of(size_t row)
{
    for (size_t i = 0; i < ARRAY_LENGTH(place_sites); i++) {
        if (place_sites[i].row == row)
            return &place_sites[i];
    }
    return NULL;
}
