/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/json_check.h - is it JSON (RFC 8259), and what does it hold; apart from the code under
 * test */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One value and blanks around it, valid UTF-8 throughout, no key twice in an object of up to 64
 * keys. */
bool json_is_valid(const char *text, size_t length);

/**
 * json_find() - the raw text of a value: `"train"` with its quotes, `12.5`, `null`, `{...}`
 * @path: "run.id", "devices.0.kind"
 * Return: false when there is none.
 */
bool json_find(const char *text, const char *path, char *value_out, size_t size);

/* The same as a number; NAN for null; fails the test when it is anything else. */
double json_number_at(const char *text, const char *path);
/* Fails the test unless the raw text is that. */
void assert_json_at(const char *text, const char *path, const char *raw);
