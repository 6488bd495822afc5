/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_documents.c - runs, comparisons, estimates and intensities as text, JSON and CSV */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attributes.h"
#include "base/text.h"
#include "csv_check.h"
#include "json_check.h"
#include "writers/writer.h"

static const struct text_style rich = { .unicode = true, .columns = 80 };
static const struct text_style ascii = { .columns = 80 };

static const char noise[] = "=\"\\,\n\t\x01\x1b[31m\xe2\x80\xae\xe9 \xc3\xa9 x";

static void fill_noise(char *field, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++)
        field[i] = noise[i % (sizeof(noise) - 1)];
    field[size - 1] = '\0';
}

#define NOISE(field) fill_noise(field, sizeof(field))
#define SET(field, text) (void)snprintf(field, sizeof(field), "%s", text)

/* Lines of at most 80 columns, each with its end, and no control beside. */
static void assert_clean(const struct strbuf *out)
{
    const char *text = strbuf_text(out);

    assert_false(out->failed);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);

        for (const char *at = line; *at != '\0'; at++)
            assert_true((unsigned char)*at >= 0x20);
        if (text_columns(line) > 80)
            fail_msg("%zu columns: %s", text_columns(line), line);
        assert_int_equal(text[length], '\n');
        free(line);
        text += length + 1;
    }
}

static void assert_has(const struct strbuf *out, const char *part)
{
    if (strstr(strbuf_text(out), part) == NULL)
        fail_msg("no '%s' in:\n%s", part, strbuf_text(out));
}

static const char *valid_json(const struct strbuf *out)
{
    assert_true(json_is_valid(strbuf_text(out), out->length));
    return strbuf_text(out);
}

/* ---- runs ---- */

static const struct run_row two_runs[] = {
    { "01KB3FABCDEFGHJKMNPQRSTVWX", "train.py", "training", RUN_FINISHED, 1795487328123000000, 50.1, 22837.5,
      0.33 },
    { "01KB3FABCDZZZZJKMNPQRSTVWX", "bench", "inference", RUN_RECOVERED, 1795487328123000000, 750, NAN, NAN },
};

static int utc(void **state)
{
    (void)state;
    (void)setenv("TZ", "UTC", 1);
    tzset();
    return 0;
}

/* Two of one millisecond: their ids are shown as far as they differ. */
static void test_runs_as_text(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };

    (void)state;
    write_runs_text(&out, two_runs, 2, NULL, rich);
    assert_string_equal(strbuf_text(&out),
"run         started          name     state        duration    energy     carbon\n"
"01KB3FABCDE 2026-11-24 02:28 train.py finished       50.1 s   6.34 Wh 330 mgCO2e\n"
"01KB3FABCDZ 2026-11-24 02:28 bench    recovered 12 min 30 s         –          –\n");
}

static void test_runs_as_json_and_csv(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf csv = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf none = { 0 };
    const char *json;

    (void)state;
    write_runs_json(&out, two_runs, 2, NULL);
    json = valid_json(&out);
    assert_json_at(json, "schema", "\"aico2.runs/1\"");
    assert_json_at(json, "next", "null");
    assert_json_at(json, "runs.0.id", "\"01KB3FABCDEFGHJKMNPQRSTVWX\"");
    assert_json_at(json, "runs.0.name", "\"train.py\"");
    assert_json_at(json, "runs.0.stage", "\"training\"");
    assert_json_at(json, "runs.0.state", "\"finished\"");
    assert_json_at(json, "runs.0.started_at", "\"2026-11-24T02:28:48.123Z\"");
    assert_json_at(json, "runs.0.duration_seconds", "50.1");
    assert_json_at(json, "runs.0.total_joules", "22837.5");
    assert_json_at(json, "runs.0.total_gco2e", "0.33");
    assert_json_at(json, "runs.1.total_joules", "null");

    write_runs_csv(&csv, two_runs, 2);
    assert_string_equal(csv_value(strbuf_text(&csv), 1, "total_joules"), "22837.5");
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "total_gco2e"), "");
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "state"), "recovered");

    write_runs_json(&none, NULL, 0, ""); /* as the history says that there is no more */
    assert_json_at(valid_json(&none), "runs", "[]");
    assert_json_at(valid_json(&none), "next", "null");
}

static void test_the_next_page_is_named(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    (void)state;
    write_runs_json(&out, two_runs, 1, "01KB3FABCDEFGHJKMNPQRSTVWX");
    assert_json_at(valid_json(&out), "next", "\"01KB3FABCDEFGHJKMNPQRSTVWX\"");
    write_runs_text(&text, two_runs, 1, "01KB3FABCDEFGHJKMNPQRSTVWX", rich);
    assert_has(&text, "\nolder ones: aico2 runs --cursor 01KB3FABCDEFGHJKMNPQRSTVWX\n");
}

static void test_any_run_is_a_line(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf json = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf csv = { 0 };
    struct run_row row = { .state = RUN_RUNNING, .started_wall_ns = INT64_MAX, .duration_seconds = 1e300,
                           .total_joules = 1e300, .total_gco2e = 1e-300 };

    (void)state;
    NOISE(row.id);
    NOISE(row.name);
    NOISE(row.stage);
    write_runs_text(&out, &row, 1, "", ascii);
    write_runs_text(&out, &row, 1, "\x1b[2J\xe2\x80\xae", ascii);
    assert_clean(&out);
    write_runs_json(&json, &row, 1, row.id);
    (void)valid_json(&json);
    write_runs_csv(&csv, &row, 1);
    assert_int_equal(csv_line_count(strbuf_text(&csv)), 2);
}

/* ---- comparison ---- */

static struct compare_row rows[] = {
    { "duration_seconds", "s", 50, 40, -10, -10, -10, COMPARE_LOWER },
    { "total_joules", "J", 7200, 3600, -3600, -4200, -3000, COMPARE_LOWER },
    { "total_gco2e", "gCO2e", 1, 1.25, 0.25, -0.5, 1, COMPARE_CANNOT_TELL },
    { "cpu_seconds", "s", 1, 2, 1, 1, 1, COMPARE_HIGHER },
    { "made_up", "x", 1, NAN, NAN, NAN, NAN, COMPARE_CANNOT_TELL },
};

static void fill_comparison(struct comparison *comparison)
{
    *comparison = (struct comparison){ .rows = rows, .row_count = ARRAY_LENGTH(rows) };
    SET(comparison->a, "01KB3FABCDEFGHJKMNPQRSTVWX");
    SET(comparison->b, "01KB4AABCDEFGHJKMNPQRSTVWX");
    SET(comparison->a_name, "before");
    SET(comparison->b_name, "after");
}

static void test_a_comparison_as_text(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct comparison comparison;

    (void)state;
    fill_comparison(&comparison);
    write_comparison_text(&out, &comparison, rich);
    assert_clean(&out);
    assert_has(&out, "A: before                                                        run 01KB3FABCD…\n");
    assert_has(&out, "  duration                  50.0 s      40.0 s     -10.0 s\n");
    assert_has(&out, "  energy                   2.00 Wh     1.00 Wh    -1.00 Wh  (-1.17 … -0.83)\n");
    assert_has(&out, "  carbon                1.00 gCO2e  1.25 gCO2e  0.25 gCO2e  (-0.50 … 1.00)\n");
    assert_has(&out, "  made up                   1.00 x           –           –\n");
    assert_has(&out, "\n  surely       B was faster, used less energy, used more CPU time\n");
    assert_has(&out, "\n  cannot tell  carbon: the band of the difference holds 0\n");
    assert_has(&out, "\n  cannot tell  made_up: a figure is unavailable\n");
}

static void test_a_comparison_as_json_and_csv(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf csv = { 0 };
    struct comparison comparison;
    const char *json;

    (void)state;
    fill_comparison(&comparison);
    write_comparison_json(&out, &comparison);
    json = valid_json(&out);
    assert_json_at(json, "schema", "\"aico2.compare/1\"");
    assert_json_at(json, "a", "\"01KB3FABCDEFGHJKMNPQRSTVWX\"");
    assert_json_at(json, "b", "\"01KB4AABCDEFGHJKMNPQRSTVWX\"");
    assert_json_at(json, "rows.1.what", "\"total_joules\"");
    assert_json_at(json, "rows.1.a", "7200");
    assert_json_at(json, "rows.1.b", "3600");
    assert_json_at(json, "rows.1.delta", "-3600");
    assert_json_at(json, "rows.1.low", "-4200");
    assert_json_at(json, "rows.1.high", "-3000");
    assert_json_at(json, "rows.1.verdict", "\"lower\"");
    assert_json_at(json, "rows.2.verdict", "\"cannot tell\"");
    assert_json_at(json, "rows.3.verdict", "\"higher\"");
    assert_json_at(json, "rows.4.b", "null");

    write_comparison_csv(&csv, &comparison);
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "delta"), "-3600");
    assert_string_equal(csv_value(strbuf_text(&csv), 3, "verdict"), "cannot tell");
    assert_string_equal(csv_value(strbuf_text(&csv), 5, "b"), "");
}

/* ---- intensity ---- */

static void fill_france(struct intensity *intensity)
{
    *intensity = (struct intensity){ .place_basis = PLACE_OPTION, .gco2e_per_kwh = { 44.18, 37.6, 50.8 },
                                     .year = 2024 };
    SET(intensity->place, "FR");
    SET(intensity->name, "France");
    SET(intensity->country, "FR");
    SET(intensity->country3, "FRA");
    SET(intensity->kind, "lifecycle-average");
    SET(intensity->source, "Ember, yearly data");
    SET(intensity->source_short, "Ember");
    SET(intensity->quality, "A");
}

static void test_one_intensity(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct intensity france;
    const char *json;

    (void)state;
    fill_france(&france);
    write_intensity_json(&out, &france, NULL, 0, NULL);
    json = valid_json(&out);
    assert_json_at(json, "schema", "\"aico2.intensity/1\"");
    assert_json_at(json, "place", "\"FR\"");
    assert_json_at(json, "name", "\"France\"");
    assert_json_at(json, "gco2e_per_kwh", "44.18");
    assert_json_at(json, "kind", "\"lifecycle-average\"");
    assert_json_at(json, "year", "2024");
    assert_json_at(json, "source", "\"Ember, yearly data\"");
    assert_json_at(json, "low", "37.6");
    assert_json_at(json, "high", "50.8");

    write_intensity_text(&text, &france, NULL, 0, rich);
    assert_string_equal(strbuf_text(&text),
"France (FR)                                         44.2 gCO2e/kWh (37.6 … 50.8)\n"
"  lifecycle-average, 2024, Ember, yearly data, quality A\n");
}

static void test_a_list_of_intensities(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf csv = { 0 };
    struct intensity list[2];

    (void)state;
    fill_france(&list[0]);
    fill_france(&list[1]);
    list[1].year = 0;
    NOISE(list[1].name);
    NOISE(list[1].place);
    NOISE(list[1].source);
    NOISE(list[1].source_short);
    NOISE(list[1].note);
    write_intensity_list_text(&text, list, 2, ascii);
    assert_clean(&text);
    assert_has(&text, "FR                 France           44.2    37.6 ... 50.8  2024  LA A  Ember\n");

    write_intensity_list_json(&out, list, 2);
    assert_json_at(valid_json(&out), "places.0.gco2e_per_kwh", "44.18");
    assert_json_at(valid_json(&out), "places.1.year", "null");
    write_intensity_list_csv(&csv, list, 2);
    assert_string_equal(csv_value(strbuf_text(&csv), 1, "low"), "37.6");
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "year"), "");
}

/* ---- estimate ---- */

static void fill_estimate(struct estimate *estimate)
{
    static char first[] = "8 GPUs of 400 W at full load: NVIDIA A100";
    static char second[] = "24 hours at full load all the time";
    static char *assumptions[] = { first, second };

    *estimate = (struct estimate){
        .it_energy_kwh = 76.8,
        .energy_kwh = { 92.16, 82.944, 101.376 },
        .operational_gco2e = { 4071.6288, 3118.6944, 5149.9008 },
        .embodied_gco2e = { 500, 250, 1000 },
        .total_gco2e = { 4571.6288, 3368.6944, 6149.9008 },
        .power_watts = 400,
        .power_basis = POWER_TABLE,
        .pue = 1.2,
        .assumptions = assumptions,
        .assumption_count = 2,
    };
    fill_france(&estimate->intensity);
    SET(estimate->power_model, "NVIDIA A100");
    SET(estimate->power_source, "gpu_power.csv");
}

static void test_an_estimate_as_text(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct estimate estimate;

    (void)state;
    fill_estimate(&estimate);
    write_estimate_text(&out, &estimate, rich);
    assert_string_equal(strbuf_text(&out),
"aico2 estimate: computed, nothing was measured\n"
"  energy    92.2 kWh (82.9 … 101)  with PUE 1.2, 76.8 kWh without\n"
"  power     400 W at full load, from the table: NVIDIA A100 (gpu_power.csv)\n"
"  carbon    4.07 kgCO2e (3.12 … 5.15)  for the electricity\n"
"            France 44.2 g/kWh (37.6 … 50.8), 2024, Ember\n"
"  embodied  0.50 kgCO2e (0.25 … 1.00)  for these hours of the hardware's life\n"
"  total     4.57 kgCO2e (3.37 … 6.15)\n"
"  assumed   8 GPUs of 400 W at full load: NVIDIA A100\n"
"            24 hours at full load all the time\n");
}

static void test_an_estimate_as_json_and_csv(void **state)
{
    static const struct {
        const char *key;
        const char *raw;
        const char *cell;
    } fields[] = {
        { "energy_kwh", "92.16", "92.16" },
        { "it_energy_kwh", "76.8", "76.8" },
        { "low_kwh", "82.944", "82.944" },
        { "high_kwh", "101.376", "101.376" },
        { "operational_gco2e", "4071.6288", "4071.6288" },
        { "embodied_gco2e", "500", "500" },
        { "total_gco2e", "4571.6288", "4571.6288" },
        { "low_gco2e", "3368.6944", "3368.6944" },
        { "high_gco2e", "6149.9008", "6149.9008" },
        { "power_watts", "400", "400" },
        { "power_basis", "\"table\"", "table" },
        { "power_model", "\"NVIDIA A100\"", "NVIDIA A100" },
        { "power_source", "\"gpu_power.csv\"", "gpu_power.csv" },
        { "place", "\"FR\"", "FR" },
        { "place_basis", "\"option\"", "option" },
        { "intensity_gco2e_per_kwh", "44.18", "44.18" },
        { "intensity_source", "\"Ember, yearly data\"", "Ember, yearly data" },
        { "pue", "1.2", "1.2" },
    };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf csv = { 0 };
    struct estimate estimate;

    (void)state;
    fill_estimate(&estimate);
    write_estimate_json(&out, &estimate);
    write_estimate_csv(&csv, &estimate);
    assert_json_at(valid_json(&out), "schema", "\"aico2.estimate/1\"");
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        assert_json_at(strbuf_text(&out), fields[i].key, fields[i].raw);
        assert_string_equal(csv_value(strbuf_text(&csv), 1, fields[i].key), fields[i].cell);
    }
    assert_json_at(strbuf_text(&out), "assumptions.1", "\"24 hours at full load all the time\"");
}

static void test_what_an_estimate_does_not_know_is_null(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct estimate estimate;

    (void)state;
    fill_estimate(&estimate);
    estimate.embodied_gco2e = BAND_NONE;
    estimate.power_model[0] = '\0';
    estimate.power_basis = POWER_ASSUMED;
    write_estimate_json(&out, &estimate);
    assert_json_at(valid_json(&out), "embodied_gco2e", "null");
    assert_json_at(valid_json(&out), "power_model", "null");
    assert_json_at(valid_json(&out), "power_basis", "\"assumed\"");
    NOISE(estimate.power_source);
    write_estimate_text(&text, &estimate, ascii);
    assert_clean(&text);
    assert_has(&text, "400 W at full load, assumed (");
    assert_null(strstr(strbuf_text(&text), "embodied"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_as_text),
        cmocka_unit_test(test_runs_as_json_and_csv),
        cmocka_unit_test(test_the_next_page_is_named),
        cmocka_unit_test(test_any_run_is_a_line),
        cmocka_unit_test(test_a_comparison_as_text),
        cmocka_unit_test(test_a_comparison_as_json_and_csv),
        cmocka_unit_test(test_one_intensity),
        cmocka_unit_test(test_a_list_of_intensities),
        cmocka_unit_test(test_an_estimate_as_text),
        cmocka_unit_test(test_an_estimate_as_json_and_csv),
        cmocka_unit_test(test_what_an_estimate_does_not_know_is_null),
    };

    return cmocka_run_group_tests(tests, utc, NULL);
}
