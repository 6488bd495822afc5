/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cpuinfo.h - who the processor says it is, from the first block of /proc/cpuinfo */
#pragma once

#include <stdbool.h>

struct cpuinfo {
    char vendor[32];      /* "GenuineIntel", "AuthenticAMD", ARM implementer "0x41"; "" unknown */
    char model_name[160]; /* cleaned; "implementer 0x41 part 0xd4f" where there is no name */
    int family;           /* x86; -1 unknown */
    int model;            /* x86; -1 unknown */
    int cores_per_socket; /* "cpu cores"; 0 unknown */
    int arm_implementer;  /* -1: not ARM */
    int arm_part;
    bool has_flags; /* a "flags" line was there, so hypervisor is an answer */
    bool hypervisor;
};

/* What text like /proc/cpuinfo says of its first processor; unknown fields stay so. */
void cpuinfo_parse(const char *text, struct cpuinfo *info_out);

/* Reads no more than the first block: the file of a 384-thread machine has half a megabyte.
 * A file that cannot be read leaves everything unknown. */
void cpuinfo_read(int proc_fd, struct cpuinfo *info_out);

/* Processors and physical ids in the whole file, where sysfs has no topology; 0 unknown. */
void cpuinfo_count(int proc_fd, int *processors_out, int *sockets_out);
void cpuinfo_count_text(const char *text, int *processors_out, int *sockets_out);

bool cpuinfo_is_amd(const struct cpuinfo *info);
/* Parts whose counter was modelled, not measured: Sandy and Ivy Bridge, EP included. */
bool cpuinfo_is_early_intel(const struct cpuinfo *info);
bool cpuinfo_is_intel_server(const struct cpuinfo *info);
