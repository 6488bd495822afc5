/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/place_figures.h - the figures that a row of the table has, of every kind and year */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "carbon/place.h"
#include "carbon/tables.h"

/* The place, without a figure. */
void place_fill(const struct place_row *row, struct intensity *intensity);

/**
 * place_figure_at() - the figures of a row one by one: its own, the others of the same place, and for a
 * cloud region those of where it stands
 * @intensity: the place filled in; the figure's fields are written over
 * Return: false past the last
 */
bool place_figure_at(size_t row, size_t number, struct intensity *intensity);

/* Whether it is what the query's kind and year ask for; a NULL kind and a year of 0 are any. */
bool place_figure_is_asked(const struct intensity *figure, const char *kind, int year);

/**
 * place_figure_choose() - the row's own figure, or the newest of the kind and year asked for
 * With a year alone the kind is that of the row's own figure: kinds are changed by name only.
 * Return: 0; -EINVAL with what there is instead
 */
int place_figure_choose(size_t row, const struct place_query *query, struct intensity *intensity,
                        struct aico2_error *err);
