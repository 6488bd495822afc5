/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/equivalents.c - grams as everyday things, factors from data/equivalents.csv */
#include "carbon/equivalents.h"

#include <math.h>
#include <stddef.h>

#include "base/attributes.h"

#include "carbon/equivalent_factors.h"

double equivalent_car_km(double gco2e)
{
    return gco2e / CAR_KM_GCO2E;
}

double equivalent_tree_seedling_months(double gco2e)
{
    return gco2e / TREE_SEEDLING_MONTH_GCO2E;
}

struct equivalent equivalent_to_picture(double gco2e)
{
    struct equivalent chosen = { .count = NAN };

    /* the largest of which it is one at least */
    for (size_t i = 0; i < ARRAY_LENGTH(things) && gco2e >= things[i].gco2e_each; i++)
        chosen = things[i];
    if (chosen.gco2e_each > 0)
        chosen.count = gco2e / chosen.gco2e_each;
    return chosen;
}
