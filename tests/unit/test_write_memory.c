/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_write_memory.c - each document while the nth allocation fails: it is whole, or it says that it is not
 *
 * A report whose line is missing, or a list that has become empty, would be believed.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "failing_allocations.h"
#include "sample_report.h"
#include "writers/codecarbon_csv.h"
#include "writers/gauges.h"
#include "writers/writer.h"

enum { ALLOCATIONS_MAX = 10000 };

#define SET(field, text) (void)snprintf(field, sizeof(field), "%s", text)
#define HOUR_NS (3600 * NSEC_PER_SEC)
#define NOW_NS (INT64_C(1795487328123) * NSEC_PER_MSEC)
#define FRANCE                                                                                 \
    {                                                                                          \
        .place = "FR", .name = "France", .gco2e_per_kwh = { 44.18, 37.6, 50.8 }, .year = 2024, \
        .kind = "lifecycle-average", .source = "Ember, yearly data", .source_short = "Ember",  \
        .quality = "A", .note = "a figure of the life cycle"                                   \
    }

static const struct text_style rich = { .unicode = true, .columns = 80 };
static char warning[] = "something that has to be said";
static char *const warnings[] = { warning };

/* --- what is written: with as many of the parts that a document may have --- */

static struct sample_report sample;
static char labels[] = "manager=slurm\njob_id=12\nstep_id=0\nrank=3\nuser=ada\nnode=node7\n"
                       "container_id=0123456789ab\nruntime=docker";

static void fill_report(void)
{
    static struct report_host hosts[2] = { { .name = "one", .energy = { 3, 2, 4 } },
                                           { .name = "two", .energy = { 3, 2, 4 } } };
    struct report *report = &sample.report;

    sample_report_fill(&sample);
    report->run.labels = labels;
    SET(report->run.pue_source, "as disclosed for its region");
    report->hosts = hosts;
    report->host_count = 2;
    report->warnings = (char **)(uintptr_t)warnings;
    report->warning_count = 1;
    report->market = (struct market_based){ .terms = { true, 10, 0.5, 300 },
                                            .operational_gco2e = { 1, 0.5, 1.5 } };
    report->wait = (struct run_wait){ NOW_NS - HOUR_NS, 0.6, 0.58 };
    report->water = (struct water){ { 0.01, 0.009, 0.011 }, 1.5, "given by --wue" };
    report->cost = (struct cost){ .price = { "EUR", 0.25 }, .amount = { 0.002, 0.001, 0.003 } };
    report->budget = (struct report_budget){ .unit = "joules", .amount = 36000, .used = 3600 };
    SET(report->training.budget, "10Wh");
    SET(report->training.budget_state, "stopped");
    report->prediction = (struct report_prediction){ .basis = PREDICTION_STEADY_EPOCHS,
                                                     .epochs = 10,
                                                     .epochs_done = 2,
                                                     .energy_joules = { 9e4, 8e4, 1e5 },
                                                     .duration_seconds = { 500, 450, 550 },
                                                     .total_gco2e = { 2, 1, 3 } };
    report->picture = (struct equivalent){ .count = 2, .one = "kettle", .many = "kettles boiled" };
    report->devices[0].coverage_ratio = 0.5;
    report->devices[0].gap_seconds = 25;
    for (size_t i = 0; i < ARRAY_LENGTH(sample.tasks); i++)
        SET(sample.tasks[i].name, "epoch");
    report->tasks = sample.tasks;
    report->task_count = ARRAY_LENGTH(sample.tasks);
    SET(report->devices[2].device.id, "board");
    report->devices[2].device.kind = DEVICE_BOARD;
}

static struct estimate_part parts[2] = {
    { .kind = DEVICE_GPU,
      .count = 8,
      .hours = 24,
      .power_watts = 400,
      .power_basis = POWER_TABLE,
      .model = "NVIDIA A100",
      .utilization_ratio = 0.5,
      .energy_kwh = { 50, 40, 60 } },
    { .kind = DEVICE_CPU,
      .count = 2,
      .hours = 24,
      .power_watts = 200,
      .power_basis = POWER_ASSUMED,
      .utilization_ratio = 1,
      .energy_kwh = { 42, 30, 50 } },
};
static const struct estimate estimate = {
    .it_energy_kwh = 76.8,
    .energy_kwh = { 92.16, 82.9, 101.4 },
    .operational_gco2e = { 4071, 3118, 5149 },
    .embodied_gco2e = { 500, 250, 1000 },
    .total_gco2e = { 4571, 3368, 6149 },
    .market = { .terms = { true, 10, 1, NAN }, .operational_gco2e = { 1, 0.5, 1.5 } },
    .power_watts = 400,
    .power_basis = POWER_TABLE,
    .power_model = "NVIDIA A100",
    .power_source = "gpu_power.csv",
    .parts = parts,
    .part_count = 2,
    .pue = 1.2,
    .water = { { 0.01, 0.009, 0.011 }, 1.5, "given by --wue" },
    .cost = { .price = { "EUR", 0.25 }, .amount = { 23, 20, 26 } },
    .intensity = FRANCE,
    .assumptions = (char **)(uintptr_t)warnings,
    .assumption_count = 1,
};

static struct when whens[2] = {
    { .basis = WHEN_FORECAST,
      .from_ns = NOW_NS,
      .until_ns = NOW_NS + 24 * HOUR_NS,
      .known_until_ns = NOW_NS + 20 * HOUR_NS,
      .duration_ns = HOUR_NS,
      .best = { NOW_NS + 2 * HOUR_NS, NOW_NS + 3 * HOUR_NS, 40, 35, 45 },
      .now = { NOW_NS, NOW_NS + HOUR_NS, 100, 90, 110 },
      .saving_ratio = { 0.6, 0.5, 0.7 },
      .place = FRANCE,
      .source = "ahead.csv" },
    { .basis = WHEN_TYPICAL_DAY,
      .days = 7,
      .from_ns = NOW_NS,
      .until_ns = NOW_NS + 24 * HOUR_NS,
      .known_until_ns = NOW_NS + 24 * HOUR_NS,
      .duration_ns = HOUR_NS,
      .best = { NOW_NS, NOW_NS + HOUR_NS, 60, 55, 65 },
      .now = { NOW_NS, NOW_NS + HOUR_NS, 60, 55, 65 },
      .saving_ratio = { 0, 0, 0 },
      .place = FRANCE,
      .source = "past.csv" },
};
static const struct when_choice choice = {
    .places = whens, .count = 2, .best = 0, .saving_ratio = { 0.6, 0.5, 0.7 }, .kinds_differ = true
};
static struct day_point day_points[2] = { { NOW_NS, 50, DAY_MEASURED },
                                          { NOW_NS + HOUR_NS, 60, DAY_FORECAST } };
static struct place_day day = { .place = FRANCE,
                                .source = "ahead.csv",
                                .from_ns = NOW_NS,
                                .now_ns = NOW_NS,
                                .until_ns = NOW_NS + 2 * HOUR_NS,
                                .points = day_points,
                                .count = 2 };

static struct intensity_point live_points[2] = { { NOW_NS, 50, POINT_MEASURED, 0 },
                                                 { NOW_NS + HOUR_NS, 60, POINT_FORECAST, 0 } };
static const struct intensity_series series = { .points = live_points, .count = 2 };
static const struct live live = {
    .origin = { .provider = "gb", .kind = "direct-average", .source = "NESO", .licence = "CC BY" },
    .step_count = 2,
    .steps = { { .provider = "entsoe", .outcome = FETCH_DENIED, .reason = "401" },
               { .provider = "gb", .outcome = FETCH_USED } },
};
static const struct live_view view = { &live, &series, NOW_NS };
static const struct intensity places[2] = { FRANCE, FRANCE };

static const struct remedy remedy = {
    .path = "udev/rules.d/70-aico2.rules",
    .content = "a rule\nanother\n",
    .commands = { "udevadm trigger", NULL },
    .opens = "the counters to the group aico2",
};
static struct sensor_check checks[3] = {
    { .sensor = "rapl",
      .reader = "rapl",
      .summary = "Intel RAPL",
      .state = READER_DENIED,
      .reason = "root alone",
      .fix = "aico2 doctor rapl --apply && udevadm trigger",
      .remedy = &remedy,
      .domain = DEVICE_CPU,
      .band_now = 0.8,
      .band_then = 0.1,
      .band_others = NAN,
      .applied = APPLY_WRITTEN },
    { .sensor = "nvml",
      .reader = "nvml",
      .summary = "NVML",
      .state = READER_USED,
      .domain = DEVICE_GPU,
      .band_now = 0.05,
      .band_then = 0.05,
      .band_others = NAN,
      .root_only = true },
    { .sensor = "ipmi",
      .reader = "ipmi",
      .summary = "IPMI",
      .state = READER_BROKEN,
      .fix = "modprobe ipmi_devintf # a remark that is long enough to stand on a line of its own",
      .domain = DEVICE_BOARD,
      .band_now = NAN,
      .band_then = 0.3,
      .band_others = NAN },
};
static const struct doctor doctor = {
    .checks = checks, .check_count = 3, .container = true, .device_count = 3, .measured_count = 1
};
static const struct doctor named = { .checks = checks, .check_count = 1, .named = true };

static struct inventory_device inventory_devices[2] = { { .used = true },
                                                        { .reason = "rapl is better" } };
static struct inventory_reader inventory_readers[1] = {
    { .name = "rapl",
      .summary = "Intel RAPL",
      .state = READER_USED,
      .root_only = true,
      .detail = "perf" },
};
static struct gauge gauges[6] = {
    { .name = "module0.mode", .unit = GAUGE_WORD, .word = "MAXN", .value = NAN, .limit = NAN },
    { .name = "cpu0.load", .unit = GAUGE_RATIO, .value = 0.5, .limit = NAN },
    { .name = "cpu0.clock", .unit = GAUGE_HERTZ, .value = 1e9, .limit = 2e9 },
    { .name = "memory.used", .unit = GAUGE_BYTES, .value = 1e9, .limit = 2e9 },
    { .name = "temperature.cpu", .unit = GAUGE_CELSIUS, .value = 50, .limit = NAN, .label = "cpu" },
    { .name = "rail.VDD_IN", .unit = GAUGE_WATTS, .value = 5, .limit = NAN, .label = "all of it" },
};
static struct inventory inventory = { .devices = inventory_devices,
                                      .device_count = 2,
                                      .readers = inventory_readers,
                                      .reader_count = 1,
                                      .gauges = gauges,
                                      .gauge_count = 6 };

static struct fleet_row fleet_rows[2] = { { "ada", 7200, { 1, 0.5, 2 }, NAN },
                                          { "", 3600, { 1, 0.5, 2 }, NAN } };
static struct fleet_place fleet_places[1] = {
    { .name = "FR",
      .intensity = FRANCE,
      .joules = 10800,
      .gco2e = { 2, 1, 4 },
      .matched_ratio = 0.5 },
};
static const struct fleet fleet = { .by = FLEET_USER,
                                    .from_wall_ns = NOW_NS,
                                    .to_wall_ns = NOW_NS + HOUR_NS,
                                    .pue = 1,
                                    .server = "Prometheus 2.42.0",
                                    .rows = fleet_rows,
                                    .row_count = 2,
                                    .places = fleet_places,
                                    .place_count = 1,
                                    .total = { "", 10800, { 2, 1, 4 }, NAN },
                                    .notes = (char **)(uintptr_t)warnings,
                                    .note_count = 1 };

static const struct run_row runs[2] = {
    { "01KB3FABCDEFGHJKMNPQRSTVWX", "train.py", "training", RUN_FINISHED, NOW_NS, 50.1, 22837.5,
      0.33 },
    { "01KB3FABCDZZZZJKMNPQRSTVWX", "bench", "inference", RUN_RECOVERED, NOW_NS, 750, NAN, NAN },
};
static const struct run_detail details[2] = { { .place = "FR", .hardware = "2 x EPYC" },
                                              { .place = "world" } };
static const struct recomputed_row recomputed = {
    .run = { "01KB3FABCDEFGHJKMNPQRSTVWX", "train.py", "training", RUN_FINISHED, NOW_NS, 50.1,
             22837.5, 0.33 },
    .before = { "FR", "lifecycle-average", 44, 1, false, 0.3, { 0.33, 0.2, 0.4 } },
    .after = { "DE", "lifecycle-average", 344, 1, true, 2.3, { 2.33, 2.2, 2.4 } },
    .unit = "epoch",
    .units = 10,
    .warnings = warnings,
    .warning_count = 1,
};

static struct compare_row rows[3] = {
    { "total_joules", "J", 7200, 3600, -3600, -4200, -3000, COMPARE_LOWER },
    { "total_gco2e", "gCO2e", 1, 1.25, 0.25, -0.5, 1, COMPARE_CANNOT_TELL },
    { "made_up", "x", 1, NAN, NAN, NAN, NAN, COMPARE_CANNOT_TELL },
};
static const struct comparison comparison = { .a = "01KB3FABCDEFGHJKMNPQRSTVWX",
                                              .b = "01KB4AABCDEFGHJKMNPQRSTVWX",
                                              .a_name = "before",
                                              .b_name = "after",
                                              .rows = rows,
                                              .row_count = 3 };

static const struct stack_report stack = {
    .services = { { .name = "prometheus",
                    .state = STACK_FAILED,
                    .pid = 1,
                    .port = 9090,
                    .reason = "ended",
                    .log = "/tmp/log",
                    .note = "a note" } },
    .count = 1,
    .directory = "/srv",
};

static struct calibrated_device calibrated = { .id = "cpu0",
                                               .meter = "rapl",
                                               .idle_watts = 12,
                                               .full_watts = 65,
                                               .range_watts = 53,
                                               .band_ratio = 0.06 };
static const struct calibration calibration = {
    .wall_ns = NOW_NS,
    .idle_seconds = 30,
    .idle_busy_cpus = 0,
    .load_seconds = NAN,
    .board = { .meter = "csv", .idle_watts = 100, .full_watts = 200, .per_watt = 1 },
    .devices = &calibrated,
    .device_count = 1,
};
static const struct calibration_document calibration_document = {
    &calibration, "/var/lib/aico2/node7.csv", "0123", (char **)(uintptr_t)warnings, 1
};

static struct glance_device glance_device = {
    .id = "cpu0", .model = "EPYC", .reader = "rapl", .watts = { 100, 90, 110 }
};
static struct glance_process glance_process = { .process = { .pid = 1, .name = "init" },
                                                .user = "root" };
static const struct glance glance = { .wall_ns = NOW_NS,
                                      .watts = { 100, 90, 110 },
                                      .devices = &glance_device,
                                      .device_count = 1,
                                      .processes = &glance_process,
                                      .process_count = 1 };
static struct tick_device tick_device = { .id = "gpu0", .kind = DEVICE_GPU, .watts = 100 };
static const struct tick tick = { .wall_ns = NOW_NS, .devices = &tick_device, .device_count = 1 };

/* --- how --- */

static void report_text(struct strbuf *out)
{
    write_report_text(out, &sample.report, rich);
}

static void report_json(struct strbuf *out)
{
    write_report_json(out, &sample.report);
}

static void report_csv(struct strbuf *out)
{
    write_report_csv(out, &sample.report);
}

static void report_codecarbon(struct strbuf *out)
{
    struct csv_row row = csv_row_begin(out);

    codecarbon_columns(&row);
    csv_row_end(&row);
    codecarbon_cells(&row, &sample.report);
    csv_row_end(&row);
}

static void report_seed(struct strbuf *out)
{
    const struct seed_footprint footprint = { .report = &sample.report,
                                              .answered_wall_ns = NOW_NS };

    (void)format_seed_csv(out, &sample.report, NULL);
    write_seed_footprint(out, &footprint);
    write_seed_page_data(out, &footprint);
}

static void export_of(struct strbuf *out, enum export_form form)
{
    struct export_out exported;

    write_export_begin(&exported, form, out);
    write_export_run(&exported, &sample.report);
    write_export_end(&exported);
}

static void exports(struct strbuf *out)
{
    export_of(out, EXPORT_JSON);
    export_of(out, EXPORT_CSV);
}

static void runs_in_each_form(struct strbuf *out)
{
    write_runs_text(out, runs, 2, "01KB3FABCDEFGHJKMNPQRSTVWX", rich);
    write_runs_json(out, runs, 2, NULL);
    write_runs_detailed_json(out, runs, details, 2, NULL);
    write_runs_csv(out, runs, 2);
    write_run_line(out, runs);
}

static void comparison_in_each_form(struct strbuf *out)
{
    write_comparison_text(out, &comparison, rich);
    write_comparison_json(out, &comparison);
    write_comparison_csv(out, &comparison);
}

static void estimate_text(struct strbuf *out)
{
    write_estimate_text(out, &estimate, rich);
}

static void estimate_cite(struct strbuf *out)
{
    write_estimate_cite(out, &estimate, rich);
}

static void estimate_for_programs(struct strbuf *out)
{
    write_estimate_json(out, &estimate);
    write_estimate_csv(out, &estimate);
    for (int form = ESTIMATE_TEXT; form <= ESTIMATE_CSV; form++) {
        struct estimate_rows many;

        write_estimate_rows_begin(&many, (enum estimate_form)form, out, rich);
        write_estimate_row(&many, 2, "big", &estimate);
        write_estimate_rows_end(&many);
    }
}

static void recomputed_in_each_form(struct strbuf *out)
{
    for (int form = RECOMPUTED_TEXT; form <= RECOMPUTED_CSV; form++) {
        struct recomputed_totals totals = { .runs = 0 };
        struct recomputed_out many;

        recomputed_totals_add(&totals, &recomputed);
        write_recomputed_begin(&many, (enum recomputed_form)form, out, rich);
        write_recomputed_row(&many, &recomputed);
        write_recomputed_end(&many, &totals);
    }
}

static void when_text(struct strbuf *out)
{
    write_when_text(out, &whens[0], rich);
    write_when_text(out, &whens[1], rich);
    write_when_wait(out, &whens[0], rich);
    write_when_gain(out, &whens[1], rich);
    write_when_places_text(out, &choice, rich);
}

static void when_for_programs(struct strbuf *out)
{
    write_when_json(out, &whens[1]);
    write_when_csv(out, &whens[0]);
    write_when_places_json(out, &choice);
    write_when_places_csv(out, &choice);
    write_place_day_json(out, &day);
}

static void intensity_text(struct strbuf *out)
{
    write_intensity_text(out, places, places, 2, rich);
    write_live_text(out, &view, rich);
    write_intensity_list_text(out, places, 2, rich);
}

static void intensity_for_programs(struct strbuf *out)
{
    write_intensity_json(out, places, places, 2, &view);
    write_live_csv(out, &view);
    write_intensity_list_json(out, places, 2);
    write_intensity_list_csv(out, places, 2);
}

static void devices_text(struct strbuf *out)
{
    write_devices_text(out, &inventory, rich);
}

static void devices_for_programs(struct strbuf *out)
{
    write_devices_json(out, &inventory);
    write_devices_csv(out, &inventory);
}

static void doctor_text(struct strbuf *out)
{
    write_doctor_text(out, &doctor, rich);
    write_doctor_text(out, &named, rich);
    write_doctor_plan(out, &named, rich);
    write_doctor_applied(out, &named, rich);
}

static void doctor_for_programs(struct strbuf *out)
{
    write_doctor_json(out, &doctor);
    write_doctor_csv(out, &doctor);
}

static void fleet_in_each_form(struct strbuf *out)
{
    write_fleet_text(out, &fleet, 1, rich);
    write_fleet_json(out, &fleet);
    write_fleet_csv(out, &fleet);
}

static void stack_in_each_form(struct strbuf *out)
{
    write_stack_up_text(out, &stack, rich);
    write_stack_down_text(out, &stack, rich);
    write_stack_json(out, &stack);
    write_stack_csv(out, &stack);
}

static void calibration_in_each_form(struct strbuf *out)
{
    write_calibration_text(out, &calibration_document, rich);
    write_calibration_json(out, &calibration_document);
}

static void glance_in_each_form(struct strbuf *out)
{
    write_glance_text(out, &glance, rich);
    write_glance_csv_header(out);
    write_glance_csv(out, &glance);
    write_tick_line(out, &tick);
}

static void glance_line(struct strbuf *out)
{
    write_glance_line(out, &glance);
}

static const struct {
    const char *name;
    void (*write)(struct strbuf *out);
    long least; /* allocations that it takes */
} documents[] = {
    { "report, text", report_text, 20 },
    { "report, JSON", report_json, 2 },
    { "report, CSV", report_csv, 20 },
    { "report, CodeCarbon", report_codecarbon, 20 },
    { "report, the original project's", report_seed, 2 },
    { "export", exports, 20 },
    { "runs", runs_in_each_form, 20 },
    { "comparison", comparison_in_each_form, 20 },
    { "estimate, text", estimate_text, 10 },
    { "estimate, to cite", estimate_cite, 4 },
    { "estimate, for programs", estimate_for_programs, 20 },
    { "recomputed", recomputed_in_each_form, 20 },
    { "when, text", when_text, 20 },
    { "when, for programs", when_for_programs, 10 },
    { "intensity, text", intensity_text, 20 },
    { "intensity, for programs", intensity_for_programs, 10 },
    { "devices, text", devices_text, 20 },
    { "devices, for programs", devices_for_programs, 10 },
    { "doctor, text", doctor_text, 20 },
    { "doctor, for programs", doctor_for_programs, 10 },
    { "fleet", fleet_in_each_form, 10 },
    { "stack", stack_in_each_form, 10 },
    { "calibration", calibration_in_each_form, 10 },
    { "glance", glance_in_each_form, 10 },
    { "glance, a line", glance_line, 3 },
};

static void check(size_t index, const char *whole)
{
    long failures = 0;
    bool failed = true;

    for (long n = 0; failed; n++) {
        struct strbuf out = { 0 };

        assert_true(n < ALLOCATIONS_MAX);
        atomic_store(&allocations_left, n);
        documents[index].write(&out);
        failed = atomic_exchange(&allocations_left, -1) < 0;
        failures += failed;
        if (!out.failed && strcmp(strbuf_text(&out), whole) != 0)
            fail_msg("%s: allocation %ld failed, and nobody was told:\n%s", documents[index].name,
                     n, strbuf_text(&out));
        if (!failed)
            assert_false(out.failed);
        strbuf_deinit(&out);
    }
    print_message("%s: %ld allocations\n", documents[index].name, failures);
    assert_true(failures >= documents[index].least);
}

static void test_a_document_is_whole_or_says_that_it_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(documents); i++) {
        struct strbuf whole = { 0 };

        documents[i].write(&whole);
        assert_false(whole.failed);
        assert_true(whole.length > 100);
        check(i, strbuf_text(&whole));
        strbuf_deinit(&whole);
    }
}

static int set_up(void **state)
{
    (void)state;
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    fill_report();
    day.has_when = true;
    day.when = whens[0];
    for (size_t i = 0; i < ARRAY_LENGTH(inventory_devices); i++) {
        inventory_devices[i].device = DEVICE_NULL;
        inventory_devices[i].device.basis = BASIS_ASSUMED;
        inventory_devices[i].device.rated_watts = 65;
        SET(inventory_devices[i].device.id, "cpu0");
        SET(inventory_devices[i].device.reader, "proc_cpu");
        SET(inventory_devices[i].device.note, "by its name");
        SET(inventory_devices[i].device.rated_source, "cpu_tdp.csv");
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_is_whole_or_says_that_it_is_not),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
