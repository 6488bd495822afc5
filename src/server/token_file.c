/* SPDX-License-Identifier: Apache-2.0 */
/* server/token_file.c - who may ask with a bearer token: --token-file, a line each */
#include "server/token_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "server/scope.h"

enum {
    FILE_MAX = 1 << 20,
    TOKENS_MAX = 10000,
    TOKEN_LEAST = 16,
    TOKEN_MOST = 512,
    WHERE_SIZE = 160
};

static const char SUM_PREFIX[] = "sha256:";

void sha256_of(const void *bytes, size_t length, unsigned char sum_out[TOKEN_SUM_SIZE])
{
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, length, sum_out) < 0)
        memset(sum_out, 0, TOKEN_SUM_SIZE);
}

bool sums_are_equal(const unsigned char a[TOKEN_SUM_SIZE], const unsigned char b[TOKEN_SUM_SIZE])
{
    return gnutls_memcmp(a, b, TOKEN_SUM_SIZE) == 0;
}

/* The characters of RFC 6750, 2.1. */
static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr("-._~+/=", text[i]) == NULL)
            return false;
    }
    return length >= TOKEN_LEAST && length <= TOKEN_MOST;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_sum(const char *text, size_t length, unsigned char sum_out[TOKEN_SUM_SIZE])
{
    if (length != 2 * TOKEN_SUM_SIZE)
        return false;
    for (size_t i = 0; i < TOKEN_SUM_SIZE; i++) {
        int high = digit(text[2 * i]);
        int low = digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        sum_out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static int take_token(const char *text, size_t length, const char *where, struct token *token_out,
                      bool *plain, struct aico2_error *err)
{
    const size_t prefix = strlen(SUM_PREFIX);

    if (length > prefix && memcmp(text, SUM_PREFIX, prefix) == 0) {
        if (!read_sum(text + prefix, length - prefix, token_out->sum))
            return aico2_error_set(err, -EBADMSG,
                                   "%s: 'sha256:' and 64 hexadecimal digits are wanted", where);
    } else if (is_token(text, length)) {
        sha256_of(text, length, token_out->sum);
        *plain = true;
    } else {
        /* the line may be a token with a slip of the pen: it is not quoted */
        return aico2_error_set(err, -EBADMSG,
                               "%s: a token is %d to %d letters, digits or any of -._~+/=", where,
                               TOKEN_LEAST, TOKEN_MOST);
    }
    return 0;
}

/* A token, and behind blanks what it may do. A word that could be a token itself is not quoted. */
static int take_line(const char *line, size_t length, size_t number, const char *name,
                     struct token_list *list, bool *plain, struct aico2_error *err)
{
    size_t token_length = 0;
    const char *rest;
    char where[WHERE_SIZE];
    char bad[SCOPE_WORD_SIZE];
    struct token token = { .scopes = SCOPE_READ };
    int r;

    (void)snprintf(where, sizeof(where), "%.120s:%zu", name, number);
    if (list->count >= TOKENS_MAX)
        return aico2_error_set(err, -EBADMSG, "%.120s: more than %d tokens", name, TOKENS_MAX);
    if (array_reserve(&list->items, &list->capacity, list->count + 1, sizeof(*list->items)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    while (token_length < length && line[token_length] != ' ' && line[token_length] != '\t')
        token_length++;
    r = take_token(line, token_length, where, &token, plain, err);
    if (r < 0)
        return r;
    for (rest = line + token_length; rest < line + length && (*rest == ' ' || *rest == '\t');)
        rest++;
    if (rest < line + length)
        token.scopes = scopes_parse(rest, (size_t)(line + length - rest), bad);
    if (token.scopes == 0)
        return aico2_error_set(err, -EBADMSG,
                               "%s: '%s' is no scope: read, write and raw are, parted by commas",
                               where, strlen(bad) < TOKEN_LEAST ? bad : "...");
    list->items[list->count++] = token;
    return 0;
}

int token_list_parse(const char *text, const char *name, struct token_list *list_out,
                     bool *plain_out, struct aico2_error *err)
{
    struct token_list list = { 0 };
    bool plain = false;
    size_t number = 0;
    int r = 0;

    for (const char *at = text; r == 0 && *at != '\0'; at += *at == '\n') {
        size_t length = strcspn(at, "\n");
        const char *line = at + strspn(at, " \t\r");
        const char *end = at + length;

        number++;
        at = end;
        while (end > line && strchr(" \t\r", end[-1]) != NULL)
            end--;
        if (line < end && *line != '#')
            r = take_line(line, (size_t)(end - line), number, name, &list, &plain, err);
    }
    if (r == 0 && list.count == 0)
        r = aico2_error_set(err, -EBADMSG, "%.120s: no token in it", name);
    if (r < 0) {
        token_list_deinit(&list);
        return r;
    }
    *list_out = list;
    *plain_out = plain;
    return 0;
}

int token_list_read(const char *path, struct token_list *list_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    struct token_list list = { 0 };
    struct stat status;
    bool plain = false;
    int r = stat(path, &status) < 0
                ? aico2_error_set_errno(err, errno, "--token-file: cannot read '%.120s'", path)
                : fs_read_all_at(AT_FDCWD, path, FILE_MAX, &text, err);

    if (r < 0)
        return r;
    r = token_list_parse(text, path, &list, &plain, err);
    explicit_bzero(text, strlen(text));
    if (r == 0 && plain && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        r = aico2_error_set(err, -EACCES,
                            "--token-file: others may read '%.120s': chmod 600, or keep the "
                            "tokens' sums in it (sha256:...)",
                            path);
    if (r < 0) {
        token_list_deinit(&list);
        return r;
    }
    *list_out = list;
    return 0;
}

void token_list_deinit(struct token_list *list)
{
    free(list->items);
    *list = (struct token_list){ 0 };
}

unsigned token_list_scopes(const struct token_list *list, const char *token, size_t length)
{
    unsigned char sum[TOKEN_SUM_SIZE];
    unsigned scopes = 0;

    sha256_of(token, length, sum);
    for (size_t i = 0; i < list->count; i++)
        scopes |= sums_are_equal(list->items[i].sum, sum) ? list->items[i].scopes : 0;
    return scopes;
}
