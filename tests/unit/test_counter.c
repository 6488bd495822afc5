/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_counter.c - wraps, resets, jumps and what a difference is believed up to */
#include "support.h"

#include "base/clock.h"
#include "energy/counter.h"

/* 262143.328850 J: a package of a server, wraps at 2^32 times 61 uJ */
static const uint64_t RANGE_UJ = 262143328850;

static struct energy_counter counter_of(double rated_watts, uint64_t range_uj)
{
    return (struct energy_counter){ .range_uj = range_uj, .rated_watts = rated_watts };
}

static enum counter_step step(struct energy_counter *counter, uint64_t now_uj, double at_seconds,
                              uint64_t *delta_uj)
{
    int64_t since_ns = -1;

    *delta_uj = UINT64_MAX;
    return energy_counter_advance(counter, now_uj, (int64_t)(at_seconds * 1e9), delta_uj,
                                  &since_ns);
}

static void test_first_reading_is_no_energy(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    assert_int_equal(step(&counter, 123456, 5, &delta), COUNTER_FIRST);
    assert_int_equal(step(&counter, 123456 + 40000000, 6, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 40000000);
}

static void test_wrap_is_counted_once(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    (void)step(&counter, RANGE_UJ - 9, 1, &delta);
    /* from range - 9 to the end 9 uJ, one for the step to 0, then 15 */
    assert_int_equal(step(&counter, 15, 2, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 25);
}

static void test_edges_of_the_range(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    (void)step(&counter, RANGE_UJ, 1, &delta);
    assert_int_equal(step(&counter, 0, 2, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 1);
    (void)step(&counter, RANGE_UJ - 1, 3, &delta); /* a jump: goes on from there */
    assert_int_equal(step(&counter, RANGE_UJ, 4, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 1);
    /* a value the file says it cannot have: no wrap explains a fall from it */
    (void)step(&counter, RANGE_UJ + 1, 5, &delta);
    assert_int_equal(step(&counter, 5, 6, &delta), COUNTER_RESET);
}

static void test_counter_without_range_that_falls_was_reset(void **state)
{
    struct energy_counter counter = counter_of(300, 0);
    uint64_t delta;

    (void)state;
    (void)step(&counter, 5000000, 1, &delta);
    assert_int_equal(step(&counter, 4999999, 2, &delta), COUNTER_RESET);
    assert_int_equal(delta, UINT64_MAX);
    assert_int_equal(step(&counter, 5000099, 3, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 100);
}

static void test_fall_that_no_wrap_explains_was_a_reset(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    /* from half of the range: a wrap would be 131 kJ in one second */
    (void)step(&counter, RANGE_UJ / 2, 1, &delta);
    assert_int_equal(step(&counter, 1000, 2, &delta), COUNTER_RESET);
    assert_int_equal(step(&counter, 3000, 3, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 2000);
}

static void test_three_times_the_rated_power_is_believed_and_no_more(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    /* 3 x 100 W x (1 s + 0.1 s) = 330 J */
    (void)step(&counter, 1000, 1, &delta);
    assert_int_equal(step(&counter, 1000 + 330000000, 2, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 330000000);
    assert_int_equal(step(&counter, 1000 + 330000000 + 330000001, 3, &delta), COUNTER_UNKNOWN);
}

static void test_belief_grows_from_when_the_counter_last_moved(void **state)
{
    struct energy_counter counter = counter_of(100, 0);
    uint64_t delta;

    (void)state;
    (void)step(&counter, 0, 0, &delta);
    for (int second = 1; second <= 9; second++) {
        assert_int_equal(step(&counter, 0, second, &delta), COUNTER_ENERGY);
        assert_int_equal(delta, 0);
    }
    /* ten seconds late: 3 x 100 W x 10.1 s = 3030 J; since the last reading it would be 330 J */
    assert_int_equal(step(&counter, 3030000000, 10, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 3030000000);
}

static void test_same_value_is_no_wrap_however_late(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    (void)step(&counter, 77, 0, &delta);
    assert_int_equal(step(&counter, 77, 100000, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 0);
}

static void test_time_is_told_from_the_last_move(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;
    int64_t since_ns = 0;

    (void)state;
    (void)energy_counter_advance(&counter, 100, NSEC_PER_SEC, &delta, &since_ns);
    (void)energy_counter_advance(&counter, 100, 2 * NSEC_PER_SEC, &delta, &since_ns);
    assert_int_equal(since_ns, NSEC_PER_SEC);
    (void)energy_counter_advance(&counter, 200, 4 * NSEC_PER_SEC, &delta, &since_ns);
    assert_int_equal(since_ns, 3 * NSEC_PER_SEC);
    (void)energy_counter_advance(&counter, 300, 5 * NSEC_PER_SEC, &delta, &since_ns);
    assert_int_equal(since_ns, NSEC_PER_SEC);
}

static void test_hole_in_which_it_may_have_wrapped_twice_is_unknown(void **state)
{
    struct energy_counter counter = counter_of(100, RANGE_UJ);
    uint64_t delta;

    (void)state;
    /* at 100 W the range lasts 2621 s: after 2800 s 10 J may as well be one round more */
    (void)step(&counter, 0, 0, &delta);
    assert_int_equal(step(&counter, 10000000, 2800, &delta), COUNTER_UNKNOWN);
    /* after 2000 s it may not */
    assert_int_equal(step(&counter, 20000000, 4800, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 10000000);
}

/* xorshift64*: the same cases every time */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* Whatever true energy a device draws below its limit, with at most one wrap between two readings:
 * exact. */
static void test_random_walks_are_exact(void **state)
{
    uint64_t random = 42;
    unsigned wraps = 0;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint64_t range_uj = 1000000000 + next_random(&random) % 300000000000;
        struct energy_counter counter =
            counter_of(50 + (double)(next_random(&random) % 450), range_uj);
        uint64_t register_uj = next_random(&random) % (range_uj + 1);
        uint64_t delta;
        double at = 0;

        (void)step(&counter, register_uj, at, &delta);
        for (int i = 0; i < 600; i++) {
            double seconds = 0.001 * (double)(1 + next_random(&random) % 2000);
            uint64_t most_uj = (uint64_t)(3 * counter.rated_watts * seconds * 1e6);
            uint64_t used_uj = next_random(&random) % most_uj;
            uint64_t next_uj;

            if (used_uj > range_uj)
                used_uj = range_uj;
            next_uj = (register_uj + used_uj) % (range_uj + 1);
            wraps += next_uj < register_uj;
            at += seconds;
            if (step(&counter, next_uj, at, &delta) != COUNTER_ENERGY || delta != used_uj)
                fail_msg("round %d step %d: %llu uJ became %llu", round, i,
                         (unsigned long long)used_uj, (unsigned long long)delta);
            register_uj = next_uj;
        }
    }
    assert_true(wraps > 1000);
}

/* Garbage of all sorts: what is believed is never more than the bound (so never "negative"). */
static void test_garbage_is_never_believed_past_the_bound(void **state)
{
    uint64_t random = 7;
    struct energy_counter counter = counter_of(200, RANGE_UJ);
    int64_t now_ns = 0;
    int64_t moved_ns = 0;
    uint64_t last_uj = 0;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        uint64_t now_uj = next_random(&random) >> next_random(&random) % 64;
        uint64_t delta_uj = 0;
        int64_t since_ns = 0;
        enum counter_step got;

        now_ns += (int64_t)(next_random(&random) % (100 * (uint64_t)NSEC_PER_SEC));
        got = energy_counter_advance(&counter, now_uj, now_ns, &delta_uj, &since_ns);
        if (got == COUNTER_ENERGY &&
            (double)delta_uj > 3 * 200 * (seconds_from_ns(now_ns - moved_ns) + 0.1) * 1e6)
            fail_msg("step %d: believed %llu uJ", i, (unsigned long long)delta_uj);
        if (i == 0 || now_uj != last_uj)
            moved_ns = now_ns;
        last_uj = now_uj;
    }
}

/* 500 J drawn since it began anew: what it counted before its end is lost, and no more. */
static void test_one_that_begins_at_zero_tells_what_was_used_since(void **state)
{
    struct energy_counter counter = counter_of(100, 0);
    uint64_t delta;

    (void)state;
    counter.from_zero = true;
    (void)step(&counter, 700000000, 0, &delta);
    assert_int_equal(step(&counter, 500000000, 15, &delta), COUNTER_RESTARTED);
    assert_int_equal(delta, 500000000);
    assert_int_equal(step(&counter, 600000000, 16, &delta), COUNTER_ENERGY);
    assert_int_equal(delta, 100000000);
    /* 3 x 100 W x 1.1 s is believed */
    assert_int_equal(step(&counter, 330000001, 17, &delta), COUNTER_RESET);
    /* told to be another one: whatever it says, it says since it began */
    energy_counter_restart(&counter);
    assert_int_equal(step(&counter, 330000002, 18, &delta), COUNTER_RESET);
    energy_counter_restart(&counter);
    assert_int_equal(step(&counter, 330000002, 20, &delta), COUNTER_RESTARTED);
    assert_int_equal(delta, 330000002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_reading_is_no_energy),
        cmocka_unit_test(test_wrap_is_counted_once),
        cmocka_unit_test(test_edges_of_the_range),
        cmocka_unit_test(test_counter_without_range_that_falls_was_reset),
        cmocka_unit_test(test_fall_that_no_wrap_explains_was_a_reset),
        cmocka_unit_test(test_three_times_the_rated_power_is_believed_and_no_more),
        cmocka_unit_test(test_belief_grows_from_when_the_counter_last_moved),
        cmocka_unit_test(test_same_value_is_no_wrap_however_late),
        cmocka_unit_test(test_time_is_told_from_the_last_move),
        cmocka_unit_test(test_hole_in_which_it_may_have_wrapped_twice_is_unknown),
        cmocka_unit_test(test_one_that_begins_at_zero_tells_what_was_used_since),
        cmocka_unit_test(test_random_walks_are_exact),
        cmocka_unit_test(test_garbage_is_never_believed_past_the_bound),
    };

    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
