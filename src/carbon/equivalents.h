/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/equivalents.h - grams as everyday things, factors from data/equivalents.csv */
#pragma once

#include "model/equivalent.h"

/* The seed's factors: 217.6 g per km, 504.5 g per month of a tree seedling. */
double equivalent_car_km(double gco2e);
double equivalent_tree_seedling_months(double gco2e);

/* A third thing, of a size that makes the number one to picture: the largest of which it is one at
 * least. Below 12.4 g there is none (count NAN). */
struct equivalent equivalent_to_picture(double gco2e);
