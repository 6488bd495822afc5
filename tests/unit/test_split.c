/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_split.c - whose joules: shares, idle, and that nothing is lost or invented */
#include "support.h"

#include <math.h>

#include "attribution/split.h"

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

static struct attribution split_one(double joules, double seconds, double job, double all,
                                    double idle_watts)
{
    struct energy_sums sums = attribution_interval(joules, seconds, job, all);

    return attribution_split(&sums, idle_watts);
}

static void test_active_energy_is_shared_by_activity(void **state)
{
    /* 100 J in 2 s, idle 20 W: 40 J idle, 60 J active; the job has 3 of 4 CPU seconds */
    struct attribution parts = split_one(100, 2, 3, 4, 20);

    (void)state;
    assert_near(parts.job_joules, 45);
    assert_near(parts.others_joules, 15);
    assert_near(parts.idle_joules, 40);
    assert_near(parts.job_share, 0.75);
}

static void test_job_alone_gets_all_that_is_active(void **state)
{
    struct attribution parts = split_one(100, 2, 4, 4, 20);

    (void)state;
    assert_near(parts.job_joules, 60);
    assert_true(parts.others_joules == 0);
    assert_near(parts.idle_joules, 40);
    assert_true(parts.job_share == 1);
}

static void test_nobody_active_is_all_idle(void **state)
{
    struct attribution parts = split_one(100, 2, 0, 0, 20);

    (void)state;
    assert_true(parts.job_joules == 0);
    assert_true(parts.others_joules == 0);
    assert_true(parts.idle_joules == 100);
    assert_true(parts.job_share == 0);
}

static void test_idle_above_the_mean_power_takes_no_more_than_there_is(void **state)
{
    struct attribution parts = split_one(100, 2, 1, 2, 80);

    (void)state;
    assert_true(parts.job_joules == 0);
    assert_true(parts.others_joules == 0);
    assert_true(parts.idle_joules == 100);
    assert_near(parts.job_share, 0.5);
}

static void test_unknown_idle_is_none(void **state)
{
    struct attribution parts = split_one(100, 2, 1, 2, NAN);

    (void)state;
    assert_near(parts.job_joules, 50);
    assert_near(parts.others_joules, 50);
    assert_true(parts.idle_joules == 0);
}

static void test_exact_job_time_raises_what_the_machine_is_said_to_have_done(void **state)
{
    struct energy_sums sums = attribution_interval(100, 2, 3, 1);

    (void)state;
    assert_true(sums.all_activity == 3);
    assert_true(sums.job_gross_joules == 100);
    assert_true(sums.others_gross_joules == 0);
}

static void test_nonsense_activity_is_nobody(void **state)
{
    struct energy_sums sums = attribution_interval(100, 2, -1, NAN);

    (void)state;
    assert_true(sums.job_activity == 0 && sums.all_activity == 0);
    assert_true(sums.job_gross_joules == 0 && sums.others_gross_joules == 0);
    assert_true(sums.joules == 100);
}

/* The idle power is known only at the end: sums of intervals give what each would have given. */
static void test_split_of_sums_is_the_sum_of_splits(void **state)
{
    struct energy_sums total = { 0 };
    double job = 0;
    double others = 0;
    double idle = 0;
    struct attribution parts;

    (void)state;
    for (int i = 1; i <= 10; i++) {
        struct energy_sums sums = attribution_interval(50 + i, 1, i % 3, 3);

        parts = attribution_split(&sums, 30);
        job += parts.job_joules;
        others += parts.others_joules;
        idle += parts.idle_joules;
        energy_sums_add(&total, &sums);
    }
    parts = attribution_split(&total, 30);
    assert_near(parts.job_joules, job);
    assert_near(parts.others_joules, others);
    assert_near(parts.idle_joules, idle);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static double random_ratio(uint64_t *state)
{
    return (double)(next_random(state) >> 11) / 9007199254740992.0;
}

/* Magnitudes from 1e-12 to 1e+12, and now and then nothing at all. */
static double random_size(uint64_t *state)
{
    return next_random(state) % 16 == 0 ? 0 : pow(10, 24 * random_ratio(state) - 12);
}

static void test_parts_add_up_to_the_last_bit(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        struct energy_sums sums = { 0 };
        struct attribution parts;
        unsigned intervals = 1 + (unsigned)(next_random(&random) % 4);

        for (unsigned j = 0; j < intervals; j++) {
            double all = random_size(&random);
            struct energy_sums one =
                attribution_interval(random_size(&random), 1 + random_ratio(&random),
                                     all * random_ratio(&random) * 1.1, all);

            energy_sums_add(&sums, &one);
        }
        parts = attribution_split(&sums, random_size(&random) / 10);
        if (!(parts.job_joules >= 0 && parts.others_joules >= 0 && parts.idle_joules >= 0 &&
              parts.job_share >= 0 && parts.job_share <= 1))
            fail_msg("case %d: a negative part", i);
        if (parts.job_joules + parts.others_joules + parts.idle_joules != sums.joules ||
            parts.idle_joules + parts.others_joules + parts.job_joules != sums.joules)
            fail_msg("case %d: %a + %a + %a is not %a", i, parts.job_joules, parts.others_joules,
                     parts.idle_joules, sums.joules);
    }
}

static void test_rounding_to_last_bits_moves_next_to_nothing(void **state)
{
    struct attribution parts = split_one(1e6, 1, 1, 3, 0);

    (void)state;
    assert_true(fabs(parts.job_joules - 1e6 / 3) < 1e-9);
    assert_true(fabs(parts.others_joules - 2e6 / 3) < 1e-9);
    /* subnormal and tiny wholes too */
    parts = split_one(1e-310, 1, 1, 2, 0);
    assert_true(parts.job_joules > 0);
    assert_true(parts.job_joules + parts.others_joules + parts.idle_joules == 1e-310);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_active_energy_is_shared_by_activity),
        cmocka_unit_test(test_job_alone_gets_all_that_is_active),
        cmocka_unit_test(test_nobody_active_is_all_idle),
        cmocka_unit_test(test_idle_above_the_mean_power_takes_no_more_than_there_is),
        cmocka_unit_test(test_unknown_idle_is_none),
        cmocka_unit_test(test_exact_job_time_raises_what_the_machine_is_said_to_have_done),
        cmocka_unit_test(test_nonsense_activity_is_nobody),
        cmocka_unit_test(test_split_of_sums_is_the_sum_of_splits),
        cmocka_unit_test(test_parts_add_up_to_the_last_bit),
        cmocka_unit_test(test_rounding_to_last_bits_moves_next_to_nothing),
    };

    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
