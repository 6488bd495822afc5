/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_words.h - a stored JSON array of strings, read back word by word */
#pragma once

#include <stdbool.h>

#include "base/json_out.h"

/* word: UTF-8, until the call returns. Return: false ends the walk. */
typedef bool json_word_fn(void *payload, const char *word);

/**
 * json_words_each() - calls back for each word of an array
 * @text: NULL, or anything but an array of strings, has none: a damaged or imported row must not
 *        make the whole document unreadable
 * Return: false when the callback ended the walk, or memory did
 */
bool json_words_each(const char *text, json_word_fn *each, void *payload);

/* `"key": ["python3", "train.py"]` from the array's text. */
void json_words(struct json_out *json, const char *key, const char *text);
