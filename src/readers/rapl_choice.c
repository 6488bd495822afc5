/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_choice.c - which RAPL zones count, each place once
 *
 * Linux Documentation/power/powercap/powercap.rst. Packages and DRAM are siblings and add up; core
 * and uncore lie within the package and are never taken (AMD's "core" is that of one core only);
 * psys is around it; intel-rapl-mmio is a second door to the package's own counter. The file
 * `enabled` is about the power limit, not the counter: DRAM and AMD packages have 0 there and
 * count.
 */
#include "readers/rapl_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKAGE_MAX = 65535 };

/* "package-N" or "package-N-die-M", with nothing after it. */
static bool parse_package(const char *name, int *package_out, int *die_out)
{
    unsigned package = 0;
    unsigned die = 0;
    int end = 0;

    if (strnlen(name, 40) == 40)
        return false;
    *die_out = RAPL_DIE_NONE;
    if (sscanf(name, "package-%5u%n", &package, &end) == 1 && end > 0 && name[end] == '\0' &&
        package <= PACKAGE_MAX) {
        *package_out = (int)package;
        return true;
    }
    end = 0;
    if (sscanf(name, "package-%5u-die-%5u%n", &package, &die, &end) == 2 && end > 0 &&
        name[end] == '\0' && package <= PACKAGE_MAX && die <= PACKAGE_MAX) {
        *package_out = (int)package;
        *die_out = (int)die;
        return true;
    }
    return false;
}

static bool classify(const struct powercap_zones *zones, const struct powercap_zone *zone,
                     struct rapl_candidate *candidate_out)
{
    struct rapl_candidate candidate = { .zone = zone, .mmio = powercap_is_mmio(zone) };
    struct rapl_place *place = &candidate.place;
    const struct powercap_zone *parent;

    if (strcmp(zone->name, "dram") == 0) {
        place->kind = DEVICE_DRAM;
        parent = powercap_parent(zones, zone);
        if (parent == NULL || !parse_package(parent->name, &place->package, &place->die))
            return false;
    } else if (strcmp(zone->name, "psys") == 0) {
        place->kind = DEVICE_BOARD;
        place->die = RAPL_DIE_NONE;
    } else {
        place->kind = DEVICE_CPU;
        if (!parse_package(zone->name, &place->package, &place->die))
            return false;
    }
    *candidate_out = candidate;
    return true;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct rapl_candidate *a = left;
    const struct rapl_candidate *b = right;
    int order = rapl_place_compare(&a->place, &b->place);

    if (order == 0 && a->mmio != b->mmio)
        return a->mmio ? 1 : -1;
    return order != 0 ? order : strcmp(a->zone->node, b->zone->node);
}

size_t rapl_choose(const struct powercap_zones *zones, struct rapl_candidate *candidates_out)
{
    size_t found = 0;
    size_t kept = 0;

    for (size_t i = 0; i < zones->count; i++)
        found += classify(zones, &zones->zones[i], &candidates_out[found]);
    if (found > 1)
        qsort(candidates_out, found, sizeof(*candidates_out), compare_candidates);
    for (size_t i = 0; i < found; i++) {
        if (kept == 0 ||
            rapl_place_compare(&candidates_out[kept - 1].place, &candidates_out[i].place) != 0)
            candidates_out[kept++] = candidates_out[i];
    }
    return kept;
}
