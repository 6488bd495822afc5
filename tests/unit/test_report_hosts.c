/* SPDX-License-Identifier: Apache-2.0 */
/* test_report_hosts.c - what each machine of a report used: without what holds others, and no joule twice */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct fixture *fixture_new(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->record.run.duration_ns = 100 * NSEC_PER_SEC;
    fixture->record.run.units = NAN;
    fixture->record.run.lifetime_years = NAN;
    fixture->record.run.scope = SCOPE_MACHINE;
    fixture->record.devices = fixture->devices;
    fixture->record.totals = fixture->totals;
    fixture->basis.pue = 1;
    fixture->basis.intensity.gco2e_per_kwh = (struct band){ 360, 360, 360 };
    return fixture;
}

static void add(struct fixture *fixture, enum device_kind kind, enum basis basis, double joules,
                double band_ratio)
{
    size_t at = fixture->record.device_count++;

    fixture->devices[at] = DEVICE_NULL;
    (void)snprintf(fixture->devices[at].id, sizeof(fixture->devices[at].id), "d%zu", at);
    fixture->devices[at].kind = kind;
    fixture->devices[at].basis = basis;
    fixture->devices[at].band_ratio = band_ratio;
    fixture->totals[at] = DEVICE_TOTALS_NULL;
    fixture->totals[at].sums = (struct energy_sums){
        .joules = joules,
        .covered_seconds = 100,
        .job_gross_joules = joules,
        .job_seconds = 100,
        .job_activity = 100,
        .all_activity = 100,
        .samples = 100,
    };
}

static struct report build(struct fixture *fixture)
{
    struct report report;

    assert_int_equal(report_build(&fixture->record, &fixture->basis, &report, NULL), 0);
    return report;
}

/* Two machines: what each used, without boards and what a module holds; together the whole. */
static void test_hosts_add_up(void **state)
{
    static const char *const ids[] = { "cpu0@a", "board@a",   "cpu0@b",
                                       "gpu0@b", "module0@c", "cpu0@c" };
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    add(fixture, DEVICE_CPU, BASIS_MEASURED, 100, 0.1);
    add(fixture, DEVICE_BOARD, BASIS_MEASURED, 1000, 0.1);
    add(fixture, DEVICE_CPU, BASIS_MODELLED, 300, 0.5);
    add(fixture, DEVICE_GPU, BASIS_MEASURED, 700, 0.1);
    add(fixture, DEVICE_MODULE, BASIS_MEASURED, 50, 0.1);
    add(fixture, DEVICE_CPU, BASIS_MEASURED, 20, 0.1);
    for (size_t i = 0; i < DEVICES_MAX; i++)
        (void)snprintf(fixture->devices[i].id, sizeof(fixture->devices[i].id), "%s", ids[i]);
    report = build(fixture);
    assert_int_equal(report.host_count, 3);
    assert_string_equal(report.hosts[0].name, "a");
    assert_near(report.hosts[0].energy.value, 100);
    assert_int_equal(report.hosts[0].device_count, 1);
    assert_string_equal(report.hosts[1].name, "b");
    assert_near(report.hosts[1].energy.value, 1000);
    assert_near(report.hosts[1].energy.high - 1000, hypot(150, 70)); /* classes in quadrature */
    assert_near(report.hosts[1].measured_ratio, 0.7);
    assert_near(report.hosts[2].energy.value, 50);
    assert_near(report.machine_joules, 1150);
    report_deinit(&report);
    free(fixture);
}

/* Devices of this machine have no name in their ids. */
static void test_a_machine_alone_is_a_host(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)snprintf(fixture->record.run.machine.hostname,
                   sizeof(fixture->record.run.machine.hostname), "here");
    add(fixture, DEVICE_CPU, BASIS_MEASURED, 100, 0.1);
    report = build(fixture);
    assert_int_equal(report.host_count, 1);
    assert_string_equal(report.hosts[0].name, "here");
    assert_near(report.hosts[0].energy.value, report.machine_joules);
    report_deinit(&report);
    free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_add_up),
        cmocka_unit_test(test_a_machine_alone_is_a_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
