/* SPDX-License-Identifier: Apache-2.0 */
/* writers/json_words.h - a stored JSON array of strings, put into a document word by word */
#pragma once

#include "base/json_out.h"

/**
 * json_words() - `"key": ["python3", "train.py"]` from the array's text
 * @text: NULL or anything but an array of strings gives []: a damaged or imported row must not make
 * the whole document unreadable
 */
void json_words(struct json_out *json, const char *key, const char *text);
