/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_run_detail.c - what a list of runs tells of each, by hand */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "json_check.h"
#include "sample_report.h"
#include "session/report/run_detail.h"
#include "writers/writer.h"

/* Ten epochs were given: their figure is the report's own. */
static void test_what_a_report_tells(void **state)
{
    struct sample_report sample;
    struct run_detail detail;

    (void)state;
    sample_report_fill(&sample);
    run_detail_make(&sample.report, &detail);
    assert_string_equal(detail.place, sample.report.intensity.place);
    assert_string_equal(detail.hardware,
                        "NVIDIA A100-SXM4-80GB, Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz");
    assert_string_equal(detail.unit, "epoch");
    assert_true(detail.units == 10);
    assert_true(detail.gco2e_per_unit == sample.report.sci_gco2e_per_unit);
    assert_true(detail.measured_ratio == sample.report.measured_ratio);
    assert_true(detail.total_gco2e.high == sample.report.total_gco2e.high);
}

/* Of two epochs of 0.5 and 0.25 g, and one line of two of 0.25: a gram by four. */
static void test_grams_of_an_epoch(void **state)
{
    struct sample_report sample;
    struct run_detail detail;

    (void)state;
    sample_report_empty(&sample);
    sample.report.tasks = sample.tasks;
    sample.report.task_count = 4;
    sample.tasks[0] = (struct report_task){ .kind = TASK_EPOCH, .epochs = 1, .total_gco2e = 0.5 };
    sample.tasks[1] = (struct report_task){ .kind = TASK_VALIDATION, .epochs = 1, .total_gco2e = 9 };
    sample.tasks[2] = (struct report_task){ .kind = TASK_EPOCH, .epochs = 1, .total_gco2e = 0.25 };
    sample.tasks[3] = (struct report_task){ .kind = TASK_EPOCH, .epochs = 2, .total_gco2e = 0.25 };
    run_detail_make(&sample.report, &detail);
    assert_string_equal(detail.unit, "epoch");
    assert_true(detail.units == 4);
    assert_true(detail.gco2e_per_unit == 0.25);
}

static void test_many_alike_stand_once(void **state)
{
    struct sample_report sample;
    struct run_detail detail;

    (void)state;
    sample_report_fill(&sample);
    for (size_t i = 3; i < 6; i++)
        sample.devices[i] = sample.devices[1];
    sample.report.device_count = 6;
    run_detail_make(&sample.report, &detail);
    assert_string_equal(
        detail.hardware,
        "4 × NVIDIA A100-SXM4-80GB, Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz");
}

static void test_nothing_known(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    const struct run_row row = { .id = "01KB3FABCDEFGHJKMNPQRSTVWX", .name = "a", .stage = "training" };
    struct sample_report sample;
    struct run_detail detail;
    const char *json;

    (void)state;
    sample_report_empty(&sample);
    run_detail_make(&sample.report, &detail);
    write_runs_detailed_json(&out, &row, &detail, 1, "");
    json = strbuf_text(&out);
    assert_true(json_is_valid(json, out.length));
    assert_json_at(json, "runs.0.id", "\"01KB3FABCDEFGHJKMNPQRSTVWX\"");
    assert_json_at(json, "runs.0.unit", "null");
    assert_json_at(json, "runs.0.gco2e_per_unit", "null");
    assert_json_at(json, "runs.0.hardware", "null");
    assert_json_at(json, "runs.0.place", "null");
    assert_json_at(json, "runs.0.measured_ratio", "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_report_tells),
        cmocka_unit_test(test_grams_of_an_epoch),
        cmocka_unit_test(test_many_alike_stand_once),
        cmocka_unit_test(test_nothing_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
