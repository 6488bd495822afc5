/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_report_json.c - every promised field of aico2.report/1, and valid JSON whatever
 * comes */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json_out.h"
#include "json_check.h"
#include "sample_report.h"
#include "writers/version.h"
#include "writers/writer.h"

static const char *write_json(const struct report *report)
{
    static struct strbuf out;

    strbuf_deinit(&out);
    write_report_json(&out, report);
    assert_false(out.failed);
    assert_true(json_is_valid(out.text, out.length));
    return out.text;
}

struct expected {
    const char *path;
    const char *raw;
};

static void assert_fields(const char *json, const struct expected *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_json_at(json, fields[i].path, fields[i].raw);
}

#define ASSERT_FIELDS(json, fields) assert_fields(json, fields, ARRAY_LENGTH(fields))

static void test_run_and_machine(void **state)
{
    static const struct expected fields[] = {
        { "schema", "\"aico2.report/1\"" },
        { "aico2_version", "\"" AICO2_VERSION "\"" },
        { "run.id", "\"01KB3FABCDEFGHJKMNPQRSTVWX\"" },
        { "run.name", "\"train.py\"" },
        { "run.stage", "\"training\"" },
        { "run.command.0", "\"python3\"" },
        { "run.command.1", "\"train.py\"" },
        { "run.started_at", "\"2026-11-24T02:28:48.123Z\"" },
        { "run.ended_at", "\"2026-11-24T02:29:38.223Z\"" },
        { "run.duration_seconds", "50.1" },
        { "run.cpu_seconds", "61.25" },
        { "run.exit_status", "0" },
        { "run.state", "\"finished\"" },
        { "machine.hostname", "\"node7\"" },
        { "machine.os", "\"Linux\"" },
        { "machine.os_release", "\"6.1.0\"" },
        { "machine.arch", "\"x86_64\"" },
        { "machine.virtualized", "false" },
        { "machine.chassis", "\"server\"" },
        { "machine.cpu.model", "\"Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz\"" },
        { "machine.cpu.sockets", "1" },
        { "machine.cpu.cores", "32" },
        { "machine.cpu.threads", "64" },
        { "machine.memory_bytes", "25769803776" },
        { "machine.gpus.0.index", "0" },
        { "machine.gpus.0.uuid", "\"GPU-5d1a9f04\"" },
        { "machine.gpus.0.model", "\"NVIDIA A100-SXM4-80GB\"" },
        { "machine.gpus.0.memory_bytes", "85899345920" },
    };
    struct sample_report sample;
    const char *json;
    char raw[64];

    (void)state;
    sample_report_fill(&sample);
    json = write_json(&sample.report);
    ASSERT_FIELDS(json, fields);
    assert_false(json_find(json, "machine.gpus.1", raw, sizeof(raw)));
    assert_false(json_find(json, "recomputed_from", raw, sizeof(raw)));
}

/* The Xeon: (1.25 + 0.375 + 0.3125) Wh = 6975 J, ±4 % = 6696 and 7254. */
static void test_a_device(void **state)
{
    static const struct expected fields[] = {
        { "devices.0.id", "\"cpu0\"" },
        { "devices.0.kind", "\"cpu\"" },
        { "devices.0.model", "\"Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz\"" },
        { "devices.0.reader", "\"rapl\"" },
        { "devices.0.basis", "\"measured\"" },
        { "devices.0.energy_joules", "6975" },
        { "devices.0.energy_low_joules", "6696" },
        { "devices.0.energy_high_joules", "7254" },
        { "devices.0.job_joules", "4500" },
        { "devices.0.others_joules", "1350" },
        { "devices.0.idle_joules", "1125" },
        { "devices.0.idle_share_joules", "900" },
        { "devices.0.mean_power_watts", "139" },
        { "devices.0.peak_power_watts", "173.75" },
        { "devices.0.mean_utilization_ratio", "0.5" },
        { "devices.0.coverage_ratio", "1" },
        { "devices.0.samples", "51" },
        { "devices.0.gap_seconds", "0" },
        { "devices.0.note", "null" },
        { "devices.2.kind", "\"memory\"" },
        { "devices.2.basis", "\"modelled\"" },
        { "devices.2.note", "\"size from MemTotal\"" },
        { "devices.2.model", "null" },
    };
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    ASSERT_FIELDS(write_json(&sample.report), fields);
}

/* 6.34375 Wh = 22837.5 J = 0.00634375 kWh. */
static void test_energy_and_carbon(void **state)
{
    static const struct expected fields[] = {
        { "energy.scope", "\"job\"" },
        { "energy.total_joules", "22837.5" },
        { "energy.low_joules", "21825" },
        { "energy.high_joules", "23962.5" },
        { "energy.total_kwh", "0.00634375" },
        { "energy.machine_joules", "26100" },
        { "energy.job_joules", "20250" },
        { "energy.others_joules", "1462.5" },
        { "energy.idle_joules", "4387.5" },
        { "energy.idle_share_joules", "2587.5" },
        { "energy.measured_ratio", "0.9828" },
        { "carbon.place", "\"FR\"" },
        { "carbon.place_basis", "\"option\"" },
        { "carbon.intensity_gco2e_per_kwh", "44.18" },
        { "carbon.intensity_low", "37.6" },
        { "carbon.intensity_high", "50.8" },
        { "carbon.intensity_kind", "\"lifecycle-average\"" },
        { "carbon.intensity_source", "\"Ember, yearly data, edition of 2025-08-03\"" },
        { "carbon.intensity_year", "2024" },
        { "carbon.time_matched", "false" },
        { "carbon.pue", "1" },
        { "carbon.operational_gco2e", "0.28" },
        { "carbon.embodied_gco2e", "0.05" },
        { "carbon.total_gco2e", "0.33" },
        { "carbon.low_gco2e", "0.25" },
        { "carbon.high_gco2e", "0.46" },
        { "carbon.water_litres", "null" },
        { "carbon.embodied.0.component", "\"cpu\"" },
        { "carbon.embodied.0.device", "\"cpu0\"" },
        { "carbon.embodied.0.kgco2e", "20.5" },
        { "carbon.embodied.0.kgco2e_low", "9" },
        { "carbon.embodied.0.kgco2e_high", "41" },
        { "carbon.embodied.0.lifetime_years", "4" },
        { "carbon.embodied.0.share_ratio", "0.5" },
        { "carbon.embodied.0.gco2e", "0.004" },
        { "carbon.embodied.0.gco2e_low", "0.002" },
        { "carbon.embodied.0.gco2e_high", "0.008" },
        { "carbon.embodied.0.source", "\"a row\"" },
        { "carbon.embodied.5.component", "\"chassis\"" },
        { "carbon.embodied.5.device", "null" },
        { "carbon.embodied_not_counted.0", "\"disks\"" },
        { "carbon.embodied_not_counted.1", "\"network\"" },
        { "sci.unit", "\"epoch\"" },
        { "sci.units", "10" },
        { "sci.gco2e_per_unit", "0.033" },
        { "sci.low_gco2e_per_unit", "0.025" },
        { "sci.high_gco2e_per_unit", "0.046" },
        { "sci.role", "\"provider\"" },
        { "sci.embodied_gco2e", "0.05" },
        { "equivalents.others", "[]" },
        { "equivalents.car_km", "0.0015" },
        { "equivalents.tree_seedling_months", "0.00065" },
        { "tasks", "[]" },
        { "prediction", "null" },
        { "overhead.cpu_seconds", "0.004" },
        { "overhead.energy_joules", "0.225" },
        { "overhead.low_joules", "0.216" },
        { "overhead.high_joules", "0.234" },
        { "overhead.max_rss_bytes", "2621440" },
        { "overhead.late_ticks", "1" },
        { "warnings", "[]" },
    };
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    ASSERT_FIELDS(write_json(&sample.report), fields);
}

static void test_tasks_warnings_and_the_origin_of_a_recomputation(void **state)
{
    static const struct expected fields[] = {
        { "tasks.1.name", "\"epoch 2\"" },      { "tasks.1.duration_seconds", "2.5" },
        { "tasks.1.energy_joules", "3600" },    { "tasks.1.total_gco2e", "0.5" },
        { "warnings.0", "\"say \\\"hi\\\"\"" }, { "recomputed_from", "\"01KB3F\"" },
    };
    static char warning[] = "say \"hi\"";
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    sample.tasks[0] = (struct report_task){
        .name = "epoch 1", .duration_seconds = 2.5, .energy_joules = 3600, .total_gco2e = 0.5
    };
    sample.tasks[1] = (struct report_task){
        .name = "epoch 2", .duration_seconds = 2.5, .energy_joules = 3600, .total_gco2e = 0.5
    };
    sample.report.tasks = sample.tasks;
    sample.report.task_count = 2;
    sample.warnings[0] = warning;
    sample.report.warnings = sample.warnings;
    sample.report.warning_count = 1;
    memcpy(sample.report.recomputed_from, "01KB3F", 7);
    ASSERT_FIELDS(write_json(&sample.report), fields);
}

static void test_the_unavailable_is_null_and_never_0(void **state)
{
    static const char *const nulls[] = {
        "run.id",
        "run.started_at",
        "run.ended_at",
        "run.cpu_seconds",
        "run.exit_status",
        "machine.hostname",
        "machine.os",
        "machine.cpu.model",
        "machine.memory_bytes",
        "machine.chassis",
        "devices.0.model",
        "devices.0.energy_joules",
        "devices.0.energy_low_joules",
        "devices.0.energy_high_joules",
        "devices.0.job_joules",
        "devices.0.others_joules",
        "devices.0.idle_joules",
        "devices.0.idle_share_joules",
        "devices.0.mean_power_watts",
        "devices.0.peak_power_watts",
        "devices.0.mean_utilization_ratio",
        "devices.0.gap_seconds",
        "devices.0.note",
        "energy.total_joules",
        "energy.low_joules",
        "energy.high_joules",
        "energy.total_kwh",
        "energy.machine_joules",
        "energy.job_joules",
        "energy.others_joules",
        "energy.idle_joules",
        "energy.idle_share_joules",
        "energy.measured_ratio",
        "carbon.place",
        "carbon.intensity_gco2e_per_kwh",
        "carbon.intensity_low",
        "carbon.intensity_high",
        "carbon.intensity_kind",
        "carbon.intensity_source",
        "carbon.intensity_year",
        "carbon.pue",
        "carbon.operational_gco2e",
        "carbon.embodied_gco2e",
        "carbon.total_gco2e",
        "carbon.low_gco2e",
        "carbon.high_gco2e",
        "carbon.water_litres",
        "sci",
        "equivalents.car_km",
        "equivalents.tree_seedling_months",
        "overhead.cpu_seconds",
        "overhead.energy_joules",
        "overhead.low_joules",
        "overhead.high_joules",
    };
    struct sample_report sample;
    const char *json;

    (void)state;
    sample_report_empty(&sample);
    json = write_json(&sample.report);
    for (size_t i = 0; i < ARRAY_LENGTH(nulls); i++)
        assert_json_at(json, nulls[i], "null");
    assert_json_at(json, "run.state", "\"recovered\"");
    assert_json_at(json, "run.command", "[]");
    assert_json_at(json, "devices.0.coverage_ratio", "0");
}

static void test_who_answers_for_a_score_is_by_its_stage(void **state)
{
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    (void)snprintf(sample.report.run.stage, sizeof(sample.report.run.stage), "Inference");
    assert_json_at(write_json(&sample.report), "sci.role", "\"consumer\"");
    (void)snprintf(sample.report.run.stage, sizeof(sample.report.run.stage), "tuning");
    assert_json_at(write_json(&sample.report), "sci.role", "null");
    sample.report.picture = (struct equivalent){ 3.5,     2347.697, "gasoline_litre_epa",
                                                 "litre", "litres", "US EPA, GHG equivalencies" };
    assert_json_at(write_json(&sample.report), "equivalents.others.0.count", "3.5");
    assert_json_at(write_json(&sample.report), "equivalents.others.0.gco2e_each", "2347.697");
}

static void test_no_figure_is_negative(void **state)
{
    struct sample_report sample;
    const char *json;

    (void)state;
    sample_report_fill(&sample);
    sample.report.others_joules = -1e-9; /* what rounding leaves */
    sample.report.idle_joules = -5;      /* a mistake */
    sample.devices[0].gap_seconds = -INFINITY;
    json = write_json(&sample.report);
    assert_json_at(json, "energy.others_joules", "0");
    assert_json_at(json, "energy.idle_joules", "null");
    assert_json_at(json, "devices.0.gap_seconds", "null");
}

static void test_names_of_any_bytes_make_valid_json(void **state)
{
    struct sample_report sample;
    char raw[64];

    (void)state;
    sample_report_extreme(&sample);
    assert_true(json_find(write_json(&sample.report), "devices.2.note", raw, sizeof(raw)));
}

/* Every pair of bytes, alone and behind each first byte of three: overlong forms, surrogates, half
 * characters. */
static void test_any_bytes_are_valid_utf8_in_the_document(void **state)
{
    static const char *const heads[] = { "",     "\xe0",     "\xe2", "\xed",
                                         "\xf0", "\xf4\x8f", "\xf5", "\xc0" };
    char text[8];

    (void)state;
    for (size_t head = 0; head < ARRAY_LENGTH(heads); head++) {
        for (unsigned pair = 0x0101; pair <= 0xffff; pair++) {
            AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
            struct json_out json;

            if ((pair & 0xff) == 0)
                continue;
            (void)snprintf(text, sizeof(text), "%s%c%c", heads[head], (char)(pair >> 8),
                           (char)pair);
            json_out_init(&json, &out);
            json_string(&json, NULL, text);
            if (!json_is_valid(out.text, out.length))
                fail_msg("%02x %02x behind '%s'", pair >> 8, pair & 0xff, heads[head]);
        }
    }
}

/* The checker of this test must itself be right, or it would pass anything. */
static void test_the_checker_refuses_what_is_no_json(void **state)
{
    static const char *const good[] = { "null", " [1, -0.5e+7 ] ",
                                        "{\"a\":{\"b\":[\"\\u00e9\xc3\xa9\"]}}" };
    static const char *const bad[] = {
        "",
        "nan",
        "[1,]",
        "{\"a\":1,}",
        "[01]",
        "[1.]",
        "\"\n\"",
        "\"\\x\"",
        "\"\xe9\"",
        "\"a",
        "[1] 2",
        "{\"a\":1,\"a\":2}",
        "{a:1}",
        "[+1]",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "[.5]",
        "Infinity",
        "{\"a\" 1}",
        "[1 2]",
        "\"\xf4\x90\x80\x80\"",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(good); i++)
        assert_true(json_is_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        if (json_is_valid(bad[i], strlen(bad[i])))
            fail_msg("taken for JSON: %s", bad[i]);
    }
    assert_true(json_number_at("{\"a\": [0, 2.5]}", "a.1") == 2.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_and_machine),
        cmocka_unit_test(test_a_device),
        cmocka_unit_test(test_energy_and_carbon),
        cmocka_unit_test(test_tasks_warnings_and_the_origin_of_a_recomputation),
        cmocka_unit_test(test_the_unavailable_is_null_and_never_0),
        cmocka_unit_test(test_who_answers_for_a_score_is_by_its_stage),
        cmocka_unit_test(test_no_figure_is_negative),
        cmocka_unit_test(test_names_of_any_bytes_make_valid_json),
        cmocka_unit_test(test_any_bytes_are_valid_utf8_in_the_document),
        cmocka_unit_test(test_the_checker_refuses_what_is_no_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
