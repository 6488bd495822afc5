/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/name.h - hardware names taken apart into words, and words joined into lookup keys */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NAME_WORDS_MAX = 24, NAME_WORD_SIZE = 32, NAME_KEY_SIZE = 96 };

struct name_words {
    size_t count;
    char words[NAME_WORDS_MAX][NAME_WORD_SIZE];
};

/**
 * name_split() - words of a name in small letters
 * "(R)", "(TM)", the marks themselves and every kind of blank separate, as do - _ ( ) [ ] , : ; /
 * and quotes. Bytes that are not ASCII become '?', so such a word matches nothing. Text ends at the
 * first of `stops`. What does not fit is cut at a word: names are short, and a longer text is no
 * name.
 */
void name_split(const char *text, const char *stops, bool dots, struct name_words *words_out);

/* Joins words without blanks, a '-' where two digits would meet. false: too long for a key. */
bool name_join(const struct name_words *words, char key_out[NAME_KEY_SIZE]);

void name_remove(struct name_words *words, size_t index);
bool name_has(const struct name_words *words, const char *word);
bool name_is_number(const char *word);
/* One of a list, NULL at its end. */
bool name_is_one_of(const char *word, const char *const *list);

/* A key as a table has it, for the search of near ones. */
struct name_entry {
    const char *key;
    size_t row;
    const char *name;
};

/**
 * name_nearest() - up to three names whose keys begin as this one does
 * @entry_at: entry number index of a table sorted by key
 * @lower:    index where the key would stand
 * Shown to a person, never used for a figure.
 */
void name_nearest(const char *key, size_t lower, size_t count,
                  void (*entry_at)(size_t index, struct name_entry *entry_out), char *text_out,
                  size_t size);
