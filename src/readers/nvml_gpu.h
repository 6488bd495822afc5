/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_gpu.h - one GPU: what does not change of it, and one reading of what does */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/device.h"
#include "model/sample.h"
#include "readers/nvml_library.h"
#include "readers/nvml_meter.h"
#include "readers/nvml_mig.h"
#include "readers/nvml_processes.h"

struct nvml_gpu {
    struct nvml_device *handle;
    unsigned index;
    char uuid[NVML_UUID_SIZE]; /* as the driver writes it; "" unknown */
    struct nvml_meter meter;
    bool watched; /* see struct reader_env */
    bool has_utilization;
    bool has_memory;
    int error; /* -ENODEV: it is lost; asked again at retry_ns */
    int64_t retry_ns;
    unsigned retries;       /* since it was lost */
    int64_t first_ns;       /* of the first reading; 0 none yet */
    int64_t utilization_ns; /* when to ask again */
    int64_t account_ns;     /* the same for processes */
    int64_t slow_ns;        /* the same for memory, and how it is divided; 0: never asked */
    uint64_t memory_bytes;  /* all there is; 0 unknown */
    struct nvml_processes processes;
    struct nvml_mig mig;
};

/* Asks what does not change, and which of the rest this GPU can tell. visible: the job's
 * CUDA_VISIBLE_DEVICES; NULL unknown. */
void nvml_gpu_describe(const struct nvml_library *library, struct nvml_gpu *gpu,
                       const char *visible, struct device *device_out);

/* One reading. A GPU that is lost is looked for again once a second, after ten times ever more
 * seldom, but each 30 s. */
void nvml_gpu_read(const struct nvml_library *library, struct nvml_gpu *gpu,
                   const struct clock *clock, struct sample *sample_out);

/* A new handle for the same GPU, by its UUID. Return: false when it is not there. */
bool nvml_gpu_find_again(const struct nvml_library *library, struct nvml_gpu *gpu);

void nvml_gpu_deinit(struct nvml_gpu *gpu);
