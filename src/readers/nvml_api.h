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
    NVML_NO_DATA = 21,
    NVML_ARGUMENT_VERSION_MISMATCH = 25,
    NVML_DEPRECATED = 26,
    NVML_GPU_NOT_FOUND = 28,
    NVML_UNKNOWN = 999,
};

enum { NVML_UUID_SIZE = 96, NVML_VERSION_SIZE = 80 };

enum nvml_architecture {
    NVML_ARCH_KEPLER = 2,
    NVML_ARCH_VOLTA = 5,
    NVML_ARCH_AMPERE = 7,
    NVML_ARCH_HOPPER = 9,
    NVML_ARCH_NEWEST = 64, /* "unknown" is all ones */
};

/* Of nvmlDeviceGetFieldValues. */
enum nvml_field {
    NVML_FIELD_TOTAL_ENERGY = 83,   /* mJ since the driver was loaded */
    NVML_FIELD_POWER_AVERAGE = 185, /* mW, mean of 1 s */
    NVML_FIELD_POWER_INSTANT = 186, /* mW */
    NVML_FIELD_ENERGY = 191,        /* mJ, by scope */
};

enum nvml_scope { NVML_SCOPE_GPU = 0, NVML_SCOPE_MODULE = 1 };

enum nvml_value_type {
    NVML_VALUE_DOUBLE,
    NVML_VALUE_UNSIGNED_INT,
    NVML_VALUE_UNSIGNED_LONG,
    NVML_VALUE_UNSIGNED_LONG_LONG,
    NVML_VALUE_SIGNED_LONG_LONG,
    NVML_VALUE_SIGNED_INT,
    NVML_VALUE_UNSIGNED_SHORT,
};

enum { NVML_SAMPLES_TOTAL_POWER = 0, NVML_SAMPLES_MODULE_POWER = 7 }; /* mW */

enum { NVML_VIRTUALIZATION_VGPU = 2 };

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

union nvml_value {
    double number;
    unsigned unsigned_int;
    unsigned long unsigned_long;
    unsigned long long unsigned_long_long;
    long long signed_long_long;
    int signed_int;
    unsigned short unsigned_short;
};

struct nvml_field_value {
    unsigned field; /* asked for */
    unsigned scope; /* the same */
    long long stamp_us;
    long long latency_us;
    int type; /* which member of value is meant */
    int code; /* of this field alone */
    union nvml_value value;
};

/* Of nvmlDeviceGetSamples. */
struct nvml_ring_sample {
    unsigned long long stamp_us;
    union nvml_value value;
};

struct nvml_pci {
    char bus_id_legacy[16]; /* "0009:01:00.0": as /sys/bus/pci names it, but for the case */
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned device_id;
    unsigned subsystem_id;
    char bus_id[32];
};

/* Of a MIG device. */
struct nvml_attributes {
    unsigned multiprocessors;
    unsigned copy_engines;
    unsigned decoders;
    unsigned encoders;
    unsigned jpeg_engines;
    unsigned ofa_engines;
    unsigned gpu_slices;
    unsigned compute_slices;
    unsigned long long memory_mib;
};

static_assert(sizeof(struct nvml_field_value) == 40, "nvmlFieldValue_t");
static_assert(sizeof(struct nvml_ring_sample) == 16, "nvmlSample_t");
static_assert(sizeof(struct nvml_pci) == 68, "nvmlPciInfo_t");
static_assert(sizeof(struct nvml_attributes) == 40, "nvmlDeviceAttributes_t");
static_assert(sizeof(struct nvml_utilization) == 8, "nvmlUtilization_t");
static_assert(sizeof(struct nvml_memory) == 24, "nvmlMemory_t");
static_assert(sizeof(struct nvml_memory_v2) == 40, "nvmlMemory_v2_t");
static_assert(sizeof(struct nvml_process_v1) == 16, "nvmlProcessInfo_v1_t");
static_assert(sizeof(struct nvml_process) == 24, "nvmlProcessInfo_v2_t");
static_assert(sizeof(struct nvml_process_utilization) == 32, "nvmlProcessUtilizationSample_t");

/* A versioned struct says its size and its version. */
#define NVML_MEMORY_V2 ((unsigned)sizeof(struct nvml_memory_v2) | 2u << 24)
