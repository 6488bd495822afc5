/* SPDX-License-Identifier: Apache-2.0 */
/* test_importers.c - logs of a Jetson become the energy that is in them, and bad lines cost themselves
 *
 * The files are in tests/logs, with where their form is from.
 */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "import_check.h"

static void near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 1e-9 * (1 + fabs(wanted))))
        fail_msg("%.17g is not %.17g", value, wanted);
}

static const char *log_path(char *path, size_t size, const char *name)
{
    (void)snprintf(path, size, "%s/tests/logs/%s", getenv("AICO2_TEST_SOURCE_ROOT"), name);
    return path;
}

static void read_log(struct imported *imported, const char *name)
{
    char path[512];
    const struct import_settings settings = settings_plain(log_path(path, sizeof(path), name));

    if (imported_read(imported, &settings) != 0)
        fail_msg("%s", imported->err.message);
}

/* NAN: there is no such device, or it has no energy. */
static void check_joules(const struct imported *imported, const char *id, double joules)
{
    const struct device_totals *totals = imported_totals(imported, id);

    if (isnan(joules)) {
        assert_true(totals == NULL || totals->sums.covered_seconds == 0);
        return;
    }
    assert_non_null(totals);
    near(totals->sums.joules, joules);
    near(totals->sums.gap_seconds, 0);
}

/*
 * Trapezoids of the powers in each file.
 * Nano: (1 + 3) / 2 + (3 + 5) / 2 W; CPU (0.084 + 0.5) / 2 + (0.5 + 0.7) / 2, GPU 0.2 + 0.8.
 * AGX Orin, JetPack 5: rails without VDDQ_VDD2_1V8AO are 6.708, 8.708, 8.708, 6.708 W.
 * JetPack 7, every 2 s: 10, 12, 10 W, so 22 + 22 J.
 * AGX Xavier: 1.155 + 0.385 + 2.502 + 0 + 0.192 + 2.692 W for a second.
 * Orin Nano: two lines in a second are half a second apart: five times (3.5 + 4.5) / 2 * 0.5 J.
 * Thor: the rails of the module, 18 W; VIN is the carrier with it.
 * jtop on AGX Orin: its total has VDDQ twice, 7.009 W; ours is 6.708 W, for 2 s.
 */
static const struct {
    const char *file;
    double module_joules;
    const char *cpu_rail; /* NULL: none of its own */
    double cpu_joules;
    const char *gpu_rail;
    double gpu_joules;
    double board_joules;
    double seconds;
    const char *model;
    const char *reader;
    size_t parts;
} logs[] = {
    { "tegrastats-nano.log", 6, "POM_5V_CPU", 0.892, "POM_5V_GPU", 1, NAN, 2, "NVIDIA Jetson Nano",
      "tegrastats", 2 },
    { "tegrastats-tx2.log", 6, "VDD_SYS_CPU", 1.078, "VDD_SYS_GPU", 0.154, NAN, 2, "NVIDIA Jetson",
      "tegrastats", 4 },
    { "tegrastats-agx-xavier.log", 6.926, "CPU", 0.385, "GPU", 1.155, NAN, 1,
      "NVIDIA Jetson AGX Xavier", "tegrastats", 6 },
    { "tegrastats-agx-orin-jp5.log", 24.124, "VDD_CPU_CV", 2.388, "VDD_GPU_SOC", 11.17, NAN, 3,
      "NVIDIA Jetson AGX Orin", "tegrastats", 4 },
    { "tegrastats-agx-orin-jp7.log", 44, "VDD_CPU_CV", 4, "VDD_GPU_SOC", 24, NAN, 4,
      "NVIDIA Jetson AGX Orin", "tegrastats", 4 },
    { "tegrastats-agx-orin-jp7-blank.log", 44, "VDD_CPU_CV", 4, "VDD_GPU_SOC", 24, NAN, 4,
      "NVIDIA Jetson AGX Orin", "tegrastats", 4 },
    { "tegrastats-orin-nano-jp6.log", 10, NULL, NAN, NULL, NAN, NAN, 2.5, "NVIDIA Jetson",
      "tegrastats", 2 },
    { "tegrastats-agx-thor.log", 18, "VDD_CPU_SOC_MSS", 5, "VDD_GPU", 10, 25, 1,
      "NVIDIA Jetson AGX Thor", "tegrastats", 3 },
    { "jtop-orin-nano.csv", 16, NULL, NAN, NULL, NAN, NAN, 3, "NVIDIA Jetson", "jtop_csv", 2 },
    { "jtop-agx-orin.csv", 13.416, "VDD_CPU_CV", 1.592, "VDD_GPU_SOC", 4.78, NAN, 2,
      "NVIDIA Jetson AGX Orin", "jtop_csv", 4 },
    { "jtop-4.2.8.csv", 12, NULL, NAN, NULL, NAN, NAN, 2, "NVIDIA Jetson", "jtop_csv", 0 },
    { "jtop-3.csv", 5, NULL, NAN, NULL, NAN, NAN, 2, "NVIDIA Jetson", "jtop_csv", 0 },
};

static size_t count_parts(const struct imported *imported)
{
    size_t count = 0;

    for (size_t i = 0; i < imported->record.device_count; i++)
        count += imported->record.devices[i].kind == DEVICE_PART;
    return count;
}

static void test_each_form_gives_the_energy_of_its_board(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(logs); i++) {
        struct imported imported;
        const struct device *module;

        print_message("# %s\n", logs[i].file);
        read_log(&imported, logs[i].file);
        check_joules(&imported, "module0", logs[i].module_joules);
        if (logs[i].cpu_rail != NULL) {
            check_joules(&imported, logs[i].cpu_rail, logs[i].cpu_joules);
            check_joules(&imported, logs[i].gpu_rail, logs[i].gpu_joules);
        }
        assert_int_equal(count_parts(&imported), logs[i].parts);
        check_joules(&imported, "board", logs[i].board_joules);
        near(seconds_from_ns(imported.record.run.duration_ns), logs[i].seconds);
        module = imported_device(&imported, "module0");
        assert_string_equal(module->model, logs[i].model);
        assert_string_equal(module->reader, logs[i].reader);
        assert_int_equal(module->kind, DEVICE_MODULE);
        assert_int_equal(module->basis, BASIS_MEASURED);
        assert_true(module->band_ratio >= 0.05 && module->band_ratio <= 0.2);
        imported_free(&imported);
    }
}

static void check_load(const struct imported *imported, const char *id, double ratio)
{
    const struct energy_sums *sums = &imported_totals(imported, id)->sums;

    near(sums->utilization_seconds / sums->utilization_covered_seconds, ratio);
}

/* Cores that are off are none: 10, 20, 30 and 40 % of four cores are 25 %. */
static void test_loads_are_of_the_cores_that_are_on(void **state)
{
    struct imported imported;

    (void)state;
    read_log(&imported, "tegrastats-orin-nano-jp6.log");
    check_load(&imported, "module0", 0.25);
    check_load(&imported, "VDD_CPU_GPU_CV", 0.30);
    assert_int_equal(imported_device(&imported, "module0")->memory_bytes, 7620 * INT64_C(1048576));
    imported_free(&imported);
    read_log(&imported, "jtop-orin-nano.csv");
    check_load(&imported, "module0", 0.25);
    check_load(&imported, "VDD_CPU_GPU_CV", 0.40);
    imported_free(&imported);
    read_log(&imported, "jtop-4.2.8.csv"); /* no rail to show it with */
    check_load(&imported, "module0", 0.05);
    check_load(&imported, "gpu0", 0);
    imported_free(&imported);
    read_log(&imported, "tegrastats-nano-2gb.log");
    check_load(&imported, "cpu0", 0.5);
    check_load(&imported, "gpu0", 0.5);
    imported_free(&imported);
}

/* Load 0.005, 0.75 and 1 between 1.8 and 15 W: 1.866, 11.7 and 15 W. */
static void test_a_log_without_power_is_modelled_and_says_so(void **state)
{
    struct import_settings settings;
    struct imported imported;
    char path[512];

    (void)state;
    settings = settings_plain(log_path(path, sizeof(path), "jtop_usage.csv"));
    assert_int_equal(imported_read(&imported, &settings), 0);
    check_joules(&imported, "module0", 6.783 + 13.35);
    assert_int_equal(imported_device(&imported, "module0")->basis, BASIS_ASSUMED);
    imported_free(&imported);

    settings.module_watts = 20;
    settings.module_idle_watts = 0;
    settings.module_basis = BASIS_MODELLED;
    assert_int_equal(imported_read(&imported, &settings), 0);
    /* 0.1, 15 and 20 W */
    check_joules(&imported, "module0", 7.55 + 17.5);
    assert_int_equal(imported_device(&imported, "module0")->basis, BASIS_MODELLED);
    imported_free(&imported);
}

#define ORIN "RAM 1/8MB CPU [1%@1,2%@1] GR3D_FREQ 3%@1 "

static int read_text(struct imported *imported, const struct import_settings *settings,
                     const char *text)
{
    return imported_read_bytes(imported, settings, text, strlen(text));
}

static void test_a_hole_of_more_than_two_and_a_half_intervals_is_a_gap(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;
    const struct energy_sums *sums;

    (void)state;
    /* 1 W throughout; 3 s are missing, 2 s are not too much */
    assert_int_equal(read_text(&imported, &settings,
                               "11-24-2024 10:00:00 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:01 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:02 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:05 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:07 " ORIN "VDD_IN 1000mW/1mW\n"),
                     0);
    sums = &imported_totals(&imported, "module0")->sums;
    near(sums->joules, 4);
    near(sums->covered_seconds, 4);
    near(sums->gap_seconds, 3);
    imported_free(&imported);

    settings.interval_ns = 3 * NSEC_PER_SEC; /* the user knows better: then nothing is missing */
    assert_int_equal(read_text(&imported, &settings,
                               "11-24-2024 10:00:00 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:01 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:05 " ORIN "VDD_IN 1000mW/1mW\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 5);
    imported_free(&imported);
}

/* Each costs its own line and is counted; the first is quoted with its number. */
static void test_bad_lines_are_skipped_and_quoted(void **state)
{
    static const struct {
        const char *line;
        size_t length; /* 0: as text */
        const char *note;
    } bad[] = {
        { "rubbish\n", 0, ":2: 'rubbish' is no time" },
        { "11-24-2024 10:00:01 rubbish\n", 0, ":2: no line of tegrastats" },
        { "11-24-2024 10:00:01 " ORIN "\n", 0, "rail 'VDD_IN' or what belongs to it is missing" },
        { "11-24-2024 10:00:01 " ORIN "VDD_IN 29\n", 0, "'VDD_IN'" },
        { "11-24-2024 10:00:01 " ORIN "VDD_IN 2900mW/\n", 0, "'VDD_IN'" },
        { "11-24-2024 10:00:01 " ORIN "VDD_IN 99999999mW/1mW\n", 0, "beyond 1000 W" },
        { "02-30-2024 10:00:01 " ORIN "VDD_IN 1000mW/1mW\n", 0, "is no time" },
        { "11-24-2024 09:59:01 " ORIN "VDD_IN 1000mW/1mW\n", 0, "is not after" },
        { "11-24-2024 10:00:01 RAM\0 1/8MB\n", 31, "a NUL byte at column 24" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        static const char before[] = "11-24-2024 10:00:00 " ORIN "VDD_IN 1000mW/1mW\n";
        static const char after[] = "11-24-2024 10:00:02 " ORIN "VDD_IN 1000mW/1mW\n"
                                    "11-24-2024 10:00:03 " ORIN "VDD_IN 1000mW/1mW\n"
                                    "11-24-2024 10:00:04 " ORIN "VDD_IN 1000mW/1mW\n";
        struct import_settings settings = settings_plain(NULL);
        size_t length = bad[i].length > 0 ? bad[i].length : strlen(bad[i].line);
        struct imported imported;
        char text[1024];
        size_t at = sizeof(before) - 1;

        print_message("# bad line %zu\n", i);
        memcpy(text, before, at);
        memcpy(text + at, bad[i].line, length);
        memcpy(text + at + length, after, sizeof(after));
        at += length + sizeof(after) - 1;
        assert_int_equal(imported_read_bytes(&imported, &settings, text, at), 0);
        near(imported_totals(&imported, "module0")->sums.joules, 4);
        if (!imported_has_note(&imported, bad[i].note) ||
            !imported_has_note(&imported, "1 line was skipped"))
            fail_msg("no '%s' in '%s'", bad[i].note,
                     imported.note_count > 0 ? imported.notes[0] : "");
        imported_free(&imported);
        settings.strict = true;
        assert_int_equal(imported_read_bytes(&imported, &settings, text, at), -EBADMSG);
        assert_non_null(strstr(imported.err.message, bad[i].note));
        imported_free(&imported);
    }
}

/* The first line is the one that tells what the module has; one of 10^19 GB is none. 1 W for 2 s. */
static void test_a_size_that_no_memory_has_is_none(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    assert_int_equal(read_text(&imported, &settings,
                               "11-24-2024 10:00:00 RAM 1/9999999999999999999GB CPU [1%@1,2%@1] "
                               "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:01 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:02 " ORIN "VDD_IN 1000mW/1mW\n"
                               "11-24-2024 10:00:03 " ORIN "VDD_IN 1000mW/1mW\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 2);
    assert_int_equal(imported_device(&imported, "module0")->memory_bytes, 8 << 20);
    assert_true(imported_has_note(&imported, ":1: no line of tegrastats"));
    imported_free(&imported);
}

#define JTOP "time,uptime,CPU1,GPU,Power TOT,nvp model\r\n"

static void test_bad_cells_are_quoted_with_their_column(void **state)
{
    static const struct {
        const char *row;
        const char *note;
    } bad[] = {
        { "2024-11-24 10:00:01,0:00:01,1,2,12x,15W\r\n",
          ":3: column 'Power TOT': '12x' is no power in milliwatts" },
        { "2024-11-24 10:00:01,0:00:01,1,2,,15W\r\n", "column 'Power TOT': '' is no power" },
        { "2024-11-24 10:00:01,0:00:01,1,2,9e9,15W\r\n", "'9e9'" },
        { "2024-11-24 10:00:01,0:00:01,1,2,nan,15W\r\n", "'nan'" },
        { "2024-11-24 10:00:01,0:00:01,-1,2,5000,15W\r\n", "column 'CPU1': '-1' is no load" },
        { "2024-11-24 25:00:01,0:00:01,1,2,5000,15W\r\n", "column 'time': '2024-11-24 25:00:01'" },
        { "2024-11-24 10:00:01,0:00:01,1,2\r\n", ":3: 4 cells where the header has 6" },
        { "\"2024-11-24 10:00:01,0:00:01,1,2,5000,15W\r\n", "a quote is opened" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct import_settings settings = settings_plain(NULL);
        struct imported imported;
        char text[1024];

        (void)snprintf(text, sizeof(text),
                       JTOP "2024-11-24 10:00:00,0:00:00,1,2,4000,15W\r\n%s"
                            "2024-11-24 10:00:02,0:00:02,1,2,4000,15W\r\n"
                            "2024-11-24 10:00:03,0:00:03,1,2,4000,15W\r\n",
                       bad[i].row);
        print_message("# bad row %zu\n", i);
        assert_int_equal(read_text(&imported, &settings, text), 0);
        near(imported_totals(&imported, "module0")->sums.joules, 12);
        if (!imported_has_note(&imported, bad[i].note))
            fail_msg("no '%s' in '%s'", bad[i].note,
                     imported.note_count > 0 ? imported.notes[0] : "");
        imported_free(&imported);
        settings.strict = true;
        assert_int_equal(read_text(&imported, &settings, text), -EBADMSG);
        imported_free(&imported);
    }
}

/* BOM, CRLF, quotes, blanks, a guarded cell, a repeated header, empty lines: the same rows. */
static void test_what_editors_and_spreadsheets_do_changes_nothing(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    settings.start_wall_ns = INT64_MIN;
    assert_int_equal(
        read_text(&imported, &settings,
                  "\xef\xbb\xbf\"time\",\"uptime\", CPU1 ,GPU,\"Power TOT\",x\r\n"
                  "\r\n"
                  "\"2024-11-24 10:00:00\",\"1 day, 0:00:00\",1,2,\"4000\",'-1\r\n"
                  "\"time\",\"uptime\", CPU1 ,GPU,\"Power TOT\",x\r\n"
                  "2024-11-24 10:00:01,\"1 day, 0:00:01\",1, 2,  4000 ,\"a \"\"b\"\"\"\n"
                  "2024-11-24 10:00:02,\"1 day, 0:00:02\",1,OFF,4000,"),
        0);
    near(imported_totals(&imported, "module0")->sums.joules, 8);
    assert_int_equal(imported.note_count, 0);
    imported_free(&imported);
}

static void test_a_start_that_is_not_used_is_said(void **state)
{
    struct imported imported;

    (void)state;
    read_log(&imported, "jtop-orin-nano.csv");
    assert_true(imported_has_note(&imported, "--start was not used"));
    imported_free(&imported);
    read_log(&imported, "tegrastats-nano.log");
    assert_false(imported_has_note(&imported, "--start was not used"));
    imported_free(&imported);
}

/* The last line of a log that is still being written: a part of a number is no number. */
static void test_a_cut_last_line_is_not_believed(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    assert_int_equal(read_text(&imported, &settings,
                               "time,Power TOT\n2024-11-24 10:00:00,4000\n"
                               "2024-11-24 10:00:01,4000\n2024-11-24 10:00:02,40"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 4);
    assert_true(imported_has_note(&imported, ":4: the last line has no end"));
    imported_free(&imported);
}

/* 4 W for 3 s: a column that says the same in each row is no clock. */
static void test_an_uptime_that_stands_still_tells_nothing(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    assert_int_equal(read_text(&imported, &settings,
                               JTOP
                               "2024-11-24 10:00:00,\"35 days, 20:00:33.850000\",1,2,4000,15W\n"
                               "2024-11-24 10:00:01,\"35 days, 20:00:33.850000\",1,2,4000,15W\n"
                               "2024-11-24 10:00:02,\"35 days, 20:00:33.850000\",1,2,4000,15W\n"
                               "2024-11-24 10:00:03,\"35 days, 20:00:33.850000\",1,2,4000,15W\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 12);
    near(seconds_from_ns(imported.record.run.duration_ns), 3);
    assert_true(imported_has_note(&imported, ":3: the uptime stands still"));
    imported_free(&imported);
}

/* 4 W for 3 s: an uptime of a century, which together with such a date is past what a time can be, is not one. */
static void test_an_uptime_that_no_board_has_is_not_believed(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    settings.start_wall_ns = INT64_MIN;
    assert_int_equal(read_text(&imported, &settings,
                               JTOP
                               "2199-11-24 10:00:00,0:00:20,1,2,4000,15W\n"
                               "2199-11-24 10:00:01,\"36500 days, 0:00:21\",1,2,4000,15W\n"
                               "2199-11-24 10:00:02,876000:00:22,1,2,4000,15W\n"
                               "2199-11-24 10:00:03,\"18000 days, 7000:00:22\",1,2,4000,15W\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 12);
    assert_int_equal(imported.note_count, 0);
    imported_free(&imported);
}

/* NTP sets the clock of a board without a battery for it: 4 W for 3 s all the same. */
static void test_a_clock_that_is_set_is_seen_by_the_uptime(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    assert_int_equal(read_text(&imported, &settings,
                               JTOP "2018-01-28 15:58:20,0:00:20,1,2,4000,15W\n"
                                    "2018-01-28 15:58:21,0:00:21,1,2,4000,15W\n"
                                    "2024-11-24 10:00:00,0:00:22,1,2,4000,15W\n"
                                    "2024-11-24 10:00:01,0:00:23,1,2,4000,15W\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 12);
    near(seconds_from_ns(imported.record.run.duration_ns), 3);
    assert_true(imported_has_note(&imported, ":4: the board's clock was set by"));
    imported_free(&imported);
    /* started anew in between: its dates tell how long it was off */
    assert_int_equal(read_text(&imported, &settings,
                               JTOP "2024-11-24 10:00:00,0:30:20,1,2,4000,15W\n"
                                    "2024-11-24 10:00:01,0:30:21,1,2,4000,15W\n"
                                    "2024-11-24 10:01:01,0:00:20,1,2,4000,15W\n"
                                    "2024-11-24 10:01:02,0:00:21,1,2,4000,15W\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 8);
    near(imported_totals(&imported, "module0")->sums.gap_seconds, 60);
    imported_free(&imported);
}

static void check_refused(const char *text, const struct import_settings *settings, int code,
                          const char *words)
{
    struct imported imported;

    assert_int_equal(read_text(&imported, settings, text), code);
    if (strstr(imported.err.message, words) == NULL)
        fail_msg("no '%s' in '%s'", words, imported.err.message);
    imported_free(&imported);
}

static void test_what_cannot_be_read_is_refused_with_what_would_help(void **state)
{
    struct import_settings plain = settings_plain(NULL);
    struct import_settings undated = plain;
    struct import_settings forced = plain;

    (void)state;
    undated.start_wall_ns = INT64_MIN;
    forced.form = "tegrastats";
    check_refused("", &plain, -EBADMSG, "the file is empty");
    check_refused("\n\n", &plain, -EBADMSG, "the file is empty");
    check_refused("", &forced, -EBADMSG, "no line of tegrastats");
    check_refused("\xff\xfet\0i\0", &plain, -EBADMSG, "UTF-16");
    check_refused("time;uptime;Power TOT\n1;2;3,5\n", &plain, -EBADMSG, "parted by ';'");
    check_refused("a,b\n1,2\n", &plain, -EBADMSG, "begins 'a,b 1,2'");
    check_refused(JTOP, &plain, -EBADMSG, "no row below the header");
    check_refused(JTOP "2024-11-24 10:00:00,0:00:00,1,2,4000,15W\n", &plain, -ENODATA,
                  "two readings");
    check_refused(ORIN "VDD_IN 1000/1\n", &undated, -EINVAL, "--start");
    check_refused(JTOP "39:16.8,0:00:00,1,2,4000,15W\n", &undated, -EINVAL,
                  "column 'time': '39:16.8' is no date");
    check_refused("time,CPU1,Power TOT\n39:16.8,1,4000\n", &plain, -EBADMSG, "there is no uptime");
    check_refused(ORIN "VDD_X 1000/1 NC 0/0 VDD_Y 1/1\n", &plain, -EINVAL,
                  "none of the rails is known to be all of the module: VDD_X, VDD_Y");
    forced.form = "jtop_usage";
    check_refused("time,CPU_usage\n", &forced, -EBADMSG, "no column 'GPU_usage'");
}

/* A board without a battery whose clock was set, in a log without an uptime: 20783 days of nothing are no hole, and
 * nobody knows when the first lines were written. A year is one: a robot that was parked. */
static void test_a_leap_of_years_is_no_hole(void **state)
{
    static const char rest[] = " RAM 1/8MB CPU [1%@1] VDD_IN 4000mW/4000mW\n";
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;
    char text[512];

    (void)state;
    (void)snprintf(text, sizeof(text), "%s%s%s%s%s%s", "01-01-1970 00:00:10", rest,
                   "01-01-1970 00:00:11", rest, "11-26-2026 10:00:20", rest);
    check_refused(
        text, &settings, -EBADMSG,
        ":3: its time 2026-11-26T10:00:20.000Z is 20783 days after that of a line before, "
        "1970-01-01T00:00:11.000Z");
    (void)snprintf(text, sizeof(text), "%s%s%s%s%s%s%s%s", "11-26-2025 10:00:20", rest,
                   "11-26-2025 10:00:21", rest, "11-26-2026 10:00:20", rest, "11-26-2026 10:00:21",
                   rest);
    assert_int_equal(read_text(&imported, &settings, text), 0);
    near(imported_totals(&imported, "module0")->sums.joules, 8);
    imported_free(&imported);
}

/* 9e10 s and more are beyond what 64 bits of nanoseconds hold. */
static void test_an_uptime_of_ages_is_none(void **state)
{
    static const char *const uptimes[] = { "\"1000000 days, 20:00:33.8\"", "1000000:00:00" };
    struct import_settings settings = settings_plain(NULL);

    (void)state;
    settings.start_wall_ns = INT64_MIN;
    for (size_t i = 0; i < ARRAY_LENGTH(uptimes); i++) {
        char text[256];

        (void)snprintf(text, sizeof(text), JTOP "39:16.8,%s,1,2,4000,15W\n", uptimes[i]);
        check_refused(text, &settings, -EBADMSG, "and there is no uptime");
    }
}

/* Lines a year apart: in the 115th of these years the hours are more than a million. */
static void test_a_log_of_ages_takes_no_memory(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    char text[230 * 80];
    size_t used = 0;

    (void)state;
    for (int year = 1970; year < 2200; year++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "06-01-%d 10:00:00 RAM 1/8MB CPU [1%%@1] VDD_IN 4000mW/4000mW\n",
                                 year);
    assert_true(used < sizeof(text));
    check_refused(text, &settings, -EFBIG, "more than 1000000 hours");
}

/* 0 W at the first reading, 1 W at the second. */
static void test_a_power_below_zero_is_none(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    assert_int_equal(read_text(&imported, &settings, ORIN "VDD_IN -20/1\n" ORIN "VDD_IN 1000/1\n"),
                     0);
    near(imported_totals(&imported, "module0")->sums.joules, 0.5);
    imported_free(&imported);
}

/* Three lines a second, the last second with two of them: 7 steps of a third, 3 W. */
static void test_the_last_second_is_cut_and_not_stretched(void **state)
{
    static const char *const times[] = { "10:00:00", "10:00:01", "10:00:02" };
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;
    char text[2048] = "\xef\xbb\xbf";

    (void)state;
    settings.start_wall_ns = INT64_MIN;
    for (int i = 0; i < 8; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
                       "11-24-2024 %s %sVDD_IN 3000mW/1mW\n", times[i / 3], ORIN);
    assert_int_equal(read_text(&imported, &settings, text), 0);
    near(seconds_from_ns(imported.record.run.duration_ns) * 3, 7);
    assert_true(fabs(imported_totals(&imported, "module0")->sums.joules - 7) < 1e-6);
    assert_int_equal(imported.note_count, 0); /* the byte order mark is none of the first line */
    imported_free(&imported);
}

/* A second of so many lines at 3 W, and one line of the next. */
static void read_full_second(struct imported *imported, int lines)
{
    static char text[1 << 17];
    struct import_settings settings = settings_plain(NULL);
    size_t length = 0;

    settings.start_wall_ns = INT64_MIN;
    for (int i = 0; i <= lines; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length,
                                   "11-24-2024 10:00:0%d %sVDD_IN 3000mW/1mW\n", i == lines, ORIN);
    assert_int_equal(read_text(imported, &settings, text), 0);
    near(imported_totals(imported, "module0")->sums.joules, 3);
}

static void test_a_second_has_a_thousand_lines_at_most(void **state)
{
    struct imported imported;

    (void)state;
    read_full_second(&imported, 1000);
    assert_int_equal(imported.note_count, 0);
    assert_int_equal(imported_totals(&imported, "module0")->sums.samples, 1000);
    imported_free(&imported);
    read_full_second(&imported, 1002);
    assert_true(imported_has_note(&imported, ":1001: more than 1000 lines of one second"));
    assert_int_equal(imported_totals(&imported, "module0")->sums.samples, 1000);
    imported_free(&imported);
}

/* The rails of 4.2.8 are not told apart: on an AGX Orin one would be counted twice. */
static void test_a_total_of_unknown_rails_has_a_wider_band(void **state)
{
    struct imported imported;

    (void)state;
    read_log(&imported, "jtop-orin-nano.csv");
    near(imported_device(&imported, "module0")->band_ratio, 0.10);
    imported_free(&imported);
    read_log(&imported, "jtop-4.2.8.csv");
    near(imported_device(&imported, "module0")->band_ratio, 0.15);
    imported_free(&imported);
}

/* One line of a megabyte costs itself. */
static void test_a_line_without_an_end_takes_no_memory(void **state)
{
    static char text[(1 << 20) + 4096];
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;
    int head = snprintf(text, sizeof(text), JTOP "2024-11-24 10:00:00,0:00:00,1,2,4000,15W\n");

    (void)state;
    memset(text + head, 'x', 1 << 20);
    (void)snprintf(text + head + (1 << 20), 2048,
                   "\n2024-11-24 10:00:01,0:00:01,1,2,4000,15W\n"
                   "2024-11-24 10:00:02,0:00:02,1,2,4000,15W\n");
    assert_int_equal(read_text(&imported, &settings, text), 0);
    near(imported_totals(&imported, "module0")->sums.joules, 8);
    assert_true(imported_has_note(&imported, ":3: the line is longer than 65536 bytes"));
    imported_free(&imported);
}

/* Twelve hours at 10 Hz: rows are joined, sums are not touched. */
static void test_a_long_log_keeps_its_sums_in_fewer_rows(void **state)
{
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;
    FILE *file = tmpfile();
    char path[64];
    double rows = 0;

    (void)state;
    assert_non_null(file);
    settings.interval_ns = 100 * NSEC_PER_MSEC;
    for (int i = 0; i <= 432000; i++)
        (void)fprintf(file, "%sVDD_IN %d/1\n", ORIN, i % 2 == 0 ? 4000 : 6000);
    (void)fflush(file);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
    settings.path = path;
    assert_int_equal(imported_read(&imported, &settings), 0);
    near(imported_totals(&imported, "module0")->sums.joules, 5 * 43200);
    assert_true(imported.rows.count <= 8192);
    for (size_t i = 0; i < imported.rows.count; i++)
        rows += imported.rows.items[i].sums.joules;
    near(rows, 5 * 43200);
    near(imported.rows.items[0].power_watts, 5);
    /* and all of them are of one length, but for the last */
    for (size_t i = 1; i + 1 < imported.rows.count; i++)
        near(imported.rows.items[i].interval_seconds, imported.rows.items[0].interval_seconds);
    imported_free(&imported);
    (void)fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form_gives_the_energy_of_its_board),
        cmocka_unit_test(test_loads_are_of_the_cores_that_are_on),
        cmocka_unit_test(test_a_log_without_power_is_modelled_and_says_so),
        cmocka_unit_test(test_a_hole_of_more_than_two_and_a_half_intervals_is_a_gap),
        cmocka_unit_test(test_bad_lines_are_skipped_and_quoted),
        cmocka_unit_test(test_bad_cells_are_quoted_with_their_column),
        cmocka_unit_test(test_what_editors_and_spreadsheets_do_changes_nothing),
        cmocka_unit_test(test_a_start_that_is_not_used_is_said),
        cmocka_unit_test(test_a_cut_last_line_is_not_believed),
        cmocka_unit_test(test_an_uptime_that_stands_still_tells_nothing),
        cmocka_unit_test(test_a_clock_that_is_set_is_seen_by_the_uptime),
        cmocka_unit_test(test_a_leap_of_years_is_no_hole),
        cmocka_unit_test(test_an_uptime_of_ages_is_none),
        cmocka_unit_test(test_a_log_of_ages_takes_no_memory),
        cmocka_unit_test(test_what_cannot_be_read_is_refused_with_what_would_help),
        cmocka_unit_test(test_a_power_below_zero_is_none),
        cmocka_unit_test(test_the_last_second_is_cut_and_not_stretched),
        cmocka_unit_test(test_a_second_has_a_thousand_lines_at_most),
        cmocka_unit_test(test_a_total_of_unknown_rails_has_a_wider_band),
        cmocka_unit_test(test_a_line_without_an_end_takes_no_memory),
        cmocka_unit_test(test_a_long_log_keeps_its_sums_in_fewer_rows),
        cmocka_unit_test(test_a_size_that_no_memory_has_is_none),
        cmocka_unit_test(test_an_uptime_that_no_board_has_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
