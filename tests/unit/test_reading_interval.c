/* SPDX-License-Identifier: Apache-2.0 */
/* test_reading_interval.c - long intervals are read in parts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sampler/sampler.h"

static void test_up_to_ten_seconds_each_interval_is_a_reading(void **state)
{
    (void)state;
    assert_int_equal(sampler_reading_ns(NSEC_PER_MSEC), NSEC_PER_MSEC);
    assert_int_equal(sampler_reading_ns(NSEC_PER_SEC), NSEC_PER_SEC);
    assert_int_equal(sampler_reading_ns(10 * NSEC_PER_SEC), 10 * NSEC_PER_SEC);
}

static void test_a_longer_interval_is_read_in_whole_parts(void **state)
{
    (void)state;
    assert_int_equal(sampler_reading_ns(15 * NSEC_PER_SEC), 7500 * NSEC_PER_MSEC); /* two parts */
    assert_int_equal(sampler_reading_ns(600 * NSEC_PER_SEC), 10 * NSEC_PER_SEC);
    assert_int_equal(sampler_reading_ns(3600 * NSEC_PER_SEC), 10 * NSEC_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_to_ten_seconds_each_interval_is_a_reading),
        cmocka_unit_test(test_a_longer_interval_is_read_in_whole_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
