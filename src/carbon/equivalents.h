/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/equivalents.h - grams as everyday things, factors from data/equivalents.csv */
#pragma once

/* The seed's factors: 217.6 g per km, 504.5 g per month of a tree seedling. */
double equivalent_car_km(double gco2e);
double equivalent_tree_seedling_months(double gco2e);
