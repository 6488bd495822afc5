/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_format.c - figures as people read them */
#include "support.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "model/report.h"
#include "writers/format.h"

static const char *figure(enum quantity quantity, double value)
{
    static char text[FIGURE_SIZE];

    figure_format(text, quantity, value, true);
    return text;
}

#define ASSERT_FIGURE(quantity, value, expected) \
    assert_string_equal(figure(quantity, value), expected)

/* 1 Wh is 3600 J. */
static void test_energy_takes_the_unit_that_fits(void **state)
{
    (void)state;
    ASSERT_FIGURE(QUANTITY_JOULES, 3600, "1.00 Wh");
    ASSERT_FIGURE(QUANTITY_JOULES, 44640, "12.4 Wh");
    ASSERT_FIGURE(QUANTITY_JOULES, 4.716e6, "1.31 kWh");
    ASSERT_FIGURE(QUANTITY_JOULES, 3.6e9, "1.00 MWh");
    ASSERT_FIGURE(QUANTITY_JOULES, 1.8, "500 µWh");
    ASSERT_FIGURE(QUANTITY_JOULES, 3.6, "1.00 mWh");
    ASSERT_FIGURE(QUANTITY_JOULES, 0, "0 Wh");
}

/* 999.6 Wh would be printed as 1000 Wh: it is 1.00 kWh; 999.4 is 999. */
static void test_units_change_where_the_digits_do(void **state)
{
    (void)state;
    ASSERT_FIGURE(QUANTITY_JOULES, 999.4 * 3600, "999 Wh");
    ASSERT_FIGURE(QUANTITY_JOULES, 999.6 * 3600, "1.00 kWh");
    ASSERT_FIGURE(QUANTITY_WATTS, 9.994, "9.99 W");
    ASSERT_FIGURE(QUANTITY_WATTS, 9.996, "10.0 W");
    ASSERT_FIGURE(QUANTITY_WATTS, 99.96, "100 W");
    ASSERT_FIGURE(QUANTITY_WATTS, 0.9996, "1.00 W");
    ASSERT_FIGURE(QUANTITY_GCO2E, 1.5e6, "1.50 tCO2e");
    ASSERT_FIGURE(QUANTITY_GCO2E, 2e-6, "2.00 µgCO2e");
    ASSERT_FIGURE(QUANTITY_METRES, 1500, "1.50 km");
    ASSERT_FIGURE(QUANTITY_METRES, 0.0147, "1.47 cm");
    ASSERT_FIGURE(QUANTITY_SECONDS, 1758, "29.3 minutes");
    ASSERT_FIGURE(QUANTITY_SECONDS, 2629800, "1.00 months");
}

static void test_what_is_not_0_is_never_shown_as_0(void **state)
{
    (void)state;
    ASSERT_FIGURE(QUANTITY_JOULES, 1e-9, "<0.01 µWh");
    ASSERT_FIGURE(QUANTITY_GCO2E, 1e-300, "<0.01 µgCO2e");
    ASSERT_FIGURE(QUANTITY_JOULES, 5e-324, "<0.01 µWh");
}

static void test_huge_figures_have_an_exponent(void **state)
{
    (void)state;
    ASSERT_FIGURE(QUANTITY_METRES, 1e12, "1.00e9 km");
    ASSERT_FIGURE(QUANTITY_METRES, 9.9996e9, "1.00e7 km"); /* not 10.00e6 */
    ASSERT_FIGURE(QUANTITY_METRES, 9.994e9, "9.99e6 km");
    assert_true(text_columns(figure(QUANTITY_JOULES, 1.7e308)) < 20);
}

static void test_the_unavailable_is_a_dash_and_never_a_number(void **state)
{
    const double none[] = { NAN, -NAN, INFINITY, -INFINITY };
    char text[FIGURE_SIZE];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        ASSERT_FIGURE(QUANTITY_WATTS, none[i], "–");
        figure_format(text, QUANTITY_WATTS, none[i], false);
        assert_string_equal(text, "-");
        plain_format(text, none[i], true);
        assert_string_equal(text, "–");
        percent_format(text, none[i], true);
        assert_string_equal(text, "–");
        seconds_format(text, none[i], true);
        assert_string_equal(text, "–");
        pue_format(text, none[i], true);
        assert_string_equal(text, "–");
    }
    seconds_format(text, -1, true);
    assert_string_equal(text, "–");
    percent_format(text, -0.1, true);
    assert_string_equal(text, "–");
}

static void test_ascii_has_no_byte_above_127(void **state)
{
    char text[RANGE_SIZE];

    (void)state;
    figure_format(text, QUANTITY_JOULES, 1.8, false);
    assert_string_equal(text, "500 uWh");
    figure_format(text, QUANTITY_GCO2E, 5e-6, false);
    assert_string_equal(text, "5.00 ugCO2e");
    range_format(text, QUANTITY_JOULES, (struct band){ 7200, 3600, 10800 }, 7200, false);
    assert_string_equal(text, "1.00 ... 3.00");
    band_format(text, (struct band){ 100, 96, 104 }, false);
    assert_string_equal(text, "+/-4 %");
}

/* 70.3 µg beside 3.19 mg is 0.07 of its unit, and 1.785 mWh beside 3.98 µWh is 1785 of it. */
static void test_both_ends_of_a_range_are_in_the_unit_of_the_value(void **state)
{
    char text[RANGE_SIZE];

    (void)state;
    range_format(text, QUANTITY_GCO2E, (struct band){ 3.19e-3, 70.3e-6, 8.51e-3 }, 3.19e-3, true);
    assert_string_equal(text, "0.07 … 8.51");
    range_format(text, QUANTITY_GCO2E, (struct band){ 3.19e-3, 1e-9, 8.51e-3 }, 3.19e-3, true);
    assert_string_equal(text, "<0.01 … 8.51");
    range_format(text, QUANTITY_GCO2E, (struct band){ 3.19e-3, 0, 8.51 }, 3.19e-3, true);
    assert_string_equal(text, "0 … 8510");
    figure_format_like(text, QUANTITY_JOULES, 6.426, 0.01433, false, true);
    assert_string_equal(text, "1785");
}

/* In a column with names of units a small figure keeps its digits: 50 mWh beside 5 Wh. */
static void test_a_named_unit_may_be_the_figures_own(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    figure_format_like(text, QUANTITY_JOULES, 0.12 * 3600, 5 * 3600, true, true);
    assert_string_equal(text, "0.12 Wh");
    figure_format_like(text, QUANTITY_JOULES, 0.05 * 3600, 5 * 3600, true, true);
    assert_string_equal(text, "50.0 mWh");
}

/* Under 6 g: 0.9 g can be added to it; 0.05 g would lose its digits there, and 6000 g is "6.00 kg".
 * Under 6 kg the 900 g are 0.90. */
static void test_figures_of_one_size_share_a_unit(void **state)
{
    (void)state;
    assert_true(figure_like_beside(QUANTITY_GCO2E, 0.9, 6) == 6);
    assert_true(figure_like_beside(QUANTITY_GCO2E, 600, 6) == 6);
    assert_true(figure_like_beside(QUANTITY_GCO2E, 900, 6000) == 6000);
    assert_true(figure_like_beside(QUANTITY_GCO2E, 0.05, 6) == 0.05);
    assert_true(figure_like_beside(QUANTITY_GCO2E, 6000, 6) == 6000);
    assert_true(figure_like_beside(QUANTITY_GCO2E, 0.9, 0) == 0);
    assert_true(figure_like_beside(QUANTITY_GCO2E, 0.9, NAN) !=
                0.9); /* then the unit is the usual one */
}

static void test_bands_are_percent_of_the_value(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    band_format(text, (struct band){ 100, 96, 104 }, true);
    assert_string_equal(text, "±4 %");
    band_format(text, (struct band){ 100, 50, 180 }, true);
    assert_string_equal(text, "-50/+80 %");
    band_format(text, (struct band){ 100, 0, 200 }, true);
    assert_string_equal(text, "±100 %");
    band_format(text, (struct band){ 1, 0.9996, 1.0004 }, true);
    assert_string_equal(text, "±<0.1 %");
    band_format(text, (struct band){ 1, 0, 1e6 }, true);
    assert_string_equal(text, "-100/+>999 %");
    band_format(text, BAND_NONE, true);
    assert_string_equal(text, "–");
    band_format(text, (struct band){ 0, 0, 0 }, true);
    assert_string_equal(text, "–");
    band_format(text, (struct band){ 1, 2, 3 }, true); /* no band: the low end is above */
    assert_string_equal(text, "–");
}

static void test_a_band_that_is_none_is_a_dash(void **state)
{
    static const struct band none[] = {
        { 1e-300, 0, 1e300 }, /* more percent than a number has room for */
        { 1, 0.5, INFINITY }, { 1, -INFINITY, 2 }, { 1, NAN, 2 }, { 1, 0.5, NAN },
        { NAN, 1, 2 },        { 0, 0, 1 },         { 1, 1.5, 2 }, { 1, 0.2, 0.8 },
    };
    char text[FIGURE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        band_format(text, none[i], false);
        assert_string_equal(text, "-");
    }
    /* 0.9 % and 0.94 % below 1 have a digit behind the point, and so has no end of 0 */
    band_format(text, (struct band){ 1000, 991, 1020 }, false);
    assert_string_equal(text, "-0.9/+2 %");
    band_format(text, (struct band){ 1000, 1000, 1020 }, false);
    assert_string_equal(text, "-0/+2 %");
    /* ends that are read as the same are written once, however far they are apart */
    band_format(text, (struct band){ 1, -20, 50 }, false);
    assert_string_equal(text, "+/->999 %");
}

static void test_all_is_100_percent_and_nothing_less_is(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    percent_format(text, 1, true);
    assert_string_equal(text, "100 %");
    percent_format(text, 0.9999, true);
    assert_string_equal(text, "99.9 %");
    percent_format(text, 0.834, true);
    assert_string_equal(text, "83 %");
    percent_format(text, 0, true);
    assert_string_equal(text, "0 %");
    percent_format(text, 0.0001, true);
    assert_string_equal(text, "<0.1 %");
}

static void test_durations(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        { 0, "0 s" },
        { 0.0123, "12.3 ms" },
        { 50.1, "50.1 s" },
        { 99.94, "99.9 s" },
        { 99.96, "1 min 40 s" },
        { 750, "12 min 30 s" },
        { 3599.6, "1 h 00 min" },
        { 11100, "3 h 05 min" },
        { 187200, "2 d 4 h" },
        { 0.9996, "1.00 s" },
        { 1e-9, "<0.01 ms" },
    };
    char text[FIGURE_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        seconds_format(text, cases[i].seconds, true);
        assert_string_equal(text, cases[i].text);
    }
    seconds_format(text, 1e300, true);
    assert_true(text_columns(text) < 16);
}

static void test_plain_numbers_and_pue(void **state)
{
    char text[FIGURE_SIZE];

    (void)state;
    plain_format(text, 44.18, true);
    assert_string_equal(text, "44.2");
    plain_format(text, 0.0000123, true);
    assert_string_equal(text, "0.0000123");
    plain_format(text, -2.5, true);
    assert_string_equal(text, "-2.50");
    plain_format(text, 1e-30, true);
    assert_string_equal(text, "<1e-12");
    pue_format(text, 1, true);
    assert_string_equal(text, "1.0");
    pue_format(text, 1.12, true);
    assert_string_equal(text, "1.12");
}

/* A host program may have set a locale with a comma. */
static void test_the_point_stays_a_point_in_every_locale(void **state)
{
    char folder[64];
    int fd = temp_dir_open(folder);
    char text[FIGURE_SIZE];

    (void)state;
    if (locale_set_comma(folder)) {
        (void)snprintf(text, sizeof(text), "%.2f", 1.25);
        assert_string_equal(text, "1,25");
        figure_format(text, QUANTITY_WATTS, 1.25, true);
        (void)setlocale(LC_NUMERIC, "C");
        assert_string_equal(text, "1.25 W");
    } else {
        print_message("# no locale with a comma here\n");
    }
    (void)close(fd);
    temp_dir_remove(folder);
}

/* What rounding leaves is 0; a true negative is a mistake and never printed. */
static void test_no_figure_of_a_report_is_negative(void **state)
{
    (void)state;
    assert_true(figure_not_negative(-1e-9) == 0);
    assert_true(isnan(figure_not_negative(-1)));
    assert_true(figure_not_negative(2.5) == 2.5);
    assert_true(isnan(figure_not_negative(NAN)));
}

static void test_a_total_counts_by_scope(void **state)
{
    struct report report = { .run = { .scope = SCOPE_JOB } };
    const struct report_device device = { .energy = { 10, 9, 11 },
                                          .job_joules = 4,
                                          .idle_share_joules = 1.5 };

    (void)state;
    assert_true(report_counted_joules(&report, &device) == 5.5);
    report.run.scope = SCOPE_MACHINE;
    assert_true(report_counted_joules(&report, &device) == 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_energy_takes_the_unit_that_fits),
        cmocka_unit_test(test_units_change_where_the_digits_do),
        cmocka_unit_test(test_what_is_not_0_is_never_shown_as_0),
        cmocka_unit_test(test_huge_figures_have_an_exponent),
        cmocka_unit_test(test_the_unavailable_is_a_dash_and_never_a_number),
        cmocka_unit_test(test_ascii_has_no_byte_above_127),
        cmocka_unit_test(test_both_ends_of_a_range_are_in_the_unit_of_the_value),
        cmocka_unit_test(test_a_named_unit_may_be_the_figures_own),
        cmocka_unit_test(test_figures_of_one_size_share_a_unit),
        cmocka_unit_test(test_bands_are_percent_of_the_value),
        cmocka_unit_test(test_a_band_that_is_none_is_a_dash),
        cmocka_unit_test(test_all_is_100_percent_and_nothing_less_is),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_plain_numbers_and_pue),
        cmocka_unit_test(test_the_point_stays_a_point_in_every_locale),
        cmocka_unit_test(test_no_figure_of_a_report_is_negative),
        cmocka_unit_test(test_a_total_counts_by_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
