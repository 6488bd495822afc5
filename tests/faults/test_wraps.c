/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/faults/test_wraps.c - R7: counters that wrap, around the edges of their range and twice: exact, or flagged, never negative
 *
 * AICO2_TEST_CASES (10,000,000) pairs of readings: what was truly used between them is known, and drawn with a liking for 0, the range
 * and one more or less. What a device may draw for long is its rated power; that bound tells whether a counter may have gone
 * round once more.
 */
#include "../unit/support.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "energy/counter.h"

static uint64_t random_state;

/* xorshift64* */
static uint64_t next_random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(2685821657736338717);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static uint64_t a_range(void)
{
    static const uint64_t ranges_uj[] = {
        UINT32_MAX,             /* 32 bits of microjoules */
        UINT64_C(262143328850), /* a package of a server, 2^32 times 61 uJ */
        UINT64_C(65712999613),  /* memory of a server, 2^32 times 15.3 uJ */
        UINT64_C(65532610987),  /* a desktop's package */
    };
    uint64_t choice = next_random() % 5;

    return choice < 4 ? ranges_uj[choice] : 1000000 + next_random() % UINT64_C(1000000000000);
}

/* 0 to range, often at an edge or one beside it. */
static uint64_t a_value(uint64_t range_uj)
{
    switch (next_random() % 6) {
    case 0:
        return next_random() % 3;
    case 1:
        return range_uj - next_random() % 3;
    default:
        return next_random() % (range_uj + 1);
    }
}

/* A millisecond to a day, as many short as long. */
static int64_t a_time_ns(void)
{
    uint64_t most = UINT64_C(1000000) << next_random() % 27;

    return (int64_t)(most + next_random() % most);
}

/* What a device used: up to its rated power, to thrice that, or just so that a whole number of rounds is all but reached. */
static uint64_t a_use(uint64_t range_uj, double likely_uj)
{
    uint64_t rounds = next_random() % 3;
    uint64_t used_uj;

    switch (next_random() % 4) {
    case 0:
        used_uj = rounds * (range_uj + 1) + next_random() % 3;
        return used_uj > 0 ? used_uj - 1 : 0;
    case 1:
        return (uint64_t)(3 * likely_uj * ((double)(next_random() >> 11) * 0x1p-53));
    default:
        return (uint64_t)(likely_uj * ((double)(next_random() >> 11) * 0x1p-53));
    }
}

struct counts {
    uint64_t exact;
    uint64_t wrapped; /* of these */
    uint64_t flagged;
    uint64_t twice; /* of these: it had gone round twice, or once more than it seems */
};

static void one_case(struct counts *counts)
{
    struct energy_counter counter = { .range_uj = a_range(),
                                      .rated_watts = 1 + (double)(next_random() % 1000) };
    uint64_t first_uj = a_value(counter.range_uj);
    int64_t time_ns = a_time_ns();
    double likely_uj = counter.rated_watts * (seconds_from_ns(time_ns) + 0.1) * 1e6;
    uint64_t used_uj = a_use(counter.range_uj, likely_uj);
    uint64_t second_uj = (uint64_t)(((unsigned __int128)first_uj + used_uj) %
                                    ((unsigned __int128)counter.range_uj + 1));
    bool may_be_more =
        (double)(used_uj % (counter.range_uj + 1)) + (double)counter.range_uj <= likely_uj;
    uint64_t delta_uj = UINT64_MAX;
    int64_t since_ns = -1;
    enum counter_step step;

    (void)energy_counter_advance(&counter, first_uj, NSEC_PER_SEC, &delta_uj, &since_ns);
    step =
        energy_counter_advance(&counter, second_uj, NSEC_PER_SEC + time_ns, &delta_uj, &since_ns);
    if (second_uj == first_uj)
        return; /* taken for one that has not moved: a round to the microjoule is one chance in 10^10 */
    if (step == COUNTER_ENERGY) {
        if (delta_uj > counter.range_uj || (double)delta_uj > 3 * likely_uj)
            fail_msg("%" PRIu64 " uJ came of %" PRIu64, delta_uj, used_uj);
        /* wrong only where the device drew more than its rated power for so long that it went round once more */
        if (delta_uj != used_uj && (double)used_uj <= likely_uj)
            fail_msg("%" PRIu64 " uJ, and %" PRIu64 " were used, from %" PRIu64 " of %" PRIu64,
                     delta_uj, used_uj, first_uj, counter.range_uj);
        counts->exact += delta_uj == used_uj;
        counts->wrapped += delta_uj == used_uj && second_uj < first_uj;
        return;
    }
    /* lost only what nobody can tell, or what no device can draw */
    if (!may_be_more && (double)used_uj <= 3 * likely_uj && used_uj <= counter.range_uj)
        fail_msg("step %d for %" PRIu64 " uJ of %.0f likely, from %" PRIu64 " of %" PRIu64, step,
                 used_uj, likely_uj, first_uj, counter.range_uj);
    assert_true(delta_uj == UINT64_MAX); /* nothing was made up */
    counts->flagged++;
    counts->twice += used_uj > counter.range_uj;
}

static void test_wraps_are_exact_or_flagged(void **state)
{
    uint64_t cases = number_of("AICO2_TEST_CASES", 10000000);
    uint64_t seed = number_of("AICO2_TEST_SEED", (uint64_t)time(NULL));
    struct counts counts = { 0 };

    (void)state;
    print_message("AICO2_TEST_SEED=%" PRIu64 "\n", seed);
    random_state = seed + 1;
    for (uint64_t i = 0; i < cases; i++)
        one_case(&counts);
    print_message("%" PRIu64 " exact, %" PRIu64 " of them over a wrap; %" PRIu64
                  " flagged, %" PRIu64 " of them more than a round\n",
                  counts.exact, counts.wrapped, counts.flagged, counts.twice);
    assert_true(counts.wrapped > cases / 100 && counts.twice > cases / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_wraps_are_exact_or_flagged) };

    return cmocka_run_group_tests_name("wraps", tests, NULL, NULL);
}
