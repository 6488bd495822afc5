/* SPDX-License-Identifier: Apache-2.0 */
/* server/token_file.h - who may ask with a bearer token: --token-file, a line each
 *
 * A token as it is (then nobody else may read the file), or its SHA-256: "sha256:" and 64 digits; behind it, after a
 * blank, its scopes (server/scope.h), without which it may read. Only the sums are kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { TOKEN_SUM_SIZE = 32 };

struct token {
    unsigned char sum[TOKEN_SUM_SIZE];
    unsigned scopes;
};

struct token_list {
    struct token *items;
    size_t count;
    size_t capacity;
};

/* name: for messages. plain_out: whether one stood there as it is. Return: 0, -EBADMSG or -ENOMEM. */
int token_list_parse(const char *text, const char *name, struct token_list *list_out,
                     bool *plain_out, struct aico2_error *err);
/* Return: 0; -ENOENT; -EACCES for a file that others may read and that holds a token as it is; -EBADMSG */
int token_list_read(const char *path, struct token_list *list_out, struct aico2_error *err);
void token_list_deinit(struct token_list *list);

/* SCOPE_* bits; 0: it is none of them. In a time that does not tell how much of it was right. */
unsigned token_list_scopes(const struct token_list *list, const char *token, size_t length);

void sha256_of(const void *bytes, size_t length, unsigned char sum_out[TOKEN_SUM_SIZE]);
/* Of two sums; likewise. */
bool sums_are_equal(const unsigned char a[TOKEN_SUM_SIZE], const unsigned char b[TOKEN_SUM_SIZE]);
