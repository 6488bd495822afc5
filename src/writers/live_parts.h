/* SPDX-License-Identifier: Apache-2.0 */
/* writers/live_parts.h - whom live intensities came from, and who was asked in vain */
#pragma once

#include "base/json_out.h"
#include "model/live.h"

/* "fallbacks": one object per provider asked, in that order. */
void json_live_chain(struct json_out *json, const struct live *live);
/* "live": the value of now, the newest, the chain, all points. */
void json_live_view(struct json_out *json, const struct live_view *view);
