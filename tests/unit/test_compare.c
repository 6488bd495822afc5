/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_compare.c - lower, higher, or cannot tell */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "session/report/compare.h"

static struct report report_of(double seconds, struct band joules, struct band grams)
{
    struct report report = {
        .total = joules,
        .operational_gco2e = grams,
        .embodied_gco2e = BAND_NONE,
        .total_gco2e = grams,
        .cost = { .amount = BAND_NONE },
        .water = { .litres = BAND_NONE },
    };

    report.run.duration_ns = (int64_t)(seconds * 1e9);
    report.run.cpu_seconds = NAN;
    report.run.units = NAN;
    return report;
}

static const struct compare_row *row_of(const struct comparison *comparison, const char *what)
{
    for (size_t i = 0; i < comparison->row_count; i++) {
        if (strcmp(comparison->rows[i].what, what) == 0)
            return &comparison->rows[i];
    }
    return NULL;
}

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

static void test_bands_that_overlap_cannot_tell(void **state)
{
    struct report a = report_of(10, (struct band){ 100, 70, 130 }, (struct band){ 1, 0.5, 2 });
    struct report b = report_of(10, (struct band){ 120, 80, 160 }, (struct band){ 1.2, 0.6, 3 });
    struct comparison comparison;
    const struct compare_row *row;

    (void)state;
    assert_int_equal(comparison_make(&a, &b, &comparison, NULL), 0);
    row = row_of(&comparison, "total_joules");
    assert_non_null(row);
    assert_near(row->delta, 20);
    /* below hypot(40, 30), above hypot(40, 30) */
    assert_near(row->low, -30);
    assert_near(row->high, 70);
    assert_int_equal(row->verdict, COMPARE_CANNOT_TELL);
    comparison_deinit(&comparison);
    assert_int_equal(comparison_make(&b, &a, &comparison, NULL), 0);
    row = row_of(&comparison, "total_joules");
    assert_near(row->low, -70);
    assert_near(row->high, 30);
    assert_int_equal(row->verdict, COMPARE_CANNOT_TELL);
    row = row_of(&comparison, "duration_seconds");
    assert_int_equal(row->verdict, COMPARE_CANNOT_TELL); /* 10 s against 10 s */
    assert_null(row_of(&comparison, "embodied_gco2e"));
    assert_null(row_of(&comparison, "gco2e_per_unit"));
    comparison_deinit(&comparison);
}

static void test_bands_apart_tell_which_way(void **state)
{
    struct report a = report_of(10, (struct band){ 100, 95, 105 }, (struct band){ 1, 0.9, 1.1 });
    struct report b = report_of(8, (struct band){ 200, 190, 210 }, (struct band){ 2, 1.8, 2.2 });
    struct comparison comparison;

    (void)state;
    assert_int_equal(comparison_make(&a, &b, &comparison, NULL), 0);
    assert_int_equal(row_of(&comparison, "total_joules")->verdict, COMPARE_HIGHER);
    assert_int_equal(row_of(&comparison, "total_gco2e")->verdict, COMPARE_HIGHER);
    assert_int_equal(row_of(&comparison, "duration_seconds")->verdict, COMPARE_LOWER);
    assert_near(row_of(&comparison, "mean_power_watts")->a, 10);
    assert_near(row_of(&comparison, "mean_power_watts")->b, 25);
    comparison_deinit(&comparison);

    assert_int_equal(comparison_make(&b, &a, &comparison, NULL), 0);
    assert_int_equal(row_of(&comparison, "total_joules")->verdict, COMPARE_LOWER);
    assert_near(row_of(&comparison, "total_joules")->delta, -100);
    comparison_deinit(&comparison);
}

static void test_units_are_compared_only_with_their_like(void **state)
{
    struct report a = report_of(10, (struct band){ 100, 95, 105 }, (struct band){ 4, 3, 5 });
    struct report b = a;
    struct comparison comparison;

    (void)state;
    a.run.units = 2;
    b.run.units = 4;
    (void)snprintf(a.run.unit, sizeof(a.run.unit), "epoch");
    (void)snprintf(b.run.unit, sizeof(b.run.unit), "epoch");
    assert_int_equal(comparison_make(&a, &b, &comparison, NULL), 0);
    assert_near(row_of(&comparison, "gco2e_per_unit")->a, 2);
    assert_near(row_of(&comparison, "gco2e_per_unit")->b, 1);
    comparison_deinit(&comparison);
    (void)snprintf(b.run.unit, sizeof(b.run.unit), "image");
    assert_int_equal(comparison_make(&a, &b, &comparison, NULL), 0);
    assert_null(row_of(&comparison, "gco2e_per_unit"));
    comparison_deinit(&comparison);
}

/* 2 EUR (1.5 ... 2.5) against 3.5 (3 ... 4): 1.5, and hypot(0.5, 0.5) = 0.7071 either side. */
static void test_cost_and_water_are_compared_where_both_have_them(void **state)
{
    struct report a = report_of(10, (struct band){ 100, 95, 105 }, (struct band){ 4, 3, 5 });
    struct report b = a;
    struct comparison comparison;
    const struct compare_row *row;

    (void)state;
    a.water.litres = (struct band){ 0.5, 0.25, 0.75 };
    b.water.litres = BAND_NONE;
    a.cost = (struct cost){ .price = { "EUR", 0.2 }, .amount = { 2, 1.5, 2.5 } };
    b.cost = (struct cost){ .price = { "EUR", 0.3 }, .amount = { 3.5, 3, 4 } };
    assert_int_equal(comparison_make(&a, &b, &comparison, NULL), 0);
    row = row_of(&comparison, "cost");
    assert_non_null(row);
    assert_string_equal(row->unit, "EUR");
    assert_near(row->delta, 1.5);
    assert_near(row->low, 1.5 - sqrt(0.5));
    assert_near(row->high, 1.5 + sqrt(0.5));
    assert_int_equal(row->verdict, COMPARE_HIGHER);
    assert_null(row_of(&comparison, "water_litres"));
    comparison_deinit(&comparison);

    b.water.litres = (struct band){ 0.25, 0.25, 0.25 };
    memcpy(b.cost.price.currency, "SEK", 4);
    assert_int_equal(comparison_make(&a, &b, &comparison, NULL), 0);
    assert_null(row_of(&comparison, "cost"));
    row = row_of(&comparison, "water_litres");
    assert_string_equal(row->unit, "l");
    assert_near(row->delta, -0.25);
    assert_near(row->high, 0); /* 0.25 was possible of a, too */
    assert_int_equal(row->verdict, COMPARE_CANNOT_TELL);
    comparison_deinit(&comparison);
}

static void test_run_of_no_length_has_no_power(void **state)
{
    struct report a = report_of(0, (struct band){ 100, 95, 105 }, (struct band){ 4, 3, 5 });
    struct comparison comparison;

    (void)state;
    assert_int_equal(comparison_make(&a, &a, &comparison, NULL), 0);
    assert_null(row_of(&comparison, "mean_power_watts"));
    comparison_deinit(&comparison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bands_that_overlap_cannot_tell),
        cmocka_unit_test(test_bands_apart_tell_which_way),
        cmocka_unit_test(test_units_are_compared_only_with_their_like),
        cmocka_unit_test(test_cost_and_water_are_compared_where_both_have_them),
        cmocka_unit_test(test_run_of_no_length_has_no_power),
    };

    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
