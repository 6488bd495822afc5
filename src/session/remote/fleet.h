/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/fleet.h - joules of many machines by the hour, each hour costed where and when it was used */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/fleet.h"

enum {
    FLEET_STEPS_MAX = 8784 * 3, /* hours of three years */
    FLEET_PLACES_MAX = 4096,
};

struct fleet_window {
    enum fleet_by by;
    int64_t from_wall_ns;
    int64_t to_wall_ns; /* an hour that is not whole is the last one */
    double pue;
    struct intensity
        elsewhere; /* for machines that do not say where they are, or a place unknown here */
};

/* Rows as they come: one for each series of a name and a place. */
struct fleet_sum;

/* Return: 0; -EINVAL for a window longer than FLEET_STEPS_MAX hours; -ENOMEM */
int fleet_sum_new(struct fleet_sum **sum_out, const struct fleet_window *window,
                  struct aico2_error *err);
void fleet_sum_free(struct fleet_sum *sum);

/* How many hours the window has, the last one whole or not; and the end of one of them. */
size_t fleet_steps(const struct fleet_window *window);
int64_t fleet_step_end_ns(const struct fleet_window *window, size_t step);

/**
 * fleet_sum_intensity() - the mean intensity at a place over the hour that ends then, as its machines had it
 * All of them before any joule. What is no intensity (below 0, above 5000, NAN) is not taken.
 * Return: 0; -E2BIG for more than FLEET_PLACES_MAX places; -ENOMEM
 */
int fleet_sum_intensity(struct fleet_sum *sum, const char *place, int64_t end_wall_ns,
                        double gco2e_per_kwh, struct aico2_error *err);

/* What comes next is of this name at this place. */
int fleet_sum_series(struct fleet_sum *sum, const char *name, const char *place,
                     struct aico2_error *err);

/* Joules of the hour that ends then. Outside of the window, negative or NAN: not taken. */
void fleet_sum_energy(struct fleet_sum *sum, int64_t end_wall_ns, double joules);

/**
 * fleet_sum_finish() - rows of one name put together, sorted, and the total; the sum is used up
 * Errors of one place's intensity are alike, and those of two places nearly so: bands add linearly.
 * Return: 0; -ENODATA when no joule was told; -ENOMEM
 */
int fleet_sum_finish(struct fleet_sum *sum, struct fleet *fleet_out, struct aico2_error *err);
