/* SPDX-License-Identifier: Apache-2.0 */
/* base/ulid.c - run identifiers that sort by time */
#include "base/ulid.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void ulid_make_of(char id_out[ULID_SIZE], int64_t wall_ns, const unsigned char bits[16])
{
    uint64_t milliseconds = wall_ns > 0 ? (uint64_t)(wall_ns / NSEC_PER_MSEC) : 0;

    for (int i = 9; i >= 0; i--) {
        id_out[i] = alphabet[milliseconds & 31];
        milliseconds >>= 5;
    }
    for (int i = 0; i < 16; i++)
        id_out[10 + i] = alphabet[bits[i] & 31];
    id_out[26] = '\0';
}

void ulid_make(char id_out[ULID_SIZE], int64_t wall_ns)
{
    unsigned char random[16];

    if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
        /* early boot without entropy: unique enough, and never blocking the user's command */
        uint64_t seed = (uint64_t)clock_mono_ns() ^ (uint64_t)getpid() << 32;

        for (size_t i = 0; i < sizeof(random); i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            random[i] = (unsigned char)(seed >> 56);
        }
    }
    ulid_make_of(id_out, wall_ns, random);
}

bool ulid_is(const char *text)
{
    return strspn(text, alphabet) == ULID_SIZE - 1 && text[ULID_SIZE - 1] == '\0';
}
