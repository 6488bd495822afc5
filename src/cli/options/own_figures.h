/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/own_figures.h - places with the user's own figures over the program's: --intensity-table */
#pragma once

#include "carbon/own_table.h"
#include "carbon/place.h"
#include "config/options.h"

/**
 * own_figures_load() - the file of --intensity-table, or the usual one where there is any
 * The usual ones: intensity.csv beside the user's configuration, else beside the machine's. Never one of the current
 * directory.
 * Return: 0 (also without a file); -EBADMSG for a bad line, -errno for one that was named and cannot be read
 */
int own_figures_load(const struct options *options, struct own_table *table_out,
                     struct aico2_error *err);

/**
 * own_figures_resolve() - place_resolve(), and over its figure the user's own
 * A zone may be a name of the user's own that only the table knows ("lab:basement").
 * @own_out: whether it is; may be NULL
 */
int own_figures_resolve(const struct options *options, const struct place_query *query,
                        struct intensity *intensity_out, bool *own_out, struct aico2_error *err);

/* The same with a table that was loaded before, for who asks often. */
int own_figures_resolve_in(const struct own_table *table, const struct place_query *query,
                           struct intensity *intensity_out, bool *own_out, struct aico2_error *err);
