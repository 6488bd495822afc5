/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_price.c - prices as people write them, files of them, and what that comes to */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "carbon/price.h"
#include "carbon/series.h"

static const int64_t HOUR = INT64_C(3600000000000);

static void assert_price(const char *text, double per_kwh, const char *currency)
{
    struct price price = { 0 };
    struct aico2_error err = { 0 };

    if (price_parse(text, &price, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    assert_true(price.per_kwh == per_kwh);
    assert_string_equal(price.currency, currency);
}

static void test_a_price_is_read_in_each_form(void **state)
{
    (void)state;
    assert_price("0.25EUR", 0.25, "EUR");
    assert_price("0.25 EUR", 0.25, "EUR");
    assert_price("0.25 EUR/kWh", 0.25, "EUR");
    assert_price("0.25eur/KWH", 0.25, "EUR");
    assert_price("  3000 VND", 3000, "VND");
    assert_price("1e-1EUR", 0.1, "EUR");
    assert_price("1E2ETB", 100, "ETB"); /* two letters E, one of them the number's */
    assert_price("0USD", 0, "USD");
    assert_price("-0USD", 0, "USD");
    assert_price("1000000ZWG", 1e6, "ZWG");
}

static void test_what_is_no_price_is_refused_and_quoted(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        { "", "price '': not a number and a currency" },
        { "EUR", "price 'EUR': not a number" },
        { "0.25", "price '0.25': in which currency?" },
        { "-0.25EUR", "price '-0.25EUR': not within 0" },
        { "1000001EUR", "not within 0 and 1000000" },
        { "1e309EUR", "price '1e309EUR': not a number" },
        { "nanEUR", "price 'nanEUR': not a number" },
        { "infEUR", "not a number" },
        { "0.25E", "not a currency" },
        { "0.25EU", "not a currency" },
        { "0.25EURO", "only a price per kWh" },
        { "0.25XYZ", "price '0.25XYZ': not a currency" },
        { "0.25 A E", "not a currency" },
        { "0.25ED ", "not a currency" }, /* the blank between two codes of the list is none */
        { "0.25D A", "not a currency" },
        { "0.25EUR/MWh", "only a price per kWh" },
        { "0.25$", "not a currency" },
        { "0.25\xe2\x82\xac", "not a currency" },
        { "0,25EUR", "not a currency" },
        { "1 000 EUR", "not a number" },
        { "0.000000000000000000000000000000000000000001EUR", "too long" },
        { "0.25\nEUR", "price '0.25 EUR': not a currency" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct price price = { .per_kwh = 77 };
        struct aico2_error err = { 0 };

        assert_int_equal(price_parse(rows[i].text, &price, &err), -EINVAL);
        if (strstr(err.message, rows[i].message) == NULL)
            fail_msg("'%s' is not in '%s'", rows[i].message, err.message);
        assert_true(price.per_kwh == 77);
    }
}

static int parse(const char *content, char currency[CURRENCY_SIZE], struct price_series *series,
                 struct aico2_error *err)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "%s", content);
    return price_series_parse(text, strlen(text), "prices.csv", currency, series, err);
}

static void test_a_file_names_its_currency_or_has_it_told(void **state)
{
    struct price_series series = { 0 };
    struct aico2_error err = { 0 };
    char currency[CURRENCY_SIZE] = "";

    (void)state;
    /* a market's price may fall below 0 */
    assert_int_equal(parse("time,dkk_per_kwh\n0,2.5\n3600,-0.125\n", currency, &series, &err), 0);
    assert_string_equal(currency, "DKK");
    assert_int_equal(series.count, 2);
    assert_true(isnan(price_series_at(&series, -1)));
    assert_true(price_series_at(&series, 0) == 2.5);
    assert_true(price_series_at(&series, HOUR - 1) == 2.5);
    assert_true(price_series_at(&series, HOUR) == -0.125);
    assert_true(price_series_at(&series, INT64_MAX) == -0.125);
    price_series_deinit(&series);

    assert_int_equal(parse("time,price_per_kwh\n0,1\n", currency, &series, &err), 0);
    assert_string_equal(currency, "DKK");
    price_series_deinit(&series);
    assert_true(isnan(price_series_at(&series, 0)));

    assert_int_equal(parse("time,eur_per_kwh\n0,1\n", currency, &series, &err), -EINVAL);
    assert_non_null(strstr(err.message, "in EUR there and in DKK"));
    currency[0] = '\0';
    assert_int_equal(parse("time,price_per_kwh\n0,1\n", currency, &series, &err), -EINVAL);
    assert_non_null(strstr(err.message, "prices.csv: the currency is not told"));
    assert_null(series.points);
}

static void test_a_bad_file_is_refused_by_line(void **state)
{
    static const struct {
        const char *content;
        const char *message;
    } rows[] = {
        { "", "prices.csv:1: empty" },
        { "time,eur_per_kwh\n", "prices.csv:1: no values" },
        { "time,xyz_per_kwh\n0,1\n", "must be the header 'time,eur_per_kwh'" },
        { "time,_per_kwh\n0,1\n", "must be the header" },
        { "time,gco2e_per_kwh\n0,1\n", "must be the header" },
        { "time,eur_per_kwh\n0,nan\n", "prices.csv:2: not a number: 'nan'" },
        { "time,eur_per_kwh\n0,1e7\n", "prices.csv:2: '1e7' is not within -1000000 and 1000000" },
        { "time,eur_per_kwh\n0,1\n0,1\n", "prices.csv:3: times must rise" },
        { "time,eur_per_kwh\n5,1\n4,1\n", "prices.csv:3: times must rise" },
        { "time,eur_per_kwh\nyesterday,1\n", "prices.csv:2: not a time: 'yesterday'" },
        { "time,eur_per_kwh\n0\n", "prices.csv:2: 1 cell instead of 2 (time,eur_per_kwh)" },
        { "time,eur_per_kwh\n0,0,25\n", "prices.csv:2: 3 cells instead of 2" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct price_series series = { 0 };
        struct aico2_error err = { 0 };
        char currency[CURRENCY_SIZE] = "";

        assert_int_equal(parse(rows[i].content, currency, &series, &err), -EBADMSG);
        if (strstr(err.message, rows[i].message) == NULL)
            fail_msg("'%s' is not in '%s'", rows[i].message, err.message);
        assert_null(series.points);
    }
}

static void test_a_run_is_cut_where_either_changes(void **state)
{
    struct price_point prices[] = { { 0, 1 }, { HOUR / 2, 2 }, { HOUR, 3 } };
    struct intensity_point intensities[] = { { HOUR / 2, 100 }, { 3 * HOUR / 4, 200 } };
    const struct price_series price = { .points = prices, .count = 3 };
    const struct intensity_series intensity = { .points = intensities, .count = 2 };
    const struct intensity_series none = { 0 };
    struct intensity_series cuts;

    (void)state;
    assert_int_equal(price_series_cuts(&price, &intensity, &cuts), 0);
    assert_int_equal(cuts.count, 4); /* 0, 1/2 of both, 3/4, 1 */
    assert_true(cuts.points[0].wall_ns == 0 && isnan(cuts.points[0].gco2e_per_kwh));
    assert_true(cuts.points[1].wall_ns == HOUR / 2 && cuts.points[1].gco2e_per_kwh == 100);
    assert_true(cuts.points[2].wall_ns == 3 * HOUR / 4 && cuts.points[2].gco2e_per_kwh == 200);
    assert_true(cuts.points[3].wall_ns == HOUR && cuts.points[3].gco2e_per_kwh == 200);
    intensity_series_deinit(&cuts);

    assert_int_equal(price_series_cuts(&price, &none, &cuts), 0);
    assert_int_equal(cuts.count, 3);
    intensity_series_deinit(&cuts);
}

/* 2 kWh (1 ... 4) at 0.25 are 0.50 (0.25 ... 1.00); at -0.25 the low end is that of the most energy. */
static void test_money_keeps_its_band_in_order(void **state)
{
    struct band cost = price_of((struct band){ 2, 1, 4 }, 0.25);

    (void)state;
    assert_true(cost.value == 0.5 && cost.low == 0.25 && cost.high == 1);
    cost = price_of((struct band){ 2, 1, 4 }, -0.25);
    assert_true(cost.value == -0.5 && cost.low == -1 && cost.high == -0.25);
    assert_true(isnan(price_of(BAND_NONE, 0.25).value));
    assert_true(isnan(price_of((struct band){ 2, 1, 4 }, NAN).value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_price_is_read_in_each_form),
        cmocka_unit_test(test_what_is_no_price_is_refused_and_quoted),
        cmocka_unit_test(test_a_file_names_its_currency_or_has_it_told),
        cmocka_unit_test(test_a_bad_file_is_refused_by_line),
        cmocka_unit_test(test_a_run_is_cut_where_either_changes),
        cmocka_unit_test(test_money_keeps_its_band_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
