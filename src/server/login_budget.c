/* SPDX-License-Identifier: Apache-2.0 */
/* server/login_budget.c - how many passwords may be checked: in all, and for one address */
#include "server/login_budget.h"

#include <string.h>

#include "base/clock.h"

static const double IN_ALL_A_SECOND = 5;
static const double KEPT_FOR_THE_KNOWN = 1;
static const double EACH_A_SECOND = 2;
static const double EACH_AT_ONCE = 4;
static const int64_t KNOWN_NS = 3600 * NSEC_PER_SEC;

static void make_key(const unsigned char *address, unsigned char key_out[LOGIN_ADDRESS_SIZE])
{
    static const unsigned char nothing[10];

    memcpy(key_out, address, LOGIN_ADDRESS_SIZE);
    /* IPv4, and what is this machine's own, begins with ten zeros */
    if (memcmp(address, nothing, sizeof(nothing)) != 0)
        memset(key_out + 8, 0, LOGIN_ADDRESS_SIZE - 8);
}

static bool is_known(const struct login_peer *peer, int64_t now_mono_ns)
{
    return peer->right_mono_ns != 0 && now_mono_ns - peer->right_mono_ns < KNOWN_NS;
}

/* Whose place a new one takes: one that is free, else the longest unheard of, of strangers first. */
static bool goes_before(const struct login_peer *one, const struct login_peer *other,
                        int64_t now_mono_ns)
{
    if (is_known(one, now_mono_ns) != is_known(other, now_mono_ns))
        return is_known(other, now_mono_ns);
    return one->counted_mono_ns < other->counted_mono_ns;
}

static struct login_peer *find_peer(struct login_budget *budget, const unsigned char *address,
                                    int64_t now_mono_ns)
{
    unsigned char key[LOGIN_ADDRESS_SIZE];
    struct login_peer *place = &budget->peers[0];

    make_key(address, key);
    for (size_t i = 0; i < LOGIN_PEERS; i++) {
        struct login_peer *peer = &budget->peers[i];

        if (peer->counted_mono_ns != 0 && memcmp(peer->address, key, sizeof(key)) == 0)
            return peer;
        if (goes_before(peer, place, now_mono_ns))
            place = peer;
    }
    *place = (struct login_peer){ .checks = EACH_AT_ONCE, .counted_mono_ns = now_mono_ns };
    memcpy(place->address, key, sizeof(key));
    return place;
}

static void refill(struct login_budget *budget, struct login_peer *peer, int64_t now_mono_ns)
{
    budget->used -= seconds_from_ns(now_mono_ns - budget->counted_mono_ns) * IN_ALL_A_SECOND;
    if (budget->used < 0)
        budget->used = 0;
    budget->counted_mono_ns = now_mono_ns;
    peer->checks += seconds_from_ns(now_mono_ns - peer->counted_mono_ns) * EACH_A_SECOND;
    if (peer->checks > EACH_AT_ONCE)
        peer->checks = EACH_AT_ONCE;
    peer->counted_mono_ns = now_mono_ns;
}

bool login_budget_take(struct login_budget *budget, const unsigned char address[LOGIN_ADDRESS_SIZE],
                       int64_t now_mono_ns)
{
    struct login_peer *peer = find_peer(budget, address, now_mono_ns);
    double left;

    refill(budget, peer, now_mono_ns);
    left = IN_ALL_A_SECOND - budget->used;
    if (!is_known(peer, now_mono_ns))
        left -= KEPT_FOR_THE_KNOWN;
    if (peer->checks < 1 || left < 1)
        return false;
    peer->checks -= 1;
    budget->used += 1;
    return true;
}

void login_budget_right(struct login_budget *budget,
                        const unsigned char address[LOGIN_ADDRESS_SIZE], int64_t now_mono_ns)
{
    find_peer(budget, address, now_mono_ns)->right_mono_ns = now_mono_ns;
}
