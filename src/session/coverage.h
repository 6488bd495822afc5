/* SPDX-License-Identifier: Apache-2.0 */
/* session/coverage.h - which stretches of time are told already, when several watched one device */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct stretch {
    int64_t from_wall_ns;
    int64_t to_wall_ns;
};

struct coverage {
    struct stretch *items; /* apart, by rising time */
    size_t count;
    size_t capacity;
};

typedef int coverage_fn(void *payload, int64_t from_wall_ns, int64_t to_wall_ns);

void coverage_clear(struct coverage *coverage); /* keeps the memory */
void coverage_deinit(struct coverage *coverage);

/**
 * coverage_add() - calls back for each part of a stretch that was not covered, latest first; covers
 * it
 * @from_wall_ns, @to_wall_ns: not empty; the ends of successive calls do not fall, as those of
 *                             samples that are walked by their end
 * Return: 0, -ENOMEM, or what the callback gave when it was not 0.
 */
int coverage_add(struct coverage *coverage, int64_t from_wall_ns, int64_t to_wall_ns,
                 coverage_fn *each, void *payload);
