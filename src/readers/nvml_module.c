/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_module.c - a superchip as a whole: CPU, memory and GPUs on one module
 *
 * NVML API reference, field values with scope 1. All GPUs of a module answer with the same power; a
 * GPU belongs to the socket whose NUMA node its PCI device names.
 */
#include "readers/nvml_module.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "readers/nvml_quality.h"

/* GB200, GB300: one Grace and two GPUs. */
static int gpus_of_a_module(const char *name)
{
    return strstr(name, "GB200") != NULL || strstr(name, "GB300") != NULL ? 2 : 1;
}

/* Return: the NUMA node of the GPU's PCI device; -1 unknown. */
static int numa_node(const struct nvml_library *library, struct nvml_device *device, int sys_fd)
{
    struct nvml_pci pci = { .bus_id_legacy = "" };
    char path[64];
    char text[16];
    char *end;
    long node;

    if (sys_fd < 0 || library->pci == NULL || library->pci(device, &pci) != NVML_SUCCESS)
        return -1;
    for (size_t i = 0; i < sizeof(pci.bus_id_legacy); i++)
        pci.bus_id_legacy[i] = (char)tolower((unsigned char)pci.bus_id_legacy[i]);
    if (memchr(pci.bus_id_legacy, '/', sizeof(pci.bus_id_legacy)) != NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "bus/pci/devices/%.*s/numa_node",
                   (int)sizeof(pci.bus_id_legacy), pci.bus_id_legacy);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) <= 0)
        return -1;
    node = strtol(text, &end, 10);
    return end != text && node >= 0 && node < 1024 ? (int)node : -1;
}

int nvml_module_number(const struct nvml_library *library, const struct nvml_gpu *gpu,
                       const char *name, int sys_fd)
{
    int node = numa_node(library, gpu->handle, sys_fd);

    return node >= 0 ? node : (int)gpu->index / gpus_of_a_module(name);
}

bool nvml_module_describe(const struct nvml_library *library, const struct nvml_gpu *gpu,
                          const struct device *device, struct nvml_gpu *module_out,
                          struct device *device_out)
{
    struct nvml_gpu module = { .handle = gpu->handle, .index = gpu->index };
    struct device described = DEVICE_NULL;

    memcpy(module.uuid, gpu->uuid, sizeof(module.uuid));
    module.processes = (struct nvml_processes){ .no_compute = true, .no_utilization = true };
    nvml_meter_choose(library, module.handle, NVML_PART_MODULE, NAN, &module.meter);
    if (nvml_meter_fields(&module.meter) == 0)
        return false;
    described.kind = DEVICE_MODULE;
    described.basis = BASIS_MEASURED;
    described.index = device->index;
    described.fields = nvml_meter_fields(&module.meter);
    (void)snprintf(described.id, sizeof(described.id), "module%d", device->index);
    (void)snprintf(described.model, sizeof(described.model), "module of %.140s", device->model);
    (void)snprintf(described.reader, sizeof(described.reader), "%s", device->reader);
    nvml_quality_describe(&module.meter, 0, &described);
    *module_out = module;
    *device_out = described;
    return true;
}
