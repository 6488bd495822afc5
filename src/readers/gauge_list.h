/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauge_list.h - a list of live figures while it is made */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "model/gauge.h"

struct gauge_list {
    struct gauge *items;
    size_t count;
    size_t capacity;
    bool failed;         /* memory ran out: what came then is not in it */
    struct gauge beyond; /* where that went */
};

void gauge_list_deinit(struct gauge_list *list);

/* A figure of that name that is not known yet. Never NULL; valid until the next one is added. */
struct gauge *gauge_add(struct gauge_list *list, enum gauge_unit unit, const char *format, ...)
    AICO2_PRINTF(3, 4);

/* Why its value is not known, by the error of what was read. */
void gauge_refuse(struct gauge *gauge, int code);

/* A number in a file below sysfs, times `scale`; one outside low and high (before scaling) is none.
 * What cannot be read says why. Return: whether there is such a file. */
bool gauge_take(struct gauge *gauge, int dirfd, const char *path, double scale, double low,
                double high);
/* The same into *value_out, without a word where there is none. */
bool gauge_number(int dirfd, const char *path, double scale, double *value_out);
