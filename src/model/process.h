/* SPDX-License-Identifier: Apache-2.0 */
/* model/process.h - a process of the machine and what it uses, for who looks on */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PROCESS_NAME_SIZE = 32, PROCESS_COMMAND_SIZE = 256 };

/* NAN: not known. */
struct machine_process {
    int32_t pid;
    int32_t parent;
    uint32_t uid;
    int64_t start_ticks;          /* since boot: with the pid, unique */
    char name[PROCESS_NAME_SIZE]; /* as the kernel has it; cleaned */
    char command
        [PROCESS_COMMAND_SIZE]; /* with its arguments; cleaned; "" not looked up, or the kernel's own */
    double cpu_ratio;           /* of one CPU, over the last interval: 2 are two of them */
    double gpu_ratio;           /* of the time of one GPU; 0: none */
    double gpu_memory_bytes; /* 0: none */
    double watts;            /* of the energy that is not idle */
    double gpu_watts;        /* of these, by GPUs */
    double joules;           /* since the watch began */
};
