/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_choice.h - which RAPL zones count, each place once */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/device.h"
#include "readers/powercap.h"

enum { RAPL_DIE_NONE = -1 };

/* A zone worth reading, before it is opened. */
struct rapl_candidate {
    const struct powercap_zone *zone;
    enum device_kind kind; /* DEVICE_CPU, DEVICE_DRAM; DEVICE_BOARD is psys */
    int package;
    int die; /* RAPL_DIE_NONE: the package is one */
    bool mmio;
    int ordinal; /* of the package among those found */
    bool several_dies;
};

/**
 * rapl_choose() - the zones that count, in the order they are shown
 * @candidates_out: room for as many as there are zones
 * Return: how many
 */
size_t rapl_choose(const struct powercap_zones *zones, struct rapl_candidate *candidates_out);
