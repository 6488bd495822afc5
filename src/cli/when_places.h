/* SPDX-License-Identifier: Apache-2.0 */
/* cli/when_places.h - `aico2 when --place A,B=FILE`: the places a job may run in, each with its figures */
#pragma once

#include "cli/cli.h"
#include "cli/figures.h"
#include "session/when.h"

struct when_places {
    struct when *items;
    size_t count;
    size_t capacity;
};

void when_places_deinit(struct when_places *places);

/**
 * when_places_make() - the greenest stretch of each place of --place, in the order given
 * @query: the job; its own place and series come first
 * @here:  whose they are, and who is asked of them; NULL: they were not given
 * A place without a file is asked of --provider; where nobody has its hours, its yearly figure stands.
 * Return: 0; -EINVAL for an unknown place, one that stands twice, or too many; else as when_make()
 * and intensity_series_read(), with the place named.
 */
int when_places_make(const struct cli *cli, const struct when_query *query,
                     const struct figures *here, struct when_places *places_out,
                     struct aico2_error *err);
