/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_mps.c - clients of MPS compute through a server, whose SM time may be all that is told
 *
 * Multi-Process Service, NVIDIA: the server is nvidia-cuda-mps-server.
 */
#include "readers/nvml_mps.h"

#include <string.h>

static bool is_server(const struct nvml_library *library, const struct process_use *use)
{
    char name[256] = "";

    return !use->shares_server && library->process_name != NULL &&
           library->process_name((unsigned)use->pid, name, sizeof(name) - 1) == NVML_SUCCESS &&
           strstr(name, "nvidia-cuda-mps-server") != NULL;
}

/* What the server did was its clients' doing, by the memory they hold. */
static void give_to_clients(struct nvml_processes *processes, float sm_ratio)
{
    double all = 0;
    size_t clients = 0;
    bool known = true;

    for (size_t i = 0; i < processes->count; i++) {
        const struct process_use *use = &processes->uses[i];

        if (!use->shares_server)
            continue;
        if (use->sm_ratio > 0)
            return; /* their own is told */
        clients++;
        known = known && use->memory_bytes != UINT64_MAX;
        all += known ? (double)use->memory_bytes : 0;
    }
    for (size_t i = 0; clients > 0 && i < processes->count; i++) {
        struct process_use *use = &processes->uses[i];

        if (use->shares_server)
            use->sm_ratio = sm_ratio * (float)(known && all > 0 ? (double)use->memory_bytes / all
                                                                : 1 / (double)clients);
    }
}

void nvml_mps_fold(const struct nvml_library *library, struct nvml_processes *processes)
{
    float sm_ratio = 0;
    size_t kept = 0;
    bool clients = false;

    for (size_t i = 0; i < processes->count; i++)
        clients = clients || processes->uses[i].shares_server;
    for (size_t i = 0; clients && i < processes->count; i++) {
        const struct process_use use = processes->uses[i];

        if (is_server(library, &use))
            sm_ratio += use.sm_ratio > 0 ? use.sm_ratio : 0;
        else
            processes->uses[kept++] = use;
    }
    if (!clients)
        return;
    processes->count = kept;
    if (sm_ratio > 0)
        give_to_clients(processes, sm_ratio);
}
