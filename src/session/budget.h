/* SPDX-License-Identifier: Apache-2.0 */
/* session/budget.h - how much energy, carbon or money a run may use */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "model/price.h"
#include "model/report.h"

enum budget_of { BUDGET_NONE, BUDGET_ENERGY, BUDGET_CARBON, BUDGET_MONEY };

struct budget {
    enum budget_of of;
    double amount;                /* joules, gCO2e, or of the currency */
    char currency[CURRENCY_SIZE]; /* of money */
    char text[24];                /* as given: "5kWh" */
};

/**
 * budget_parse() - "5kWh", "2 kg", "3EUR"
 * Energy in J, kJ, MJ, Wh, kWh, MWh; carbon in mg, g, kg, t (CO2 or CO2e behind it if one likes); money by
 * the three letters of its currency.
 * Return: 0; -EINVAL, quoting the text
 */
int budget_parse(const char *text, struct budget *budget_out, struct aico2_error *err);

/* What a report says was used of it; NAN: there is no such figure. */
double budget_used(const struct budget *budget, const struct report *report);
/* The report's budget, out of what is stored of it. */
void budget_fill(struct report *report);
/* What the whole training is foretold to use of it; NAN: nothing is. */
double budget_predicted(const struct budget *budget, const struct report *report);
