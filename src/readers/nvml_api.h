/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_api.h - what NVIDIA's management library looks like from outside, without its header
 *
 * NVML API reference. Layouts are those of LP64 (x86-64, aarch64); the sizes are part of the ABI.
 */
#pragma once

#include <assert.h>

struct nvml_device; /* opaque, the library's */

enum nvml_code {
    NVML_SUCCESS = 0,
    NVML_UNINITIALIZED = 1,
    NVML_INVALID_ARGUMENT = 2,
    NVML_NOT_SUPPORTED = 3,
    NVML_NO_PERMISSION = 4,
    NVML_NOT_FOUND = 6,
    NVML_INSUFFICIENT_SIZE = 7,
    NVML_DRIVER_NOT_LOADED = 9,
    NVML_TIMEOUT = 10,
    NVML_LIBRARY_NOT_FOUND = 12,
    NVML_FUNCTION_NOT_FOUND = 13,
    NVML_GPU_IS_LOST = 15,
    NVML_RESET_REQUIRED = 16,
    NVML_OPERATING_SYSTEM = 17,
    NVML_LIB_RM_VERSION_MISMATCH = 18,
    NVML_MEMORY = 20,
    NVML_ARGUMENT_VERSION_MISMATCH = 25,
    NVML_DEPRECATED = 26,
    NVML_GPU_NOT_FOUND = 28,
    NVML_UNKNOWN = 999,
};

enum { NVML_UUID_SIZE = 96, NVML_VERSION_SIZE = 80, NVML_ARCH_HOPPER = 9 };

/* usedGpuMemory of a process that the driver cannot tell. */
#define NVML_MEMORY_UNKNOWN (~0ULL)

struct nvml_utilization {
    unsigned gpu_percent; /* of the last 1/6 to 1 s: with at least one kernel running */
    unsigned memory_percent;
};

struct nvml_memory {
    unsigned long long total_bytes;
    unsigned long long free_bytes;
    unsigned long long used_bytes; /* the driver's reserve included */
};

struct nvml_memory_v2 {
    unsigned version; /* NVML_MEMORY_V2 */
    unsigned long long total_bytes;
    unsigned long long reserved_bytes;
    unsigned long long free_bytes;
    unsigned long long used_bytes;
};

/* Of the functions without suffix. */
struct nvml_process_v1 {
    unsigned pid;
    unsigned long long memory_bytes;
};

/* Of _v2 and _v3. */
struct nvml_process {
    unsigned pid; /* in the host's namespace */
    unsigned long long memory_bytes;
    unsigned gpu_instance;
    unsigned compute_instance;
};

struct nvml_process_utilization {
    unsigned pid;
    unsigned long long stamp_us;
    unsigned sm_percent;
    unsigned memory_percent;
    unsigned encoder_percent;
    unsigned decoder_percent;
};

static_assert(sizeof(struct nvml_utilization) == 8, "nvmlUtilization_t");
static_assert(sizeof(struct nvml_memory) == 24, "nvmlMemory_t");
static_assert(sizeof(struct nvml_memory_v2) == 40, "nvmlMemory_v2_t");
static_assert(sizeof(struct nvml_process_v1) == 16, "nvmlProcessInfo_v1_t");
static_assert(sizeof(struct nvml_process) == 24, "nvmlProcessInfo_v2_t");
static_assert(sizeof(struct nvml_process_utilization) == 32, "nvmlProcessUtilizationSample_t");

/* A versioned struct says its size and its version. */
#define NVML_MEMORY_V2 ((unsigned)sizeof(struct nvml_memory_v2) | 2u << 24)
