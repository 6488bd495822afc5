/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_cpu_tally.c - busy time out of columns that can mislead */
#include "support.h"

#include <stdlib.h>

#include "base/clock.h"
#include "readers/cpu_tally.h"

#define MS NSEC_PER_MSEC

/* One thread for a second, idle for all but `busy_ns` of it, with 3 ticks of rounding. */
static struct cpu_interval second(int64_t ticked_ns, int64_t rest_ns)
{
    return (struct cpu_interval){
        .elapsed_ns = 1000 * MS,
        .threads = 1,
        .ticked_ns = ticked_ns,
        .rest_ns = rest_ns,
        .slack_ns = 30 * MS,
        .rest_is_whole = true,
        .exact_ns = -1,
    };
}

/* Bursts of 3 ms that dodge a tick of 4 ms: the busy columns saw 15 ms, idle knows of 290 ms. */
static void test_work_that_dodges_the_tick_is_seen(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval interval = second(15 * MS, 290 * MS);

    (void)state;
    assert_int_equal(cpu_tally_advance(&tally, &interval), 710 * MS);
}

/* The same work sitting on the tick: counted as all of the time. */
static void test_work_that_sits_on_the_tick_is_not_exaggerated(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval interval = second(1000 * MS, 270 * MS);

    (void)state;
    assert_int_equal(cpu_tally_advance(&tally, &interval), 730 * MS);
}

static void test_idle_columns_that_do_not_cover_the_interval_are_not_believed(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval interval = second(200 * MS, 100 * MS);

    (void)state;
    interval.rest_is_whole = false; /* a CPU came back from being offline */
    assert_int_equal(cpu_tally_advance(&tally, &interval), 200 * MS);
}

static void test_impossible_idle_is_not_believed(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval longer =
        second(200 * MS, 1031 * MS);                       /* 31 ms past the end: 30 are rounding */
    struct cpu_interval back = second(200 * MS, -31 * MS); /* iowait fell */

    (void)state;
    assert_int_equal(cpu_tally_advance(&tally, &longer), 200 * MS);
    assert_int_equal(cpu_tally_advance(&tally, &back), 200 * MS);
}

static void test_busy_is_within_what_the_threads_can_do(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval interval = second(5000 * MS, 0);

    (void)state;
    interval.rest_is_whole = false;
    interval.threads = 2;
    assert_int_equal(cpu_tally_advance(&tally, &interval), 2000 * MS);
    interval.elapsed_ns = 0;
    assert_int_equal(cpu_tally_advance(&tally, &interval), 0);
    interval.elapsed_ns = -5;
    assert_int_equal(cpu_tally_advance(&tally, &interval), 0);
}

/* The counter in nanoseconds wins, unless the columns say more than rounding explains. */
static void test_exact_counter_is_only_raised(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval interval = second(0, 480 * MS); /* columns: 520 */

    (void)state;
    interval.exact_ns = 500 * MS;
    assert_int_equal(cpu_tally_advance(&tally, &interval), 500 * MS);
    tally = (struct cpu_tally){ 0 };
    interval.rest_ns = 300 * MS; /* columns: 700, less 30 of rounding */
    assert_int_equal(cpu_tally_advance(&tally, &interval), 670 * MS);
    tally = (struct cpu_tally){ 0 };
    interval.rest_ns = 900 * MS; /* columns: 100 only */
    assert_int_equal(cpu_tally_advance(&tally, &interval), 500 * MS);
}

/* A CPU 37 % busy, read every 3.7 ms, its idle rounded down to 10 ms: no error may grow. */
static void test_rounding_does_not_add_up(void **state)
{
    struct cpu_tally tally = { 0 };
    int64_t idle_ns = 0;
    int64_t shown_ns = 0;
    int64_t busy_ns = 0;
    int64_t elapsed_ns = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        struct cpu_interval interval = second(0, 0);
        int64_t now_shown_ns;

        interval.elapsed_ns = 3700000;
        idle_ns += 3700000 * 63 / 100;
        elapsed_ns += interval.elapsed_ns;
        now_shown_ns = idle_ns / (10 * MS) * (10 * MS);
        interval.rest_ns = now_shown_ns - shown_ns;
        shown_ns = now_shown_ns;
        busy_ns += cpu_tally_advance(&tally, &interval);
        assert_true(llabs(busy_ns - (elapsed_ns - idle_ns)) <= 30 * MS);
    }
    /* 37 s, 37 % of them: 13.69 s */
    assert_true(llabs(busy_ns - 13690 * MS) <= 30 * MS);
}

/* Busy and stolen are together no more than the threads had: a counter that jumps (a guest that was moved to another host)
 * takes nothing that was not there, and what rounding held back comes with the next interval. */
static void test_what_was_stolen_is_within_what_was_not_busy(void **state)
{
    struct cpu_tally tally = { 0 };
    struct cpu_interval interval = second(700 * MS, 300 * MS);

    (void)state;
    interval.stolen_ns = 200 * MS;
    assert_int_equal(cpu_tally_stolen(&tally, &interval, 700 * MS), 200 * MS);
    interval.stolen_ns = 320 * MS;
    assert_int_equal(cpu_tally_stolen(&tally, &interval, 700 * MS), 300 * MS);
    interval.stolen_ns = 0;
    assert_int_equal(cpu_tally_stolen(&tally, &interval, 700 * MS), 20 * MS);
    interval.stolen_ns = 1000000 * MS;
    assert_int_equal(cpu_tally_stolen(&tally, &interval, 1000 * MS), 0);
    interval.stolen_ns = -50 * MS; /* and 30 of rounding were left */
    assert_int_equal(cpu_tally_stolen(&tally, &interval, 0), 0);
    interval.stolen_ns = 10 * MS;
    assert_int_equal(cpu_tally_stolen(&tally, &interval, 0), 10 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_that_dodges_the_tick_is_seen),
        cmocka_unit_test(test_work_that_sits_on_the_tick_is_not_exaggerated),
        cmocka_unit_test(test_idle_columns_that_do_not_cover_the_interval_are_not_believed),
        cmocka_unit_test(test_impossible_idle_is_not_believed),
        cmocka_unit_test(test_busy_is_within_what_the_threads_can_do),
        cmocka_unit_test(test_exact_counter_is_only_raised),
        cmocka_unit_test(test_rounding_does_not_add_up),
        cmocka_unit_test(test_what_was_stolen_is_within_what_was_not_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
