/* SPDX-License-Identifier: Apache-2.0 */
/* test_series_window.c - readings that lie across the edges of a window: interpolated, counted once, doubted */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "session/series/run.h"

#define EPOCH_NS (INT64_C(1732442400) * NSEC_PER_SEC) /* 2024-11-24T10:00:00Z */

enum { READINGS_MAX = 4096 };

struct fake {
    struct series base;
    struct series_device device;
    struct series_reading readings[READINGS_MAX];
    size_t count;
    size_t at;
};

static int fake_next(struct series *base, struct series_reading *reading_out,
                     struct aico2_error *err)
{
    struct fake *fake = (struct fake *)base;

    (void)err;
    if (fake->at == fake->count)
        return 0;
    *reading_out = fake->readings[fake->at++];
    return 1;
}

static void fake_begin(struct fake *fake, enum series_kind kind)
{
    *fake = (struct fake){ .device = { .device = DEVICE_NULL, .kind = kind, .from_zero = true } };
    fake->base.next = fake_next;
    fake->base.device_count = 1;
    fake->base.interval_ns = NSEC_PER_SEC;
    (void)snprintf(fake->device.device.id, sizeof(fake->device.device.id), "gpu0");
    fake->device.device.rated_watts = 400;
}

static int64_t at(double seconds)
{
    return EPOCH_NS + llround(seconds * 1e9);
}

static void add_energy(struct fake *fake, double seconds, double joules)
{
    fake->readings[fake->count++].sample = (struct sample){
        .mono_ns = at(seconds),
        .energy_uj = (uint64_t)llround(joules * 1e6),
        .valid = SAMPLE_ENERGY,
    };
}

static void add_power(struct fake *fake, double seconds, double watts)
{
    fake->readings[fake->count++].sample =
        (struct sample){ .mono_ns = at(seconds), .power_watts = watts, .valid = SAMPLE_POWER };
}

struct result {
    struct history_record record;
    struct series_doubt doubt;
    struct aico2_error err;
    int code;
    double joules;
    double covered;
    double gap;
    double peak;
};

static struct result run_between(struct fake *fake, double from, double to)
{
    struct result result = { .joules = NAN };
    const struct series_window window = {
        .from_wall_ns = at(from),
        .to_wall_ns = at(to),
        .whole = true,
        .doubts = &result.doubt,
    };

    fake->base.devices = &fake->device;
    fake->at = 0;
    result.code = series_run_read(&fake->base, &window, NULL, &result.record, NULL, &result.err);
    if (result.code == 0) {
        result.joules = result.record.totals[0].sums.joules;
        result.covered = result.record.totals[0].sums.covered_seconds;
        result.gap = result.record.totals[0].sums.gap_seconds;
        result.peak = result.record.totals[0].peak_watts;
        assert_int_equal(result.record.slices.count, 1);
        assert_true(result.record.slices.items[0].sums.joules == result.joules);
        assert_int_equal(result.record.run.started_wall_ns, window.from_wall_ns);
        assert_int_equal(result.record.run.duration_ns, window.to_wall_ns - window.from_wall_ns);
    }
    history_record_deinit(&result.record);
    return result;
}

static void near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 2e-6 * (1 + fabs(wanted)))) /* counters are whole microjoules */
        fail_msg("%.17g is not %.17g", value, wanted);
}

/* A GPU that draws 100 W, and 300 W from 30 s on; its counter begins anew at 40 s. Read each second. */
static double stepping_joules(double t)
{
    if (t >= 40)
        return 300 * (t - 40);
    return t < 30 ? 100 * t : 3000 + 300 * (t - 30);
}

static void make_stepping(struct fake *fake, enum series_kind kind)
{
    fake_begin(fake, kind);
    for (int i = 0; i < 100; i++) {
        double t = i + 0.3;

        if (kind == SERIES_COUNTER)
            add_energy(fake, t, stepping_joules(t));
        else
            add_power(fake, t, t < 30 ? 100 : 300);
    }
}

static void test_a_counter_meets_both_edges(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    make_stepping(&fake, SERIES_COUNTER);
    result = run_between(&fake, 10.3, 24.7);
    near(result.joules, 1440);
    near(result.covered, 14.4);
    near(result.doubt.joules, 0); /* it was the same before and after */
    result = run_between(&fake, 8, 38);
    near(result.joules, 4600);
    near(result.covered, 30);
    near(result.peak, 300);
    assert_int_equal(result.doubt.resets, 0);
}

/* Between 39.3 and 40.3 s it says 90 J for 300: 210 J were counted and forgotten. */
static void test_what_a_reset_loses_is_told(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    make_stepping(&fake, SERIES_COUNTER);
    result = run_between(&fake, 8, 55);
    near(result.joules, 9700 - 210);
    near(result.doubt.lost_joules, 210);
    assert_int_equal(result.doubt.resets, 1);
    assert_int_equal(result.doubt.unbelieved, 0);
    near(result.covered, 47);
    result = run_between(&fake, 33, 55);
    near(result.joules, 6600 - 210);
    result = run_between(&fake, 8, 38); /* one that lies outside is none */
    assert_true(result.doubt.lost_joules == 0);
}

/* From 100 to 300 W within 29.3 to 30.3: 200 J for the true 160, and it may have been 100 to 300. */
static void test_powers_that_change_between_readings_are_doubted(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    make_stepping(&fake, SERIES_POWER);
    result = run_between(&fake, 8, 38);
    near(result.joules, 4640);
    near(result.doubt.joules, 100);
    near(result.covered, 30);
    result = run_between(&fake, 10.3, 24.7);
    near(result.joules, 1440);
    near(result.doubt.joules, 0);
}

static void test_powers_are_interpolated_at_the_edges(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_POWER);
    fake.base.interval_ns = 10 * NSEC_PER_SEC;
    for (int i = 0; i <= 10; i++)
        add_power(&fake, 10 * i, 10 * i); /* 1 W more each second */
    result = run_between(&fake, 13, 47);
    near(result.joules, (47. * 47 - 13. * 13) / 2);
    near(result.peak, 47);
    near(result.covered, 34);
    result = run_between(&fake, 41, 43); /* within one interval */
    near(result.joules, 2 * 42);
}

/* Absent from 60 to 90 s: the last reading is of 59.3, the next of 90.3. */
static void test_a_hole_of_powers_is_a_gap(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_POWER);
    for (int i = 0; i < 100; i++) {
        if (i < 60 || i >= 90)
            add_power(&fake, i + 0.3, 50);
    }
    result = run_between(&fake, 8, 95);
    near(result.joules, 2800);
    near(result.covered, 56);
    near(result.gap, 31);
    result = run_between(&fake, 70, 95); /* it is cut like anything else */
    near(result.joules, 50 * 4.7);
    near(result.gap, 20.3);
}

static void test_a_counter_bridges_the_same_hole(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_COUNTER);
    for (int i = 0; i < 100; i++) {
        if (i < 60 || i >= 90)
            add_energy(&fake, i + 0.3, 50 * (i + 0.3));
    }
    result = run_between(&fake, 8, 95);
    near(result.joules, 4350);
    near(result.gap, 0);
}

/* 200 W over the end of the register at 262143.328850 J, which counts the 0 too. */
static void test_a_wrap_is_counted_once(void **state)
{
    static const double range = 262143.328850;
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_COUNTER);
    fake.device.device.counter_range_uj = 262143328850;
    fake.base.interval_ns = 15 * NSEC_PER_SEC;
    for (int i = 0; i < 40; i++)
        add_energy(&fake, 15 * i, fmod(257000 + 200 * 15 * i, range + 1e-6));
    result = run_between(&fake, 5, 500);
    near(result.joules, 200 * 495);
    assert_int_equal(result.doubt.resets, 0);
    /* without its range it loses what was left of the register, and says what that may be */
    fake.device.device.counter_range_uj = 0;
    result = run_between(&fake, 5, 500);
    near(result.joules, 200 * 495 - 2143.328851);
    near(result.doubt.lost_joules, 2143.328851);
    assert_int_equal(result.doubt.resets, 1);
}

static void test_missing_ends_are_not_made_up(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_COUNTER);
    for (int i = 20; i <= 80; i++)
        add_energy(&fake, i, 100 * i);
    result = run_between(&fake, 0, 100);
    near(result.joules, 6000);
    near(result.covered, 60);
    result = run_between(&fake, 200, 300);
    assert_int_equal(result.code, -ENODATA);
    result = run_between(&fake, 0, 20); /* the first reading is at its end */
    assert_int_equal(result.code, -ENODATA);
}

/* 50 W, then 300 W from 12 s on, read each 15 s: the edge divides 12 x 50 + 3 x 300 J by time. */
static void test_a_counter_that_changes_at_the_edge_is_doubted(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_COUNTER);
    fake.base.interval_ns = 15 * NSEC_PER_SEC;
    add_energy(&fake, 0, 0);
    add_energy(&fake, 15, 1500);
    add_energy(&fake, 30, 6000);
    add_energy(&fake, 45, 10500);
    result = run_between(&fake, 12, 45);
    near(result.joules, 9300);
    near(result.doubt.joules, 600); /* 300 W instead of 100 for 3 s: the truth is 9900 */
    result = run_between(&fake, 15, 45);
    near(result.doubt.joules, 0);
    /* all of the window between two readings: any of it may be, and none */
    result = run_between(&fake, 6, 9);
    near(result.joules, 300);
    near(result.doubt.joules, 300);
}

/* A load of 0.2, then 0.8, each since the reading before; a model of 10 to 110 W. */
static void test_busy_time_goes_through_the_model(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_BUSY);
    fake.device.device.threads = 4;
    fake.device.device.idle_watts = 10;
    fake.device.device.max_watts = 110;
    fake.base.interval_ns = 10 * NSEC_PER_SEC;
    for (int i = 0; i < 3; i++)
        fake.readings[fake.count++].sample = (struct sample){
            .mono_ns = at(10 * i),
            .busy_ns = (int64_t[]){ 0, 8, 40 }[i] * NSEC_PER_SEC,
            .valid = SAMPLE_BUSY,
        };
    result = run_between(&fake, 5, 15);
    near(result.joules, 5 * 30 + 5 * 90);
    near(result.covered, 10);
}

/* Alternating 0 and 200 W: errors that do not know of each other grow by the root. */
static void test_many_changes_are_doubted_as_independent(void **state)
{
    struct fake fake;
    struct result result;

    (void)state;
    fake_begin(&fake, SERIES_POWER);
    for (int i = 0; i <= 1000; i++)
        add_power(&fake, i, i % 2 == 0 ? 0 : 200);
    result = run_between(&fake, 0, 1000);
    near(result.joules, 100000);
    near(result.doubt.joules, sqrt(2 * 1000 * 200. * 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_counter_meets_both_edges),
        cmocka_unit_test(test_what_a_reset_loses_is_told),
        cmocka_unit_test(test_powers_that_change_between_readings_are_doubted),
        cmocka_unit_test(test_powers_are_interpolated_at_the_edges),
        cmocka_unit_test(test_a_hole_of_powers_is_a_gap),
        cmocka_unit_test(test_a_counter_bridges_the_same_hole),
        cmocka_unit_test(test_a_wrap_is_counted_once),
        cmocka_unit_test(test_missing_ends_are_not_made_up),
        cmocka_unit_test(test_a_counter_that_changes_at_the_edge_is_doubted),
        cmocka_unit_test(test_busy_time_goes_through_the_model),
        cmocka_unit_test(test_many_changes_are_doubted_as_independent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
