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
    const struct powercap_zone *parent;

    if (strcmp(zone->name, "dram") == 0) {
        candidate.kind = DEVICE_DRAM;
        parent = powercap_parent(zones, zone);
        if (parent == NULL || !parse_package(parent->name, &candidate.package, &candidate.die))
            return false;
    } else if (strcmp(zone->name, "psys") == 0) {
        candidate.kind = DEVICE_BOARD;
        candidate.die = RAPL_DIE_NONE;
    } else {
        candidate.kind = DEVICE_CPU;
        if (!parse_package(zone->name, &candidate.package, &candidate.die))
            return false;
    }
    *candidate_out = candidate;
    return true;
}

static int compare_places(const struct rapl_candidate *a, const struct rapl_candidate *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1; /* cpu, dram, board */
    if (a->package != b->package)
        return a->package < b->package ? -1 : 1;
    if (a->die != b->die)
        return a->die < b->die ? -1 : 1;
    return 0;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct rapl_candidate *a = left;
    const struct rapl_candidate *b = right;
    int order = compare_places(a, b);

    if (order == 0 && a->mmio != b->mmio)
        return a->mmio ? 1 : -1;
    return order != 0 ? order : strcmp(a->zone->node, b->zone->node);
}

/* Number of the package in the order of all of them, so that "cpu1" is the same socket to every
 * reader, whatever of it can be read. */
static int package_ordinal(const struct rapl_candidate *candidates, size_t count, int package)
{
    int ordinal = 0;
    int last = -1;

    for (size_t i = 0; i < count; i++) {
        if (candidates[i].kind != DEVICE_CPU || candidates[i].package >= package ||
            candidates[i].package == last)
            continue;
        last = candidates[i].package;
        ordinal++;
    }
    return ordinal;
}

static bool has_several_dies(const struct rapl_candidate *candidates, size_t count, int package)
{
    size_t dies = 0;

    for (size_t i = 0; i < count; i++)
        dies += candidates[i].kind == DEVICE_CPU && candidates[i].package == package;
    return dies > 1;
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
        if (kept == 0 || compare_places(&candidates_out[kept - 1], &candidates_out[i]) != 0)
            candidates_out[kept++] = candidates_out[i];
    }
    for (size_t i = 0; i < kept; i++) {
        struct rapl_candidate *candidate = &candidates_out[i];

        candidate->ordinal = package_ordinal(candidates_out, kept, candidate->package);
        candidate->several_dies = has_several_dies(candidates_out, kept, candidate->package);
    }
    return kept;
}
