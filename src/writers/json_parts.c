/* SPDX-License-Identifier: Apache-2.0 */
/* writers/json_parts.c - values as several JSON documents write them */
#include "writers/json_parts.h"

#include <math.h>

#include "base/time_text.h"
#include "writers/format.h"

void json_text(struct json_out *json, const char *key, const char *text)
{
    json_string(json, key, text[0] == '\0' ? NULL : text);
}

void json_figure(struct json_out *json, const char *key, double value)
{
    json_double(json, key, figure_not_negative(value));
}

void json_market(struct json_out *json, const struct market_based *market)
{
    if (!market->terms.given) {
        json_null(json, "market_based");
        return;
    }
    json_object_begin(json, "market_based");
    json_figure(json, "factor_gco2e_per_kwh", market->terms.factor_gco2e_per_kwh);
    json_figure(json, "share", market->terms.share);
    json_figure(json, "residual_gco2e_per_kwh", market->terms.residual_gco2e_per_kwh);
    json_figure(json, "intensity_gco2e_per_kwh", market->gco2e_per_kwh.value);
    json_figure(json, "intensity_low", market->gco2e_per_kwh.low);
    json_figure(json, "intensity_high", market->gco2e_per_kwh.high);
    json_figure(json, "operational_gco2e", market->operational_gco2e.value);
    json_figure(json, "operational_low_gco2e", market->operational_gco2e.low);
    json_figure(json, "operational_high_gco2e", market->operational_gco2e.high);
    json_figure(json, "total_gco2e", market->total_gco2e.value);
    json_figure(json, "low_gco2e", market->total_gco2e.low);
    json_figure(json, "high_gco2e", market->total_gco2e.high);
    json_string(json, "source", "--market-factor");
    json_object_end(json);
}

void json_wall_time(struct json_out *json, const char *key, int64_t wall_ns)
{
    char text[40];

    if (wall_ns == 0) {
        json_null(json, key);
        return;
    }
    wall_time_format(text, sizeof(text), wall_ns);
    json_string(json, key, text);
}

void json_strings(struct json_out *json, const char *key, char *const *texts, size_t count)
{
    json_array_begin(json, key);
    for (size_t i = 0; i < count; i++)
        json_string(json, NULL, texts[i]);
    json_array_end(json);
}

/* Below 0 it may be: a market pays for what is used at some hours. */
void json_cost(struct json_out *json, const struct cost *cost)
{
    if (cost->price.currency[0] == '\0') {
        json_null(json, "cost");
        return;
    }
    json_object_begin(json, "cost");
    json_double(json, "amount", cost->amount.value);
    json_double(json, "low", cost->amount.low);
    json_double(json, "high", cost->amount.high);
    json_string(json, "currency", cost->price.currency);
    json_double(json, "price_per_kwh", cost->price.per_kwh);
    json_bool(json, "time_matched", cost->time_matched);
    json_object_end(json);
}

void json_water(struct json_out *json, const struct water *water)
{
    bool known = water->source[0] != '\0';

    json_figure(json, "water_litres", water->litres.value);
    json_figure(json, "water_low_litres", water->litres.low);
    json_figure(json, "water_high_litres", water->litres.high);
    json_figure(json, "wue_litres_per_kwh", known ? water->wue_l_per_kwh : NAN);
    json_text(json, "wue_source", water->source);
    json_string(json, "water_note",
                known ? "on site, to cool; none for making the electricity"
                      : "no WUE: neither --wue nor a --cloud region that discloses one");
}
