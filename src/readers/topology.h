/* SPDX-License-Identifier: Apache-2.0 */
/* readers/topology.h - which hardware thread sits in which package, from sysfs */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOPOLOGY_CPUS_MAX = 8192, TOPOLOGY_PACKAGES_MAX = 1024 };

struct cpu_mask {
    uint64_t words[TOPOLOGY_CPUS_MAX / 64];
};

/* The kernel's list grammar: "0-3,8", may be empty. false: not such a list, or a CPU past the
 * limit; the mask is then untouched. */
bool cpu_mask_parse(const char *text, struct cpu_mask *mask_out);
bool cpu_mask_has(const struct cpu_mask *mask, int cpu);
/* The first CPU of the mask from that number on, or TOPOLOGY_CPUS_MAX. */
int cpu_mask_next(const struct cpu_mask *mask, int from);
void cpu_mask_set(struct cpu_mask *mask, int cpu);
int cpu_mask_count(const struct cpu_mask *mask);

struct topology {
    int16_t package_of[TOPOLOGY_CPUS_MAX];  /* position in package_ids */
    int package_ids[TOPOLOGY_PACKAGES_MAX]; /* the kernel's numbers, ascending; may be sparse */
    int package_count;                      /* >= 1 when any CPU was asked for */
};

/* The online list; false: not there (sys_fd may be -1). */
bool topology_online(int sys_fd, struct cpu_mask *online_out);

/**
 * topology_read() - the package of each CPU in a mask
 * One file tells of a whole package, so this reads a few files, not one per thread. A CPU of which
 * sysfs says nothing, or -1 as some ARM kernels do, counts as being in package 0.
 */
void topology_read(int sys_fd, const struct cpu_mask *cpus, struct topology *topology_out);

/* What one of the lists beside a CPU says, "package_cpus_list"; false: there is none. */
bool topology_cpu_list(int sys_fd, int cpu, const char *file, struct cpu_mask *mask_out);

/* Hardware threads of one core, judged by the first CPU; 0 unknown. */
int topology_threads_per_core(int sys_fd, const struct cpu_mask *cpus);
