/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_sample_steps.c - samples drawn as steps: which step, by hand; gaps, widening, what is coarse */
#include "support.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "server/sample_steps.h"

#define START_NS (1000 * NSEC_PER_SEC)

static struct sample_steps steps;

static int64_t at(double seconds)
{
    return START_NS + (int64_t)llround(seconds * 1e9);
}

/* watts over an interval that ends so many seconds after the start, all of it measured */
static void add(double end_seconds, double interval_seconds, double watts)
{
    struct history_power power = {
        .end_wall_ns = at(end_seconds),
        .interval_seconds = interval_seconds,
        .joules = watts * interval_seconds,
        .covered_seconds = interval_seconds,
    };

    sample_steps_add(&steps, &power);
}

static void expect(size_t place, double least, double joules, double seconds, double most)
{
    assert_true(place < steps.count);
    assert_float_equal(steps.cells[place].least_watts, least, 1e-9);
    assert_float_equal(steps.cells[place].joules, joules, 1e-6);
    assert_float_equal(steps.cells[place].seconds, seconds, 1e-6);
    assert_float_equal(steps.cells[place].most_watts, most, 1e-9);
}

static void test_each_step_has_its_least_mean_and_most(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(20), 10 * NSEC_PER_SEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.count, 2);
    assert_int_equal(steps.first_wall_ns, START_NS);
    add(5, 5, 100);
    add(7, 2, 40);
    add(10, 3, 200);
    add(20, 10, 50);
    expect(0, 40, 500 + 80 + 600, 10, 200); /* mean: 118 W */
    expect(1, 50, 500, 10, 50);
}

static void test_one_over_an_edge_is_in_both_by_its_time(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(20), 10 * NSEC_PER_SEC, 0, SAMPLES_EXACT);
    add(8, 8, 10);
    add(14, 6, 100); /* 2 s of it before the edge, 4 s behind */
    expect(0, 10, 80 + 200, 10, 100);
    expect(1, 100, 400, 4, 100);
}

static void test_a_long_one_fills_all_that_it_covers(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(60), NSEC_PER_SEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.count, 60);
    add(60, 60, 7);
    for (size_t i = 0; i < 60; i++)
        expect(i, 7, 7, 1, 7);
}

static void test_a_gap_is_an_empty_step(void **state)
{
    struct history_power unread = { .end_wall_ns = at(3), .interval_seconds = 1 };

    (void)state;
    sample_steps_plan(&steps, START_NS, at(5), NSEC_PER_SEC, 0, SAMPLES_EXACT);
    add(1, 1, 10);
    sample_steps_add(&steps, &unread);
    add(5, 1, 20);
    expect(0, 10, 10, 1, 10);
    for (size_t i = 1; i < 4; i++)
        assert_float_equal(steps.cells[i].seconds, 0, 0);
    expect(4, 20, 20, 1, 20);
}

static void test_more_steps_than_fit_are_wider(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(1500), NSEC_PER_SEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.step_ns, NSEC_PER_SEC);
    assert_int_equal(steps.count, 1500);
    /* half a second in: 1500 s touch 1501 steps of a second; 1500 / 1499 is above 1 */
    sample_steps_plan(&steps, at(0.5), at(1500.5), NSEC_PER_SEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.step_ns, 2 * NSEC_PER_SEC);
    assert_int_equal(steps.count, 751);
    /* 86400 / 1499 = 57.6 */
    sample_steps_plan(&steps, START_NS, at(86400), NSEC_PER_SEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.step_ns, 58 * NSEC_PER_SEC);
    assert_true(steps.count <= SAMPLE_STEPS_MAX);
    /* 100 s in steps of 10 ms: 100 / 1499 is 66.7 ms */
    sample_steps_plan(&steps, START_NS, at(100), 10 * NSEC_PER_MSEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.step_ns, 67 * NSEC_PER_MSEC);
    /* 100.499 / 1499 is 67.04 ms; by 1500 it would be 66.9995, and 1501 steps where it begins within one */
    sample_steps_plan(&steps, at(0.5), at(100.999), 10 * NSEC_PER_MSEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.step_ns, 68 * NSEC_PER_MSEC);
}

static void test_what_is_outside_is_in_no_step(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(2), NSEC_PER_SEC, 0, SAMPLES_EXACT);
    add(-5, 1, 10);
    add(0.5, 1, 20); /* half of it before the run */
    add(9, 1, 30);
    expect(0, 20, 10, 0.5, 20);
    assert_float_equal(steps.cells[1].seconds, 0, 0);
    /* times that are damage */
    sample_steps_plan(&steps, INT64_MIN, INT64_MAX, NSEC_PER_MSEC, 0, SAMPLES_EXACT);
    assert_true(steps.count <= SAMPLE_STEPS_MAX);
    sample_steps_plan(&steps, INT64_MAX - 1, INT64_MIN, NSEC_PER_SEC, 0, SAMPLES_EXACT);
    assert_int_equal(steps.count, 1);
    add(1, 1e300, 5);
    add(1, NAN, 5);
    add(1, 1, NAN);
    assert_float_equal(steps.cells[0].seconds, 0, 0);
}

/* least and most of several over an interval that ends so many seconds after the start */
static void add_together(double end_seconds, double interval_seconds, double joules, double least,
                         double most)
{
    struct history_power power = {
        .end_wall_ns = at(end_seconds),
        .interval_seconds = interval_seconds,
        .together = true,
        .joules = joules,
        .covered_seconds = interval_seconds,
        .least_watts = least,
        .most_watts = most,
    };

    sample_steps_add(&steps, &power);
}

static void test_what_comes_put_together_is_where_it_ends(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(40), 15 * NSEC_PER_SEC, 10 * NSEC_PER_SEC,
                      SAMPLES_EXACT);
    assert_int_equal(steps.step_ns, 20 * NSEC_PER_SEC); /* 15 s is no multiple of 10 s */
    add_together(9.9, 9.9, 990, 50, 150);
    add_together(19.95, 10.05, 500, 40, 60);
    add_together(30.02, 10.07, 100, 1,
                 2); /* 0.05 s of it lie before the edge: its least does not */
    expect(0, 40, 1490, 19.95, 150);
    expect(1, 1, 100, 10.07, 2);
    /* one that bridges a gap is in all that it covers, as a long sample is */
    sample_steps_plan(&steps, START_NS, at(40), 10 * NSEC_PER_SEC, 10 * NSEC_PER_SEC,
                      SAMPLES_EXACT);
    add_together(40, 40, 400, 10, 10);
    for (size_t i = 0; i < 4; i++)
        expect(i, 10, 100, 10, 10);
    /* outside */
    sample_steps_plan(&steps, START_NS, at(20), 10 * NSEC_PER_SEC, 10 * NSEC_PER_SEC,
                      SAMPLES_EXACT);
    add_together(0, 10, 100, 10, 10);
    add_together(30, 10, 100, 10, 10);
    add_together(15, 10, 100, NAN, 10); /* damage */
    assert_float_equal(steps.cells[0].seconds, 0, 0);
    assert_float_equal(steps.cells[1].seconds, 0, 0);
}

static void test_coarse_tells_no_least_of_what_comes_put_together(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(10), 5 * NSEC_PER_SEC, 5 * NSEC_PER_SEC, SAMPLES_COARSE);
    add_together(5, 5, 500.07, 1, 999);
    sample_steps_end(&steps);
    expect(0, 100, 500, 5, 100); /* floor(5000.7) / 10 J in 5 s */
}

static void test_coarse_is_a_second_and_tenths_of_a_joule(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(4), 100 * NSEC_PER_MSEC, 0, SAMPLES_COARSE);
    assert_int_equal(steps.step_ns, NSEC_PER_SEC);
    for (int i = 1; i <= 10; i++)
        add(i / 10.0, 0.1, i == 5 ? 105 : 1.2); /* 1.08 J + 10.5 J */
    assert_float_equal(steps.cells[0].seconds, 0, 0); /* another one may end in it */
    add(1.5, 0.5, 40);
    expect(0, 11.5, 11.5, 1, 11.5); /* no peak of 105 W */
    /* half a second is not told, and one behind a gap does not complete it */
    add(4, 0.6, 40);
    sample_steps_end(&steps);
    for (size_t i = 1; i < 4; i++)
        assert_float_equal(steps.cells[i].seconds, 0, 0);
}

/* S6: sums that differ in where they begin would tell, by their difference, of what is between. */
static void test_coarse_has_the_same_seconds_wherever_it_begins(void **state)
{
    static struct sample_steps whole;

    (void)state;
    for (int first = 1; first <= 19; first++) {
        sample_steps_plan(&steps, START_NS, at(8), NSEC_PER_SEC, 0, SAMPLES_COARSE);
        for (int i = first; i <= 80; i++)
            add(0.035 + i / 10.0, 0.1, i * i % 37); /* the last ends at 8.035 s */
        if (first == 1)
            whole = steps;
        for (size_t i = 3; i < 8; i++) {
            expect(i, whole.cells[i].least_watts, whole.cells[i].joules, 1,
                   whole.cells[i].most_watts);
        }
    }
    /* what was put together while it was stored ends at whole seconds, too */
    sample_steps_plan(&steps, START_NS, at(8), NSEC_PER_SEC, 0, SAMPLES_COARSE);
    for (int second = 0; second < 8; second++) {
        double joules = 0;

        for (int i = second * 10; i < second * 10 + 10; i++)
            joules += i * i % 37 * 0.1;
        add_together(second + 0.935, second == 0 ? 0.9 : 1, joules, 0, 37);
    }
    add(8.035, 0.1, 1);
    for (size_t i = 3; i < 8; i++)
        assert_float_equal(steps.cells[i].joules, whole.cells[i].joules, 1e-6);
}

static void test_rounded_keeps_the_least_and_most_of_seconds(void **state)
{
    (void)state;
    sample_steps_plan(&steps, START_NS, at(100), 100 * NSEC_PER_MSEC, 50 * NSEC_PER_SEC,
                      SAMPLES_ROUNDED);
    assert_int_equal(steps.step_ns, 50 * NSEC_PER_SEC);
    add_together(50, 50, 500.07, 1.23, 99.96); /* 500 J, 1.2 W, 100.0 W */
    expect(0, 1.2, 500, 50, 100);
    add_together(100, 50, 50.09, 0.99,
                 1.04); /* the mean of 50 J is 1 W: no least above, no most below */
    expect(1, 1, 50, 50, 1);
    /* what was read in between is put together as in any run */
    sample_steps_plan(&steps, START_NS, at(3), NSEC_PER_SEC, 0, SAMPLES_ROUNDED);
    add(1, 1, 7.77);
    add(1.25, 0.25, 400);
    add(2, 0.75, 4.4); /* 100 J and 3.3 J: no peak of 400 W */
    expect(0, 7.7, 7.7, 1, 7.8);
    expect(1, 103.3, 103.3, 1, 103.3);
    /* less than a second at the end is not told */
    add(2.9, 0.9, 50);
    assert_float_equal(steps.cells[2].seconds, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_step_has_its_least_mean_and_most),
        cmocka_unit_test(test_one_over_an_edge_is_in_both_by_its_time),
        cmocka_unit_test(test_a_long_one_fills_all_that_it_covers),
        cmocka_unit_test(test_a_gap_is_an_empty_step),
        cmocka_unit_test(test_more_steps_than_fit_are_wider),
        cmocka_unit_test(test_what_is_outside_is_in_no_step),
        cmocka_unit_test(test_what_comes_put_together_is_where_it_ends),
        cmocka_unit_test(test_coarse_tells_no_least_of_what_comes_put_together),
        cmocka_unit_test(test_coarse_is_a_second_and_tenths_of_a_joule),
        cmocka_unit_test(test_coarse_has_the_same_seconds_wherever_it_begins),
        cmocka_unit_test(test_rounded_keeps_the_least_and_most_of_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
