/* SPDX-License-Identifier: Apache-2.0 */
/* server/login_budget.h - how many passwords may be checked: in all, and for one address
 *
 * A check takes a processor for some 60 ms. Whoever guesses uses up what his own address has; and the last of what
 * there is in all is kept for addresses from which a login was right within the hour.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LOGIN_ADDRESS_SIZE = 16, LOGIN_PEERS = 256 };

struct login_peer {
    unsigned char address[LOGIN_ADDRESS_SIZE];
    double checks;           /* that may still be begun now */
    int64_t counted_mono_ns; /* 0: nobody's place */
    int64_t right_mono_ns;   /* when a login of his was right; 0: never */
};

/* Zeroed: all that may be begun is there. */
struct login_budget {
    double used; /* of the checks in all */
    int64_t counted_mono_ns;
    struct login_peer peers[LOGIN_PEERS];
};

/* address: IPv6, or IPv4 mapped into it. Of IPv6 a network of 64 bits is one: whoever has an address has all of it.
 * Return: whether a check may be begun; it is then counted. */
bool login_budget_take(struct login_budget *budget, const unsigned char address[LOGIN_ADDRESS_SIZE],
                       int64_t now_mono_ns);
/* A login from there was right. */
void login_budget_right(struct login_budget *budget,
                        const unsigned char address[LOGIN_ADDRESS_SIZE], int64_t now_mono_ns);
