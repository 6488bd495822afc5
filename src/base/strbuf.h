/* SPDX-License-Identifier: Apache-2.0 */
/* base/strbuf.h - a growing string whose failure is remembered and asked for once */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct strbuf {
    char *text; /* NUL-terminated once anything was added; NULL before */
    size_t length;
    size_t capacity;
    bool failed; /* an allocation or a conversion failed: what follows was dropped */
};

void strbuf_deinit(struct strbuf *buffer);
void strbuf_add(struct strbuf *buffer, const char *text);
void strbuf_add_bytes(struct strbuf *buffer, const char *bytes, size_t length);
void strbuf_printf(struct strbuf *buffer, const char *format, ...) AICO2_PRINTF(2, 3);
/* The text, "" when empty; borrowed. */
const char *strbuf_text(const struct strbuf *buffer);
/* Hands the text over (NULL when an allocation failed) and empties the buffer. */
char *strbuf_take(struct strbuf *buffer);
