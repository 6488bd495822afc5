/* SPDX-License-Identifier: Apache-2.0 */
/* writers/text_parts.h - what several text documents show: a place, grams, warnings */
#pragma once

#include "model/band.h"
#include "model/intensity.h"
#include "model/market.h"
#include "model/price.h"
#include "model/water.h"
#include "writers/format.h"
#include "writers/text_out.h"

enum { TEXT_INDENT = 12 };

/* "France 44.2 g/kWh (37.6 … 50.8), 2024, Ember" */
void text_add_place(struct strbuf *out, const struct intensity *intensity, bool unicode);
/* "0.0021 EUR (0.0019 … 0.0024) at 0.25 a kWh" */
void text_add_cost(struct strbuf *out, const struct cost *cost, bool unicode);
/* "6.35 Wh (6.05 … 6.66)", in one unit, that of beside where it fits; without a band where it has
 * no width. */
void text_add_band(struct strbuf *out, enum quantity quantity, struct band band, double beside,
                   bool unicode);
/* "  carbon    0.28 gCO2e (0.23 … 0.34)  for the electricity"; unknown: what follows the dash when
 * there is no figure. */
/* The market-based grams of the electricity, in a line; nothing where there is no contract. */
void text_market_item(struct text_out *out, const struct market_based *market, double beside);
void text_grams_item(struct text_out *out, const char *label, struct band grams, double beside,
                     const char *what, const char *unknown);
/* "  water     0.21 litres on site at 0.91 per kWh (AWS, 2024)"; nothing where it is not known. */
void text_water_item(struct text_out *out, const struct water *water);
/* The words, with commas; nothing when there are none. */
void text_add_list(struct text_out *out, const char *label, size_t indent, char *const *words,
                   size_t count);
void text_add_warnings(struct text_out *out, char *const *warnings, size_t count);
