/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/options.h - --provider and what goes with it: whom to ask, of which place, with which secret */
#pragma once

#include "carbon/place.h"
#include "cli/cli.h"
#include "cli/live/live.h"
#include "model/intensity.h"

/* A place as --provider wants it told, "region:US-CA": by what kind of name it was found. */
void live_name_place(const struct place_query *query, const struct intensity *intensity,
                     char *text_out, size_t size);

/**
 * live_plan_from_options() - the question that --provider puts, but for its times
 * @place:        the resolved place
 * @place_option: as it was asked for: "region:US-CA"
 * @plan_out:     NULL without --provider, and where the place is not known (after a warning);
 *                live_plan_free(), for it may hold secrets
 * Secrets of the environment are taken, with one warning for all of them.
 * Return: 0; -EINVAL for an unknown provider (the nearest named), one of marginal signals, a bad address, figures
 * given beside; -errno for a file that cannot be read
 */
int live_plan_from_options(const struct cli *cli, const struct intensity *place,
                           const char *place_option, struct live_plan **plan_out,
                           struct aico2_error *err);
