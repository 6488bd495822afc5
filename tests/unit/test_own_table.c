/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_own_table.c - a user's own figures of places: what they replace, and what is refused */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "carbon/own_table.h"
#include "carbon/place.h"
#include "session/place/own.h"

static int parse(const char *source, struct own_table *table, struct aico2_error *err)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "%s", source);
    return own_table_parse(text, strlen(text), "/home/me/own.csv", table, err);
}

static struct intensity resolved(const char *any)
{
    const struct place_query query = { .any = any, .gco2e_per_kwh = NAN };
    struct intensity intensity;

    assert_int_equal(place_resolve(&query, &intensity, NULL), 0);
    return intensity;
}

static void test_a_figure_over_that_of_its_place(void **state)
{
    struct own_table table = { 0 };
    struct intensity france = resolved("FR");
    struct intensity paris = resolved("aws:eu-west-3");
    struct intensity sweden = resolved("SE");

    (void)state;
    assert_int_equal(parse("place,gco2e_per_kwh,low,high,kind,year,source\n"
                           "Frankreich,1,,,,,\n",
                           &table, NULL),
                     -EBADMSG); /* an English name is asked for */
    assert_int_equal(parse("source,place,gco2e_per_kwh,low,high,kind,year\n"
                           "\"mine, of 2025\",france,33.5,30,40,lifecycle-average,2025\n"
                           ",SWE,12,,,,\n",
                           &table, NULL),
                     0);
    assert_true(own_table_apply(&table, NULL, 0, &france));
    assert_true(france.gco2e_per_kwh.value == 33.5 && france.gco2e_per_kwh.low == 30 &&
                france.gco2e_per_kwh.high == 40 && france.year == 2025);
    assert_string_equal(france.source, "own.csv: mine, of 2025");
    assert_string_equal(france.name, "France");
    /* without a band there is none, and without a kind nobody knows it */
    assert_true(own_table_apply(&table, NULL, 0, &sweden));
    assert_true(sweden.gco2e_per_kwh.low == 12 && sweden.gco2e_per_kwh.high == 12);
    assert_string_equal(sweden.kind, "user");
    /* what lies in it has a figure of its own */
    assert_false(own_table_apply(&table, NULL, 0, &paris));
    /* another kind or year was asked for */
    assert_false(own_table_apply(&table, "direct-average", 0, &france));
    assert_false(own_table_apply(&table, NULL, 2024, &france));
    assert_true(own_table_apply(&table, "lifecycle-average", 2025, &france));
    own_table_deinit(&table);
}

static void test_a_name_of_ones_own(void **state)
{
    struct own_table table = { 0 };
    struct aico2_error err = { 0 };
    struct intensity found;

    (void)state;
    assert_true(own_table_is_new("lab:basement"));
    assert_true(own_table_is_new("Lab-2:roof_1.b"));
    assert_false(own_table_is_new("lab"));
    assert_false(own_table_is_new("lab:"));
    assert_false(own_table_is_new(":basement"));
    assert_false(own_table_is_new("lab:a:b"));
    assert_false(own_table_is_new("lab:base ment"));
    assert_false(own_table_is_new("lab:a|b"));
    assert_false(own_table_is_new("lab:a/b"));
    assert_false(own_table_is_new("aws:eu-wst-3")); /* mistyped, and not one's own */
    assert_false(own_table_is_new("AWS:x"));
    assert_false(own_table_is_new("lab:aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee")); /* 48 */
    assert_true(own_table_is_new("lab:aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeee"));

    assert_int_equal(
        parse("place,gco2e_per_kwh,low,kind,year\nlab:Basement,120,100,direct-average,2024\n"
              "FR,40,,,\n",
              &table, &err),
        0);
    assert_int_equal(own_table_find(&table, "LAB:basement", NULL, 0, &found, &err), 0);
    assert_string_equal(found.place, "lab:Basement");
    assert_string_equal(found.name, "lab:Basement");
    assert_string_equal(found.country, "");
    assert_string_equal(found.kind, "direct-average");
    assert_true(found.gco2e_per_kwh.value == 120 && found.gco2e_per_kwh.low == 100);
    assert_int_equal(own_table_find(&table, "lab:basement", "direct", 2024, &found, &err), 0);
    assert_int_equal(own_table_find(&table, "lab:basement", "lifecycle", 0, &found, &err), -EINVAL);
    assert_non_null(strstr(err.message, "'lab:basement' has no figure of that kind"));
    assert_int_equal(own_table_find(&table, "lab:attic", NULL, 0, &found, &err), -EINVAL);
    assert_non_null(strstr(err.message, "'lab:attic'"));
    own_table_deinit(&table);
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } bad[] = {
        { "", "own.csv:1: empty" },
        { "place\nFR\n", "needs the columns place and gco2e_per_kwh" },
        { "place,gco2e_per_kwh,colour\nFR,1,red\n", "own.csv:1: unknown column 'colour'" },
        { "place,place,gco2e_per_kwh\nFR,FR,1\n", "a second column 'place'" },
        { "place,gco2e_per_kwh\naws:eu-wst-3,1\n", "own.csv:2: unknown cloud region 'aws:eu-wst-3'" },
        { "place,gco2e_per_kwh\nlab:x,1\nLAB:X,2\n", "own.csv:3: 'LAB:X' stands here a second" },
        { "place,gco2e_per_kwh\nFrence,1\n", "own.csv:2: unknown place 'Frence'" },
        { "place,gco2e_per_kwh\nFR,\n", "own.csv:2: gco2e_per_kwh: '' is not a number" },
        { "place,gco2e_per_kwh\nFR,nan\n", "'nan' is not a number from 0 to 5000" },
        { "place,gco2e_per_kwh\nFR,-1\n", "'-1' is not" },
        { "place,gco2e_per_kwh\nFR,5001\n", "'5001' is not" },
        { "place,gco2e_per_kwh\nFR,44g\n", "'44g' is not" },
        { "place,gco2e_per_kwh\nFR,44,45\n", "3 cells instead of 2" },
        { "place,gco2e_per_kwh,low\nFR,44,45\n", "low: '45' is not a number from 0 to the figure" },
        { "place,gco2e_per_kwh,high\nFR,44,43\n", "high: '43' is not a number from the figure" },
        { "place,gco2e_per_kwh,kind\nFR,44,guessed\n", "kind: 'guessed' is not a kind" },
        { "place,gco2e_per_kwh,year\nFR,44,20245\n", "year: '20245' is not a year" },
        { "place,gco2e_per_kwh\nFR,1\n\nFRA,2\n", "own.csv:4: 'FR' stands here a second time" },
        { "place,gco2e_per_kwh\n\"FR,1\n", "own.csv: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct own_table table = { 0 };
        struct aico2_error err = { 0 };

        assert_int_equal(parse(bad[i].text, &table, &err), -EBADMSG);
        if (strstr(err.message, bad[i].message) == NULL)
            fail_msg("'%s' instead of '%s'", err.message, bad[i].message);
        assert_null(table.rows);
    }
}

static void test_kept_with_a_run(void **state)
{
    struct intensity own = resolved("FR");
    struct intensity again = resolved("FR");
    char text[384];
    char damaged[] = "33.5~30~40~2025~user~x";
    char upside_down[] = "33.5~34~40~2025~user~x~y";

    (void)state;
    own.gco2e_per_kwh = (struct band){ 33.5, 30, 40 };
    (void)snprintf(own.source, sizeof(own.source), "own.csv: a|b~c, d");
    place_own_write(text, sizeof(text), &own);
    assert_null(strchr(text, '|'));
    assert_true(place_own_read(text, &again));
    assert_true(again.gco2e_per_kwh.value == 33.5 && again.gco2e_per_kwh.low == 30 &&
                again.gco2e_per_kwh.high == 40 && again.year == own.year);
    assert_string_equal(again.source, "own.csv: a/b/c, d");
    assert_false(place_own_read(damaged, &again));
    assert_false(place_own_read(upside_down, &again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_figure_over_that_of_its_place),
        cmocka_unit_test(test_a_name_of_ones_own),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_kept_with_a_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
