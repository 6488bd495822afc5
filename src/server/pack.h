/* SPDX-License-Identifier: Apache-2.0 */
/* server/pack.h - an answer made smaller, by gzip */
#pragma once

#include <stdbool.h>

#include "base/strbuf.h"

/* Below it there is nothing to win. */
enum { PACK_LEAST_BYTES = 1400 };

/**
 * pack_gzip() - replaces a text by what gzip makes of it
 * Return: false: it stays as it is, for it is short, or there is no memory
 */
bool pack_gzip(struct strbuf *text);
