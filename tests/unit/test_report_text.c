/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_report_text.c - the report as a person sees it */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "sample_report.h"
#include "writers/writer.h"

static const struct text_style rich = { .unicode = true, .columns = 80 };
static const struct text_style ascii = { .columns = 80 };

static const char *write_text(const struct report *report, struct text_style style)
{
    static struct strbuf out;

    strbuf_deinit(&out);
    write_report_text(&out, report, style);
    assert_false(out.failed);
    return strbuf_text(&out);
}

static void assert_lines_fit(const char *text, size_t columns)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);

        assert_int_equal(text[length], '\n'); /* the last one too */
        if (text_columns(line) > columns)
            fail_msg("%zu columns: %s", text_columns(line), line);
        free(line);
        text += length + 1;
    }
}

#define ASSERT_HAS(text, part)                       \
    do {                                             \
        if (strstr(text, part) == NULL)              \
            fail_msg("no '%s' in:\n%s", part, text); \
    } while (0)
#define ASSERT_HAS_NOT(text, part)                \
    do {                                          \
        if (strstr(text, part) != NULL)           \
            fail_msg("'%s' in:\n%s", part, text); \
    } while (0)

/* 1.9375 + 5.1875 + 0.125 Wh = 7.25: 6.34375 the job's, 0.40625 of others, 1.21875 - 0.71875 idle. */
static void test_the_report_of_the_manual(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    assert_string_equal(
        write_text(&sample.report, rich),
        "aico2: train.py, 50.1 s, exit 0                                  run 01KB3FABCD…\n"
        "  device                            how               energy   power        band\n"
        "  CPU   Intel Xeon Platinum 8358    measured, RAPL   1.94 Wh   139 W        ±4 %\n"
        "  GPU0  NVIDIA A100-SXM4-80GB       measured, NVML   5.19 Wh   373 W        ±5 %\n"
        "  RAM   24.0 GiB                    modelled         0.12 Wh  9.00 W       ±80 %\n"
        "  this job  6.34 Wh (6.06 … 6.66): 5.62 active + 0.72 of the idle\n"
        "  the rest  0.91 Wh not of this job: others 0.41, idle 0.50\n"
        "  own use   62.5 µWh (60.0 … 65.0) by aico2 itself, among the others\n"
        "  measured  98 % of the energy in the table; the rest is modelled\n"
        "  carbon    280 mgCO2e (230 … 340)  for the electricity\n"
        "            France 44.2 g/kWh (37.6 … 50.8), 2024, Ember; PUE 1.0\n"
        "  embodied  50.0 mgCO2e (20.0 … 120)  this run's share of making the hardware\n"
        "            CPU 4.00, GPU 20.0, RAM 12.0, board 4.00, chassis and supplies 10.0;\n"
        "            not in it: disks, network\n"
        "  total     330 mgCO2e (250 … 460)\n"
        "  SCI       33.0 mgCO2e per epoch, of which there were 10\n"
        "  as much as 1.50 m by car, or what a tree seedling takes up in 28.5 minutes\n"
        "  model     RAM: 6.00 W idle, 12.0 W at full load (memory_power.csv: DDR4)\n"
        "  note      RAM: size from MemTotal\n"
        "  not counted: fans, disks\n"
        "  more accurate: --provider auto for the hours' own intensity\n");
}

static void test_any_report_fits_80_columns_and_40(void **state)
{
    struct sample_report sample;
    struct text_style narrow = rich;
    struct text_style wide = rich;

    (void)state;
    narrow.columns = 40;
    wide.columns = 200;
    sample_report_fill(&sample);
    assert_lines_fit(write_text(&sample.report, rich), 80);
    assert_lines_fit(write_text(&sample.report, ascii), 80);
    sample_report_empty(&sample);
    assert_lines_fit(write_text(&sample.report, rich), 80);
    sample_report_extreme(&sample);
    assert_lines_fit(write_text(&sample.report, rich), 80);
    assert_lines_fit(write_text(&sample.report, ascii), 80);
    assert_lines_fit(write_text(&sample.report, wide), 80);
    sample.report.run.scope = SCOPE_MACHINE;
    assert_lines_fit(write_text(&sample.report, rich), 80);
    (void)write_text(&sample.report,
                     narrow); /* what has no narrower form is longer, and is no crash */
}

static void test_names_from_outside_cannot_steer_the_terminal(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_extreme(&sample);
    text = write_text(&sample.report, rich);
    for (const char *at = text; *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
    ASSERT_HAS_NOT(text, "\x7f");
    ASSERT_HAS_NOT(text, "\xe2\x80\xae"); /* right-to-left override */
}

static void test_ascii_where_the_terminal_knows_no_other(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_extreme(&sample);
    for (text = write_text(&sample.report, ascii); *text != '\0'; text++)
        assert_true((unsigned char)*text < 0x80);
    sample_report_fill(&sample);
    text = write_text(&sample.report, ascii);
    ASSERT_HAS(text, "+/-4 %");
    ASSERT_HAS(text, "6.34 Wh (6.06 ... 6.66): ");
}

static void test_colour_only_where_it_is_asked_for(void **state)
{
    struct sample_report sample;
    struct text_style colour = rich;

    (void)state;
    colour.colour = true;
    sample_report_fill(&sample);
    assert_null(strchr(write_text(&sample.report, rich), '\033'));
    assert_non_null(strchr(write_text(&sample.report, colour), '\033'));
}

/* A processor that goes by its name could be known better; not in a virtual machine, nor when it is. */
static void test_a_model_by_name_can_be_calibrated(void **state)
{
    struct sample_report sample;
    struct device *cpu;

    (void)state;
    sample_report_fill(&sample);
    cpu = &sample.devices[0].device;
    assert_int_equal(cpu->kind, DEVICE_CPU);
    sample.report.run.machine.virtualized = false;
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "calibrate`");
    cpu->basis = BASIS_MODELLED;
    ASSERT_HAS(write_text(&sample.report, rich), "calibrate`");
    sample.report.run.machine.virtualized = true;
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "calibrate`");
    sample.report.run.machine.virtualized = false;
    (void)snprintf(cpu->rated_source, sizeof(cpu->rated_source), "calibrated 2026-11-26 by rapl");
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "calibrate`");
}

static void test_the_unavailable_is_a_dash_with_its_reason(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_empty(&sample);
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "aico2: a run, 0 s, recovered, end unknown\n");
    ASSERT_HAS(text, "  this job  –  nothing could be measured or modelled: see `aico2 doctor`\n");
    ASSERT_HAS(text, "  carbon    –  without energy there are no grams\n");
    ASSERT_HAS(text, "  embodied  –  no figure for making this hardware\n");
    ASSERT_HAS_NOT(text, "nan");
    ASSERT_HAS_NOT(text, "null");
    ASSERT_HAS_NOT(text, " 0 Wh");
    ASSERT_HAS_NOT(text, "by car");
}

/* Whose board and chassis: not the guest's. */
static void test_a_guest_says_that_they_are_the_hosts(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.report.run.machine.virtualized = true;
    ASSERT_HAS(write_text(&sample.report, rich), "RAM 12.0, the host's board 4.00, the host's\n");
    sample.report.run.embodied = false;
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "host's");
}

static void test_a_third_thing_stands_beside_the_two(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.report.picture = (struct equivalent){ 3.5,
                                                 2347.697,
                                                 "gasoline_litre_epa",
                                                 "litre of petrol burned",
                                                 "litres of petrol burned",
                                                 "US EPA" };
    ASSERT_HAS(write_text(&sample.report, rich), "3.50 litres of petrol");
    sample.report.picture.count = 1;
    ASSERT_HAS(write_text(&sample.report, rich), "1.00 litre of petrol");
}

static void test_how_much_is_measured_is_said_plainly(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[2].device.basis = BASIS_MEASURED;
    sample.report.measured_ratio = 1;
    ASSERT_HAS(write_text(&sample.report, rich), "  measured  all of it\n");

    for (size_t i = 0; i < 3; i++)
        sample.devices[i].device.basis = BASIS_MODELLED;
    sample.report.measured_ratio = 0;
    ASSERT_HAS(write_text(&sample.report, rich),
               "  measured  nothing: every figure is modelled, hence the wide bands\n");
    sample.devices[0].device.basis = BASIS_ASSUMED;
    ASSERT_HAS(write_text(&sample.report, rich), "every figure is modelled or assumed, hence");
    /* a board is for comparison only: what it is based on says nothing of the total */
    sample.devices[0].device.kind = DEVICE_BOARD;
    ASSERT_HAS(write_text(&sample.report, rich), "every figure is modelled, hence");
}

/* A board of 10 Wh whose parts are 7.25 Wh; and one that says less than they. */
static void test_a_board_is_compared_with_its_parts(void **state)
{
    struct sample_report sample;
    struct report_device *board;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.report.machine_joules = 7.25 * 3600;
    board = &sample.devices[0];
    board->device.kind = DEVICE_BOARD;
    board->energy = (struct band){ 10 * 3600, 9 * 3600, 11 * 3600 };
    board->coverage_ratio = 1;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "for comparison");
    ASSERT_HAS(text, "board: 2.75 Wh more than the sum of its parts (28 % of it)\n");

    board->energy.value = 7.3 * 3600 / 2; /* 3.65 Wh: 3.60 less, 98.6 % */
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "board: 3.60 Wh less than the sum of its parts (99 % of it): it");
    ASSERT_HAS(text, "misses");
    board->coverage_ratio = 0.9; /* nothing to compare */
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "the sum of its parts");
    board->coverage_ratio = 1;
    board->energy = BAND_NONE;
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "the sum of its parts");
}

/* Each of two readers calls its board 0. */
static void test_two_boards_are_told_apart(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    for (size_t i = 0; i < 2; i++) {
        sample.devices[i].device.kind = DEVICE_BOARD;
        sample.devices[i].device.index = 0;
        (void)snprintf(sample.devices[i].device.reader, sizeof(sample.devices[i].device.reader),
                       "%s", i == 0 ? "battery" : "acpi_meter");
        sample.devices[i].device.basis = BASIS_MEASURED;
    }
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "  board0 ");
    ASSERT_HAS(text, "  board1 ");
    ASSERT_HAS(text, "measured, batt.");
    ASSERT_HAS(text, "measured, ACPI");
}

/* A short job on a busy machine: 3.98 µWh beside 3.53 mWh, each in its own unit on its own line. */
static void test_what_others_used_has_a_unit_of_its_own(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.report.total = (struct band){ 3.98e-6 * 3600, 1.28e-6 * 3600, 6.68e-6 * 3600 };
    sample.report.job_joules = 2.02e-6 * 3600;
    sample.report.idle_share_joules = 1.96e-6 * 3600;
    sample.report.others_joules = 1.784e-3 * 3600;
    sample.report.idle_joules = (1.743e-3 + 1.96e-6) * 3600;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "  this job  3.98 µWh (1.28 … 6.68): 2.02 active + 1.96 of the idle\n");
    ASSERT_HAS(text, "  the rest  3.53 mWh not of this job: others 1.78, idle 1.74\n");
}

static void test_the_scope_and_the_idle_policy_are_named(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.report.run.idle = IDLE_NONE;
    ASSERT_HAS(write_text(&sample.report, rich), "5.62 active, no share of the idle\n");
    sample.report.run.idle = IDLE_ALL;
    ASSERT_HAS(write_text(&sample.report, rich), "5.62 active + 0.72, all of the idle\n");
    sample.report.run.scope = SCOPE_MACHINE;
    sample.report.total = (struct band){ 7.25 * 3600, 6.9 * 3600, 7.6 * 3600 };
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "  machine   7.25 Wh (6.90 … 7.60): the job 5.62, others 0.41, idle 1.22\n");
    ASSERT_HAS_NOT(text, "  the rest  ");
}

static void test_how_a_run_ended(void **state)
{
    static const struct {
        enum run_state state;
        int status;
        const char *text;
    } cases[] = {
        { RUN_FAILED, 3, ", exit 3" },
        { RUN_SIGNALLED, 128 + 15, ", killed by SIGTERM" },
        { RUN_SIGNALLED, 128 + 9, ", killed by SIGKILL" },
        { RUN_SIGNALLED, -1, ", killed by a signal" },
        { RUN_TIMED_OUT, 124, ", timed out" },
        { RUN_RUNNING, -1, ", still running" },
        { RUN_RECOVERED, -1, ", recovered, end unknown" },
        { RUN_IMPORTED, -1, ", imported" },
        { RUN_FINISHED, -1, ", finished" },
    };
    struct sample_report sample;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        sample_report_fill(&sample);
        sample.report.run.state = cases[i].state;
        sample.report.run.exit_status = cases[i].status;
        ASSERT_HAS(write_text(&sample.report, rich), cases[i].text);
    }
}

/* A window's id is in no history: its times are shown. */
static void test_a_window_and_a_recomputation_say_so(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "recomputed");
    memcpy(sample.report.recomputed_from, "01KB3EABCDEFGHJKMNPQRSTVWX", ULID_SIZE);
    ASSERT_HAS(write_text(&sample.report, rich),
               "\n  recomputed: the joules of run 01KB3EABCD… under the factors below\n");

    sample_report_fill(&sample);
    sample.report.run.command_json = NULL;
    sample.report.run.exit_status = -1;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text,
               "aico2: train.py, 50.1 s, finished\n"
               "  from 2026-11-24T02:28:48.123Z to 2026-11-24T02:29:38.223Z, out of the history\n");
    ASSERT_HAS_NOT(text, "run 01");
}

/* Unavailable is a dash, and nothing that was measured. */
static void test_a_device_without_readings_is_not_called_measured(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[1].energy = BAND_NONE;
    sample.devices[1].mean_power_watts = NAN;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "no figure, NVML");
    ASSERT_HAS_NOT(text, "measured, NVML");
}

/* The world average has no place: it is named, and so is the country the time zone suggests. */
static void test_the_world_average_is_named_and_never_a_guess(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.report.intensity.place_basis = PLACE_WORLD;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "            world average 44.2 g/kWh");
    ASSERT_HAS(text, "--country CC for the place, which was not given");
    memcpy(sample.report.suggested_country, "FR", 3);
    memcpy(sample.report.suggested_country_name, "France", 7);
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "--country FR if it is France");

    /* a figure from the user's file is nobody's average, and needs no place */
    (void)snprintf(sample.report.intensity.kind, sizeof(sample.report.intensity.kind), "user");
    sample.report.intensity.gco2e_per_kwh = (struct band){ 55.5, 55.5, 55.5 };
    sample.report.time_matched = true;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "intensity as given 55.5 g/kWh");
    ASSERT_HAS_NOT(text, "world average");
    ASSERT_HAS_NOT(text, "--country");
}

/* Nine alike are one line with their sum; eight are eight. */
static void test_many_devices_of_one_sort_are_one_line(void **state)
{
    struct sample_report sample;
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    for (int i = 0; i < 9; i++) {
        sample.devices[i] = sample.devices[1];
        sample.devices[i].device.index = i;
        sample.devices[i].energy = (struct band){ 3600, 3420, 3780 };
    }
    sample.devices[8].energy = BAND_NONE; /* one was lost */
    sample.report.device_count = 8;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "  GPU0  NVIDIA A100");
    ASSERT_HAS(text, "  GPU7  NVIDIA A100");
    sample.report.device_count = 9;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "  GPU   8 of 9 × NVIDIA A100");
    ASSERT_HAS(text, "8.00 Wh");
    ASSERT_HAS(text, "±5 %");
    ASSERT_HAS_NOT(text, "GPU0");
}

static void test_gaps_are_named_with_their_length(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[1].coverage_ratio = 0.75;
    sample.devices[1].gap_seconds = 12.5;
    ASSERT_HAS(write_text(&sample.report, rich),
               "  gaps      GPU0 covered 75 % of the run, 12.5 s without readings\n");
}

static void test_tasks_and_warnings(void **state)
{
    struct sample_report sample;
    static char warning[] = "the machine slept for 3 s";
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    for (size_t i = 0; i < 12; i++)
        sample.tasks[i] = (struct report_task){
            .name = "epoch", .duration_seconds = 2.5, .energy_joules = 3600, .total_gco2e = 0.5
        };
    sample.report.tasks = sample.tasks;
    sample.report.task_count = 12;
    sample.warnings[0] = warning;
    sample.report.warnings = sample.warnings;
    sample.report.warning_count = 1;
    text = write_text(&sample.report, rich);
    ASSERT_HAS(text, "2.50 s      1.00 Wh   500 mgCO2e\n");
    ASSERT_HAS(text, "and 2 more tasks: --json has them all\n");
    ASSERT_HAS(text, "  warning:  the machine slept for 3 s\n");
}

/* What a device's note says is not said again by a warning; JSON has both. */
static void test_a_note_is_said_once(void **state)
{
    struct sample_report sample;
    static char same[] = "memory: size from MemTotal";
    static char other[] = "memory: size from MemTotal, and more";
    const char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.warnings[0] = same;
    sample.warnings[1] = other;
    sample.report.warnings = sample.warnings;
    sample.report.warning_count = 2;
    text = write_text(&sample.report, rich);
    ASSERT_HAS_NOT(text, "memory: size from MemTotal\n");
    ASSERT_HAS(text, "  warning:  memory: size from MemTotal, and more\n");
}

/* The widest that models have: the columns stay under their headings. */
static void test_a_lopsided_band_keeps_its_column(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[2].energy = (struct band){ 450, 0, 936 };
    ASSERT_HAS(
        write_text(&sample.report, rich),
        "  RAM   24.0 GiB                    modelled         0.12 Wh  9.00 W -100/+108 %\n");
}

/* 1e-5 km is a centimetre. */
static void test_a_hairs_breadth_by_car_is_left_out(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.report.car_km = 9e-6;
    ASSERT_HAS_NOT(write_text(&sample.report, rich), "by car");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_report_of_the_manual),
        cmocka_unit_test(test_any_report_fits_80_columns_and_40),
        cmocka_unit_test(test_names_from_outside_cannot_steer_the_terminal),
        cmocka_unit_test(test_ascii_where_the_terminal_knows_no_other),
        cmocka_unit_test(test_colour_only_where_it_is_asked_for),
        cmocka_unit_test(test_a_model_by_name_can_be_calibrated),
        cmocka_unit_test(test_the_unavailable_is_a_dash_with_its_reason),
        cmocka_unit_test(test_a_guest_says_that_they_are_the_hosts),
        cmocka_unit_test(test_a_third_thing_stands_beside_the_two),
        cmocka_unit_test(test_how_much_is_measured_is_said_plainly),
        cmocka_unit_test(test_a_board_is_compared_with_its_parts),
        cmocka_unit_test(test_two_boards_are_told_apart),
        cmocka_unit_test(test_what_others_used_has_a_unit_of_its_own),
        cmocka_unit_test(test_the_scope_and_the_idle_policy_are_named),
        cmocka_unit_test(test_how_a_run_ended),
        cmocka_unit_test(test_a_window_and_a_recomputation_say_so),
        cmocka_unit_test(test_the_world_average_is_named_and_never_a_guess),
        cmocka_unit_test(test_a_device_without_readings_is_not_called_measured),
        cmocka_unit_test(test_many_devices_of_one_sort_are_one_line),
        cmocka_unit_test(test_gaps_are_named_with_their_length),
        cmocka_unit_test(test_tasks_and_warnings),
        cmocka_unit_test(test_a_note_is_said_once),
        cmocka_unit_test(test_a_lopsided_band_keeps_its_column),
        cmocka_unit_test(test_a_hairs_breadth_by_car_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
