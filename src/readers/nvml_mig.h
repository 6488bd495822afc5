/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_mig.h - the instances of a divided GPU: how large each is, and who runs in it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sample.h"
#include "readers/nvml_library.h"
#include "readers/nvml_processes.h"

enum { NVML_PROFILE_SIZE = 32 };

/* A MIG device: a compute instance of a GPU instance. */
struct nvml_instance {
    struct nvml_device *handle;
    char uuid[NVML_UUID_SIZE];
    char profile[NVML_PROFILE_SIZE]; /* "3g.20gb"; "" unknown */
    uint32_t key;                    /* nvml_instance_key() */
    double ratio;                    /* of the GPU, 0-1 */
    uint64_t bytes;                  /* its memory; 0 unknown */
    struct nvml_processes processes;
};

/* Zeroed: not divided. */
struct nvml_mig {
    bool on;
    bool no_lists; /* instances do not tell: the GPU's own list says who is in which */
    struct nvml_instance *instances;
    size_t count;
    size_t capacity;
    struct process_use *uses; /* of all instances */
    size_t use_count;
    size_t use_capacity;
};

/* Looks anew whether the GPU is divided, and how. memory_bytes: of the GPU; 0 unknown. */
void nvml_mig_scan(const struct nvml_library *library, struct nvml_device *device,
                   uint64_t memory_bytes, struct nvml_mig *mig);

/* The processes in its instances. parent: room for the GPU's own list. Return: as
 * nvml_processes_read(). */
bool nvml_mig_read(const struct nvml_library *library, struct nvml_device *device,
                   struct nvml_processes *parent, struct nvml_mig *mig);

/* What all instances have of the GPU, 0-1. */
double nvml_mig_ratio(const struct nvml_mig *mig);
/* The same of those named in a value of CUDA_VISIBLE_DEVICES (NULL allowed). 0: none of them. */
double nvml_mig_asked_ratio(const struct nvml_mig *mig, const char *visible);
/* "MIG: 3g.20gb (43 %), 2 x 1g.5gb (14 % each)": of the GPU. */
void nvml_mig_describe(const struct nvml_mig *mig, char *text_out, size_t size);

void nvml_mig_deinit(struct nvml_mig *mig);
