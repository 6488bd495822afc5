/* SPDX-License-Identifier: Apache-2.0 */
/* model/machine.h - the static facts of the computer a run happened on */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine {
    char hostname[128];
    char os[32];
    char os_release[96];
    char arch[32];
    bool virtualized;    /* a hypervisor is under us */
    bool container;      /* own PID namespace or a container marker */
    char cpu_vendor[32]; /* "GenuineIntel", "AuthenticAMD", ARM implementer "0x41", "" unknown */
    char cpu_model[160]; /* "model name" cleaned, or "implementer 0x41 part 0xd4f"; "" unknown */
    int cpu_family;      /* x86; -1 unknown */
    int cpu_model_number;
    int arm_implementer; /* "CPU implementer" and "CPU part"; -1: not ARM */
    int arm_part;
    int sockets; /* >= 1 */
    int cores;
    int threads;                 /* online hardware threads */
    uint64_t memory_bytes;       /* MemTotal; 0 unknown */
    uint64_t memory_limit_bytes; /* of our control group; 0 none */
    char timezone_country[3];    /* ISO 3166-1 alpha-2 suggested by the time zone; "" none */
};
