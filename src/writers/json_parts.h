/* SPDX-License-Identifier: Apache-2.0 */
/* writers/json_parts.h - values as several JSON documents write them */
#pragma once

#include "base/json_out.h"
#include "model/intensity.h"
#include "model/market.h"
#include "model/price.h"
#include "model/water.h"

/* "" is null: unknown. */
void json_text(struct json_out *json, const char *key, const char *text);
/* Not finite or negative: null; see figure_not_negative(). */
void json_figure(struct json_out *json, const char *key, double value);
/* RFC 3339, UTC, milliseconds; null for 0: unknown. */
/* The market-based figures, or null. */
void json_market(struct json_out *json, const struct market_based *market);
void json_wall_time(struct json_out *json, const char *key, int64_t wall_ns);
/* The fields of `carbon` that tell of water; why it is null in `water_note`. */
void json_water(struct json_out *json, const struct water *water);
/* `cost`; null where no price was given. */
void json_cost(struct json_out *json, const struct cost *cost);
void json_strings(struct json_out *json, const char *key, char *const *texts, size_t count);
