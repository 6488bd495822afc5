/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/own_table.h - a user's own figures of places, in place of the program's */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/intensity.h"

struct own_table {
    struct intensity *rows; /* the place's code, and the figure */
    size_t count;
    size_t capacity;
};

void own_table_deinit(struct own_table *table);

/**
 * own_table_parse() - CSV with a header of `place` and `gco2e_per_kwh`, and of low, high, kind, year, source what is known
 * A place is one that the program knows, by any of its names, or a new one of the user's
 * (own_table_is_new()), once; low <= figure <= high, all within 0 and 5000
 * gCO2e/kWh. Without low and high there is no band, without kind it is `user`.
 * text: NUL-terminated at length, changed in place; name: for messages and as the source of rows without one
 * Return: 0; -EBADMSG with file and line, -ENOMEM
 */
int own_table_parse(char *text, size_t length, const char *name, struct own_table *table_out,
                    struct aico2_error *err);

/* The same of a file. Return: also -errno of reading it, -ENOENT among them. */
int own_table_read(const char *path, struct own_table *table_out, struct aico2_error *err);

/**
 * own_table_apply() - the user's figure over that of a resolved place
 * Only of that very place, not of what lies in it, and only where the kind and year asked for are the row's.
 * Return: whether there was one
 */
bool own_table_apply(const struct own_table *table, const char *kind, int year,
                     struct intensity *intensity);

/* Whether it has the form of a name of the user's own, "lab:basement": letters, digits, '-', '_' and '.' around one
 * colon, and no provider of clouds before it, of whom all regions are known. */
bool own_table_is_new(const char *name);

/**
 * own_table_find() - the figure of such a name, capitals or not
 * Return: 0; -EINVAL, naming what there is, where it has no row or not of that kind and year
 */
int own_table_find(const struct own_table *table, const char *name, const char *kind, int year,
                   struct intensity *intensity_out, struct aico2_error *err);
