/* SPDX-License-Identifier: Apache-2.0 */
/* model/machine.h - the static facts of the computer a run happened on */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a computer is built as: it tells what there is of it beside its processors, memory and cards. */
enum chassis {
    CHASSIS_UNKNOWN,
    CHASSIS_SERVER,
    CHASSIS_BLADE, /* a server without a case and supplies of its own */
    CHASSIS_DESKTOP,
    CHASSIS_LAPTOP,
};

/* Disks that are a part of the machine: not removable ones, nor such as stand elsewhere. */
struct drives {
    int solid; /* without moving parts */
    uint64_t solid_bytes;
    int spinning;
    int unknown; /* behind a controller that shows its own volumes instead, or of another make */
};

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
    enum chassis chassis;        /* CHASSIS_UNKNOWN of a guest: its host's is not seen */
    struct drives drives;        /* none of a guest */
};

/* "server", "blade", "desktop", "laptop"; "" unknown. */
const char *chassis_name(enum chassis chassis);
/* -1 when the word is none of them. */
int chassis_parse(const char *word);
