/* SPDX-License-Identifier: Apache-2.0 */
/* test_import_totals.c - files of finished runs: the original project's and CodeCarbon's */
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
    if (series_run_read(series, NULL, NULL, &imported->record, &imported->rows, &imported->err) != 0)
        fail_msg("%s", imported->err.message);
}

/* Wh times 3600; the J of the files are of no use: 1000 times too many, and 3600000 times. */
static const struct {
    const char *file;
    double joules;
    double seconds;
    int64_t end_seconds; /* date -u -d ... +%s */
    const char *stage;
    double load;
} reports[] = {
    { "training_data.csv", 0.005981 * 3600, 50, 1720709700, "", 0.006624999999379213 },
    { "inference_data.csv", 2.5 * 3600, 126, 1699267620, "inference", 0.125 },
    { "usage_data.csv", 0.25 * 3600, 60, 1720709703, "", 0.25 },
};

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_original_projects_files_give_their_watt_hours),
        cmocka_unit_test(test_what_such_a_file_lacks_is_named),
        cmocka_unit_test(test_a_row_of_codecarbon_is_a_run_and_a_flushed_one_counts_once),
        cmocka_unit_test(test_bad_rows_of_codecarbon_are_skipped_and_quoted),
        cmocka_unit_test(test_a_sum_alone_is_taken_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
