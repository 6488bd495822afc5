/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_report_embodied.c - a run's share of making the hardware, part by part: by hand */
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
    if (!(fabs(got - expected) <= 1e-6 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

static void assert_band(struct band got, double value, double low, double high)
{
    assert_near(got.value, value);
    assert_near(got.low, low);
    assert_near(got.high, high);
}

/* A thousandth of four years: a kilogram of a thing that lasts so long is a gram. */
static struct fixture *fixture_new(enum chassis chassis)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->record.run.duration_ns = INT64_C(126144) * NSEC_PER_SEC;
    fixture->record.run.units = NAN;
    fixture->record.run.lifetime_years = NAN;
    fixture->record.run.scope = SCOPE_JOB;
    fixture->record.run.embodied = true;
    fixture->record.run.machine.chassis = chassis;
    fixture->record.devices = fixture->devices;
    fixture->record.totals = fixture->totals;
    fixture->basis.pue = 1;
    fixture->basis.intensity.gco2e_per_kwh = (struct band){ 360, 360, 360 };
    return fixture;
}

static struct device *add(struct fixture *fixture, const char *id, enum device_kind kind,
                          double joules, double share)
{
    size_t at = fixture->record.device_count++;

    fixture->devices[at] = DEVICE_NULL;
    (void)snprintf(fixture->devices[at].id, sizeof(fixture->devices[at].id), "%s", id);
    fixture->devices[at].kind = kind;
    fixture->totals[at] = DEVICE_TOTALS_NULL;
    fixture->totals[at].sums = (struct energy_sums){
        .joules = joules,
        .covered_seconds = 126144,
        .job_gross_joules = joules * share,
        .job_seconds = 1,
        .job_activity = 100 * share,
        .all_activity = 100,
        .samples = 100,
    };
    return &fixture->devices[at];
}

static struct report build(struct fixture *fixture)
{
    struct report report;

    assert_int_equal(report_build(&fixture->record, &fixture->basis, &report, NULL), 0);
    return report;
}

static bool names(const struct report *report, const char *what)
{
    for (size_t i = 0; i < report->unmade_count; i++) {
        if (strncmp(report->unmade[i], what, strlen(what)) == 0)
            return true;
    }
    return false;
}

/* To the last bit: whoever adds up the list has the figure. */
static void assert_parts_add_up(const struct report *report)
{
    struct band sum = { 0 };

    for (size_t i = 0; i < report->embodied_count; i++)
        sum = band_sum(sum, report->embodied[i].gco2e);
    assert_true(sum.value == report->embodied_gco2e.value);
    assert_true(sum.low == report->embodied_gco2e.low && sum.high == report->embodied_gco2e.high);
}

static struct fixture *server_with_a_card(void)
{
    struct fixture *fixture = fixture_new(CHASSIS_SERVER);
    struct device *card;

    (void)add(fixture, "cpu0", DEVICE_CPU, 10000, 0.5);
    card = add(fixture, "gpu0", DEVICE_GPU, 30000, 0.9);
    (void)snprintf(card->model, sizeof(card->model), "NVIDIA H100 80GB HBM3");
    fixture->record.run.machine.drives =
        (struct drives){ .solid = 2, .solid_bytes = 2000000000000, .spinning = 1 };
    return fixture;
}

/* The job's part of what is no device: (10 kJ x 0.5 + 30 kJ x 0.9) / 40 kJ = 0.8. */
static void test_a_servers_parts_by_hand(void **state)
{
    struct fixture *fixture = server_with_a_card();
    struct report report = build(fixture);
    static const struct {
        const char *component;
        const char *device;
        double share;
        struct band gco2e;
    } expected[] = {
        { "cpu", "cpu0", 0.5, { 10.48, 4.57, 20.33 } },       /* 20.96 (9.14 ... 40.66) */
        { "gpu", "gpu0", 0.9, { 147.6, 147.6, 517.5 } },      /* 164 (164 ... 575) */
        { "board", "", 0.8, { 58.224, 58.224, 151.344 } },    /* 72.78 (72.78 ... 189.18) */
        { "chassis", "", 0.8, { 236.2512, 68.72, 614.096 } }, /* 295.314 (85.9 ... 767.62) */
        { "storage", "", 0.8, { 74.304, 10.08, 256 } },       /* 92.88 (12.6 ... 320) */
        { "storage", "", 0.8, { 24.888, 12.64, 40 } },        /* 31.11 (15.8 ... 50) */
    };

    (void)state;
    assert_int_equal(report.embodied_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct embodied_part *part = &report.embodied[i];

        assert_string_equal(part->component, expected[i].component);
        assert_string_equal(part->device, expected[i].device);
        assert_near(part->share_ratio, expected[i].share);
        assert_true(part->lifetime_years == 4 && part->source[0] != '\0');
        assert_band(part->gco2e, expected[i].gco2e.value, expected[i].gco2e.low,
                    expected[i].gco2e.high);
        assert_near(part->gco2e.value, part->kgco2e.value * part->share_ratio);
    }
    assert_band(report.embodied_gco2e, 551.7472, 301.834, 1599.27);
    assert_parts_add_up(&report);
    assert_near(report.devices[1].embodied_gco2e, 147.6);
    assert_near(report.total_gco2e.value, report.operational_gco2e.value + 551.7472);
    assert_int_equal(report.unmade_count, 1);
    assert_string_equal(report.unmade[0], "network");
    report_deinit(&report);

    fixture->record.run.scope = SCOPE_MACHINE; /* all of everything */
    report = build(fixture);
    assert_near(report.embodied_gco2e.value, 20.96 + 164 + 72.78 + 295.314 + 92.88 + 31.11);
    assert_parts_add_up(&report);
    report_deinit(&report);
    free(fixture);
}

/* Five years in a desktop's row, four in a CPU's; the option is for both. */
static void test_lifetimes_are_the_tables_or_the_users(void **state)
{
    struct fixture *fixture = fixture_new(CHASSIS_DESKTOP);
    struct report report;

    (void)state;
    (void)add(fixture, "cpu0", DEVICE_CPU, 10000, 1);
    report = build(fixture);
    assert_int_equal(report.embodied_count, 2);
    assert_string_equal(report.embodied[1].component, "computer");
    assert_true(report.embodied[1].lifetime_years == 5);
    assert_band(report.embodied[1].gco2e, 187.04, 144.016,
                221.6); /* 233.8 (180.02 ... 277) x 4/5 */
    assert_false(names(&report, "disks"));
    report_deinit(&report);
    fixture->record.run.lifetime_years = 8;
    report = build(fixture);
    assert_true(report.embodied[0].lifetime_years == 8 && report.embodied[1].lifetime_years == 8);
    assert_near(report.embodied[0].gco2e.value, 10.48);
    assert_near(report.embodied[1].gco2e.value, 116.9);
    report_deinit(&report);
    free(fixture);
}

/* Shares that add up to one on each device add up to one of the whole, and the parts to what was made. */
static void test_jobs_share_the_whole_and_no_more(void **state)
{
    static const double cpu[3] = { 0.2, 0.3, 0.5 };
    static const double gpu[3] = { 0.6, 0.1, 0.25 };
    double board = 0;
    double sum = 0;

    (void)state;
    for (size_t job = 0; job < 3; job++) {
        struct fixture *fixture = fixture_new(CHASSIS_SERVER);
        struct report report;

        (void)add(fixture, "cpu0", DEVICE_CPU, 10000, cpu[job]);
        (void)add(fixture, "gpu0", DEVICE_GPU, 30000, gpu[job]);
        report = build(fixture);
        assert_parts_add_up(&report);
        board += report.embodied[2].gco2e.value;
        sum += report.embodied_gco2e.value;
        report_deinit(&report);
        free(fixture);
    }
    /* 0.05 of the card was nobody's: (10 + 30 x 0.95) / 40 = 0.9625 of the machine was used */
    assert_near(board, 72.78 * 0.9625);
    assert_near(sum, 20.96 + 150 * 0.95 + 368.094 * 0.9625);
}

static void test_policies_of_idle_are_those_of_manufacture(void **state)
{
    struct fixture *fixture = server_with_a_card();
    struct report report;

    (void)state;
    fixture->record.run.idle = IDLE_NONE;
    report = build(fixture);
    assert_true(report.embodied_gco2e.value == 0);
    report_deinit(&report);
    fixture->record.run.idle = IDLE_ALL;
    report = build(fixture);
    assert_near(report.embodied[2].gco2e.value, 72.78);
    report_deinit(&report);
    fixture->record.run.embodied = false;
    report = build(fixture);
    assert_int_equal(report.embodied_count, 0);
    assert_int_equal(report.unmade_count, 0);
    assert_false(band_is_known(report.embodied_gco2e));
    report_deinit(&report);
    free(fixture);
}

/* What the machine is built as is not guessed, and what is left out is named. */
static void test_the_unknown_is_named_and_not_counted(void **state)
{
    struct fixture *fixture = fixture_new(CHASSIS_UNKNOWN);
    struct report report;

    (void)state;
    (void)add(fixture, "cpu0", DEVICE_CPU, 10000, 0.5);
    (void)add(fixture, "memory", DEVICE_MEMORY, 1000, 0.5);
    (void)add(fixture, "thing", DEVICE_OTHER, 1000, 0.5);
    (void)add(fixture, "board", DEVICE_BOARD, 90000, 0.5);
    report = build(fixture);
    assert_int_equal(report.embodied_count, 1);
    assert_near(report.embodied_gco2e.value, 10.48);
    assert_true(names(&report, "memory (of unknown size)"));
    assert_true(names(&report, "thing (no figure)"));
    assert_false(names(&report, "board ("));
    assert_true(names(&report, "board, case and power supply (the firmware"));
    assert_true(names(&report, "disks") && names(&report, "network"));
    report_deinit(&report);

    fixture->record.run.machine.chassis = CHASSIS_SERVER;
    fixture->record.run.machine.drives.unknown = 2;
    report = build(fixture);
    assert_true(names(&report, "2 disks behind a controller"));
    assert_false(names(&report, "board, case"));
    report_deinit(&report);
    free(fixture);
}

/* A Jetson: processor, memory and graphics are one figure, and the board it sits on has none. */
static void test_a_module_names_its_carrier_board(void **state)
{
    struct fixture *fixture = fixture_new(CHASSIS_UNKNOWN);
    struct report report;

    (void)state;
    add(fixture, "module", DEVICE_MODULE, 10000, 0.5)->memory_bytes = UINT64_C(8) << 30;
    add(fixture, "gpu0", DEVICE_GPU, 1000, 0.5)->host_share = 0;
    report = build(fixture);
    assert_int_equal(report.embodied_count, 1);
    assert_string_equal(report.embodied[0].component, "module");
    assert_near(report.embodied_gco2e.value, (20.96 + 8 * 1.39) / 2);
    assert_true(names(&report, "the module's carrier board"));
    assert_false(names(&report, "gpu0"));
    report_deinit(&report);

    fixture->devices[0].memory_bytes = 0; /* of which nothing is known at all */
    report = build(fixture);
    assert_true(names(&report, "module (no figure)"));
    assert_false(band_is_known(report.embodied_gco2e));
    report_deinit(&report);
    free(fixture);
}

/* Two of 16 threads: an eighth of a processor, a sixteenth of a host of two; half of that is the job's. */
static void test_a_guest_has_its_part_of_the_host(void **state)
{
    struct fixture *fixture = fixture_new(CHASSIS_UNKNOWN);
    struct report report;

    (void)state;
    fixture->record.run.machine.virtualized = true;
    (void)snprintf(fixture->record.run.machine.cpu_model,
                   sizeof(fixture->record.run.machine.cpu_model), "Intel(R) Xeon(R) Processor");
    add(fixture, "cpu0", DEVICE_CPU, 10000, 0.5)->host_share = 0.125;
    report = build(fixture);
    assert_int_equal(report.embodied_count, 3);
    assert_near(report.embodied[0].gco2e.value, 20.96 / 8 / 2);
    assert_band(report.embodied[1].gco2e, 72.78 / 32, 72.78 / 32, 189.18 / 16);
    assert_band(report.embodied[2].gco2e, 295.314 / 32, 85.9 / 32, 767.62 / 16);
    assert_true(names(&report, "disks"));
    report_deinit(&report);

    (void)snprintf(fixture->record.run.machine.cpu_model,
                   sizeof(fixture->record.run.machine.cpu_model), "AMD Ryzen 9 5950X");
    report = build(fixture);
    assert_int_equal(report.embodied_count, 1);
    assert_true(names(&report, "the host's board, chassis and power supplies"));
    report_deinit(&report);
    free(fixture);
}

/* A window with the logs of other machines: their chassis are not ours. */
static void test_other_machines_have_no_part_in_this_ones_chassis(void **state)
{
    struct fixture *fixture = fixture_new(CHASSIS_SERVER);
    struct report report;

    (void)state;
    (void)add(fixture, "cpu0", DEVICE_CPU, 10000, 0.5);
    (void)add(fixture, "cpu0@node7", DEVICE_CPU, 90000, 0);
    report = build(fixture);
    assert_int_equal(report.embodied_count, 4);
    assert_near(report.embodied[2].share_ratio, 0.5); /* and not 0.05 */
    assert_true(names(&report, "what other machines have"));
    report_deinit(&report);

    (void)snprintf(fixture->devices[0].id, sizeof(fixture->devices[0].id), "cpu0@node6");
    report = build(fixture); /* a log of another machine alone */
    assert_int_equal(report.embodied_count, 2);
    assert_int_equal(report.unmade_count, 2);
    assert_true(names(&report, "what other machines have") && names(&report, "network"));
    report_deinit(&report);
    free(fixture);
}

/* Without a joule nobody knows what part of the machine was the job's. */
static void test_without_energy_the_share_is_unknown(void **state)
{
    struct fixture *fixture = fixture_new(CHASSIS_SERVER);
    struct report report;

    (void)state;
    (void)add(fixture, "cpu0", DEVICE_CPU, 0, 0.5);
    fixture->totals[0].sums.covered_seconds = 0;
    report = build(fixture);
    assert_int_equal(report.embodied_count, 1);
    assert_true(names(&report, "what the machine has beside its devices"));
    report_deinit(&report);
    fixture->record.run.scope = SCOPE_MACHINE; /* all of it, whatever it drew */
    report = build(fixture);
    assert_near(report.embodied_gco2e.value, 20.96 + 368.094);
    report_deinit(&report);
    free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_servers_parts_by_hand),
        cmocka_unit_test(test_lifetimes_are_the_tables_or_the_users),
        cmocka_unit_test(test_jobs_share_the_whole_and_no_more),
        cmocka_unit_test(test_policies_of_idle_are_those_of_manufacture),
        cmocka_unit_test(test_the_unknown_is_named_and_not_counted),
        cmocka_unit_test(test_a_module_names_its_carrier_board),
        cmocka_unit_test(test_a_guest_has_its_part_of_the_host),
        cmocka_unit_test(test_other_machines_have_no_part_in_this_ones_chassis),
        cmocka_unit_test(test_without_energy_the_share_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
