/* SPDX-License-Identifier: Apache-2.0 */
/* base/take.h - pieces taken from the front of a text, for what has a fixed form */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Exactly `count` digits, at most 18. false: they are not there, and *text stays. */
bool take_digits(const char **text, int count, int64_t *value_out);

/* One of the characters; never the end. */
bool take_char(const char **text, const char *allowed);
