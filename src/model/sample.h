/* SPDX-License-Identifier: Apache-2.0 */
/* model/sample.h - what a reader saw of one device at one moment */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sample_field {
    SAMPLE_ENERGY = 1u << 0,      /* energy_uj */
    SAMPLE_POWER = 1u << 1,       /* power_watts */
    SAMPLE_UTILIZATION = 1u << 2, /* utilization_ratio */
    SAMPLE_BUSY = 1u << 3,        /* busy_ns */
    SAMPLE_MEMORY = 1u << 4,      /* memory_used_bytes */
    SAMPLE_PROCESSES = 1u << 5,   /* processes, process_count (0 is a valid count) */
    SAMPLE_TEMPERATURE = 1u << 6, /* temperature_celsius; only where somebody looks on */
};

/* In place of a pid: those of whom there is nothing but what they do. */
enum { PROCESS_HIDDEN = 0 };

/* One process on a GPU, as the driver accounts it. */
struct process_use {
    int32_t pid;           /* in the namespace of the driver: the host's; PROCESS_HIDDEN */
    float sm_ratio;        /* 0-1 share of the SMs' time since the last sample; negative: unknown */
    uint64_t memory_bytes; /* UINT64_MAX: unknown */
    uint32_t instance;     /* of a divided GPU: which one; else PROCESS_NO_INSTANCE */
    float instance_ratio;  /* that instance's part of the GPU, 0-1; 0: the GPU is not divided */
    uint64_t instance_bytes; /* its memory; 0: unknown */
    bool shares_server;      /* it computes through a server that several share (MPS) */
};

#define PROCESS_NO_INSTANCE UINT32_MAX

/* A clear bit in valid means "not measured", never zero. */
struct sample {
    int64_t mono_ns;    /* taken right after the hardware answered */
    uint64_t energy_uj; /* free-running counter: only differences mean anything */
    uint32_t epoch;     /* another one than before: the counter began anew, and no difference to
                           what it said then means anything */
    double power_watts;
    double utilization_ratio; /* 0-1, of the driver's last period */
    int64_t busy_ns; /* cumulative CPU time of all threads of a package; only differences */
    uint64_t memory_used_bytes;
    double temperature_celsius;
    const struct process_use *processes; /* the reader's, until its next read */
    size_t process_count;
    bool own_pids;    /* of the processes: as we see them, and none of ours is missing */
    const char *note; /* NULL, or what has befallen the device that a reader of the report should
                         know; the reader's, and stays what it is */
    uint32_t valid;   /* SAMPLE_* bits */
    int error;        /* 0, or -errno of why nothing is valid: -ENODEV gone, -EACCES, -EIO ... */
};
