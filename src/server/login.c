/* SPDX-License-Identifier: Apache-2.0 */
/* server/login.c - an Authorization header against the tokens and users that there are */
#include "server/login.h"

#include <crypt.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "server/scope.h"

enum { HEADER_MOST = 1024 };

static const int64_t REMEMBER_NS = 60 * NSEC_PER_SEC;

/* "Bearer x": what follows the word; NULL: it is another. */
static const char *after_scheme(const char *header, const char *scheme)
{
    size_t length = strlen(scheme);

    if (strncasecmp(header, scheme, length) != 0 || header[length] != ' ')
        return NULL;
    return header + length + strspn(header + length, " ");
}

/* 0: it is no token of ours. */
static unsigned scopes_of_bearer(const struct access_rules *rules, const char *header)
{
    const char *token = after_scheme(header, "Bearer");

    return token == NULL ? 0 : token_list_scopes(&rules->tokens, token, strcspn(token, " \t"));
}

/* "user:password" of "Basic dXNlcjpwYXNzd29yZA==". */
static bool decode(const char *header, char *text, size_t size)
{
    const char *encoded = after_scheme(header, "Basic");
    gnutls_datum_t from;
    gnutls_datum_t to = { 0 };
    bool good;

    if (encoded == NULL)
        return false;
    from = (gnutls_datum_t){ .data = (unsigned char *)(uintptr_t)encoded,
                             .size = (unsigned)strlen(encoded) };
    if (gnutls_base64_decode2(&from, &to) < 0)
        return false;
    good = to.size < size && memchr(to.data, '\0', to.size) == NULL;
    if (good) {
        memcpy(text, to.data, to.size);
        text[to.size] = '\0';
    }
    explicit_bzero(to.data, to.size);
    gnutls_free(to.data);
    return good;
}

/* User, password and the sum they are held against: another sum is another question. */
static void make_key(const char *login, const char *sum, unsigned char key_out[TOKEN_SUM_SIZE])
{
    char text[HEADER_MOST + 128];
    size_t length = strlen(login) + 1;

    memset(text, 0, sizeof(text));
    memcpy(text, login, length);
    memcpy(text + length, sum, strlen(sum));
    sha256_of(text, length + strlen(sum), key_out);
    explicit_bzero(text, sizeof(text));
}

static bool is_remembered(const struct login_memory *memory,
                          const unsigned char key[TOKEN_SUM_SIZE], int64_t now_mono_ns)
{
    bool found = false;

    for (size_t i = 0; i < LOGIN_REMEMBERED; i++)
        found = (memory->items[i].until_mono_ns > now_mono_ns &&
                 sums_are_equal(memory->items[i].key, key)) ||
                found;
    return found;
}

/* Somebody unknown takes as long as somebody known with a wrong password: he is held against the sum of one of them,
 * and always of the same one, since sums may differ in their work. */
static const char *sum_for_unknown(const struct web_pairs *users, const char *name, size_t length)
{
    unsigned char sum[TOKEN_SUM_SIZE];

    sha256_of(name, length, sum);
    return users->items[((size_t)sum[0] << 8 | sum[1]) % users->count].value;
}

static const char *sum_of(const struct web_pairs *users, const char *name, size_t length,
                          bool *known_out, size_t *user_out)
{
    const char *sum = sum_for_unknown(users, name, length);

    *known_out = false;
    for (size_t i = 0; i < users->count; i++) {
        if (!*known_out && strlen(users->items[i].name) == length &&
            memcmp(users->items[i].name, name, length) == 0) {
            *known_out = true;
            *user_out = i;
            sum = users->items[i].value;
        }
    }
    return sum;
}

static enum login_verdict look_at_user(const struct access_rules *rules,
                                       struct login_memory *memory, const char *login,
                                       const unsigned char *address, int64_t now_mono_ns,
                                       struct login_question *question)
{
    const struct web_pairs *users = &rules->web.users;
    const char *colon = strchr(login, ':');
    const char *sum;
    size_t user = 0;

    if (colon == NULL || strlen(colon + 1) >= sizeof(question->password))
        return LOGIN_REFUSED;
    *question = (struct login_question){ 0 };
    sum = sum_of(users, login, (size_t)(colon - login), &question->known, &user);
    memcpy(question->sum, sum, strlen(sum) + 1);
    question->scopes = question->known ? rules->user_scopes[user] : 0;
    memcpy(question->address, address, LOGIN_ADDRESS_SIZE);
    make_key(login, question->sum, question->key);
    if (question->known && is_remembered(memory, question->key, now_mono_ns))
        return LOGIN_GRANTED;
    if (!login_budget_take(&memory->budget, address, now_mono_ns))
        return LOGIN_TOO_MANY;
    memcpy(question->password, colon + 1, strlen(colon + 1) + 1);
    return LOGIN_TO_CHECK;
}

enum login_verdict login_look(const struct access_rules *rules, struct login_memory *memory,
                              const char *header, const unsigned char address[LOGIN_ADDRESS_SIZE],
                              int64_t now_mono_ns, unsigned *scopes_out,
                              struct login_question *question_out)
{
    char login[HEADER_MOST];
    enum login_verdict verdict = LOGIN_REFUSED;

    *scopes_out = SCOPE_READ;
    if (!access_needs_login(rules))
        return LOGIN_GRANTED;
    if (header == NULL || strlen(header) >= HEADER_MOST)
        return LOGIN_REFUSED;
    *scopes_out = scopes_of_bearer(rules, header);
    if (*scopes_out != 0)
        return LOGIN_GRANTED;
    if (rules->web.users.count > 0 && decode(header, login, sizeof(login)))
        verdict = look_at_user(rules, memory, login, address, now_mono_ns, question_out);
    if (verdict == LOGIN_GRANTED)
        *scopes_out = question_out->scopes;
    explicit_bzero(login, sizeof(login));
    return verdict;
}

void login_check(struct login_question *question)
{
    struct crypt_data *data = calloc(1, sizeof(*data)); /* 32 KiB */
    const char *sum = data == NULL ? NULL : crypt_r(question->password, question->sum, data);

    question->right = sum != NULL && sum[0] == '$' && strlen(sum) == strlen(question->sum) &&
                      gnutls_memcmp(sum, question->sum, strlen(sum)) == 0 && question->known;
    if (data != NULL)
        explicit_bzero(data, sizeof(*data));
    free(data);
}

void login_checked(struct login_memory *memory, struct login_question *question,
                   int64_t now_mono_ns)
{
    explicit_bzero(question->password, sizeof(question->password));
    if (!question->right)
        return;
    login_budget_right(&memory->budget, question->address, now_mono_ns);
    memcpy(memory->items[memory->next].key, question->key, TOKEN_SUM_SIZE);
    memory->items[memory->next].until_mono_ns = now_mono_ns + REMEMBER_NS;
    memory->next = (memory->next + 1) % LOGIN_REMEMBERED;
}
