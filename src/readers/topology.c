/* SPDX-License-Identifier: Apache-2.0 */
/* readers/topology.c - which hardware thread sits in which package, from sysfs */
#include "readers/topology.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/number.h"

bool cpu_mask_has(const struct cpu_mask *mask, int cpu)
{
    return cpu >= 0 && cpu < TOPOLOGY_CPUS_MAX && (mask->words[cpu / 64] >> cpu % 64 & 1) != 0;
}

void cpu_mask_set(struct cpu_mask *mask, int cpu)
{
    mask->words[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

int cpu_mask_next(const struct cpu_mask *mask, int from)
{
    while (from < TOPOLOGY_CPUS_MAX) {
        uint64_t rest = mask->words[from / 64] >> from % 64;

        if (rest != 0)
            return from + __builtin_ctzll(rest);
        from = (from / 64 + 1) * 64;
    }
    return TOPOLOGY_CPUS_MAX;
}

int cpu_mask_count(const struct cpu_mask *mask)
{
    int count = 0;

    for (size_t i = 0; i < TOPOLOGY_CPUS_MAX / 64; i++)
        count += __builtin_popcountll(mask->words[i]);
    return count;
}

static bool parse_cpu(const char **cursor, int *cpu_out)
{
    const char *at = *cursor;
    int cpu = 0;

    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++) {
        cpu = cpu * 10 + (*at - '0');
        if (cpu >= TOPOLOGY_CPUS_MAX)
            return false;
    }
    *cursor = at;
    *cpu_out = cpu;
    return true;
}

bool cpu_mask_parse(const char *text, struct cpu_mask *mask_out)
{
    struct cpu_mask mask = { 0 };

    while (*text != '\0' && *text != '\n') {
        int first;
        int last;

        if (!parse_cpu(&text, &first))
            return false;
        last = first;
        if (*text == '-') {
            text++;
            if (!parse_cpu(&text, &last) || last < first)
                return false;
        }
        for (int cpu = first; cpu <= last; cpu++)
            cpu_mask_set(&mask, cpu);
        if (*text == ',')
            text++;
        else if (*text != '\0' && *text != '\n')
            return false;
    }
    *mask_out = mask;
    return true;
}

static bool read_mask(int sys_fd, const char *path, struct cpu_mask *mask_out)
{
    char text[16384]; /* every second of 4096 CPUs */

    return sys_fd >= 0 && fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) >= 0 &&
           cpu_mask_parse(text, mask_out);
}

bool topology_online(int sys_fd, struct cpu_mask *online_out)
{
    return read_mask(sys_fd, "devices/system/cpu/online", online_out);
}

bool topology_cpu_list(int sys_fd, int cpu, const char *file, struct cpu_mask *mask_out)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/topology/%s", cpu, file);
    return read_mask(sys_fd, path, mask_out);
}

static int read_package_id(int sys_fd, int cpu)
{
    char path[96];
    char text[32];
    int64_t id;

    (void)snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/topology/physical_package_id",
                   cpu);
    if (sys_fd < 0 || fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) < 0 ||
        !number_parse_i64(text, &id) || id < 0 || id > INT32_MAX)
        return 0;
    return (int)id;
}

/* Position of the package in the ascending list, made if it is new; 0 when the list is full. */
static int16_t package_position(struct topology *topology, int id)
{
    int at = 0;

    while (at < topology->package_count && topology->package_ids[at] < id)
        at++;
    if (at < topology->package_count && topology->package_ids[at] == id)
        return (int16_t)at;
    if (topology->package_count == TOPOLOGY_PACKAGES_MAX)
        return 0;

    memmove(&topology->package_ids[at + 1], &topology->package_ids[at],
            (size_t)(topology->package_count - at) * sizeof(topology->package_ids[0]));
    topology->package_ids[at] = id;
    topology->package_count++;
    for (int cpu = 0; cpu < TOPOLOGY_CPUS_MAX; cpu++) {
        if (topology->package_of[cpu] >= at)
            topology->package_of[cpu]++;
    }
    return (int16_t)at;
}

void topology_read(int sys_fd, const struct cpu_mask *cpus, struct topology *topology_out)
{
    struct topology *topology = topology_out;

    topology->package_count = 0;
    memset(topology->package_of, 0xff, sizeof(topology->package_of)); /* -1: not seen yet */
    for (int cpu = cpu_mask_next(cpus, 0); cpu < TOPOLOGY_CPUS_MAX;
         cpu = cpu_mask_next(cpus, cpu + 1)) {
        struct cpu_mask siblings;
        int16_t position;

        if (topology->package_of[cpu] >= 0)
            continue;
        position = package_position(topology, read_package_id(sys_fd, cpu));
        topology->package_of[cpu] = position;
        if (!topology_cpu_list(sys_fd, cpu, "package_cpus_list", &siblings) &&
            !topology_cpu_list(sys_fd, cpu, "core_siblings_list", &siblings))
            continue;
        for (int other = cpu_mask_next(&siblings, cpu + 1); other < TOPOLOGY_CPUS_MAX;
             other = cpu_mask_next(&siblings, other + 1)) {
            if (cpu_mask_has(cpus, other) && topology->package_of[other] < 0)
                topology->package_of[other] = position;
        }
    }
}

int topology_threads_per_core(int sys_fd, const struct cpu_mask *cpus)
{
    int cpu = cpu_mask_next(cpus, 0);
    struct cpu_mask siblings;

    if (cpu == TOPOLOGY_CPUS_MAX ||
        (!topology_cpu_list(sys_fd, cpu, "core_cpus_list", &siblings) &&
         !topology_cpu_list(sys_fd, cpu, "thread_siblings_list", &siblings)))
        return 0;
    return cpu_mask_count(&siblings);
}
