/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/name.c - hardware names taken apart into words, and words joined into lookup keys */
#include "catalog/name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"

enum {
    NEAREST_COUNT = 3,
    NEAREST_REACH = 12, /* neighbours looked at on each side */
    NEAREST_PREFIX_LEAST = 4,
    LONGEST_NAME = 512,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
    return c != '\0' && strchr(" \t\n\r\f\v-_(),[]:;\"'|/", c) != NULL;
}

/* "(R)", "(TM)", "(C)" and the characters for them and for the hard blank; 0: something else. */
static size_t mark_length(const char *at)
{
    static const char *const marks[] = { "(r)",          "(tm)",     "(c)",     "\xc2\xae",
                                         "\xe2\x84\xa2", "\xc2\xa9", "\xc2\xa0" };

    if (*at != '(' && (unsigned char)*at < 0x80)
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(marks); i++) {
        size_t length = strlen(marks[i]);

        if (strncasecmp(at, marks[i], length) == 0)
            return length;
    }
    return 0;
}

static char fold_char(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if (c < ' ' || c > '~')
        return '?';
    return c;
}

void name_split(const char *text, const char *stops, bool dots, struct name_words *words_out)
{
    const char *end = text + strnlen(text, LONGEST_NAME);
    size_t used = 0;

    words_out->count = 0;
    for (const char *at = text;; at++) {
        size_t mark = at < end ? mark_length(at) : 0;
        bool ends = at >= end || strchr(stops, *at) != NULL;

        if (ends || mark > 0 || is_separator(*at) || (dots && *at == '.')) {
            if (used > 0)
                words_out->words[words_out->count++][used] = '\0';
            used = 0;
            if (ends || words_out->count == NAME_WORDS_MAX)
                return;
            at += mark > 0 ? mark - 1 : 0;
        } else if (used < NAME_WORD_SIZE - 1) {
            words_out->words[words_out->count][used++] = fold_char(*at);
        }
    }
}

bool name_join(const struct name_words *words, char key_out[NAME_KEY_SIZE])
{
    size_t used = 0;

    key_out[0] = '\0';
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->words[i];
        size_t length = strlen(word);
        bool joint = used > 0 && is_digit(key_out[used - 1]) && is_digit(word[0]);

        if (used + length + (joint ? 1 : 0) >= NAME_KEY_SIZE)
            return false;
        if (joint)
            key_out[used++] = '-';
        memcpy(key_out + used, word, length + 1);
        used += length;
    }
    return used > 0;
}

void name_remove(struct name_words *words, size_t index)
{
    memmove(words->words[index], words->words[index + 1],
            (words->count - index - 1) * sizeof(words->words[0]));
    words->count--;
}

bool name_has(const struct name_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->words[i], word) == 0)
            return true;
    }
    return false;
}

bool name_is_number(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

bool name_is_one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(word, *list) == 0)
            return true;
    }
    return false;
}

static size_t common_prefix(const char *a, const char *b)
{
    size_t length = 0;

    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

static size_t letters_between(const char *a, const char *b, size_t prefix)
{
    size_t a_rest = strlen(a) - prefix;
    size_t b_rest = strlen(b) - prefix;

    while (a_rest > 0 && b_rest > 0 && a[prefix + a_rest - 1] == b[prefix + b_rest - 1]) {
        a_rest--;
        b_rest--;
    }
    return a_rest > b_rest ? a_rest : b_rest;
}

struct candidate {
    struct name_entry entry;
    size_t prefix;
    size_t rest; /* letters between what both begin and end with */
};

static bool is_nearer(const struct candidate *a, const struct candidate *b)
{
    return a->prefix != b->prefix ? a->prefix > b->prefix : a->rest < b->rest;
}

static void keep_best(struct candidate best[NEAREST_COUNT], size_t *count, struct candidate next)
{
    size_t at;

    for (size_t i = 0; i < *count; i++) {
        if (best[i].entry.row != next.entry.row)
            continue;
        if (!is_nearer(&next, &best[i]))
            return;
        memmove(best + i, best + i + 1, (*count - i - 1) * sizeof(*best));
        (*count)--;
        break;
    }
    for (at = 0; at < *count && !is_nearer(&next, &best[at]); at++)
        ;
    if (at == NEAREST_COUNT)
        return;
    if (*count < NEAREST_COUNT)
        (*count)++;
    memmove(best + at + 1, best + at, (*count - at - 1) * sizeof(*best));
    best[at] = next;
}

void name_nearest(const char *key, size_t lower, size_t count,
                  void (*entry_at)(size_t index, struct name_entry *entry_out), char *text_out,
                  size_t size)
{
    size_t length = strlen(key);
    size_t least = length / 2 > NEAREST_PREFIX_LEAST ? length / 2 : NEAREST_PREFIX_LEAST;
    size_t first = lower > NEAREST_REACH ? lower - NEAREST_REACH : 0;
    struct candidate best[NEAREST_COUNT];
    size_t found = 0;
    size_t used = 0;

    text_out[0] = '\0';
    if (strpbrk(key, "0123456789") == NULL)
        return; /* a family: every member is near */
    for (size_t i = first; i < count && i < lower + NEAREST_REACH; i++) {
        struct candidate next;

        entry_at(i, &next.entry);
        next.prefix = common_prefix(key, next.entry.key);
        if (next.prefix < least)
            continue;
        next.rest = letters_between(key, next.entry.key, next.prefix);
        keep_best(best, &found, next);
    }
    for (size_t i = 0; i < found; i++) {
        size_t need = strlen(best[i].entry.name) + (i > 0 ? 2 : 0);

        if (used + need >= size)
            break;
        (void)snprintf(text_out + used, size - used, "%s%s", i > 0 ? ", " : "", best[i].entry.name);
        used += need;
    }
}
