/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_budget.c - amounts with their units, and what a report says of them */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "session/budget.h"

static void test_amounts(void **state)
{
    static const struct {
        const char *text;
        enum budget_of of;
        double amount;
    } cases[] = {
        { "5kWh", BUDGET_ENERGY, 18e6 },    { "5 kWh", BUDGET_ENERGY, 18e6 },
        { "1MWh", BUDGET_ENERGY, 3.6e9 },   { "250 Wh", BUDGET_ENERGY, 9e5 },
        { "1e3J", BUDGET_ENERGY, 1000 },    { "2kJ", BUDGET_ENERGY, 2000 },
        { "0.5MJ", BUDGET_ENERGY, 5e5 },    { "2kg", BUDGET_CARBON, 2000 },
        { "2kgCO2e", BUDGET_CARBON, 2000 }, { "2.5 g CO2", BUDGET_CARBON, 2.5 },
        { "1t", BUDGET_CARBON, 1e6 },       { "40mg", BUDGET_CARBON, 0.04 },
        { "3EUR", BUDGET_MONEY, 3 },        { "0.25 USD", BUDGET_MONEY, 0.25 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct budget budget;

        if (budget_parse(cases[i].text, &budget, NULL) != 0)
            fail_msg("'%s' is refused", cases[i].text);
        if (budget.of != cases[i].of || fabs(budget.amount / cases[i].amount - 1) > 1e-12)
            fail_msg("'%s' is %g of %d", cases[i].text, budget.amount, (int)budget.of);
        assert_string_equal(budget.text, cases[i].text);
    }
}

static void test_what_is_no_budget(void **state)
{
    static const char *const texts[] = {
        "",           "5",
        "kWh",        "-5kWh",
        "0kWh",       "5kwh",
        "5 KWH",      "5kW",
        "5k",         "nankWh",
        "infkWh",     "1e999J",
        "0x5kWh",     "5kWhCO2",
        "5EURCO2e",   "5eur",
        "5EURO",      "5,5kWh",
        "5kWh extra", "5CO2",
        "1e308MWh",   "999999999999999999999999J",
        "5kWh\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        struct budget budget = { .amount = 7 };
        struct aico2_error err = { 0 };

        if (budget_parse(texts[i], &budget, &err) != -EINVAL)
            fail_msg("'%s' is %g of %d", texts[i], budget.amount, (int)budget.of);
        assert_true(budget.amount == 7);
        assert_non_null(strchr(err.message, '\''));
    }
}

static void test_what_a_report_says(void **state)
{
    struct report report = {
        .total = { 3.6e6, 3e6, 4e6 },
        .total_gco2e = { 500, 400, 600 },
        .cost.amount = { 0.25, 0.2, 0.3 },
        .prediction.energy_joules = { 36e6, 30e6, 40e6 },
        .prediction.total_gco2e = { 5500, 4000, 6000 },
        .training.budget = "3EUR",
        .training.budget_state = "within",
    };
    struct budget budget;

    (void)state;
    assert_int_equal(budget_parse("5kWh", &budget, NULL), 0);
    assert_true(budget_used(&budget, &report) == 3.6e6);
    assert_true(budget_predicted(&budget, &report) == 36e6);
    assert_int_equal(budget_parse("2kg", &budget, NULL), 0);
    assert_true(budget_used(&budget, &report) == 500);
    assert_true(budget_predicted(&budget, &report) == 5500);
    /* ten times the energy at the same price */
    budget_fill(&report);
    assert_string_equal(report.budget.unit, "EUR");
    assert_true(fabs(report.budget.predicted - 2.5) < 1e-9);
    assert_string_equal(report.training.budget_state, "within");
    report.cost.amount.value = 3;
    budget_fill(&report);
    assert_string_equal(report.training.budget_state, "exceeded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_what_is_no_budget),
        cmocka_unit_test(test_what_a_report_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
