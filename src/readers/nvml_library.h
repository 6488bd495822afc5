/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_library.h - NVML found, loaded and resolved, each function by the newest name there
 * is */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "readers/nvml_api.h"

enum { NVML_PATH_SIZE = 256 };

/* init, count and handle_by_index are there; each of the others may be NULL: one fact less. */
struct nvml_library {
    void *handle;              /* of dlopen; NULL: not open */
    char path[NVML_PATH_SIZE]; /* the file that was loaded */
    bool initialised;

    int (*init)(void);
    int (*shutdown)(void);
    const char *(*error_string)(int code);
    int (*driver_version)(char *text, unsigned size);
    int (*process_name)(unsigned pid, char *text, unsigned size);
    int (*count)(unsigned *count_out);
    int (*handle_by_index)(unsigned index, struct nvml_device **device_out);
    int (*handle_by_uuid)(const char *uuid, struct nvml_device **device_out);
    int (*name)(struct nvml_device *device, char *text, unsigned size);
    int (*uuid)(struct nvml_device *device, char *text, unsigned size);
    int (*architecture)(struct nvml_device *device, unsigned *architecture_out);
    int (*mig_mode)(struct nvml_device *device, unsigned *current_out, unsigned *pending_out);
    int (*pci)(struct nvml_device *device, struct nvml_pci *pci_out);
    int (*virtualization)(struct nvml_device *device, int *mode_out);
    int (*mig_limit)(struct nvml_device *device, unsigned *count_out);
    int (*mig_device)(struct nvml_device *device, unsigned index, struct nvml_device **device_out);
    int (*attributes)(struct nvml_device *device, struct nvml_attributes *attributes_out);
    int (*gpu_instance)(struct nvml_device *device, unsigned *id_out);
    int (*compute_instance)(struct nvml_device *device, unsigned *id_out);
    int (*energy)(struct nvml_device *device, unsigned long long *millijoules_out);
    int (*power)(struct nvml_device *device, unsigned *milliwatts_out);
    int (*field_values)(struct nvml_device *device, int count, struct nvml_field_value *values);
    int (*ring_samples)(struct nvml_device *device, int type, unsigned long long last_seen_us,
                        int *value_type_out, unsigned *count, struct nvml_ring_sample *samples_out);
    int (*enforced_limit)(struct nvml_device *device, unsigned *milliwatts_out);
    int (*default_limit)(struct nvml_device *device, unsigned *milliwatts_out);
    int (*utilization)(struct nvml_device *device, struct nvml_utilization *utilization_out);
    int (*memory)(struct nvml_device *device, struct nvml_memory *memory_out);
    int (*temperature)(struct nvml_device *device, int sensor, unsigned *celsius_out);
    int (*memory_v2)(struct nvml_device *device, struct nvml_memory_v2 *memory);
    int (*process_utilization)(struct nvml_device *device,
                               struct nvml_process_utilization *samples_out, unsigned *count,
                               unsigned long long last_seen_us);
    int (*compute_processes)(struct nvml_device *device, unsigned *count, void *processes_out);
    int (*graphics_processes)(struct nvml_device *device, unsigned *count, void *processes_out);
    int (*mps_processes)(struct nvml_device *device, unsigned *count, void *processes_out);
    size_t compute_process_size; /* of one entry: which struct the function found fills */
    size_t graphics_process_size;
    size_t mps_process_size;
};

/* Whether dlopen of the system's own is worth trying: it may be where it usually is, or where
 * LD_LIBRARY_PATH points. Costs microseconds. */
bool nvml_library_may_be_here(void);

/**
 * nvml_library_open() - load the library and resolve its functions; nvmlInit is not called
 * @path: the file to load; NULL: the system's own
 * Return: 0; -ENOENT the system has none; -ENOEXEC what is there cannot be used, err says why
 */
int nvml_library_open(const char *path, struct nvml_library *library_out, struct aico2_error *err);
/* nvmlShutdown if it was initialised, then unload. */
void nvml_library_close(struct nvml_library *library);

/* What the library calls the code; never NULL. */
const char *nvml_code_text(const struct nvml_library *library, int code);
