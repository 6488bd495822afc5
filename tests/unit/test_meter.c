/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_meter.c - joules between two readings: counters, trapezoids, models, gaps */
#include "support.h"

#include <math.h>

#include "base/clock.h"
#include "energy/meter.h"

static const struct power_model linear = { .idle_watts = 10, .full_watts = 50 };

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

static struct meter meter_of(enum meter_method method, const struct power_model *model)
{
    struct device device = DEVICE_NULL;
    struct meter meter;

    device.rated_watts = 100;
    device.counter_range_uj = 1000000000;
    device.threads = 4;
    meter_init(&meter, &device, method, model, NSEC_PER_SEC);
    return meter;
}

static struct interval read_power(struct meter *meter, double at_seconds, double watts)
{
    struct sample sample = {
        .mono_ns = (int64_t)(at_seconds * 1e9),
        .power_watts = watts,
        .valid = SAMPLE_POWER,
    };
    struct interval interval;

    meter_advance(meter, &sample, -1, &interval);
    return interval;
}

static struct interval read_energy(struct meter *meter, double at_seconds, uint64_t energy_uj)
{
    struct sample sample = {
        .mono_ns = (int64_t)(at_seconds * 1e9),
        .energy_uj = energy_uj,
        .valid = SAMPLE_ENERGY,
    };
    struct interval interval;

    meter_advance(meter, &sample, -1, &interval);
    return interval;
}

static struct interval read_busy(struct meter *meter, double at_seconds, double busy_seconds)
{
    struct sample sample = {
        .mono_ns = (int64_t)(at_seconds * 1e9),
        .busy_ns = (int64_t)(busy_seconds * 1e9),
        .valid = SAMPLE_BUSY,
    };
    struct interval interval;

    meter_advance(meter, &sample, -1, &interval);
    return interval;
}

static void skip_one(struct meter *meter, double at_seconds)
{
    struct sample sample = { .mono_ns = (int64_t)(at_seconds * 1e9), .error = -5 };
    struct interval interval;

    meter_advance(meter, &sample, -1, &interval);
    assert_true(interval.seconds == 0);
    assert_false(interval.gap);
    assert_true(interval.joules == 0);
}

/* 30 J and 20 J; what was used while the counter began anew is not known, whatever it says then */
static void test_a_counter_that_began_anew_is_a_gap(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);
    struct sample sample = {
        .mono_ns = 3 * NSEC_PER_SEC, .energy_uj = 60000000, .valid = SAMPLE_ENERGY, .epoch = 1
    };
    struct interval interval;

    (void)state;
    (void)read_energy(&meter, 1, 20000000);
    assert_near(read_energy(&meter, 2, 50000000).joules, 30);
    meter_advance(&meter, &sample, -1, &interval);
    assert_true(interval.gap);
    assert_true(interval.joules == 0);
    assert_near(interval.seconds, 1);
    assert_true(meter.resets == 1);
    sample.mono_ns = 4 * NSEC_PER_SEC;
    sample.energy_uj = 80000000;
    meter_advance(&meter, &sample, -1, &interval);
    assert_false(interval.gap);
    assert_near(interval.joules, 20);
}

static void test_power_is_integrated_by_trapezoids(void **state)
{
    struct meter meter = meter_of(METER_POWER, &linear);
    struct interval interval;

    (void)state;
    assert_true(read_power(&meter, 1, 20).seconds == 0);
    interval = read_power(&meter, 2, 40); /* (20 + 40) / 2 x 1 s */
    assert_near(interval.joules, 30);
    assert_near(interval.watts, 30);
    assert_near(interval.peak_watts, 40);
    interval = read_power(&meter, 4, 10); /* (40 + 10) / 2 x 2 s */
    assert_near(interval.joules, 50);
    assert_near(interval.seconds, 2);
}

static void test_hole_of_more_than_two_and_a_half_intervals_is_a_gap(void **state)
{
    struct meter meter = meter_of(METER_POWER, &linear);
    struct interval interval;

    (void)state;
    (void)read_power(&meter, 1, 20);
    interval = read_power(&meter, 3.5, 20);
    assert_false(interval.gap);
    assert_near(interval.joules, 50);
    interval = read_power(&meter, 6.001, 20);
    assert_true(interval.gap);
    assert_true(interval.joules == 0);
    assert_near(interval.seconds, 2.501);
    interval = read_power(&meter, 7, 20); /* and goes on from there */
    assert_false(interval.gap);
    assert_near(interval.joules, 20 * 0.999);
}

static void test_slow_answers_at_a_short_interval_are_no_gap(void **state)
{
    struct meter meter = meter_of(METER_POWER, &linear);

    (void)state;
    meter.interval_ns = 10 * NSEC_PER_MSEC; /* the driver needs 100 ms for an answer */
    (void)read_power(&meter, 1, 20);
    assert_near(read_power(&meter, 1.1, 20).joules, 2);
    assert_true(read_power(&meter, 1.4, 20).gap);
}

static void test_failed_power_readings_are_bridged_only_within_the_hole(void **state)
{
    struct meter meter = meter_of(METER_POWER, &linear);

    (void)state;
    (void)read_power(&meter, 1, 20);
    skip_one(&meter, 2);
    assert_near(read_power(&meter, 3, 20).joules, 40);
    skip_one(&meter, 4);
    skip_one(&meter, 5);
    assert_true(read_power(&meter, 6, 20).gap);
}

static void test_no_number_is_no_reading(void **state)
{
    static const double none[] = { NAN, INFINITY, -INFINITY, -1 };
    struct meter meter = meter_of(METER_POWER, &linear);
    struct meter by_use = meter_of(METER_UTILIZATION, &linear);
    struct sample sample = { .valid = SAMPLE_UTILIZATION, .utilization_ratio = NAN };
    struct interval interval;

    (void)state;
    (void)read_power(&meter, 1, 20);
    for (size_t i = 0; i < 4; i++) {
        interval = read_power(&meter, 1.1 + (double)i / 10, none[i]);
        assert_true(interval.seconds == 0);
    }
    assert_near(read_power(&meter, 2, 20).joules, 20);

    for (int i = 1; i < 4; i++) {
        sample.mono_ns = i * NSEC_PER_SEC;
        meter_advance(&by_use, &sample, -1, &interval);
        assert_true(interval.seconds == 0);
        assert_true(isnan(interval.utilization_ratio));
    }
}

static void test_counter_bridges_failed_readings(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);
    struct interval interval;

    (void)state;
    assert_true(read_energy(&meter, 1, 1000000).seconds == 0);
    skip_one(&meter, 2);
    skip_one(&meter, 3);
    interval = read_energy(&meter, 4, 121000000);
    assert_near(interval.joules, 120);
    assert_near(interval.seconds, 3);
    assert_near(interval.watts, 40);
    assert_false(interval.gap);
}

static void test_counter_that_was_reset_is_a_gap(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);
    struct interval interval;

    (void)state;
    (void)read_energy(&meter, 1, 500000000);
    interval = read_energy(&meter, 2, 7000000);
    assert_true(interval.gap);
    assert_true(interval.joules == 0);
    assert_near(interval.seconds, 1);
    assert_int_equal(meter.resets, 1);
    assert_near(read_energy(&meter, 3, 57000000).joules, 50);
}

static void test_power_of_a_slow_counter_is_told_over_the_time_it_took(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);
    struct interval interval;

    (void)state;
    (void)read_energy(&meter, 1, 0);
    interval = read_energy(&meter, 2, 0);
    assert_true(isnan(interval.watts));
    assert_true(interval.joules == 0 && !interval.gap);
    interval = read_energy(&meter, 3, 80000000); /* 80 J since it moved, two seconds ago */
    assert_near(interval.joules, 80);
    assert_near(interval.watts, 40);
    assert_near(interval.seconds, 1);
}

static void test_counter_that_stands_still_is_no_measurement_of_nothing(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);
    double covered = 0;
    struct interval interval;

    (void)state;
    meter.counter.range_uj = 0;
    (void)read_energy(&meter, 1, 0);
    covered += read_energy(&meter, 2, 50000000).seconds;
    for (int i = 3; i <= 100; i++)
        covered += read_energy(&meter, i, 50000000).seconds;
    /* one second that was measured, ten in which it might still move */
    assert_near(covered, 11);
    assert_true(meter_is_stalled(&meter, 100 * NSEC_PER_SEC));
    /* it goes on: the time since belongs to what it tells now */
    interval = read_energy(&meter, 101, 50000000 + 890000000);
    assert_near(interval.joules, 890);
    assert_near(interval.seconds, 89);
    assert_near(interval.watts, 890.0 / 99);
    assert_false(meter_is_stalled(&meter, 101 * NSEC_PER_SEC));
}

static void test_answer_seen_twice_counts_once(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);

    (void)state;
    (void)read_energy(&meter, 1, 0);
    assert_near(read_energy(&meter, 2, 50000000).joules, 50);
    assert_true(read_energy(&meter, 2, 50000000).seconds == 0);
    assert_true(read_energy(&meter, 1.5, 90000000).seconds == 0);
}

static void test_model_follows_busy_time(void **state)
{
    struct meter meter = meter_of(METER_BUSY, &linear);
    struct interval interval;

    (void)state;
    (void)read_busy(&meter, 1, 100);
    interval = read_busy(&meter, 3, 102); /* 2 CPU s of 4 threads x 2 s = 1/4: 10 + 40/4 = 20 W */
    assert_near(interval.utilization_ratio, 0.25);
    assert_near(interval.watts, 20);
    assert_near(interval.joules, 40);
    interval = read_busy(&meter, 4, 101); /* went back: idle, not negative */
    assert_true(interval.utilization_ratio == 0);
    assert_near(interval.joules, 10);
    interval = read_busy(&meter, 5, 201); /* more than there are threads */
    assert_near(interval.utilization_ratio, 1);
    assert_near(interval.joules, 50);
}

static void test_busy_time_bridges_a_hole(void **state)
{
    struct meter meter = meter_of(METER_BUSY, &linear);
    struct interval interval;

    (void)state;
    (void)read_busy(&meter, 0.5, 0);
    interval = read_busy(&meter, 100.5, 100); /* 100 of 400 */
    assert_false(interval.gap);
    assert_near(interval.joules, 2000);
}

static void test_curve_is_followed_between_its_points(void **state)
{
    const struct power_model curve = {
        .idle_watts = 12,
        .full_watts = 112,
        .count = 4,
        .load_ratio = { 0, 0.1, 0.5, 1 },
        .shape = { 0, 0.2, 0.7, 1 },
    };

    (void)state;
    assert_near(power_model_watts(&curve, 0), 12);
    assert_near(power_model_watts(&curve, 0.05), 22); /* 12 + 100 x 0.1 */
    assert_near(power_model_watts(&curve, 0.1), 32);
    assert_near(power_model_watts(&curve, 0.3), 57);  /* 12 + 100 x 0.45 */
    assert_near(power_model_watts(&curve, 0.75), 97); /* 12 + 100 x 0.85 */
    assert_near(power_model_watts(&curve, 1), 112);
    assert_near(power_model_watts(&curve, -3), 12);
    assert_near(power_model_watts(&curve, 7), 112);
    assert_near(power_model_watts(&linear, 0.5), 30);
}

static void test_a_curve_with_a_step_or_a_short_one_divides_by_nothing(void **state)
{
    const struct power_model step = { .full_watts = 100,
                                      .count = 4,
                                      .load_ratio = { 0, 0, 0.5, 0.5 },
                                      .shape = { 0.1, 0.3, 0.6, 0.9 } };
    const struct power_model to_80_percent = {
        .full_watts = 100, .count = 2, .load_ratio = { 0, 0.8 }, .shape = { 0, 0.8 }
    };

    (void)state;
    assert_near(power_model_watts(&step, 0), 10);
    assert_near(power_model_watts(&step, 0.25), 45); /* half way from 0.3 to 0.6 */
    assert_near(power_model_watts(&step, 0.5), 60);
    assert_near(power_model_watts(&step, 1), 60);           /* no line goes on from a step */
    assert_near(power_model_watts(&to_80_percent, 1), 100); /* the last line goes on */
}

/* 30 J and, counted from 0 again, 5 J of an energy that is known: no gap */
static void test_a_counter_that_begins_at_zero_is_believed_when_it_began_anew(void **state)
{
    struct meter meter = meter_of(METER_COUNTER, &linear);
    struct sample sample = {
        .mono_ns = 3 * NSEC_PER_SEC, .energy_uj = 5000000, .valid = SAMPLE_ENERGY, .epoch = 1
    };
    struct interval interval;

    (void)state;
    meter.from_zero = true;
    (void)read_energy(&meter, 1, 20000000);
    assert_near(read_energy(&meter, 2, 50000000).joules, 30);
    meter_advance(&meter, &sample, -1, &interval);
    assert_false(interval.gap);
    assert_true(interval.restarted);
    assert_near(interval.joules, 5);
    assert_int_equal(meter.resets, 1);
}

/* the mean of 40 J in 1 s is 40 W: what the sensor says besides is a peak only where it is a number, and more */
static void test_a_peak_is_what_the_sensor_says_or_the_mean(void **state)
{
    static const struct {
        double said_watts;
        double peak_watts;
    } cases[] = {
        { 70, 70 }, { 30, 40 }, { -5, 40 }, { NAN, 40 }, { INFINITY, 40 },
    };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct meter meter = meter_of(METER_COUNTER, &linear);
        struct sample sample = { .mono_ns = 2 * NSEC_PER_SEC,
                                 .energy_uj = 40000000,
                                 .power_watts = cases[i].said_watts,
                                 .valid = SAMPLE_ENERGY | SAMPLE_POWER };
        struct interval interval;

        (void)read_energy(&meter, 1, 0);
        meter_advance(&meter, &sample, -1, &interval);
        assert_near(interval.joules, 40);
        assert_near(interval.peak_watts, cases[i].peak_watts);
    }
}

static void test_a_use_that_is_told_beside_stays_within_nothing_and_all(void **state)
{
    static const struct {
        double said_ratio;
        double ratio;
    } cases[] = { { 0.25, 0.25 }, { -0.5, 0 }, { 1.5, 1 }, { NAN, NAN }, { -INFINITY, NAN } };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct meter meter = meter_of(METER_POWER, &linear);
        struct sample sample = { .mono_ns = NSEC_PER_SEC,
                                 .power_watts = 20,
                                 .utilization_ratio = cases[i].said_ratio,
                                 .valid = SAMPLE_POWER | SAMPLE_UTILIZATION };
        struct interval interval;

        meter_advance(&meter, &sample, -1, &interval);
        if (isnan(cases[i].ratio))
            assert_true(isnan(interval.utilization_ratio));
        else
            assert_near(interval.utilization_ratio, cases[i].ratio);
    }
}

static void test_what_has_no_meter_has_no_energy(void **state)
{
    struct meter meter = meter_of(METER_NONE, &linear);
    struct interval interval = read_energy(&meter, 1, 20000000);

    (void)state;
    assert_true(interval.joules == 0 && interval.seconds == 0 && isnan(interval.watts));
    assert_false(meter.started);
    meter = meter_of(METER_COUNTER, &linear);
    assert_false(meter_is_stalled(&meter, 100 * NSEC_PER_SEC)); /* one that has told nothing yet */
    meter = meter_of(METER_POWER, &linear);
    assert_false(meter_is_stalled(&meter, 100 * NSEC_PER_SEC));
}

static void test_halving_the_interval_changes_nothing(void **state)
{
    /* power that rises evenly from 10 W to 90 W in 8 s: 400 J by any trapezoid */
    for (int steps = 8; steps <= 64; steps *= 2) {
        struct meter meter = meter_of(METER_POWER, &linear);
        double joules = 0;

        for (int i = 0; i <= steps; i++)
            joules += read_power(&meter, 1 + 8.0 * i / steps, 10 + 80.0 * i / steps).joules;
        assert_near(joules, 400);
    }
    (void)state;
}

/* A 6 W part that may draw 25 W: 25 J in a second are more than 3 x 6 W x 1.1 s, but 1.5 x the burst
 * of 60 W over 1.1 s are 99 J. */
static void test_an_allowed_burst_is_believed(void **state)
{
    struct device device = DEVICE_NULL;
    struct meter meter;

    (void)state;
    device.rated_watts = 6;
    device.counter_range_uj = UINT64_C(262143328850);
    meter_init(&meter, &device, METER_COUNTER, &linear, NSEC_PER_SEC);
    (void)read_energy(&meter, 1, 0);
    assert_true(read_energy(&meter, 2, 25000000).gap);

    device.burst_watts = 60;
    meter_init(&meter, &device, METER_COUNTER, &linear, NSEC_PER_SEC);
    (void)read_energy(&meter, 1, 0);
    assert_near(read_energy(&meter, 2, 25000000).joules, 25);
    assert_near(read_energy(&meter, 3, 25000000 + 98000000).joules, 98);
    assert_true(read_energy(&meter, 4, 25000000 + 98000000 + 100000000).gap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_allowed_burst_is_believed),
        cmocka_unit_test(test_a_counter_that_began_anew_is_a_gap),
        cmocka_unit_test(test_power_is_integrated_by_trapezoids),
        cmocka_unit_test(test_hole_of_more_than_two_and_a_half_intervals_is_a_gap),
        cmocka_unit_test(test_slow_answers_at_a_short_interval_are_no_gap),
        cmocka_unit_test(test_failed_power_readings_are_bridged_only_within_the_hole),
        cmocka_unit_test(test_no_number_is_no_reading),
        cmocka_unit_test(test_counter_bridges_failed_readings),
        cmocka_unit_test(test_counter_that_was_reset_is_a_gap),
        cmocka_unit_test(test_power_of_a_slow_counter_is_told_over_the_time_it_took),
        cmocka_unit_test(test_counter_that_stands_still_is_no_measurement_of_nothing),
        cmocka_unit_test(test_answer_seen_twice_counts_once),
        cmocka_unit_test(test_model_follows_busy_time),
        cmocka_unit_test(test_busy_time_bridges_a_hole),
        cmocka_unit_test(test_curve_is_followed_between_its_points),
        cmocka_unit_test(test_a_curve_with_a_step_or_a_short_one_divides_by_nothing),
        cmocka_unit_test(test_a_counter_that_begins_at_zero_is_believed_when_it_began_anew),
        cmocka_unit_test(test_a_peak_is_what_the_sensor_says_or_the_mean),
        cmocka_unit_test(test_a_use_that_is_told_beside_stays_within_nothing_and_all),
        cmocka_unit_test(test_what_has_no_meter_has_no_energy),
        cmocka_unit_test(test_halving_the_interval_changes_nothing),
    };

    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
