/* SPDX-License-Identifier: Apache-2.0 */
/* readers/powercap.h - finding RAPL zones below /sys, in both layouts there are */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { POWERCAP_PATH_SIZE = 128, POWERCAP_NAME_SIZE = 64 };

struct powercap_zone {
    char path[POWERCAP_PATH_SIZE]; /* of its directory, below the sys root */
    char node[POWERCAP_NAME_SIZE]; /* its last component, "intel-rapl:0:0": one per zone */
    char name[POWERCAP_NAME_SIZE]; /* what its file `name` says */
};

struct powercap_zones {
    struct powercap_zone *zones;
    size_t count;
    size_t capacity;
    size_t dangling; /* class links to nothing: a container runtime has masked the zones */
};

/**
 * powercap_find() - every RAPL zone once
 * Normally all zones are flat links in class/powercap. Where a container was given only one of the
 * two directories they are nested: class/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0, or below
 * devices/virtual/powercap. Both are walked, a zone seen twice counts once, by its node.
 * Return: 0 or -ENOMEM
 */
int powercap_find(int sys_fd, struct powercap_zones *zones_out);
void powercap_zones_deinit(struct powercap_zones *zones);

/* The zone one level up ("intel-rapl:0" of "intel-rapl:0:0"), or NULL. */
const struct powercap_zone *powercap_parent(const struct powercap_zones *zones,
                                            const struct powercap_zone *zone);
/* The memory-mapped door to a counter that intel-rapl may have as well. */
bool powercap_is_mmio(const struct powercap_zone *zone);
