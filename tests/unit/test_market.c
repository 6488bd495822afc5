/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_market.c - the market-based figure beside the location-based one */
#include "support.h"

#include <math.h>
#include <string.h>

#include "carbon/market.h"
#include "model/run.h"
#include "session/place/text.h"

static void assert_band(struct band band, double low, double value, double high)
{
    assert_true(fabs(band.low - low) < 1e-9);
    assert_true(fabs(band.value - value) < 1e-9);
    assert_true(fabs(band.high - high) < 1e-9);
}

static const struct band two_kwh = { 2, 1, 3 };
static const struct band place = { 400, 300, 500 };
static const struct band making = { 7, 5, 10 };

/* All of it at 12 g: 2 x 12 = 24 (12 ... 36); with the making 31 (17 ... 46). The place plays no part. */
static void test_a_contract_for_all(void **state)
{
    const struct market_terms terms = { true, 12, 1, NAN };
    struct market_based market = market_based_make(&terms, two_kwh, place, making);

    (void)state;
    assert_band(market.gco2e_per_kwh, 12, 12, 12);
    assert_band(market.operational_gco2e, 12, 24, 36);
    assert_band(market.total_gco2e, 17, 31, 46);
}

/* Three quarters at 20, the rest at the place's: 15 + 100 = 115 (15 + 75 ... 15 + 125), times the energy:
 * 230 (90 ... 420). Without a figure for the making the total is that. */
static void test_the_rest_is_the_places(void **state)
{
    const struct market_terms terms = { true, 20, 0.75, NAN };
    struct market_based market = market_based_make(&terms, two_kwh, place, BAND_NONE);

    (void)state;
    assert_band(market.gco2e_per_kwh, 90, 115, 140);
    assert_band(market.operational_gco2e, 90, 230, 420);
    assert_band(market.total_gco2e, 90, 230, 420);
}

/* A half at 0, a half at a residual mix of 600: 300 exactly. */
static void test_or_at_the_residual_mix(void **state)
{
    const struct market_terms terms = { true, 0, 0.5, 600 };

    (void)state;
    assert_band(market_based_make(&terms, two_kwh, place, making).gco2e_per_kwh, 300, 300, 300);
}

static void test_no_contract_is_no_figure(void **state)
{
    const struct market_terms none = { 0 };
    struct market_based market = market_based_make(&none, two_kwh, place, making);

    (void)state;
    assert_false(market.terms.given);
    assert_false(band_is_known(market.operational_gco2e));
    assert_false(band_is_known(market.total_gco2e));
}

static void test_the_terms_are_kept_with_the_run(void **state)
{
    char option[RUN_PLACE_SIZE] = "country:FR";
    struct market_terms terms = { true, 12.5, 0.1, NAN };
    struct market_terms again = { 0 };

    (void)state;
    place_text_set_market(option, sizeof(option), &terms);
    assert_string_equal(option, "country:FR|market=12.5,0.1");
    place_text_market(option, &again);
    assert_true(again.given && again.factor_gco2e_per_kwh == 12.5 && again.share == 0.1);
    assert_true(isnan(again.residual_gco2e_per_kwh));
    terms.residual_gco2e_per_kwh = 400;
    place_text_set_market(option, sizeof(option), &terms);
    assert_string_equal(option, "country:FR|market=12.5,0.1,400");
    place_text_market(option, &again);
    assert_true(again.residual_gco2e_per_kwh == 400);
    place_text_set_market(option, sizeof(option), &(struct market_terms){ 0 });
    assert_string_equal(option, "country:FR");
    place_text_market("country:FR|market=twelve,1", &again);
    assert_false(again.given);
    place_text_market("country:FR|market=12", &again);
    assert_false(again.given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_contract_for_all),
        cmocka_unit_test(test_the_rest_is_the_places),
        cmocka_unit_test(test_or_at_the_residual_mix),
        cmocka_unit_test(test_no_contract_is_no_figure),
        cmocka_unit_test(test_the_terms_are_kept_with_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
