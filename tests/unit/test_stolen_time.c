/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_stolen_time.c - what a hypervisor took is nobody's here */
#include "support.h"

#include "attribution/stolen_time.h"
#include "base/clock.h"

#define MS NSEC_PER_MSEC

/* Two CPUs for a second, wanted all the time: they ran for 1600 ms, 400 were stolen, a fifth. Of 1000 ms by a clock that
 * stood on while the CPUs did not, 200 are that. */
static void test_a_fifth_is_taken_from_who_was_there(void **state)
{
    struct stolen_time stolen = { 0 };

    (void)state;
    stolen_time_see(&stolen, 1600 * MS, 400 * MS);
    assert_int_equal(stolen_time_within(&stolen, 1000 * MS), 200 * MS);
    assert_int_equal(stolen_time_within(&stolen, 2000 * MS),
                     400 * MS); /* alone: 1600, all that there was */
}

/* Ten times as much was stolen before: it is of its own time. */
static void test_each_look_is_of_its_own_time(void **state)
{
    struct stolen_time stolen = { 0 };

    (void)state;
    stolen_time_see(&stolen, 1000 * MS, 4000 * MS);
    assert_int_equal(stolen_time_within(&stolen, 100 * MS), 80 * MS);
    stolen_time_see(&stolen, 1900 * MS, 4100 * MS);
    assert_int_equal(stolen_time_within(&stolen, 100 * MS), 10 * MS);
    stolen_time_see(&stolen, 2900 * MS, 4100 * MS);
    assert_int_equal(stolen_time_within(&stolen, 100 * MS), 0);
}

/* All of it: nobody ran at all. */
static void test_never_more_than_the_clock_has(void **state)
{
    struct stolen_time stolen = { 0 };

    (void)state;
    stolen_time_see(&stolen, 0, 500 * MS);
    assert_int_equal(stolen_time_within(&stolen, 300 * MS), 300 * MS);
    assert_int_equal(stolen_time_within(&stolen, -1), 0);
}

/* A reading that failed: nothing is taken, and the next look is of both intervals. */
static void test_what_is_not_known_takes_nothing(void **state)
{
    struct stolen_time stolen = { 0 };

    (void)state;
    stolen_time_see(&stolen, 900 * MS, 100 * MS);
    stolen_time_see(&stolen, -1, 0);
    assert_int_equal(stolen_time_within(&stolen, 100 * MS), 0);
    stolen_time_see(&stolen, 2400 * MS, 600 * MS);
    assert_int_equal(stolen_time_within(&stolen, 100 * MS), 25 * MS);
}

/* Counters that go back (a guest that was moved to another host) are a new start. */
static void test_counters_that_fall_take_nothing(void **state)
{
    struct stolen_time stolen = { 0 };

    (void)state;
    stolen_time_see(&stolen, 900 * MS, 100 * MS);
    stolen_time_see(&stolen, 950 * MS, 50 * MS);
    assert_int_equal(stolen_time_within(&stolen, 50 * MS), 0);
    stolen_time_see(&stolen, 800 * MS, 100 * MS);
    assert_int_equal(stolen_time_within(&stolen, 50 * MS), 0);
    stolen_time_see(&stolen, 850 * MS, 150 * MS);
    assert_int_equal(stolen_time_within(&stolen, 50 * MS), 25 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fifth_is_taken_from_who_was_there),
        cmocka_unit_test(test_each_look_is_of_its_own_time),
        cmocka_unit_test(test_never_more_than_the_clock_has),
        cmocka_unit_test(test_what_is_not_known_takes_nothing),
        cmocka_unit_test(test_counters_that_fall_take_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
