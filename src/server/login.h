/* SPDX-License-Identifier: Apache-2.0 */
/* server/login.h - an Authorization header against the tokens and users that there are
 *
 * Checking a password takes bcrypt some 60 ms of a processor, so it is done by another thread, five times a
 * second at most (login_budget.h), and what was right is remembered for a minute.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/access.h"
#include "server/login_budget.h"

enum { LOGIN_REMEMBERED = 64, LOGIN_PASSWORD_SIZE = 256 };

struct login_memory {
    struct {
        unsigned char key[TOKEN_SUM_SIZE];
        int64_t until_mono_ns;
    } items[LOGIN_REMEMBERED];
    size_t next;
    struct login_budget budget;
};

enum login_verdict {
    LOGIN_GRANTED,
    LOGIN_REFUSED,
    LOGIN_TO_CHECK, /* the question is to be put to login_check() */
    LOGIN_TOO_MANY, /* in a second, of this address or of all: later */
};

struct login_question {
    char password[LOGIN_PASSWORD_SIZE];
    char sum[64];
    unsigned char key[TOKEN_SUM_SIZE]; /* of all that the answer depends on */
    unsigned char address[LOGIN_ADDRESS_SIZE];
    bool known;      /* there is such a user */
    bool right;      /* the answer */
    unsigned scopes; /* of that user */
};

/* header: NULL none. The question only with LOGIN_TO_CHECK; scopes_out, SCOPE_* bits, with LOGIN_GRANTED. */
enum login_verdict login_look(const struct access_rules *rules, struct login_memory *memory,
                              const char *header, const unsigned char address[LOGIN_ADDRESS_SIZE],
                              int64_t now_mono_ns, unsigned *scopes_out,
                              struct login_question *question_out);
/* Takes its time. */
void login_check(struct login_question *question);
/* The password is forgotten; a right one is remembered to have been right. */
void login_checked(struct login_memory *memory, struct login_question *question,
                   int64_t now_mono_ns);
