/* SPDX-License-Identifier: Apache-2.0 */
/* writers/gauges.h - live figures as JSON, and as lines for people */
#pragma once

#include <stddef.h>

#include "base/json_out.h"
#include "model/gauge.h"
#include "writers/text_out.h"

/* An array "gauges", one object each. */
void gauges_json(struct json_out *json, const struct gauge *gauges, size_t count);

/* A line for each thing that has figures: "GPU  13 % busy at 306 MHz of 625 MHz". */
void gauges_text(struct text_out *out, const struct gauge *gauges, size_t count);
