/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/live.h - how a stored run keeps whose live values it met */
#pragma once

#include "model/live.h"

/* "provider~zone~...", the value of the field "live" of place/text.h; steps that no longer fit are left out. */
void place_live_write(char *text, size_t size, const struct live *live);

/* The value of the field "marginal": "value~low~high~share~provider~zone~kind~source~reason". */
void place_marginal_write(char *text, size_t size, const struct live_marginal *marginal);
bool place_marginal_read(char *fields, struct live_marginal *marginal_out);

/* fields: that value; taken apart. false: it is damaged. */
bool place_live_read(char *fields, struct live *live_out);
