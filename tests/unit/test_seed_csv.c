/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_seed_csv.c - the rows and cells that the original project's readers look for */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "csv_check.h"
#include "sample_report.h"
#include "writers/writer.h"

static char *write_seed(const struct report *report)
{
    char folder[64];
    char path[96];
    int fd = temp_dir_open(folder);
    struct aico2_error err = { 0 };
    char *text;

    (void)setenv("TZ", "XYZ-1", 1); /* an hour east, without a zone file */
    tzset();
    (void)snprintf(path, sizeof(path), "%s/training_data.csv", folder);
    assert_int_equal(write_seed_csv(path, report, &err), 0);
    text = file_text(path);
    (void)close(fd);
    temp_dir_remove(folder);
    return text;
}

static void assert_row(const char *text, size_t index, const char *key, const char *value,
                       size_t cells)
{
    static struct csv_line line;

    csv_line_at(text, index, &line);
    assert_string_equal(line.cells[0], key);
    if (value != NULL)
        assert_string_equal(line.cells[1], value);
    assert_int_equal(line.count, cells);
}

/* 22837.5 J = 6.34375 Wh: the original writes a thousand times the joules. */
static void test_rows_are_in_the_originals_order(void **state)
{
    struct sample_report sample;
    char *text;

    (void)state;
    sample_report_fill(&sample);
    text = write_seed(&sample.report);
    assert_row(text, 0, "Operating System Name", "Linux", 3);
    assert_row(text, 1, "Operating System Version", "6.1.0", 3);
    assert_row(text, 2, "Computer Network Name", "node7", 3);
    assert_row(text, 3, "Processor Information", "x86_64", 3);
    assert_row(text, 4, "Architecture Information", "x86_64", 3);
    assert_row(text, 5, "Platform Information", "Linux-6.1.0-x86_64", 3);
    assert_row(text, 6, "Complete System Information",
               "uname_result(system='Linux', node='node7', release='6.1.0', version='', "
               "machine='x86_64')",
               3);
    assert_row(text, 7, "CPU Model", "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz", 3);
    assert_row(text, 8, "GPU Model", "NVIDIA A100-SXM4-80GB", 3);
    assert_row(text, 9, "Instance", "Resource Type", 4);
    assert_row(text, 10, "node", "CPU", 4);
    assert_row(text, 11, "node", "RAM", 4);
    assert_row(text, 12, "gpu", "GPU", 4);
    assert_row(text, 13, "Estimated power consumption by CPU+GPU Wh", "6.34375", 3);
    assert_row(text, 14, "After conversion kWh", "0.00634375", 3);
    assert_row(text, 15, "After conversion J", "22837.5", 3);
    assert_row(text, 16, "duration", "50.1", 3);
    assert_row(text, 17, "datetime", "11/24/2026 03:29", 3);
    assert_row(text, 18, "Manifacture Comsumption", "0.05 gCO2e", 2);
    assert_int_equal(csv_line_count(text), 19);
    free(text);
}

/* As the original reads it: the third cells that are not empty, all rows together. */
static size_t third_cells(const char *text, char cells_out[8][32])
{
    static struct csv_line line;
    size_t rows = csv_line_count(text);
    size_t count = 0;

    for (size_t i = 0; i < rows; i++) {
        csv_line_at(text, i, &line);
        if (line.count >= 3 && line.cells[2][0] != '\0' && count < 8)
            (void)snprintf(cells_out[count++], 32, "%s", line.cells[2]);
    }
    return count;
}

static void test_the_originals_reader_finds_the_usages(void **state)
{
    struct sample_report sample;
    char cells[8][32];
    char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[1].mean_utilization_ratio = 0.875;
    sample.devices[2].mean_utilization_ratio = 0.25;
    text = write_seed(&sample.report);
    assert_int_equal(third_cells(text, cells), 4);
    assert_string_equal(cells[0], "Average Usage (%)");
    assert_string_equal(cells[1], "50");
    assert_string_equal(cells[2], "25");
    assert_string_equal(cells[3], "87.5");
    free(text);
}

/* The original wrote that of its first one. */
static void test_several_gpus_have_one_usage_together(void **state)
{
    struct sample_report sample;
    char cells[8][32];
    char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[1].mean_utilization_ratio = 0.875;
    sample.devices[2] = sample.devices[1];
    sample.devices[2].mean_utilization_ratio = 0.125;
    text = write_seed(&sample.report);
    assert_int_equal(third_cells(text, cells), 4);
    assert_string_equal(cells[3], "50");
    free(text);
}

/* Its reader wants four third cells, whatever the machine has. */
static void test_a_machine_without_a_gpu_claims_none(void **state)
{
    struct sample_report sample;
    char cells[8][32];
    char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.report.device_count = 1;
    text = write_seed(&sample.report);
    assert_row(text, 8, "GPU Model", "", 3);
    assert_int_equal(third_cells(text, cells), 4);
    assert_string_equal(cells[1], "50");
    assert_string_equal(cells[2], "n/a");
    assert_string_equal(cells[3], "n/a");
    free(text);
}

/* As on a Jetson: one module, and the load of its graphics by one of its rails. */
static void test_a_module_has_the_usage_of_its_cpus_and_graphics(void **state)
{
    struct sample_report sample;
    char cells[8][32];
    char *text;

    (void)state;
    sample_report_fill(&sample);
    sample.devices[0].device.kind = DEVICE_MODULE;
    sample.devices[0].mean_utilization_ratio = 0.5;
    sample.devices[1].device.kind = DEVICE_PART;
    sample.devices[1].mean_utilization_ratio = 0.75;
    sample.devices[2].device.kind = DEVICE_PART;
    sample.devices[2].mean_utilization_ratio = NAN;
    text = write_seed(&sample.report);
    assert_row(text, 8, "GPU Model", "", 3);
    assert_int_equal(third_cells(text, cells), 4);
    assert_string_equal(cells[1], "50");
    assert_string_equal(cells[2], "n/a");
    assert_string_equal(cells[3], "75");
    free(text);
}

static void test_any_report_is_a_readable_table(void **state)
{
    struct sample_report sample;
    char *text;

    (void)state;
    sample_report_extreme(&sample);
    text = write_seed(&sample.report);
    assert_int_equal(csv_line_count(text), 19);
    free(text);
    sample_report_empty(&sample);
    text = write_seed(&sample.report);
    assert_row(text, 15, "After conversion J", "", 3);
    assert_row(text, 17, "datetime", "", 3);
    assert_row(text, 18, "Manifacture Comsumption", "", 2);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_in_the_originals_order),
        cmocka_unit_test(test_the_originals_reader_finds_the_usages),
        cmocka_unit_test(test_several_gpus_have_one_usage_together),
        cmocka_unit_test(test_a_machine_without_a_gpu_claims_none),
        cmocka_unit_test(test_a_module_has_the_usage_of_its_cpus_and_graphics),
        cmocka_unit_test(test_any_report_is_a_readable_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
