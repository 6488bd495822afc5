/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/price.h - prices of electricity as a person writes them, fixed or over time */
#pragma once

#include "base/error.h"
#include "model/intensity.h"
#include "model/price.h"

/**
 * price_parse() - "0.25EUR", "0.25 EUR", "0.25 EUR/kWh"
 * The currency is a code of ISO 4217, in any case of letters; a price of a fixed tariff is not below
 * 0.
 * Return: 0; -EINVAL with the text quoted
 */
int price_parse(const char *text, struct price *price_out, struct aico2_error *err);

/**
 * price_series_read() - CSV `time,eur_per_kwh` or, with the currency told beside it,
 * `time,price_per_kwh`; otherwise as intensity_series_read()
 * Prices of a market may be below 0.
 * @currency: in: that of --price, or ""; out: that of the file. Two that differ are -EINVAL.
 */
int price_series_read(const char *path, char currency[CURRENCY_SIZE],
                      struct price_series *series_out, struct aico2_error *err);

/* The same from text in memory (changed in place, NUL-terminated at length); name: for messages. */
int price_series_parse(char *text, size_t length, const char *name, char currency[CURRENCY_SIZE],
                       struct price_series *series_out, struct aico2_error *err);
void price_series_deinit(struct price_series *series);

/* The price at a time: that of the last point at or before it; before the first point: NAN. */
double price_series_at(const struct price_series *series, int64_t wall_ns);

/**
 * price_series_cuts() - the times at which the price or the intensity changes, to cut a run by
 * The figures of the result are the intensity's (NAN before its first value, or without any).
 * Return: 0 or -ENOMEM; the caller frees with intensity_series_deinit()
 */
int price_series_cuts(const struct price_series *prices, const struct intensity_series *intensities,
                      struct intensity_series *cuts_out);

/* What that much electricity costs: energy in kWh, PUE inside. */
struct band price_of(struct band kwh, double per_kwh);
