/* SPDX-License-Identifier: Apache-2.0 */
/* session/budget.c - how much energy, carbon or money a run may use */
#include "session/budget.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/number.h"
#include "base/text.h"

enum { NUMBER_BYTES_MAX = 20 };

/* By letter: mWh are no MWh. */
static const struct {
    const char *unit;
    enum budget_of of;
    double factor;
} units[] = {
    { "J", BUDGET_ENERGY, 1 },     { "kJ", BUDGET_ENERGY, 1e3 },    { "MJ", BUDGET_ENERGY, 1e6 },
    { "Wh", BUDGET_ENERGY, 3600 }, { "kWh", BUDGET_ENERGY, 3.6e6 }, { "MWh", BUDGET_ENERGY, 3.6e9 },
    { "mg", BUDGET_CARBON, 1e-3 }, { "g", BUDGET_CARBON, 1 },       { "kg", BUDGET_CARBON, 1e3 },
    { "t", BUDGET_CARBON, 1e6 },
};

static int refuse(const char *text, struct aico2_error *err)
{
    char shown[64];

    text_copy_clean(shown, sizeof(shown), text);
    return aico2_error_set(err, -EINVAL,
                           "'%s' is no budget: an amount above 0 with its unit is, as in 5kWh "
                           "(J to MWh), 2kg (mg to t of CO2e) or 3EUR",
                           shown);
}

/* "kgCO2e", "kg CO2": the gas is said, not the unit. */
static void drop_gas(char *unit)
{
    static const char *const gases[] = { "CO2e", "CO2eq", "CO2" };
    size_t length = strlen(unit);

    for (size_t i = 0; i < ARRAY_LENGTH(gases); i++) {
        size_t gas = strlen(gases[i]);

        if (length <= gas || strcmp(unit + length - gas, gases[i]) != 0)
            continue;
        length -= gas;
        while (length > 0 && unit[length - 1] == ' ')
            length--;
        unit[length] = '\0';
        return;
    }
}

static bool find_unit(const char *unit, bool gas, struct budget *budget)
{
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        if (strcmp(unit, units[i].unit) != 0 || (gas && units[i].of != BUDGET_CARBON))
            continue;
        budget->of = units[i].of;
        budget->amount *= units[i].factor;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        if (text_equal_nocase(unit, units[i].unit))
            return false; /* KWH is no currency */
    }
    if (gas || !currency_has_form(unit))
        return false;
    budget->of = BUDGET_MONEY;
    (void)snprintf(budget->currency, sizeof(budget->currency), "%.3s", unit);
    return true;
}

int budget_parse(const char *text, struct budget *budget_out, struct aico2_error *err)
{
    struct budget budget = { 0 };
    char number[NUMBER_BYTES_MAX + 1];
    char unit[16];
    char given[16];
    size_t length = strspn(text, "0123456789.eE+-");
    const char *word;

    while (length > 0 && strchr("eE+-", text[length - 1]) != NULL)
        length--; /* of EUR */
    if (length == 0 || length > NUMBER_BYTES_MAX || strlen(text) >= sizeof(budget.text))
        return refuse(text, err);
    memcpy(number, text, length);
    number[length] = '\0';
    word = text + length;
    while (*word == ' ')
        word++;
    if (strlen(word) >= sizeof(unit) || !number_parse_double(number, &budget.amount) ||
        !(budget.amount > 0))
        return refuse(text, err);
    (void)snprintf(given, sizeof(given), "%s", word);
    (void)snprintf(unit, sizeof(unit), "%s", word);
    drop_gas(unit);
    if (!find_unit(unit, strcmp(unit, given) != 0, &budget) || !isfinite(budget.amount))
        return refuse(text, err);
    (void)snprintf(budget.text, sizeof(budget.text), "%s", text);
    *budget_out = budget;
    return 0;
}

static double money_per_joule(const struct report *report)
{
    return report->total.value > 0 ? report->cost.amount.value / report->total.value : (double)NAN;
}

double budget_used(const struct budget *budget, const struct report *report)
{
    switch (budget->of) {
    case BUDGET_NONE:
        break;
    case BUDGET_ENERGY:
        return report->total.value;
    case BUDGET_CARBON:
        return report->total_gco2e.value;
    case BUDGET_MONEY:
        return report->cost.amount.value;
    }
    return NAN;
}

double budget_predicted(const struct budget *budget, const struct report *report)
{
    switch (budget->of) {
    case BUDGET_NONE:
        break;
    case BUDGET_ENERGY:
        return report->prediction.energy_joules.value;
    case BUDGET_CARBON:
        return report->prediction.total_gco2e.value;
    case BUDGET_MONEY:
        return report->prediction.energy_joules.value * money_per_joule(report);
    }
    return NAN;
}

void budget_fill(struct report *report)
{
    struct budget budget;
    const char *const names[] = { [BUDGET_ENERGY] = "joules", [BUDGET_CARBON] = "gco2e" };

    report->budget = (struct report_budget){ .amount = NAN, .used = NAN, .predicted = NAN };
    if (report->training.budget[0] == '\0' ||
        budget_parse(report->training.budget, &budget, NULL) < 0)
        return;
    (void)snprintf(report->budget.unit, sizeof(report->budget.unit), "%s",
                   budget.of == BUDGET_MONEY ? budget.currency : names[budget.of]);
    report->budget.amount = budget.amount;
    report->budget.used = budget_used(&budget, report);
    report->budget.predicted = budget_predicted(&budget, report);
    /* used up since the last look, by the last stretch of the run */
    if (report->budget.used >= budget.amount &&
        strcmp(report->training.budget_state, "within") == 0)
        (void)snprintf(report->training.budget_state, sizeof(report->training.budget_state),
                       "exceeded");
}
