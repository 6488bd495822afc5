/* SPDX-License-Identifier: Apache-2.0 */
/* base/ulid.h - run identifiers that sort by time */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ULID_SIZE = 27 };

/* 26 characters of Crockford's base 32: 48 bits of wall-clock milliseconds, 80 random bits. */
void ulid_make(char id_out[ULID_SIZE], int64_t wall_ns);
/* The same with the caller's bits in place of random ones: what is the same twice gets the same id. */
void ulid_make_of(char id_out[ULID_SIZE], int64_t wall_ns, const unsigned char bits[16]);
/* Whether it is one, as those above make it. */
bool ulid_is(const char *text);
