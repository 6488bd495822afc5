/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_place.c - what a RAPL counter covers, by package and die */
#include "readers/rapl_place.h"

#include <stdint.h>
#include <stdio.h>

#include "base/fs.h"

int rapl_place_compare(const struct rapl_place *a, const struct rapl_place *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->package != b->package)
        return a->package < b->package ? -1 : 1;
    if (a->die != b->die)
        return a->die < b->die ? -1 : 1;
    return 0;
}

void rapl_place_name(const struct rapl_place *place, char *name, size_t size)
{
    if (place->kind == DEVICE_BOARD)
        (void)snprintf(name, size, "psys");
    else
        (void)snprintf(name, size, "%spackage-%d", place->kind == DEVICE_DRAM ? "dram of " : "",
                       place->package);
}

static int read_id(int sys_fd, int cpu, const char *file)
{
    char path[96];
    uint64_t id;

    (void)snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/topology/%s", cpu, file);
    return fs_read_u64_at(sys_fd, path, &id, NULL) == 0 && id <= UINT16_MAX ? (int)id : -1;
}

void rapl_seat_read(int sys_fd, int cpu, struct rapl_seat *seat_out)
{
    seat_out->package = read_id(sys_fd, cpu, "physical_package_id");
    seat_out->die = read_id(sys_fd, cpu, "die_id");
}
