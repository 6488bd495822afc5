/* SPDX-License-Identifier: Apache-2.0 */
/* test_import_totals.c - files of finished runs: the original project's,
 * CodeCarbon's and carbontracker's */
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

static void open_log(const char *name, struct series **series_out)
{
    struct import_settings settings;
    struct aico2_error err = { 0 };
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/tests/logs/%s", getenv("AICO2_TEST_SOURCE_ROOT"), name);
    settings = settings_plain(path);
    if (importer_open(&settings, series_out, &err) != 0)
        fail_msg("%s", err.message);
}

static void read_run(struct series *series, struct imported *imported)
{
    *imported = (struct imported){ 0 };
    if (series_run_read(series, NULL, NULL, &imported->record, &imported->rows, &imported->err) !=
        0)
        fail_msg("%s", imported->err.message);
}

/* Wh times 3600; the J of the files are of no use: 1000 times too many, and 3600000 times. */
static const struct {
    const char *file;
    double joules;
    double seconds;
    int64_t end_seconds; /* date -u -d ... +%s */
    const char *stage;
    double load; /* of CPU, GPU and memory; that of ARM machines' memory is no percent */
    double gpu_load;
    double ram_load;
    const char *gpu;
} reports[] = {
    { "training_data.csv", 0.005981 * 3600, 50, 1720709700, "", 0.006624999999379213, 0,
      0.04418539722153516, "GeForce GTX 1080 Ti" },
    { "inference_data.csv", 2.5 * 3600, 126, 1699267620, "inference", 0.125, 0.32, 0.00000493329,
      "02.0 VGA compatible controller" },
    { "usage_data.csv", 0.25 * 3600, 60, 1720709703, "", 0.25, 0.5, 0.03, "NVIDIA Tegra" },
};

/* A load without energy: nothing of it is added, and no making of hardware. */
static void check_load(const struct imported *imported, const char *id, enum device_kind kind,
                       double load)
{
    const struct device *device = imported_device(imported, id);
    const struct energy_sums *sums = &imported_totals(imported, id)->sums;

    assert_non_null(device);
    assert_int_equal(device->kind, kind);
    near(device->host_share, 0);
    near(sums->joules, 0);
    near(sums->covered_seconds, 0);
    near(sums->utilization_seconds / sums->utilization_covered_seconds, load);
}

static void test_the_original_projects_files_give_their_watt_hours(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(reports); i++) {
        struct imported imported;
        struct series *series;
        const struct device *device;
        const struct energy_sums *sums;

        print_message("# %s\n", reports[i].file);
        open_log(reports[i].file, &series);
        assert_string_equal(series->facts.hostname, "node");
        assert_string_equal(series->facts.stage, reports[i].stage);
        read_run(series, &imported);
        device = imported_device(&imported, "cpu+gpu");
        assert_non_null(device);
        assert_int_equal(device->basis, BASIS_ASSUMED);
        assert_string_equal(device->reader, "seed");
        sums = &imported_totals(&imported, "cpu+gpu")->sums;
        assert_true(fabs(sums->joules - reports[i].joules) <= 1e-6);
        near(sums->covered_seconds, reports[i].seconds);
        near(sums->utilization_seconds / sums->utilization_covered_seconds, reports[i].load);
        check_load(&imported, "cpu", DEVICE_CPU, reports[i].load);
        check_load(&imported, "gpu", DEVICE_GPU, reports[i].gpu_load);
        check_load(&imported, "ram", DEVICE_MEMORY, reports[i].ram_load);
        assert_string_equal(imported_device(&imported, "gpu")->model, reports[i].gpu);
        assert_int_equal(imported.record.run.ended_wall_ns / NSEC_PER_SEC, reports[i].end_seconds);
        near(seconds_from_ns(imported.record.run.duration_ns), reports[i].seconds);
        assert_int_equal(series->next_run(series, NULL), 0);
        imported_free(&imported);
        series_close(series);
    }
}

#define FIRST "Operating System Name,Linux,\n"
#define REST "duration,50,\ndatetime,07/11/2024 14:55,\n"

static void test_what_such_a_file_lacks_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } bad[] = {
        { FIRST REST, "no energy above 0" },
        { FIRST "After conversion kWh,0.0,\n" REST, "no energy above 0" },
        { FIRST "After conversion kWh,x,\n" REST, ":2: 'After conversion kWh': 'x' is no number" },
        { FIRST "After conversion kWh,-1,\n" REST, "'-1' is no number" },
        { FIRST "After conversion kWh,1,\nduration,0,\ndatetime,07/11/2024 14:55,\n",
          "no duration above 0" },
        { FIRST "After conversion kWh,1,\nduration,50,\n", "no date" },
        { FIRST "After conversion kWh,1,\nduration,50,\ndatetime,31/31/2024 14:55,\n",
          ":4: 'datetime': '31/31/2024 14:55' is no date" },
        { FIRST "\"After\n", "no row of CSV" },
        { FIRST "a,CPU,200\n", "'CPU': '200' is no number of percent" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct import_settings settings = settings_plain(NULL);
        struct imported imported;

        assert_int_equal(imported_read_bytes(&imported, &settings, bad[i].text,
                                             strlen(bad[i].text)),
                         -EBADMSG);
        if (strstr(imported.err.message, bad[i].words) == NULL)
            fail_msg("no '%s' in '%s'", bad[i].words, imported.err.message);
        imported_free(&imported);
    }
}

static void check_joules(const struct imported *imported, const char *id, double joules)
{
    assert_non_null(imported_totals(imported, id));
    /* to the microjoule */
    assert_true(fabs(imported_totals(imported, id)->sums.joules - joules) <= 1e-6);
}

/* The second row of train has all of its first; eval's energies have a PUE of 1.2 in them. */
static void test_a_row_of_codecarbon_is_a_run_and_a_flushed_one_counts_once(void **state)
{
    struct imported imported;
    struct series *series;

    (void)state;
    open_log("emissions.csv", &series);
    assert_string_equal(series->facts.name, "train");
    assert_string_equal(series->facts.country, "FRA");
    assert_int_equal(series->facts.threads, 64);
    read_run(series, &imported);
    check_joules(&imported, "cpu0", 0.02 * 3.6e6);
    check_joules(&imported, "gpu0", 0.08 * 3.6e6);
    check_joules(&imported, "memory", 0.01 * 3.6e6);
    near(seconds_from_ns(imported.record.run.duration_ns), 1200);
    /* 2025-03-01T12:00:00Z */
    assert_int_equal(imported.record.run.started_wall_ns / NSEC_PER_SEC, 1740830400);
    assert_int_equal(imported_device(&imported, "gpu0")->basis, BASIS_MEASURED);
    assert_int_equal(imported_device(&imported, "cpu0")->basis, BASIS_MODELLED);
    near(imported_totals(&imported, "gpu0")->sums.utilization_seconds, 0.8 * 1200);
    imported_free(&imported);

    assert_int_equal(series->next_run(series, NULL), 1);
    assert_string_equal(series->facts.name, "eval");
    near(series->facts.pue, 1.2);
    read_run(series, &imported);
    check_joules(&imported, "cpu0", 0.001 * 3.6e6);
    check_joules(&imported, "memory", 0.0005 * 3.6e6);
    assert_null(imported_device(&imported, "gpu0")); /* it wrote 0 for what it could not see */
    imported_free(&imported);
    assert_int_equal(series->next_run(series, NULL), 0);
    series_close(series);

    open_log("emissions-2.csv", &series);
    assert_true(isnan(series->facts.pue));
    read_run(series, &imported);
    check_joules(&imported, "cpu0", 360);
    check_joules(&imported, "memory", 108);
    imported_free(&imported);
    series_close(series);
}

#define CODECARBON "timestamp,duration,emissions,cpu_energy,energy_consumed\n"

static void test_bad_rows_of_codecarbon_are_skipped_and_quoted(void **state)
{
    static const struct {
        const char *row;
        const char *words;
    } bad[] = {
        { "2025-03-01T12:00:00,x,0,1,1\n", ":3: column 'duration': 'x' is no number" },
        { "2025-03-01T12:00:00,0,0,1,1\n", "column 'duration': '0'" },
        { "2025-03-01T12:00:00,,0,1,1\n", "column 'duration': '' is no duration" },
        { "yesterday,10,0,1,1\n", "column 'timestamp': 'yesterday' is no time" },
        { "2025-03-01T12:00:00,10,0,-1,1\n", "column 'cpu_energy': '-1'" },
        { "2025-03-01T12:00:00,10,0,0,0\n", "column 'energy_consumed': '0' is no energy above 0" },
        { "2025-03-01T12:00:00,10\n", "2 cells where the header has 5" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct import_settings settings = settings_plain(NULL);
        struct imported imported;
        char text[512];

        (void)snprintf(text, sizeof(text), CODECARBON "2025-03-01T11:00:00,10,0,0.5,0.5\n%s",
                       bad[i].row);
        assert_int_equal(imported_read_bytes(&imported, &settings, text, strlen(text)), 0);
        check_joules(&imported, "cpu0", 1.8e6);
        if (!imported_has_note(&imported, bad[i].words))
            fail_msg("no '%s'", bad[i].words);
        imported_free(&imported);
        settings.strict = true;
        assert_int_equal(imported_read_bytes(&imported, &settings, text, strlen(text)), -EBADMSG);
        imported_free(&imported);
    }
}

/* A row without parts: the whole is all there is. */
static void test_a_sum_alone_is_taken_as_a_whole(void **state)
{
    static const char text[] = "timestamp,duration,emissions,energy_consumed\n"
                               "2025-03-01T11:00:00,10,0,0.5\n";
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    assert_int_equal(imported_read_bytes(&imported, &settings, text, sizeof(text) - 1), 0);
    check_joules(&imported, "total", 1.8e6);
    imported_free(&imported);
}

static void read_text(struct imported *imported, const char *text)
{
    struct import_settings settings = settings_plain(NULL);

    if (imported_read_bytes(imported, &settings, text, strlen(text)) != 0)
        fail_msg("%s", imported->err.message);
}

/* Each row is a task with its own sums: none is a newer one of the other. Version 1 had no run_id. */
static void test_tasks_of_codecarbon_are_runs_of_their_own(void **state)
{
    struct imported imported;
    struct series *series;

    (void)state;
    open_log("emissions-3.3-tasks.csv", &series);
    assert_string_equal(series->facts.name, "codecarbon: load");
    read_run(series, &imported);
    check_joules(&imported, "cpu0", 2.671957500102885e-07 * 3.6e6);
    check_joules(&imported, "memory", 6.676537813333804e-06 * 3.6e6);
    imported_free(&imported);
    assert_int_equal(series->next_run(series, NULL), 1);
    assert_string_equal(series->facts.name, "codecarbon: fit");
    assert_int_equal(series->next_run(series, NULL), 0);
    series_close(series);

    open_log("emissions-3.3.csv", &series);
    assert_string_equal(series->facts.name, "demo");
    read_run(series, &imported);
    check_joules(&imported, "cpu0", 1.4943640948913214e-06 * 3.6e6);
    imported_free(&imported);
    assert_int_equal(series->next_run(series, NULL), 1);
    near(series->facts.pue, 1.2);
    assert_int_equal(series->next_run(series, NULL), 0);
    series_close(series);

    read_text(&imported, "timestamp,experiment_id,project_name,duration,emissions,energy_consumed\n"
                         "2021-03-01T11:00:00,aa,p,10,0,0.5\n"
                         "2021-03-01T11:00:10,aa,p,20,0,1\n");
    check_joules(&imported, "total", 3.6e6);
    imported_free(&imported);
}

/* As carbontracker 2.4.7 wrote it: 200 W and 32.5 W over three epochs of 1.2 s, 0.8 s apart in all. */
static void test_epochs_of_carbontracker_are_power_times_duration(void **state)
{
    struct imported imported;
    struct series *series;

    (void)state;
    open_log("carbontracker.log", &series);
    near(series->facts.pue, 1.58);
    assert_string_equal(series->facts.cpu_model, "Test CPU");
    read_run(series, &imported);
    check_joules(&imported, "gpu0", 200 * 3.6);
    check_joules(&imported, "cpu0", 32.5 * 3.6);
    near(imported_totals(&imported, "gpu0")->sums.covered_seconds, 3.6);
    assert_true(fabs(imported_totals(&imported, "gpu0")->sums.gap_seconds - 0.8) < 1e-6);
    assert_int_equal(imported_device(&imported, "gpu0")->basis, BASIS_MEASURED);
    assert_int_equal(imported_device(&imported, "cpu0")->basis, BASIS_ASSUMED);
    imported_free(&imported);
    series_close(series);

    /* 3.67443242e-4 kWh with the PUE in it; the clock showed 4 s */
    open_log("carbontracker-sum_output.log", &series);
    read_run(series, &imported);
    check_joules(&imported, "total", 0.000367443242 * 3.6e6 / 1.58);
    near(seconds_from_ns(imported.record.run.duration_ns), 4);
    imported_free(&imported);
    series_close(series);
}

#define CARBONTRACKER                                                                       \
    "2023-05-01 10:00:00 - carbontracker version 1.1.7\n"                                   \
    "2023-05-01 10:00:00 - Only predicted and actual consumptions are multiplied by a PUE " \
    "coefficient of 1.55 (R. A., 2022).\n"                                                  \
    "2023-05-01 10:00:00 - The following components were found: GPU with device(s) NVIDIA " \
    "A100-SXM4-40GB, NVIDIA A100-SXM4-40GB. CPU with device(s) cpu:0, dram:0.\n"
#define EPOCH(end, rest) \
    "2023-05-01 " end " - Epoch 1:\n2023-05-01 " end " - Duration: 0:01:40.00\n" rest

/* Of two epochs of 100 s, 10 s apart, the second without a CPU. */
static void test_powers_of_several_devices_are_lists(void **state)
{
    static const char text[] = CARBONTRACKER EPOCH(
        "10:01:40", "2023-05-01 10:01:40 - Average power usage (W) for gpu: [300.5\n 299.5]\n"
                    "2023-05-01 10:01:40 - Average power usage (W) for cpu: [100.  10.]\n")
        EPOCH("10:03:30", "2023-05-01 10:03:30 - Average power usage (W) for gpu: [310. 290.]\n"
                          "2023-05-01 10:03:30 - Average power usage (W) for cpu: None\n");
    struct imported imported;

    (void)state;
    read_text(&imported, text);
    check_joules(&imported, "gpu0", 30050 + 31000);
    check_joules(&imported, "gpu1", 29950 + 29000);
    check_joules(&imported, "cpu0", 10000);
    check_joules(&imported, "dram0", 1000);
    assert_string_equal(imported_device(&imported, "gpu1")->model, "NVIDIA A100-SXM4-40GB");
    assert_int_equal(imported_device(&imported, "dram0")->kind, DEVICE_DRAM);
    assert_int_equal(imported_device(&imported, "cpu0")->basis, BASIS_MEASURED);
    assert_true(fabs(imported_totals(&imported, "gpu0")->sums.gap_seconds - 10) < 1e-6);
    assert_true(imported_has_note(&imported, "between the epochs, 10 s"));
    imported_free(&imported);
}

static void test_what_a_log_of_carbontracker_lacks_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } bad[] = {
        { CARBONTRACKER, "no epoch with a duration and a power" },
        { CARBONTRACKER EPOCH("10:01:40", ""), "no epoch with a duration and a power" },
        { CARBONTRACKER EPOCH("10:01:40",
                              "2023-05-01 10:01:40 - Average power usage (W) for gpu: x\n"),
          "'x' is no power in W" },
        { "2023-05-01 10:00:00 - CarbonTracker: \nPredicted consumption for 3 epoch(s):\n"
          "\tTime:\t0:00:04\n\tEnergy:\t0.1 kWh\n",
          "only a prediction" },
        { "2023-05-01 10:00:00 - CarbonTracker: \nActual consumption for 3 epoch(s):\n"
          "\tTime:\t0:00:00\n\tEnergy:\t0.1 kWh\n",
          "no duration or no energy" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct import_settings settings = settings_plain(NULL);
        struct imported imported;

        assert_int_equal(imported_read_bytes(&imported, &settings, bad[i].text,
                                             strlen(bad[i].text)),
                         -EBADMSG);
        if (strstr(imported.err.message, bad[i].words) == NULL)
            fail_msg("no '%s' in '%s'", bad[i].words, imported.err.message);
        imported_free(&imported);
    }
}

#define LONG_EPOCH                                     \
    "2026-11-01 10:00:00 - Epoch 2:\n"                 \
    "2026-11-01 10:00:00 - Duration: 27000:00:00.00\n" \
    "2026-11-01 10:00:00 - Average power usage (W) for gpu: [1000000. 0.5]\n"

/* 10^6 W for 27000 h are 9.7 x 10^13 J, more than a counter of microjoules holds; half a watt is not. */
static void test_what_no_epoch_can_have_used_is_not_counted(void **state)
{
    static const char alone[] =
        CARBONTRACKER "2026-11-01 10:00:00 - Epoch 2:\n"
                      "2026-11-01 10:00:00 - Duration: 27000:00:00.00\n"
                      "2026-11-01 10:00:00 - Average power usage (W) for gpu: 1000000.\n";
    struct import_settings settings = settings_plain(NULL);
    struct imported imported;

    (void)state;
    read_text(&imported, CARBONTRACKER EPOCH(
                             "10:01:40",
                             "2023-05-01 10:01:40 - Average power usage (W) for gpu: [300. 200.]\n")
                             LONG_EPOCH);
    check_joules(&imported, "gpu0", 30000);
    check_joules(&imported, "gpu1", 20000 + 0.5 * 27000 * 3600);
    near(imported_totals(&imported, "gpu0")->sums.covered_seconds, 100);
    imported_free(&imported);

    assert_int_equal(imported_read_bytes(&imported, &settings, alone, strlen(alone)), -EBADMSG);
    assert_non_null(strstr(imported.err.message, "no epoch with a duration and a power"));
    imported_free(&imported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_original_projects_files_give_their_watt_hours),
        cmocka_unit_test(test_what_such_a_file_lacks_is_named),
        cmocka_unit_test(test_a_row_of_codecarbon_is_a_run_and_a_flushed_one_counts_once),
        cmocka_unit_test(test_bad_rows_of_codecarbon_are_skipped_and_quoted),
        cmocka_unit_test(test_a_sum_alone_is_taken_as_a_whole),
        cmocka_unit_test(test_tasks_of_codecarbon_are_runs_of_their_own),
        cmocka_unit_test(test_epochs_of_carbontracker_are_power_times_duration),
        cmocka_unit_test(test_powers_of_several_devices_are_lists),
        cmocka_unit_test(test_what_a_log_of_carbontracker_lacks_is_named),
        cmocka_unit_test(test_what_no_epoch_can_have_used_is_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
