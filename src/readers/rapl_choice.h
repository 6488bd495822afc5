/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_choice.h - which RAPL zones count, each place once */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "readers/powercap.h"
#include "readers/rapl_place.h"

/* A zone worth reading, before it is opened. */
struct rapl_candidate {
    const struct powercap_zone *zone;
    struct rapl_place place;
    bool mmio;
};

/**
 * rapl_choose() - the zones that count, in the order they are shown
 * @candidates_out: room for as many as there are zones
 * Return: how many
 */
size_t rapl_choose(const struct powercap_zones *zones, struct rapl_candidate *candidates_out);
