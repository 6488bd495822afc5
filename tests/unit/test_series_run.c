/* SPDX-License-Identifier: Apache-2.0 */
/* test_series_run.c - readings of any source become sums: powers, counters, loads, and whatever is missing */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "session/series/run.h"

#define EPOCH_NS (INT64_C(1732442400) * NSEC_PER_SEC) /* 2024-11-24T10:00:00Z: on the hour */

struct fake {
    struct series base;
    struct series_device devices[2];
    const struct series_reading *readings;
    size_t count;
    size_t at;
    int end; /* what comes instead of the end */
};

static int fake_next(struct series *base, struct series_reading *reading_out,
                     struct aico2_error *err)
{
    struct fake *fake = (struct fake *)base;

    if (fake->at == fake->count)
        return fake->end == 0 ? 0 : aico2_error_set(err, fake->end, "the source broke");
    *reading_out = fake->readings[fake->at++];
    return 1;
}

static void fake_close(struct series *base)
{
    (void)base;
}

static struct fake fake_of(enum series_kind kind, const struct series_reading *readings,
                           size_t count)
{
    struct fake fake = { .readings = readings, .count = count };

    fake.base.next = fake_next;
    fake.base.close = fake_close;
    fake.base.device_count = 1;
    for (size_t i = 0; i < 2; i++) {
        fake.devices[i] = (struct series_device){ .device = DEVICE_NULL, .kind = kind };
        (void)snprintf(fake.devices[i].device.id, sizeof(fake.devices[i].device.id), "gpu%zu", i);
        fake.devices[i].device.burst_watts = 400;
    }
    return fake;
}

static struct series_reading power_at(double seconds, double watts)
{
    return (struct series_reading){
        .sample = { .mono_ns = EPOCH_NS + llround(seconds * 1e9),
                    .power_watts = watts,
                    .valid = isnan(watts) ? 0 : SAMPLE_POWER },
    };
}

static struct series_reading energy_at(double seconds, double joules)
{
    return (struct series_reading){
        .sample = { .mono_ns = EPOCH_NS + llround(seconds * 1e9),
                    .energy_uj = (uint64_t)llround(joules * 1e6),
                    .valid = SAMPLE_ENERGY },
    };
}

struct result {
    struct history_record record;
    struct series_rows rows;
    struct aico2_error err;
};

static int run(struct fake *fake, struct result *result)
{
    fake->base.devices = fake->devices;
    *result = (struct result){ 0 };
    return series_run_read(&fake->base, NULL, NULL, &result->record, &result->rows, &result->err);
}

static void end(struct result *result)
{
    history_record_deinit(&result->record);
    series_rows_deinit(&result->rows);
}

static void near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 1e-9 * (1 + fabs(wanted))))
        fail_msg("%.17g is not %.17g", value, wanted);
}

/* 100 W for 10 s, then to 200 W in 10 s: 1000 + 1500 J. */
static void test_powers_are_trapezoids(void **state)
{
    const struct series_reading readings[] = { power_at(0, 100), power_at(10, 100),
                                               power_at(20, 200) };
    struct fake fake = fake_of(SERIES_POWER, readings, ARRAY_LENGTH(readings));
    struct result result;

    (void)state;
    assert_int_equal(run(&fake, &result), 0);
    near(result.record.totals[0].sums.joules, 2500);
    near(result.record.totals[0].peak_watts, 200);
    near(result.record.totals[0].sums.job_gross_joules, 2500); /* all of it is the run's */
    near(seconds_from_ns(result.record.run.interval_ns), 10);
    assert_int_equal(result.record.run.started_wall_ns, EPOCH_NS);
    near(seconds_from_ns(result.record.run.duration_ns), 20);
    assert_int_equal(result.rows.count, 2);
    end(&result);
}

/* A missing reading is bridged, three in a row are a hole; the time is the run's all the same. */
static void test_what_is_missing_is_a_gap(void **state)
{
    const struct series_reading readings[] = {
        power_at(0, 100), power_at(1, NAN), power_at(2, 100), power_at(3, 100), power_at(4, NAN),
        power_at(5, NAN), power_at(6, 100), power_at(7, 100), power_at(8, NAN),
    };
    struct fake fake = fake_of(SERIES_POWER, readings, ARRAY_LENGTH(readings));
    struct result result;

    (void)state;
    assert_int_equal(run(&fake, &result), 0);
    near(result.record.totals[0].sums.joules, 400);
    near(result.record.totals[0].sums.covered_seconds, 4);
    near(result.record.totals[0].sums.gap_seconds, 3);
    near(seconds_from_ns(result.record.run.duration_ns), 8);
    end(&result);
}

/* 500 J over an hour's edge: half of them belong to each hour. */
static void test_counters_bridge_holes_and_hours(void **state)
{
    const struct series_reading readings[] = { energy_at(3590, 1000), energy_at(3591, 1050),
                                               energy_at(3592, 1100), energy_at(3608, 1900) };
    struct fake fake = fake_of(SERIES_COUNTER, readings, ARRAY_LENGTH(readings));
    struct result result;

    (void)state;
    assert_int_equal(run(&fake, &result), 0);
    near(result.record.totals[0].sums.joules, 900);
    near(result.record.totals[0].sums.gap_seconds, 0);
    assert_int_equal(result.record.slices.count, 2);
    near(result.record.slices.items[0].sums.joules, 500); /* 100 and 8 of 16 s */
    near(result.record.slices.items[1].sums.joules, 400);
    end(&result);
}

/* Back by a reset: what was used since is lost and named a gap. */
static void test_a_counter_that_was_reset_loses_its_interval(void **state)
{
    const struct series_reading readings[] = { energy_at(0, 1000), energy_at(1, 1100),
                                               energy_at(2, 10), energy_at(3, 110) };
    struct fake fake = fake_of(SERIES_COUNTER, readings, ARRAY_LENGTH(readings));
    struct result result;

    (void)state;
    assert_int_equal(run(&fake, &result), 0);
    near(result.record.totals[0].sums.joules, 200);
    near(result.record.totals[0].sums.gap_seconds, 1);
    end(&result);
}

/* Two devices whose readings come in turn, at times of their own. */
static void test_devices_have_times_of_their_own(void **state)
{
    struct series_reading readings[] = { power_at(0, 100), power_at(0.5, 10), power_at(1, 100),
                                         power_at(1.5, 30), power_at(2, 100) };
    struct fake fake;
    struct result result;

    (void)state;
    readings[1].device = readings[3].device = 1;
    fake = fake_of(SERIES_POWER, readings, ARRAY_LENGTH(readings));
    fake.base.device_count = 2;
    assert_int_equal(run(&fake, &result), 0);
    near(result.record.totals[0].sums.joules, 200);
    near(result.record.totals[1].sums.joules, 20);
    near(seconds_from_ns(result.record.run.duration_ns), 2);
    end(&result);
}

static void test_too_little_is_no_energy(void **state)
{
    const struct series_reading readings[] = { power_at(0, 100) };
    const struct series_reading apart[] = { power_at(0, 100), power_at(1, NAN), power_at(2, NAN),
                                            power_at(3, 100) };
    struct fake fake = fake_of(SERIES_POWER, readings, 0);
    struct result result;

    (void)state;
    assert_int_equal(run(&fake, &result), -ENODATA);
    end(&result);
    fake = fake_of(SERIES_POWER, readings, 1);
    assert_int_equal(run(&fake, &result), -ENODATA);
    end(&result);
    fake = fake_of(SERIES_POWER, apart, ARRAY_LENGTH(apart));
    assert_int_equal(run(&fake, &result), -ENODATA);
    end(&result);
}

static void test_an_error_of_the_source_comes_back(void **state)
{
    const struct series_reading readings[] = { power_at(0, 100), power_at(1, 100) };
    struct fake fake = fake_of(SERIES_POWER, readings, ARRAY_LENGTH(readings));
    struct result result;

    (void)state;
    fake.end = -EIO;
    assert_int_equal(run(&fake, &result), -EIO);
    assert_string_equal(result.err.message, "the source broke");
    end(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_powers_are_trapezoids),
        cmocka_unit_test(test_what_is_missing_is_a_gap),
        cmocka_unit_test(test_counters_bridge_holes_and_hours),
        cmocka_unit_test(test_a_counter_that_was_reset_loses_its_interval),
        cmocka_unit_test(test_devices_have_times_of_their_own),
        cmocka_unit_test(test_too_little_is_no_energy),
        cmocka_unit_test(test_an_error_of_the_source_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
