/* SPDX-License-Identifier: Apache-2.0 */
/* cli/when_places.h - `aico2 when --place A,B=FILE`: the places a job may run in, each with its figures */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "session/when.h"

struct when_places {
    struct when *items;
    size_t count;
    size_t capacity;
};

void when_places_deinit(struct when_places *places);

/**
 * when_places_make() - the greenest stretch of each place of --place, in the order given
 * @query: the job; its own place and series come first where `here` says that they were given
 * Return: 0; -EINVAL for an unknown place, one that stands twice, or too many; else as when_make()
 * and intensity_series_read(), with the place named.
 */
int when_places_make(const struct cli *cli, const struct when_query *query, bool here,
                     struct when_places *places_out, struct aico2_error *err);
