/* SPDX-License-Identifier: Apache-2.0 */
/* server/scope.c - what somebody may do here: of a token, or of a user */
#include "server/scope.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

static unsigned scope_of(const char *word, size_t length)
{
    static const struct {
        const char *name;
        enum scope scope;
    } scopes[] = { { "read", SCOPE_READ }, { "write", SCOPE_WRITE }, { "raw", SCOPE_RAW } };

    for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
        if (strlen(scopes[i].name) == length && memcmp(scopes[i].name, word, length) == 0)
            return scopes[i].scope;
    }
    return 0;
}

unsigned scopes_parse(const char *text, size_t length, char bad_out[SCOPE_WORD_SIZE])
{
    const char *end = text + length;
    unsigned scopes = SCOPE_READ;

    for (;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *word_end = comma != NULL ? comma : end;
        unsigned scope = scope_of(text, (size_t)(word_end - text));

        if (scope == 0) {
            char word[SCOPE_WORD_SIZE];

            (void)snprintf(word, sizeof(word), "%.*s", (int)(word_end - text), text);
            text_copy_clean(bad_out, SCOPE_WORD_SIZE, word);
            return 0;
        }
        scopes |= scope;
        if (comma == NULL)
            return scopes;
        text = comma + 1;
    }
}
