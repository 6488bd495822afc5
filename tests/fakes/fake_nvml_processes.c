/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fake_nvml_processes.c - who runs on the GPUs of the made-up NVML */
#include "fake_nvml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef FAKE_NVML_LEAST
struct process {
    unsigned pid;
    unsigned long long memory_bytes;
    unsigned sm_percent;
    bool sampled;
};

static unsigned pid_from(const char *word)
{
    char value[32] = "";
    char path[TEXT];
    FILE *file;

    if (word[0] != '@')
        return (unsigned)strtoul(word, NULL, 10);
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(word + 1, ":,"), word + 1);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    (void)!fread(value, 1, sizeof(value) - 1, file);
    (void)fclose(file);
    return (unsigned)strtoul(value, NULL, 10);
}

/* Return: how many; processes whose pid file is not there yet are not. */
static unsigned processes_of(const struct nvml_device *gpu, const char *key,
                             struct process *processes, unsigned limit)
{
    char value[TEXT];
    unsigned count = 0;

    if (fake_text_of(gpu->index, key, value) == NULL)
        return 0;
    for (const char *at = value; *at != '\0' && count < limit;
         at += strcspn(at, ","), at += *at != '\0') {
        const char *memory = at + strcspn(at, ":,");
        const char *sm = *memory == ':' ? memory + 1 + strcspn(memory + 1, ":,") : memory;
        struct process process = { .pid = pid_from(at), .memory_bytes = NVML_MEMORY_UNKNOWN };

        if (process.pid == 0)
            continue;
        if (*memory == ':' && memory[1] != '?')
            process.memory_bytes = strtoull(memory + 1, NULL, 10) << 20;
        process.sampled = *sm == ':' && sm[1] != '-';
        if (process.sampled)
            process.sm_percent = (unsigned)strtoul(sm + 1, NULL, 10);
        processes[count++] = process;
    }
    /* "many=300": made-up ones on top */
    for (unsigned i = 0;
         strcmp(key, "procs") == 0 && i < fake_number_of(gpu->index, "many", 0) && count < limit;
         i++)
        processes[count++] = (struct process){ .pid = 900000 + i, .memory_bytes = 1u << 20 };
    return count;
}

enum { PROCESSES = 1024 };

/* Of an instance its own, of a divided GPU those of all instances. owners: GPU instance ids. */
static unsigned list_of(const struct nvml_device *gpu, const char *key, struct process *processes,
                        unsigned *owners)
{
    static const char *const keys[INSTANCES] = { "procs0", "procs1", "procs2", "procs3",
                                                 "procs4", "procs5", "procs6" };
    bool divided = gpu->instance < 0 && fake_number_of(gpu->index, "mig", 0) > 0;
    bool compute = strcmp(key, "procs") == 0;
    unsigned found = 0;

    if (gpu->instance >= 0)
        found = compute ? processes_of(gpu, keys[gpu->instance], processes, PROCESSES) : 0;
    else
        found = processes_of(gpu, key, processes, PROCESSES);
    for (unsigned i = 0; i < found; i++)
        owners[i] = gpu->instance >= 0 ? (unsigned)gpu->instance + 7 : ~0u;
    for (unsigned j = 0; divided && compute && j < INSTANCES; j++) {
        unsigned before = found;

        found += processes_of(gpu, keys[j], processes + found, PROCESSES - found);
        for (unsigned i = before; i < found; i++)
            owners[i] = fake_number_of(gpu->index, "no_ids", 0) > 0 ? ~0u : j + 7;
    }
    return found;
}

static int get_list(const struct nvml_device *gpu, const char *key, unsigned *count, void *list,
                    bool old)
{
    static _Thread_local struct process processes[PROCESSES];
    unsigned owners[PROCESSES];
    unsigned found = list_of(gpu, key, processes, owners);
    int code = fake_code_of(gpu, gpu->instance >= 0 ? "instance_list_code" : "list_code");

    fake_count_call("list");
    if (code != NVML_SUCCESS)
        return code;
    if (found > *count) {
        *count = found;
        return NVML_INSUFFICIENT_SIZE;
    }
    for (unsigned i = 0; i < found; i++) {
        if (old)
            ((struct nvml_process_v1 *)list)[i] =
                (struct nvml_process_v1){ processes[i].pid, processes[i].memory_bytes };
        else
            ((struct nvml_process *)list)[i] =
                (struct nvml_process){ processes[i].pid, processes[i].memory_bytes, owners[i],
                                       owners[i] == ~0u ? ~0u : 0 };
    }
    *count = found;
    return NVML_SUCCESS;
}

EXPORT int nvmlDeviceGetProcessUtilization(struct nvml_device *gpu,
                                           struct nvml_process_utilization *samples,
                                           unsigned *count, unsigned long long last_us);
int nvmlDeviceGetProcessUtilization(struct nvml_device *gpu,
                                    struct nvml_process_utilization *samples, unsigned *count,
                                    unsigned long long last_us)
{
    static _Thread_local struct process processes[PROCESSES];
    unsigned listed = processes_of(gpu, "procs", processes, PROCESSES);
    int code = fake_code_of(gpu, "sm_code");
    static _Thread_local unsigned long long stamp_us; /* never twice the same */
    struct timespec now;
    unsigned long long now_us;
    unsigned found = 0;

    fake_count_call("process_utilization");
    if (fake_number_of(gpu->index, "mig", 0) > 0)
        return NVML_NOT_SUPPORTED;
    if (code != NVML_SUCCESS)
        return code;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    now_us = (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
    stamp_us = now_us > stamp_us ? now_us : stamp_us + 1;
    for (unsigned i = 0; i < listed; i++)
        found += processes[i].sampled;
    if (found > *count || samples == NULL) {
        *count = found;
        return NVML_INSUFFICIENT_SIZE;
    }
    found = 0;
    for (unsigned i = 0; i < listed; i++) {
        if (processes[i].sampled)
            samples[found++] = (struct nvml_process_utilization){
                .pid = processes[i].pid,
                .stamp_us = stamp_us,
                .sm_percent = processes[i].sm_percent,
            };
    }
    *count = found;
    return found > 0 && samples[0].stamp_us > last_us ? NVML_SUCCESS : NVML_NOT_FOUND;
}

#ifdef FAKE_NVML_V1
EXPORT int nvmlDeviceGetComputeRunningProcesses(struct nvml_device *gpu, unsigned *count,
                                                void *list);
int nvmlDeviceGetComputeRunningProcesses(struct nvml_device *gpu, unsigned *count, void *list)
{
    return get_list(gpu, "procs", count, list, true);
}

EXPORT int nvmlDeviceGetGraphicsRunningProcesses(struct nvml_device *gpu, unsigned *count,
                                                 void *list);
int nvmlDeviceGetGraphicsRunningProcesses(struct nvml_device *gpu, unsigned *count, void *list)
{
    return get_list(gpu, "graphics", count, list, true);
}
#else
EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(struct nvml_device *gpu, unsigned *count,
                                                   void *list);
int nvmlDeviceGetComputeRunningProcesses_v3(struct nvml_device *gpu, unsigned *count, void *list)
{
    return get_list(gpu, "procs", count, list, false);
}

EXPORT int nvmlDeviceGetGraphicsRunningProcesses_v2(struct nvml_device *gpu, unsigned *count,
                                                    void *list);
int nvmlDeviceGetGraphicsRunningProcesses_v2(struct nvml_device *gpu, unsigned *count, void *list)
{
    return get_list(gpu, "graphics", count, list, false);
}

EXPORT int nvmlDeviceGetMPSComputeRunningProcesses_v3(struct nvml_device *gpu, unsigned *count,
                                                      void *list);
int nvmlDeviceGetMPSComputeRunningProcesses_v3(struct nvml_device *gpu, unsigned *count, void *list)
{
    return get_list(gpu, "mps", count, list, false);
}
#endif
#endif
