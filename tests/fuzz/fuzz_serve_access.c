/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_serve_access.c - any text as a web configuration, a file of tokens or an Authorization header */
#include <stdlib.h>
#include <string.h>

#include "server/login.h"
#include "server/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_question(const struct login_question *question, const char *sum)
{
    if (memchr(question->password, '\0', sizeof(question->password)) == NULL ||
        strcmp(question->sum, sum) != 0 || (question->scopes != 0) != question->known ||
        question->right)
        abort();
}

/* Nobody gets in by a header that is no token of the list, and a password has to be checked first. */
static void try_login(const char *text)
{
    static char sum[] = "$2y$10$AbcdefghijklmnopqrstuuAbcdefghijklmnopqrstuvwxyz01234";
    struct web_pair users[] = { { .name = (char[]){ "alice" }, .value = sum },
                                { .name = (char[]){ "bob" }, .value = sum } };
    unsigned user_scopes[] = { SCOPE_READ, SCOPE_READ | SCOPE_RAW };
    struct access_rules rules = {
        .web = { .min_version = 12, .max_version = 13, .users = { .items = users, .count = 2 } },
        .user_scopes = user_scopes,
    };
    struct login_memory memory = { 0 };
    const unsigned char address[LOGIN_ADDRESS_SIZE] = { 0 };
    struct login_question question;
    unsigned scopes;
    bool plain;

    if (token_list_parse("0123456789abcdef", "t", &rules.tokens, &plain, NULL) < 0)
        return;
    switch (login_look(&rules, &memory, text, address, 1, &scopes, &question)) {
    case LOGIN_GRANTED:
        if (strstr(text, "0123456789abcdef") == NULL)
            abort();
        break;
    case LOGIN_TO_CHECK:
        if (strncasecmp(text, "Basic ", 6) != 0)
            abort();
        check_question(&question, sum);
        break;
    case LOGIN_REFUSED:
        break;
    case LOGIN_TOO_MANY: /* it is the first */
        abort();
    }
    token_list_deinit(&rules.tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct web_config config;
    struct token_list list;
    char *text = malloc(size + 1);
    bool plain;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (web_config_parse(text, size, "web.yml", &config, NULL) == 0) {
        if (config.min_version > config.max_version ||
            (config.cert_file == NULL && config.cert == NULL && web_config_has_tls(&config)))
            abort();
        web_config_deinit(&config);
    }
    if (token_list_parse(text, "tokens", &list, &plain, NULL) == 0) {
        if (list.count == 0)
            abort();
        for (size_t i = 0; i < list.count; i++) {
            if ((list.items[i].scopes & SCOPE_READ) == 0 || list.items[i].scopes > 7)
                abort();
        }
        token_list_deinit(&list);
    }
    try_login(text);
    free(text);
    return 0;
}
