/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/equivalents.c - grams as everyday things, factors from data/equivalents.csv */
#include "carbon/equivalents.h"

#include "carbon/equivalent_factors.h"

double equivalent_car_km(double gco2e)
{
    return gco2e / CAR_KM_GCO2E;
}

double equivalent_tree_seedling_months(double gco2e)
{
    return gco2e / TREE_SEEDLING_MONTH_GCO2E;
}
