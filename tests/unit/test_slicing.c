/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_slicing.c - intervals cut at hours and at the values of a series, nothing lost */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "session/slicing.h"

#define HOUR_NS (3600 * NSEC_PER_SEC)
/* 2026-01-01T00:00:00Z */
#define DAY_NS (INT64_C(1767225600) * NSEC_PER_SEC)

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

static struct energy_sums joules(double value, double seconds)
{
    return (struct energy_sums){
        .joules = value,
        .covered_seconds = seconds,
        .job_gross_joules = value / 2,
        .all_activity = seconds,
        .samples = 1,
    };
}

static void test_slice_is_the_hour(void **state)
{
    (void)state;
    assert_int_equal(slicing_start(NULL, DAY_NS), DAY_NS);
    assert_int_equal(slicing_start(NULL, DAY_NS + HOUR_NS - 1), DAY_NS);
    assert_int_equal(slicing_end(NULL, DAY_NS), DAY_NS + HOUR_NS);
    assert_int_equal(slicing_end(NULL, DAY_NS + HOUR_NS - 1), DAY_NS + HOUR_NS);
    assert_int_equal(slicing_end(NULL, DAY_NS + HOUR_NS), DAY_NS + 2 * HOUR_NS);
    /* a clock that stands before 1970 */
    assert_int_equal(slicing_start(NULL, -1), -HOUR_NS);
    assert_int_equal(slicing_end(NULL, -1), 0);
}

static void test_slice_ends_where_the_series_changes(void **state)
{
    struct intensity_point points[] = {
        { DAY_NS + 10 * NSEC_PER_SEC, 50 },
        { DAY_NS + 1800 * NSEC_PER_SEC, 60 },
        { DAY_NS + 3 * HOUR_NS, 70 },
    };
    const struct intensity_series series = { .points = points, .count = 3 };

    (void)state;
    assert_int_equal(slicing_start(&series, DAY_NS), DAY_NS);
    assert_int_equal(slicing_end(&series, DAY_NS), DAY_NS + 10 * NSEC_PER_SEC);
    assert_int_equal(slicing_start(&series, DAY_NS + 11 * NSEC_PER_SEC),
                     DAY_NS + 10 * NSEC_PER_SEC);
    assert_int_equal(slicing_end(&series, DAY_NS + 11 * NSEC_PER_SEC),
                     DAY_NS + 1800 * NSEC_PER_SEC);
    assert_int_equal(slicing_start(&series, DAY_NS + HOUR_NS), DAY_NS + HOUR_NS);
    assert_int_equal(slicing_end(&series, DAY_NS + 4 * HOUR_NS), DAY_NS + 5 * HOUR_NS);
}

static void test_interval_over_an_edge_is_cut_by_time(void **state)
{
    struct slice_list slices = { 0 };
    struct energy_sums sums = joules(100, 10);

    (void)state;
    /* 4 s before the hour, 6 s after it */
    assert_int_equal(slicing_add(&slices, NULL, 0, &sums, DAY_NS - 4 * NSEC_PER_SEC,
                                 DAY_NS + 6 * NSEC_PER_SEC),
                     0);
    assert_int_equal(slices.count, 2);
    assert_int_equal(slices.items[0].start_wall_ns, DAY_NS - HOUR_NS);
    assert_near(slices.items[0].sums.joules, 40);
    assert_near(slices.items[1].sums.joules, 60);
    assert_near(slices.items[1].sums.covered_seconds, 6);
    assert_near(slices.items[1].sums.job_gross_joules, 30);
    assert_int_equal(slices.items[0].sums.samples + slices.items[1].sums.samples, 1);
    free(slices.items);
}

static void test_interval_that_ends_on_the_edge_stays_before_it(void **state)
{
    struct slice_list slices = { 0 };
    struct energy_sums sums = joules(100, 10);

    (void)state;
    assert_int_equal(slicing_add(&slices, NULL, 0, &sums, DAY_NS - 10 * NSEC_PER_SEC, DAY_NS), 0);
    assert_int_equal(slices.count, 1);
    assert_true(slices.items[0].sums.joules == 100);
    /* and one without length lies in the slice it is at */
    assert_int_equal(slicing_add(&slices, NULL, 0, &sums, DAY_NS, DAY_NS), 0);
    assert_int_equal(slices.count, 2);
    assert_true(slices.items[1].sums.joules == 100);
    free(slices.items);
}

static void test_devices_have_slices_of_their_own(void **state)
{
    struct slice_list slices = { 0 };
    struct energy_sums sums = joules(1, 1);

    (void)state;
    for (int i = 0; i < 10; i++)
        for (int device = 0; device < 3; device++)
            (void)slicing_add(&slices, NULL, device, &sums, DAY_NS + i * NSEC_PER_SEC,
                              DAY_NS + (i + 1) * NSEC_PER_SEC);
    assert_int_equal(slices.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_near(slices.items[i].sums.joules, 10);
    free(slices.items);
}

static void test_clock_set_back_makes_no_second_slice_of_an_hour(void **state)
{
    static const int64_t hours[] = { 5, 6, 2, 6, 5, 2, 3, 6 };
    struct slice_list slices = { 0 };
    struct energy_sums sums = joules(1, 1);
    double total = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++)
        (void)slicing_add(&slices, NULL, 0, &sums, DAY_NS + hours[i] * HOUR_NS,
                          DAY_NS + hours[i] * HOUR_NS + NSEC_PER_SEC);
    assert_int_equal(slices.count, 4); /* 5, 6, 2 and 3 */
    for (size_t i = 0; i < slices.count; i++) {
        total += slices.items[i].sums.joules;
        for (size_t j = 0; j < i; j++)
            assert_true(slices.items[i].start_wall_ns != slices.items[j].start_wall_ns);
    }
    assert_near(total, 8);
    free(slices.items);
}

static void test_what_changed_is_remembered(void **state)
{
    struct slice_list slices = { 0 };
    struct energy_sums sums = joules(1, 1);

    (void)state;
    (void)slicing_add(&slices, NULL, 0, &sums, DAY_NS, DAY_NS + NSEC_PER_SEC);
    (void)slicing_add(&slices, NULL, 1, &sums, DAY_NS, DAY_NS + NSEC_PER_SEC);
    assert_int_equal(slices.changed_from, 0);
    slices.changed_from = slices.count;
    (void)slicing_add(&slices, NULL, 1, &sums, DAY_NS, DAY_NS + NSEC_PER_SEC);
    assert_int_equal(slices.changed_from, 1);
    slices.changed_from = slices.count;
    (void)slicing_add(&slices, NULL, 0, &sums, DAY_NS + HOUR_NS, DAY_NS + HOUR_NS + NSEC_PER_SEC);
    assert_int_equal(slices.changed_from, 2);
    free(slices.items);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void test_sums_are_conserved_whatever_the_cuts(void **state)
{
    struct intensity_point points[200];
    struct intensity_series series = { .points = points, .count = 200 };
    struct slice_list slices = { 0 };
    struct energy_sums total = { 0 };
    struct energy_sums sliced = { 0 };
    uint64_t random = 3;
    int64_t at = DAY_NS;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        points[i] = (struct intensity_point){ (i == 0 ? DAY_NS : points[i - 1].wall_ns) +
                                                  (int64_t)(1 + next_random(&random) %
                                                                    (2 * (uint64_t)HOUR_NS)),
                                              1 };
    for (int i = 0; i < 2000; i++) {
        int64_t length_ns = (int64_t)(next_random(&random) % (3 * (uint64_t)HOUR_NS / 10));
        struct energy_sums sums =
            joules((double)(next_random(&random) % 100000), seconds_from_ns(length_ns));

        energy_sums_add(&total, &sums);
        assert_int_equal(slicing_add(&slices, &series, 0, &sums, at, at + length_ns), 0);
        at += length_ns;
    }
    for (size_t i = 0; i < slices.count; i++) {
        energy_sums_add(&sliced, &slices.items[i].sums);
        assert_true(i == 0 || slices.items[i].start_wall_ns > slices.items[i - 1].start_wall_ns);
    }
    assert_near(sliced.joules, total.joules);
    assert_near(sliced.covered_seconds, total.covered_seconds);
    assert_near(sliced.job_gross_joules, total.job_gross_joules);
    assert_near(sliced.all_activity, total.all_activity);
    assert_int_equal(sliced.samples, total.samples);
    free(slices.items);
}

/* 16 devices for a year, device by device as the history gives them, then hour by hour as a run
 * does. */
static void test_year_of_slices_is_no_matter(void **state)
{
    struct slice_list by_device = { 0 };
    struct slice_list by_time = { 0 };
    struct energy_sums sums = joules(1, 1);
    int64_t before_ns = clock_process_cpu_ns();

    (void)state;
    for (int device = 0; device < 16; device++)
        for (int64_t hour = 0; hour < 8760; hour++)
            (void)slicing_add(&by_device, NULL, device, &sums, DAY_NS + hour * HOUR_NS,
                              DAY_NS + hour * HOUR_NS + NSEC_PER_SEC);
    for (int64_t hour = 0; hour < 8760; hour++)
        for (int device = 0; device < 16; device++)
            (void)slicing_add(&by_time, NULL, device, &sums, DAY_NS + hour * HOUR_NS,
                              DAY_NS + hour * HOUR_NS + NSEC_PER_SEC);
    assert_int_equal(by_device.count, 16 * 8760);
    assert_int_equal(by_time.count, 16 * 8760);
    /* milliseconds; a search through all of them takes minutes */
    assert_true(clock_process_cpu_ns() - before_ns < 10 * NSEC_PER_SEC);
    free(by_device.items);
    free(by_time.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice_is_the_hour),
        cmocka_unit_test(test_slice_ends_where_the_series_changes),
        cmocka_unit_test(test_interval_over_an_edge_is_cut_by_time),
        cmocka_unit_test(test_interval_that_ends_on_the_edge_stays_before_it),
        cmocka_unit_test(test_devices_have_slices_of_their_own),
        cmocka_unit_test(test_clock_set_back_makes_no_second_slice_of_an_hour),
        cmocka_unit_test(test_what_changed_is_remembered),
        cmocka_unit_test(test_sums_are_conserved_whatever_the_cuts),
        cmocka_unit_test(test_year_of_slices_is_no_matter),
    };

    return cmocka_run_group_tests_name("slicing", tests, NULL, NULL);
}
