/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_place.h - what a RAPL counter covers, by package and die */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/device.h"

enum { RAPL_DIE_NONE = -1 };

/* Two counters of one place are one counter, whichever way they are read. */
struct rapl_place {
    enum device_kind kind; /* DEVICE_CPU, DEVICE_DRAM; DEVICE_BOARD is psys */
    int package;
    int die; /* RAPL_DIE_NONE: the package is one */
};

/* cpu, dram, board; by package, by die. */
int rapl_place_compare(const struct rapl_place *a, const struct rapl_place *b);
/* "package-0", "dram of package-1", "psys". */
void rapl_place_name(const struct rapl_place *place, char *name, size_t size);

/* Where a CPU sits; -1: sysfs does not say. */
struct rapl_seat {
    int package;
    int die;
};

void rapl_seat_read(int sys_fd, int cpu, struct rapl_seat *seat_out);
