/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_report_build.c - what is added to what, and under which scope: by hand */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "session/place/text.h"
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

static void test_job_and_its_share_of_idle_by_hand(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    /* 10 kJ in 100 s; idle 40 W = 4 kJ; 6 kJ active, half of it the job's; half of idle too */
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    report = build(fixture);
    assert_near(report.devices[0].job_joules, 3000);
    assert_near(report.devices[0].others_joules, 3000);
    assert_near(report.devices[0].idle_joules, 4000);
    assert_near(report.devices[0].idle_share_joules, 2000);
    assert_near(report.devices[0].mean_power_watts, 100);
    assert_true(isnan(report.devices[0].peak_power_watts)); /* none was seen */
    assert_near(report.devices[0].idle_power_watts, 40);
    assert_near(report.devices[0].energy.low, 9000);
    assert_near(report.devices[0].energy.high, 11000);
    assert_near(report.total.value, 5000);
    assert_near(report.total.low, 4500);
    assert_near(report.total.high, 5500);
    assert_near(report.machine_joules, 10000);
    assert_near(report.operational_gco2e.value, 0.5);
    assert_near(report.operational_gco2e.low, 0.45);
    assert_near(report.measured_ratio, 1);
    report_deinit(&report);
    free(fixture);
}

static void test_peak_is_no_lower_than_the_mean(void **state)
{
    struct fixture *fixture = fixture_new();
    struct device_totals *totals = add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    struct report report;

    (void)state;
    totals->peak_watts = 250;
    report = build(fixture);
    assert_near(report.devices[0].peak_power_watts, 250);
    report_deinit(&report);
    totals->peak_watts = 99; /* of a sensor that lags */
    report = build(fixture);
    assert_near(report.devices[0].peak_power_watts, 100);
    report_deinit(&report);
    free(fixture);
}

static void test_scope_and_idle_policy(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    fixture->record.run.idle = IDLE_NONE;
    report = build(fixture);
    assert_near(report.total.value, 3000);
    assert_near(report.idle_share_joules, 0);
    report_deinit(&report);

    fixture->record.run.idle = IDLE_ALL;
    report = build(fixture);
    assert_near(report.total.value, 7000);
    assert_near(report.idle_share_joules, 4000);
    report_deinit(&report);

    fixture->record.run.scope = SCOPE_MACHINE;
    report = build(fixture);
    assert_near(report.total.value, 10000);
    assert_true(report.total.value == report.machine_joules);
    report_deinit(&report);
    free(fixture);
}

/* The job did half of what was done: half of the making of the hardware is its. */
static void test_embodied_is_by_the_jobs_share_and_equivalents_are_of_all_grams(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;
    double whole_gco2e;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    fixture->record.run.embodied = true;
    fixture->record.run.scope = SCOPE_MACHINE;
    report = build(fixture);
    whole_gco2e = report.embodied_gco2e.value;
    assert_true(whole_gco2e > 0);
    report_deinit(&report);

    fixture->record.run.scope = SCOPE_JOB;
    fixture->record.run.units = 10;
    report = build(fixture);
    assert_near(report.embodied_gco2e.value, whole_gco2e / 2);
    assert_near(report.sci_gco2e_per_unit, report.total_gco2e.value / 10); /* (E x I + M) / R */
    /* 5 kJ are 0.5 g; a car emits 217.6 g a km, a seedling takes up 504.5 g a month */
    assert_near(report.total_gco2e.value, 0.5 + whole_gco2e / 2);
    assert_near(report.car_km * 217.6, report.total_gco2e.value);
    assert_near(report.tree_seedling_months * 504.5, report.total_gco2e.value);
    report_deinit(&report);

    fixture->record.run.lifetime_years = 5; /* the user's, in place of the table's */
    report = build(fixture);
    whole_gco2e = report.embodied_gco2e.value;
    report_deinit(&report);
    fixture->record.run.lifetime_years = 10;
    report = build(fixture);
    assert_near(report.embodied_gco2e.value, whole_gco2e / 2);
    report_deinit(&report);
    free(fixture);
}

static void test_pue_is_in_the_grams_and_not_in_the_joules(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    fixture->basis.pue = 1.5;
    report = build(fixture);
    assert_near(report.total.value, 5000);
    assert_near(report.operational_gco2e.value, 0.75);
    assert_near(report.devices[0].operational_gco2e, 0.75);
    report_deinit(&report);
    free(fixture);
}

static void test_bands_of_classes(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    fixture->record.run.scope = SCOPE_MACHINE;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 1000, 0, 0.1);
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 2000, 0, 0.1);
    (void)add(fixture, DEVICE_GPU, BASIS_MEASURED, 4000, 0, 0.1);
    fixture->basis.intensity.gco2e_per_kwh = (struct band){ 360, 180, 720 };
    report = build(fixture);
    /* CPUs 300 together, GPU 400: 500 */
    assert_near(report.total.value, 7000);
    assert_near(report.total.low, 6500);
    assert_near(report.total.high, 7500);
    assert_near(report.operational_gco2e.low, 0.325);
    assert_near(report.operational_gco2e.high, 1.5);
    report_deinit(&report);
    free(fixture);
}

static void test_board_is_shown_and_never_added(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    fixture->record.run.scope = SCOPE_MACHINE;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 6000, 0, 0.1);
    (void)add(fixture, DEVICE_DRAM, BASIS_MEASURED, 1000, 0, 0.1);
    (void)add(fixture, DEVICE_BOARD, BASIS_MEASURED, 20000, 0, 0.1);
    report = build(fixture);
    assert_near(report.machine_joules, 7000);
    assert_near(report.total.value, 7000);
    assert_near(report.devices[2].energy.value, 20000);
    assert_true(isnan(report.devices[2].operational_gco2e));
    report_deinit(&report);
    free(fixture);
}

/* Parts of 7000 J. 5 % of 6667 J are 333.35 J, so that 6666 J are too little by more and 6667 J are
 * not; half of 7000 J is 3500 J, and they are 100 % of it above it. */
static void test_a_controller_that_says_less_than_the_parts_is_warned_of(void **state)
{
    static const struct {
        const char *reader;
        double joules;
        double coverage_ratio;
        size_t warnings;
    } cases[] = {
        { "ipmi", 3500, 1, 1 },        { "ipmi", 6666, 1, 1 },   { "ipmi", 6667, 1, 0 },
        { "ipmi", 9000, 1, 0 },        { "ipmi", 3500, 0.9, 0 }, { "acpi_meter", 3500, 1, 1 },
        { "pm_counters", 3500, 1, 1 }, { "rapl", 3500, 1, 0 },   { "battery", 3500, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = fixture_new();
        struct report report;

        (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 6000, 0, 0.1);
        (void)add(fixture, DEVICE_DRAM, BASIS_MEASURED, 1000, 0, 0.1);
        (void)add(fixture, DEVICE_BOARD, BASIS_MEASURED, cases[i].joules, 0, 0.1);
        (void)snprintf(fixture->devices[2].reader, sizeof(fixture->devices[2].reader), "%s",
                       cases[i].reader);
        fixture->totals[2].sums.covered_seconds *= cases[i].coverage_ratio;
        report = build(fixture);
        assert_int_equal(report.warning_count, cases[i].warnings);
        assert_near(report.machine_joules, 7000);
        if (i == 0)
            assert_non_null(strstr(report.warnings[0], "says 100 % less than the parts"));
        report_deinit(&report);
        free(fixture);
    }
}

static void test_module_holds_its_parts(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    fixture->record.run.scope = SCOPE_MACHINE;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 1000, 0, 0.1);
    (void)add(fixture, DEVICE_GPU, BASIS_MEASURED, 2000, 0, 0.1);
    (void)add(fixture, DEVICE_MEMORY, BASIS_MODELLED, 500, 0, 0.8);
    (void)add(fixture, DEVICE_MODULE, BASIS_MEASURED, 5000, 0, 0.1);
    report = build(fixture);
    assert_near(report.machine_joules, 5000);
    assert_true(report.devices[0].inside_module);
    assert_false(report.devices[3].inside_module);
    report_deinit(&report);

    /* two superchips, and a GPU of a third index that stands beside them */
    fixture->devices[1].index = 7;
    (void)add(fixture, DEVICE_MODULE, BASIS_MEASURED, 6000, 0, 0.1);
    fixture->devices[4].index = 1;
    report = build(fixture);
    assert_near(report.machine_joules, 13000);
    report_deinit(&report);

    /* modules that could not be read hold nothing */
    fixture->totals[3] = fixture->totals[4] = DEVICE_TOTALS_NULL;
    report = build(fixture);
    assert_near(report.machine_joules, 3500);
    report_deinit(&report);
    free(fixture);
}

static void test_measured_share(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 6000, 0, 0.1);
    (void)add(fixture, DEVICE_MEMORY, BASIS_MODELLED, 1500, 0, 0.8);
    (void)add(fixture, DEVICE_GPU, BASIS_ASSUMED, 500, 0, 1);
    report = build(fixture);
    assert_near(report.measured_ratio, 0.75);
    report_deinit(&report);
    /* all of it is exactly all, also where the parts add up to another last bit than the devices do */
    for (int i = 1; i <= 50; i++) {
        fixture->record.device_count = 0;
        for (int device = 1; device <= 4; device++)
            (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 161.455906 * i / device, 0.1 * i, 0.1);
        report = build(fixture);
        assert_true(report.measured_ratio == 1);
        report_deinit(&report);
    }
    free(fixture);
}

static void test_device_without_readings_is_unavailable_not_nothing(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    add(fixture, DEVICE_GPU, BASIS_MEASURED, 0, 0, 0.1)->sums = (struct energy_sums){ 0 };
    report = build(fixture);
    assert_false(band_is_known(report.devices[0].energy));
    assert_true(isnan(report.devices[0].job_joules));
    assert_true(isnan(report.devices[0].mean_power_watts));
    assert_near(report.devices[0].coverage_ratio, 0);
    assert_near(report.devices[0].gap_seconds, 100);
    assert_true(isnan(report.total.value));
    assert_true(isnan(report.machine_joules));
    assert_true(isnan(report.measured_ratio));
    assert_true(isnan(report.operational_gco2e.value));
    assert_true(isnan(report.car_km));
    report_deinit(&report);
    free(fixture);
}

static void test_coverage_of_a_device_that_came_late(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    add(fixture, DEVICE_GPU, BASIS_MEASURED, 6000, 0, 0.1)->sums.covered_seconds = 75;
    report = build(fixture);
    assert_near(report.devices[0].coverage_ratio, 0.75);
    assert_near(report.devices[0].gap_seconds, 25);
    assert_near(report.devices[0].mean_power_watts, 80);
    report_deinit(&report);
    free(fixture);
}

static void test_measured_floor_wins_over_the_model(void **state)
{
    struct fixture *fixture = fixture_new();
    struct device_totals *totals;
    struct report report;

    (void)state;
    totals = add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    totals->floor_watts = 25;
    totals->lowest_watts = 25;
    report = build(fixture);
    assert_near(report.devices[0].idle_power_watts, 25);
    assert_near(report.devices[0].idle_joules, 2500);
    report_deinit(&report);

    /* a model that says more than the device ever drew is cut to that */
    totals->floor_watts = NAN;
    totals->lowest_watts = 30;
    report = build(fixture);
    assert_near(report.devices[0].idle_power_watts, 30);
    report_deinit(&report);
    free(fixture);
}

static void test_run_of_no_length_divides_by_nothing(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    fixture->record.run.duration_ns = 0;
    fixture->record.run.embodied = true;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 0.01, 40, 0.1);
    fixture->totals[0].sums.covered_seconds = 0.0001;
    report = build(fixture);
    assert_near(report.devices[0].coverage_ratio, 1);
    assert_true(isfinite(report.total.value) && report.total.value >= 0);
    assert_near(report.devices[0].mean_power_watts, 100);
    report_deinit(&report);
    free(fixture);
}

static void test_score_per_unit(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    fixture->record.run.units = 10;
    report = build(fixture);
    assert_near(report.sci_gco2e_per_unit, 0.05);
    report_deinit(&report);
    fixture->record.run.units = 0;
    report = build(fixture);
    assert_true(isnan(report.sci_gco2e_per_unit));
    report_deinit(&report);
    free(fixture);
}

/* Two hours; the job's energy is 3 in the first, 1 in the second. */
static void add_slices(struct fixture *fixture, struct slice *slices)
{
    struct energy_sums first = energy_sums_scaled(&fixture->totals[0].sums, 0.75);
    struct energy_sums second = energy_sums_scaled(&fixture->totals[0].sums, 0.25);

    slices[0] = (struct slice){ .start_wall_ns = 0, .sums = first };
    slices[1] = (struct slice){ .start_wall_ns = 3600 * NSEC_PER_SEC, .sums = second };
    fixture->record.slices = (struct slice_list){ .items = slices, .count = 2 };
}

static void test_each_hour_has_its_intensity(void **state)
{
    struct fixture *fixture = fixture_new();
    struct intensity_point points[] = { { 0, 100 }, { 3600 * NSEC_PER_SEC, 500 } };
    struct intensity_series series = { .points = points, .count = 2 };
    struct slice slices[2];
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    add_slices(fixture, slices);
    fixture->basis.series = &series;
    report = build(fixture);
    /* 0.75 x 100 + 0.25 x 500 = 200 g/kWh of 5 kJ */
    assert_true(report.time_matched);
    assert_near(report.intensity.gco2e_per_kwh.value, 200);
    assert_near(report.intensity.gco2e_per_kwh.low, 200);
    assert_near(report.operational_gco2e.value, 200 * 5000 / 3.6e6);
    assert_string_equal(report.intensity.kind, "user");
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
    free(fixture);
}

static double saved(struct fixture *fixture, double asked_hours, double started_hours,
                    double ended_hours)
{
    const double hour_ns = 3600e9;
    struct run *run = &fixture->record.run;
    const struct run_wait wait = { .asked_wall_ns = (int64_t)(asked_hours * hour_ns),
                                   .expected_ratio = 0.7,
                                   .saving_ratio = 0.11 };
    struct report report;
    double ratio;

    run->started_wall_ns = (int64_t)(started_hours * hour_ns);
    run->ended_wall_ns = (int64_t)(ended_hours * hour_ns);
    run->place_option[0] = '\0';
    place_text_set_wait(run->place_option, sizeof(run->place_option), &wait);
    report = build(fixture);
    assert_true(report.wait.asked_wall_ns == wait.asked_wall_ns);
    assert_near(report.wait.expected_ratio, 0.7);
    ratio = report.wait.saving_ratio;
    report_deinit(&report);
    return ratio;
}

/* 200, 100, 50 and 80 g/kWh from 8, 9, 10 and 11 h on. The run's joules are 3 to 1 in the hours from 10 and 11 h:
 * 0.75 x 50 + 0.25 x 80 = 57.5. */
static void test_what_waiting_saved(void **state)
{
    const int64_t hour_ns = 3600 * NSEC_PER_SEC;
    struct fixture *fixture = fixture_new();
    struct intensity_point points[] = {
        { 8 * hour_ns, 200 }, { 9 * hour_ns, 100 }, { 10 * hour_ns, 50 }, { 11 * hour_ns, 80 }
    };
    struct intensity_series series = { .points = points, .count = 4 };
    struct slice slices[2];

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    add_slices(fixture, slices);
    slices[0].start_wall_ns = 10 * hour_ns;
    slices[1].start_wall_ns = 11 * hour_ns;
    assert_near(saved(fixture, 8, 10, 12), 0.11); /* without a series what is stored stands */
    fixture->basis.series = &series;
    /* two hours earlier 0.75 x 200 + 0.25 x 100 = 175 */
    assert_near(saved(fixture, 8, 10, 12), 1 - 57.5 / 175);
    /* from 10:30 to 11:30, asked for at 8:45: 8:45 to 9:15 has 150, 9:15 to 9:45 100; 137.5 */
    assert_near(saved(fixture, 8.75, 10.5, 11.5), 1 - 57.5 / 137.5);
    /* an hour's wait, 0.75 x 100 + 0.25 x 50 = 87.5 */
    assert_near(saved(fixture, 9, 10, 12), 1 - 57.5 / 87.5);
    assert_true(isnan(saved(fixture, 7, 10, 12))); /* at once: nothing is known of 7 h */
    /* the grid did not do as foretold: 0.75 x 500 + 0.25 x 80 = 395 instead of 175 */
    points[2].gco2e_per_kwh = 500;
    assert_near(saved(fixture, 8, 10, 12), 1 - 395.0 / 175);
    free(fixture);
}

static void test_before_the_first_value_the_yearly_figure_stands_in(void **state)
{
    struct fixture *fixture = fixture_new();
    struct intensity_point point = { 3600 * NSEC_PER_SEC, 500 };
    struct intensity_series series = { .points = &point, .count = 1 };
    struct slice slices[2];
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    add_slices(fixture, slices);
    fixture->basis.series = &series;
    fixture->basis.intensity.gco2e_per_kwh = (struct band){ 360, 300, 400 };
    report = build(fixture);
    assert_near(report.intensity.gco2e_per_kwh.value, 0.75 * 360 + 0.25 * 500);
    assert_near(report.intensity.gco2e_per_kwh.low, 0.75 * 300 + 0.25 * 500);
    assert_near(report.intensity.gco2e_per_kwh.high, 0.75 * 400 + 0.25 * 500);
    assert_int_equal(report.warning_count, 1);
    assert_non_null(strstr(report.warnings[0], "75.0 %"));
    report_deinit(&report);
    free(fixture);
}

/* 5 kJ are counted, with PUE 1.2 they are 6 kJ = 1/600 kWh: at 0.30 they cost 0.0005. */
static void test_electricity_costs_what_its_price_says(void **state)
{
    struct fixture *fixture = fixture_new();
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    fixture->basis.pue = 1.2;
    report = build(fixture);
    assert_string_equal(report.cost.price.currency, "");
    assert_true(isnan(report.cost.amount.value) && isnan(report.cost.price.per_kwh));
    report_deinit(&report);

    fixture->basis.price = (struct price){ "EUR", 0.30 };
    report = build(fixture);
    assert_near(report.cost.amount.value, 0.0005);
    assert_near(report.cost.amount.low, 0.00045);
    assert_near(report.cost.amount.high, 0.00055);
    assert_false(report.cost.time_matched);
    report_deinit(&report);
    free(fixture);
}

/* 0.75 x 0.20 + 0.25 x 0.60 = 0.30 a kWh, of 5 kJ = 1/720 kWh. */
static void test_each_hour_has_its_price(void **state)
{
    struct fixture *fixture = fixture_new();
    struct price_point points[] = { { 0, 0.20 }, { 3600 * NSEC_PER_SEC, 0.60 } };
    struct price_series prices = { .points = points, .count = 2 };
    struct slice slices[2];
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    add_slices(fixture, slices);
    fixture->basis.prices = &prices;
    fixture->basis.price = (struct price){ "EUR", NAN };
    report = build(fixture);
    assert_true(report.cost.time_matched && !report.time_matched);
    assert_near(report.cost.price.per_kwh, 0.30);
    assert_near(report.cost.amount.value, 0.30 / 720);
    report_deinit(&report);

    /* paid for using it in the first hour: 0.75 x -0.60 + 0.25 x 0.60 = -0.30 */
    points[0].per_kwh = -0.60;
    report = build(fixture);
    assert_near(report.cost.amount.value, -0.30 / 720);
    assert_near(report.cost.amount.low, -0.33 / 720);
    assert_near(report.cost.amount.high, -0.27 / 720);
    report_deinit(&report);
    free(fixture);
}

static void test_before_the_first_price_the_fixed_one_holds_or_none(void **state)
{
    struct fixture *fixture = fixture_new();
    struct price_point point = { 3600 * NSEC_PER_SEC, 0.60 };
    struct price_series prices = { .points = &point, .count = 1 };
    struct slice slices[2];
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    add_slices(fixture, slices);
    fixture->basis.prices = &prices;
    fixture->basis.price = (struct price){ "EUR", 0.20 };
    report = build(fixture);
    assert_near(report.cost.price.per_kwh, 0.30);
    assert_int_equal(report.warning_count, 1);
    assert_non_null(strstr(report.warnings[0], "75.0 %"));
    assert_non_null(strstr(report.warnings[0], "--price stands in"));
    report_deinit(&report);

    /* what is not known is not free */
    fixture->basis.price.per_kwh = NAN;
    report = build(fixture);
    assert_true(isnan(report.cost.amount.value));
    assert_non_null(strstr(report.warnings[0], "is not known"));
    report_deinit(&report);
    free(fixture);
}

/* 5 kJ (4.5 ... 5.5) of the computers are 1/720 kWh: at 0.36 l a kWh half a millilitre, whatever the PUE. */
static void test_water_is_of_the_computers_energy(void **state)
{
    struct fixture *fixture = fixture_new();
    struct run *run = &fixture->record.run;
    struct report report;

    (void)state;
    (void)add(fixture, DEVICE_CPU, BASIS_MEASURED, 10000, 40, 0.1);
    fixture->basis.pue = 2;
    report = build(fixture);
    assert_true(isnan(report.water.litres.value) && isnan(report.water.wue_l_per_kwh));
    assert_string_equal(report.water.source, "");
    report_deinit(&report);

    run->wue_given = true;
    run->wue_l_per_kwh = 0.36;
    report = build(fixture);
    assert_near(report.water.litres.value, 0.0005);
    assert_near(report.water.litres.low, 0.00045);
    assert_near(report.water.litres.high, 0.00055);
    assert_string_equal(report.water.source, "given by --wue");
    report_deinit(&report);

    /* the cloud region's own, where none was given: 0.18 in Cape Town */
    run->wue_given = false;
    (void)snprintf(run->place_option, sizeof(run->place_option),
                   "cloud:aws:af-south-1|kind=direct-average");
    report = build(fixture);
    assert_near(report.water.litres.value, 0.00025);
    assert_non_null(strstr(report.water.source, "AWS, 2024"));
    report_deinit(&report);
    (void)snprintf(run->place_option, sizeof(run->place_option), "country:FR");
    report = build(fixture);
    assert_true(isnan(report.water.litres.value));
    report_deinit(&report);
    free(fixture);
}

static void test_warnings_come_back_as_they_went(void **state)
{
    struct fixture *fixture = fixture_new();
    char warnings[] = "[\"one \\\"two\\\"\",\"back\\\\slash\",\"caf\xc3\xa9\"]";
    struct report report;

    (void)state;
    fixture->record.run.warnings_json = warnings;
    report = build(fixture);
    assert_int_equal(report.warning_count, 3);
    assert_string_equal(report.warnings[0], "one \"two\"");
    assert_string_equal(report.warnings[1], "back\\slash");
    assert_string_equal(report.warnings[2], "caf\xc3\xa9");
    report_deinit(&report);
    report_deinit(&report);
    free(fixture);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static double random_ratio(uint64_t *state)
{
    return (double)(next_random(state) >> 11) / 9007199254740992.0;
}

/* Any machine: parts add up to the last bit, bands hold their figures, the order of devices is no
 * matter. */
static void test_any_machine_adds_up(void **state)
{
    uint64_t random = 11;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct fixture *fixture = fixture_new();
        struct report report;
        struct report turned;

        fixture->record.run.scope = round % 2 == 0 ? SCOPE_JOB : SCOPE_MACHINE;
        fixture->record.run.idle = (enum idle_policy)(round % 3);
        for (int i = 0; i < DEVICES_MAX; i++) {
            struct device_totals *totals =
                add(fixture, (enum device_kind)(next_random(&random) % 4), BASIS_MEASURED,
                    1e5 * random_ratio(&random), 500 * random_ratio(&random),
                    random_ratio(&random));
            double share = random_ratio(&random);

            totals->sums.job_gross_joules = totals->sums.joules * share;
            totals->sums.others_gross_joules = totals->sums.joules - totals->sums.job_gross_joules;
        }
        report = build(fixture);
        for (int i = 0; i < DEVICES_MAX; i++) {
            const struct report_device *item = &report.devices[i];

            assert_true(item->job_joules >= 0 && item->others_joules >= 0 &&
                        item->idle_joules >= 0);
            assert_true(item->job_joules + item->others_joules + item->idle_joules ==
                        item->energy.value);
            assert_true(item->energy.low <= item->energy.value &&
                        item->energy.value <= item->energy.high);
        }
        assert_true(report.job_joules + report.others_joules + report.idle_joules ==
                    report.machine_joules);
        assert_true(report.total.low >= 0 && report.total.low <= report.total.value &&
                    report.total.value <= report.total.high);
        if (fixture->record.run.scope == SCOPE_JOB)
            assert_true(report.total.value == report.job_joules + report.idle_share_joules);

        for (int i = 0; i < DEVICES_MAX / 2; i++) {
            struct device device = fixture->devices[i];
            struct device_totals totals = fixture->totals[i];

            fixture->devices[i] = fixture->devices[DEVICES_MAX - 1 - i];
            fixture->totals[i] = fixture->totals[DEVICES_MAX - 1 - i];
            fixture->devices[DEVICES_MAX - 1 - i] = device;
            fixture->totals[DEVICES_MAX - 1 - i] = totals;
        }
        turned = build(fixture);
        assert_near(turned.total.value, report.total.value);
        assert_near(turned.total.low, report.total.low);
        assert_near(turned.total.high, report.total.high);
        assert_near(turned.operational_gco2e.high, report.operational_gco2e.high);
        report_deinit(&turned);
        report_deinit(&report);
        free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_job_and_its_share_of_idle_by_hand),
        cmocka_unit_test(test_peak_is_no_lower_than_the_mean),
        cmocka_unit_test(test_scope_and_idle_policy),
        cmocka_unit_test(test_embodied_is_by_the_jobs_share_and_equivalents_are_of_all_grams),
        cmocka_unit_test(test_pue_is_in_the_grams_and_not_in_the_joules),
        cmocka_unit_test(test_bands_of_classes),
        cmocka_unit_test(test_board_is_shown_and_never_added),
        cmocka_unit_test(test_a_controller_that_says_less_than_the_parts_is_warned_of),
        cmocka_unit_test(test_module_holds_its_parts),
        cmocka_unit_test(test_measured_share),
        cmocka_unit_test(test_device_without_readings_is_unavailable_not_nothing),
        cmocka_unit_test(test_coverage_of_a_device_that_came_late),
        cmocka_unit_test(test_measured_floor_wins_over_the_model),
        cmocka_unit_test(test_run_of_no_length_divides_by_nothing),
        cmocka_unit_test(test_score_per_unit),
        cmocka_unit_test(test_each_hour_has_its_intensity),
        cmocka_unit_test(test_what_waiting_saved),
        cmocka_unit_test(test_before_the_first_value_the_yearly_figure_stands_in),
        cmocka_unit_test(test_electricity_costs_what_its_price_says),
        cmocka_unit_test(test_each_hour_has_its_price),
        cmocka_unit_test(test_before_the_first_price_the_fixed_one_holds_or_none),
        cmocka_unit_test(test_water_is_of_the_computers_energy),
        cmocka_unit_test(test_warnings_come_back_as_they_went),
        cmocka_unit_test(test_any_machine_adds_up),
    };

    return cmocka_run_group_tests_name("report_build", tests, NULL, NULL);
}
