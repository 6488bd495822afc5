/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_processes.h - who uses a GPU, as the driver accounts it: memory held and SM time
 * spent */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sample.h"
#include "readers/nvml_library.h"

/* A list that is empty as a rule is asked for more seldom. */
struct nvml_side_list {
    bool refused;     /* the driver will never answer this question: do not ask again */
    unsigned empty;   /* answers in a row that named nobody */
    unsigned skipped; /* times it was not asked since */
};

/* Zeroed: empty. The buffers grow with the longest list seen, up to a limit. */
struct nvml_processes {
    struct process_use *uses; /* one per process, merged from all lists */
    size_t count;
    size_t capacity;
    void *list; /* raw answers of the driver */
    size_t list_capacity_bytes;
    struct nvml_process_utilization *samples;
    size_t sample_capacity;
    unsigned long long last_seen_us; /* stamp of the newest SM sample taken */
    bool primed;     /* what the driver had buffered before the first look has been passed over */
    bool no_compute; /* the driver will never answer this question: do not ask again */
    struct nvml_side_list graphics;
    struct nvml_side_list mps;
    bool no_utilization;
};

/* false: the driver gives no account of processes at all. */
bool nvml_processes_supported(const struct nvml_library *library,
                              const struct nvml_processes *processes);

/**
 * nvml_processes_read() - the processes on a GPU now, with their SM time since the last call
 * Return: true when uses and count are valid (0 processes is an answer); false when the driver told
 *         nothing
 */
bool nvml_processes_read(const struct nvml_library *library, struct nvml_device *device,
                         struct nvml_processes *processes);
void nvml_processes_deinit(struct nvml_processes *processes);

/* GPU instance and compute instance in one number. */
uint32_t nvml_instance_key(unsigned gpu_instance, unsigned compute_instance);

/* A call that answered so will not answer better a second later. */
bool nvml_code_is_final(int code);
