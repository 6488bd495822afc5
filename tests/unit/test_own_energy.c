/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_own_energy.c - what measuring used, as a part of what others did: by hand */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "session/report/build.h"

enum { DEVICES_MAX = 6 };

struct fixture {
    struct history_record record;
    struct device devices[DEVICES_MAX];
    struct device_totals totals[DEVICES_MAX];
    struct carbon_basis basis;
};

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

/* 100 s, PUE 1, 360 g/kWh exactly: one gram is 10 kJ. */
static struct fixture *fixture_new(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->record.run.duration_ns = 100 * NSEC_PER_SEC;
    fixture->record.run.units = NAN;
    fixture->record.run.lifetime_years = NAN;
    fixture->record.run.scope = SCOPE_JOB;
    fixture->record.devices = fixture->devices;
    fixture->record.totals = fixture->totals;
    fixture->basis.pue = 1;
    fixture->basis.intensity.gco2e_per_kwh = (struct band){ 360, 360, 360 };
    return fixture;
}

/* Used all the time; the job did half of what was done in `busy` of the 100 s. */
static struct device_totals *add(struct fixture *fixture, enum device_kind kind, enum basis basis,
                                 double joules, double idle_watts, double band_ratio)
{
    size_t at = fixture->record.device_count++;

    fixture->devices[at] = DEVICE_NULL;
    (void)snprintf(fixture->devices[at].id, sizeof(fixture->devices[at].id), "d%zu", at);
    fixture->devices[at].kind = kind;
    fixture->devices[at].basis = basis;
    fixture->devices[at].idle_watts = idle_watts;
    fixture->devices[at].band_ratio = band_ratio;
    fixture->totals[at] = DEVICE_TOTALS_NULL;
    fixture->totals[at].sums = (struct energy_sums){
        .joules = joules,
        .covered_seconds = 100,
        .job_gross_joules = joules / 2,
        .job_seconds = 50,
        .others_gross_joules = joules / 2,
        .others_seconds = 50,
        .job_activity = 30,
        .all_activity = 60,
        .samples = 100,
    };
    return &fixture->totals[at];
}

static struct report build(struct fixture *fixture)
{
    struct report report;

    assert_int_equal(report_build(&fixture->record, &fixture->basis, &report, NULL), 0);
    return report;
}

/*
 * 6 kJ active in 60 CPU seconds: 100 J each, ± 10 %; of memory 1 kJ, 50/3 J each, ± 80 %. Half a second of this program:
 * 50 ± 5 J and 25/3 ± 20/3 J, and √(25 + 400/9) = 25/3. Neither a GPU's joules nor a meter's of the whole are in it.
 */
static void test_what_measuring_used_by_hand(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;
    double others;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    (void)add(fixture, DEVICE_MEMORY, BASIS_MODELLED, 2000, 10, 0.8);
    (void)add(fixture, DEVICE_GPU, BASIS_MEASURED, 50000, 100, 0.1);
    (void)add(fixture, DEVICE_BOARD, BASIS_MEASURED, 70000, 100, 0.1);
    fixture->record.run.own_cpu_seconds = 0.5;
    report = build(fixture);
    assert_near(report.own_energy.value, 50 + 25.0 / 3);
    assert_near(report.own_energy.low, 50);
    assert_near(report.own_energy.high, 50 + 50.0 / 3);
    others = report.others_joules;
    report_deinit(&report);

    fixture->record.run.own_cpu_seconds =
        0; /* a part of the others, whose sum is the same without */
    report = build(fixture);
    assert_near(report.own_energy.value, 0);
    assert_true(report.others_joules == others);
    report_deinit(&report);

    fixture->record.run.own_cpu_seconds =
        40; /* not more than all others of each device: 3000 and 500 */
    report = build(fixture);
    assert_near(report.own_energy.value, 3500);
    report_deinit(&report);

    fixture->record.run.own_cpu_seconds = NAN;
    report = build(fixture);
    assert_true(isnan(report.own_energy.value) && isnan(report.own_energy.high));
    report_deinit(&report);
    free(fixture);
}

/* Without a device of CPU time there is nothing to tell it by. */
static void test_of_a_gpu_alone_measuring_is_not_known(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_GPU, BASIS_MEASURED, 50000, 100, 0.1);
    fixture->record.run.own_cpu_seconds = 0.5;
    report = build(fixture);
    assert_true(isnan(report.own_energy.value));
    report_deinit(&report);
    free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_measuring_used_by_hand),
        cmocka_unit_test(test_of_a_gpu_alone_measuring_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
