/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_recomputed.c - one SCI score over many runs: by hand */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_check.h"
#include "model/recomputed.h"
#include "writers/writer.h"

static struct recomputed_row row_of(const char *stage, const char *unit, double units,
                                    struct band grams)
{
    struct recomputed_row row = { .units = units, .after.total_gco2e = grams };

    (void)snprintf(row.run.stage, sizeof(row.run.stage), "%s", stage);
    (void)snprintf(row.unit, sizeof(row.unit), "%s", unit);
    (void)snprintf(row.after.kind, sizeof(row.after.kind), "lifecycle-average");
    row.before = row.after;
    return row;
}

static void add(struct recomputed_totals *totals, const char *stage, const char *unit, double units,
                double grams)
{
    struct recomputed_row row =
        row_of(stage, unit, units, (struct band){ grams, grams / 2, grams * 2 });

    recomputed_totals_add(totals, &row);
}

/* (10 + 20 + 3) g over 100 + 10 units are 0.3 g: of a training that failed the grams count, too. */
static void test_grams_of_all_over_units_of_all(void **state)
{
    struct recomputed_totals totals = { 0 };
    struct band per_unit;

    (void)state;
    add(&totals, "training", "", NAN, 3);
    add(&totals, "training", "token", 100, 10);
    add(&totals, "training", "token", 10, 20);
    assert_null(recomputed_score_of(&totals, &per_unit));
    assert_true(fabs(per_unit.value - 0.3) < 1e-12);
    assert_true(fabs(per_unit.low - 0.15) < 1e-12 && fabs(per_unit.high - 0.6) < 1e-12);
    assert_true(totals.score.units == 110);
    assert_int_equal(totals.score.uncounted, 1);
}

static void test_what_is_not_alike_has_no_score(void **state)
{
    struct recomputed_totals units = { 0 };
    struct recomputed_totals stages = { 0 };
    struct recomputed_totals kinds = { 0 };
    struct recomputed_totals grams = { 0 };
    struct recomputed_totals none = { 0 };
    struct recomputed_row other = row_of("training", "token", 1, (struct band){ 1, 1, 1 });
    struct band per_unit = { 1, 1, 1 };

    (void)state;
    add(&units, "training", "token", 1, 1);
    add(&units, "training", "epoch", 1, 1);
    assert_non_null(strstr(recomputed_score_of(&units, &per_unit), "units"));
    assert_true(isnan(per_unit.value));
    add(&stages, "training", "token", 1, 1);
    add(&stages, "inference", "token", 1, 1);
    assert_non_null(strstr(recomputed_score_of(&stages, &per_unit), "stages"));
    add(&kinds, "training", "token", 1, 1);
    (void)snprintf(other.after.kind, sizeof(other.after.kind), "direct-average");
    recomputed_totals_add(&kinds, &other);
    assert_non_null(strstr(recomputed_score_of(&kinds, &per_unit), "kinds"));
    add(&grams, "training", "token", 1, 1);
    add(&grams, "training", "token", 1, NAN);
    assert_non_null(strstr(recomputed_score_of(&grams, &per_unit), "not known"));
    add(&none, "training", "", NAN, 1);
    add(&none, "training", "token", 0, 1); /* a number of none divides nothing */
    assert_string_equal(recomputed_score_of(&none, &per_unit), "");
    assert_string_equal(recomputed_score_of(&(struct recomputed_totals){ 0 }, &per_unit), "");
}

static const char *written(enum recomputed_form form, const struct recomputed_totals *totals,
                           struct strbuf *out)
{
    struct recomputed_out rows;

    strbuf_deinit(out);
    write_recomputed_begin(&rows, form, out, (struct text_style){ .columns = 80 });
    write_recomputed_end(&rows, totals);
    return strbuf_text(out);
}

static void test_it_is_written(void **state)
{
    struct recomputed_totals totals = { 0 };
    struct strbuf out = { 0 };
    const char *text;

    (void)state;
    text = written(RECOMPUTED_JSON, &totals, &out);
    assert_json_at(text, "totals.sci", "null");
    add(&totals, "inference", "prompt", 4, 2);
    add(&totals, "inference", "", NAN, 2);
    text = written(RECOMPUTED_JSON, &totals, &out);
    assert_json_at(text, "totals.sci.unit", "\"prompt\"");
    assert_json_at(text, "totals.sci.units", "4");
    assert_json_at(text, "totals.sci.gco2e_per_unit", "1");
    assert_json_at(text, "totals.sci.low_gco2e_per_unit", "0.5");
    assert_json_at(text, "totals.sci.high_gco2e_per_unit", "2");
    assert_json_at(text, "totals.sci.role", "\"consumer\"");
    assert_json_at(text, "totals.sci.runs_without_units", "1");
    text = written(RECOMPUTED_TEXT, &totals, &out);
    if (strstr(
            text,
            "  SCI     1.00 gCO2e (0.50 ... 2.00) per prompt, of which there were 4; 1 run of\n") ==
        NULL)
        fail_msg("%s", text);
    add(&totals, "training", "prompt", 4, 2);
    text = written(RECOMPUTED_TEXT, &totals, &out);
    assert_non_null(strstr(text, "  SCI     -  the runs are of several stages: --stage chooses\n"));
    assert_json_at(written(RECOMPUTED_JSON, &totals, &out), "totals.sci", "null");
    strbuf_deinit(&out);
}

/* The history may be a file of anybody's: what stands in it does nothing to a terminal. */
static void test_an_id_is_text_and_no_more(void **state)
{
    struct recomputed_row row = row_of("training", "", NAN, (struct band){ 1, 1, 1 });
    struct recomputed_out rows;
    struct strbuf out = { 0 };

    (void)state;
    (void)snprintf(row.run.id, sizeof(row.run.id), "01KB\x1b[2Jxyz");
    write_recomputed_begin(&rows, RECOMPUTED_TEXT, &out, (struct text_style){ .columns = 80 });
    write_recomputed_row(&rows, &row);
    assert_null(strchr(strbuf_text(&out), '\x1b'));
    assert_non_null(strstr(strbuf_text(&out), "\n01KB [2Jxy "));
    strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grams_of_all_over_units_of_all),
        cmocka_unit_test(test_what_is_not_alike_has_no_score),
        cmocka_unit_test(test_it_is_written),
        cmocka_unit_test(test_an_id_is_text_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
