/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_processes.c - who uses a GPU, as the driver accounts it: memory held and SM time
 * spent
 *
 * NVML API reference: nvmlDeviceGetComputeRunningProcesses, nvmlDeviceGetGraphicsRunningProcesses
 * and nvmlDeviceGetProcessUtilization. A process may stand in several lists, and have none, one or
 * many SM samples since the last look.
 */
#include "readers/nvml_processes.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "readers/nvml_mps.h"

/* Users decide how many processes there are: a longer list is not worth its memory. */
enum { PROCESSES_FIRST = 32, SAMPLES_FIRST = 128, PROCESSES_MAX = 8192, TRIES = 4, SPARE = 8 };
enum { EMPTY_MANY = 3, ASKED_EACH = 8 };

typedef int (*list_call)(struct nvml_device *device, unsigned *count, void *processes_out);

bool nvml_code_is_final(int code)
{
    return code == NVML_NOT_SUPPORTED || code == NVML_FUNCTION_NOT_FOUND ||
           code == NVML_NO_PERMISSION || code == NVML_ARGUMENT_VERSION_MISMATCH ||
           code == NVML_DEPRECATED || code == NVML_INVALID_ARGUMENT;
}

bool nvml_processes_supported(const struct nvml_library *library,
                              const struct nvml_processes *processes)
{
    return (library->compute_processes != NULL && !processes->no_compute) ||
           (library->process_utilization != NULL && !processes->no_utilization);
}

static struct process_use *find(const struct nvml_processes *processes, unsigned pid)
{
    for (size_t i = 0; i < processes->count; i++) {
        if (processes->uses[i].pid == (int32_t)pid)
            return &processes->uses[i];
    }
    return NULL;
}

/* Return: the entry of a process, new or not; NULL for what is no process, or out of memory. */
static struct process_use *find_or_add(struct nvml_processes *processes, unsigned pid)
{
    struct process_use *use = find(processes, pid);

    if (use != NULL)
        return use;
    if (pid == 0 || pid > INT_MAX ||
        array_reserve(&processes->uses, &processes->capacity, processes->count + 1,
                      sizeof(*processes->uses)) < 0)
        return NULL;
    use = &processes->uses[processes->count++];
    *use = (struct process_use){ .pid = (int32_t)pid,
                                 .sm_ratio = -1,
                                 .instance = PROCESS_NO_INSTANCE };
    return use;
}

static void take_entry(struct nvml_processes *processes, const char *bytes, size_t size, bool mps)
{
    struct nvml_process entry = { .gpu_instance = ~0u };
    struct process_use *use;

    if (size == sizeof(struct nvml_process_v1)) {
        struct nvml_process_v1 old;

        memcpy(&old, bytes, sizeof(old));
        entry.pid = old.pid;
        entry.memory_bytes = old.memory_bytes;
    } else {
        memcpy(&entry, bytes, sizeof(entry));
    }
    use = find_or_add(processes, entry.pid);
    /* the same context stands in the compute and in the graphics list: the greater, not the sum */
    if (use != NULL && use->memory_bytes != UINT64_MAX &&
        (entry.memory_bytes == NVML_MEMORY_UNKNOWN || entry.memory_bytes > use->memory_bytes))
        use->memory_bytes =
            entry.memory_bytes == NVML_MEMORY_UNKNOWN ? UINT64_MAX : entry.memory_bytes;
    if (use != NULL)
        use->shares_server |= mps;
    if (use != NULL && entry.gpu_instance != ~0u)
        use->instance = nvml_instance_key(entry.gpu_instance, entry.compute_instance);
}

uint32_t nvml_instance_key(unsigned gpu_instance, unsigned compute_instance)
{
    return (uint32_t)(gpu_instance & 0xffff) << 16 | (uint32_t)(compute_instance & 0xffff);
}

/* Room for what the driver says there is, and a few that start meanwhile. Return: 0, -errno. */
static int grow(void *items, size_t *capacity, size_t item_size, unsigned said)
{
    size_t need = said > *capacity ? (size_t)said + SPARE : *capacity * 2;

    if (need > PROCESSES_MAX)
        return -E2BIG;
    return array_reserve(items, capacity, need, item_size);
}

/* Return: false when the list is not known. *final_out: nor will it ever be. *named_out: how many
 * were in it. */
static bool read_list(list_call call, size_t size, struct nvml_device *device,
                      struct nvml_processes *processes, bool mps, size_t *named_out,
                      bool *final_out)
{
    size_t capacity = processes->list_capacity_bytes / size;

    for (int i = 0; i < TRIES; i++) {
        unsigned count = (unsigned)capacity;
        int code;

        if (capacity == 0) {
            if (grow(&processes->list, &capacity, size, PROCESSES_FIRST - SPARE) < 0)
                return false;
            processes->list_capacity_bytes = capacity * size;
            count = (unsigned)capacity;
        }
        code = call(device, &count, processes->list);
        if (code == NVML_SUCCESS) {
            *named_out = count < capacity ? count : capacity;
            for (size_t j = 0; j < *named_out; j++)
                take_entry(processes, (const char *)processes->list + j * size, size, mps);
            return true;
        }
        if (code == NVML_NOT_FOUND)
            return true; /* nobody */
        *final_out = nvml_code_is_final(code);
        if (code != NVML_INSUFFICIENT_SIZE)
            return false;
        if (grow(&processes->list, &capacity, size, count) < 0)
            return false;
        processes->list_capacity_bytes = capacity * size;
    }
    return false;
}

/* Most GPUs have no graphics and no MPS. */
static void read_side_list(list_call call, size_t size, struct nvml_device *device,
                           struct nvml_processes *processes, struct nvml_side_list *side)
{
    size_t named = 0;

    if (call == NULL || side->refused)
        return;
    if (side->empty >= EMPTY_MANY && side->skipped + 1 < ASKED_EACH) {
        side->skipped++;
        return;
    }
    side->skipped = 0;
    if (!read_list(call, size, device, processes, side == &processes->mps, &named, &side->refused))
        return;
    side->empty = named > 0 ? 0 : side->empty + 1;
}

static int by_pid(const void *left, const void *right)
{
    const struct nvml_process_utilization *a = left;
    const struct nvml_process_utilization *b = right;

    return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Keeps what is new and makes sense, by rising pid. Return: how many. */
static size_t keep_fresh(struct nvml_processes *processes, size_t count)
{
    unsigned long long newest_us = processes->last_seen_us;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct nvml_process_utilization sample = processes->samples[i];

        if (sample.stamp_us <= processes->last_seen_us || sample.sm_percent > 100)
            continue;
        if (sample.stamp_us > newest_us)
            newest_us = sample.stamp_us;
        processes->samples[kept++] = sample;
    }
    processes->last_seen_us = newest_us;
    if (!processes->primed)
        kept = 0; /* from before the first look */
    processes->primed = true;
    if (kept > 1)
        qsort(processes->samples, kept, sizeof(*processes->samples), by_pid);
    return kept;
}

/*
 * SM time since the last look: each sample stands for one period of the driver's, so that the sum
 * of a process's samples is to the largest number of samples any process has as its SM time is to
 * the time.
 */
static void take_samples(struct nvml_processes *processes, size_t count, bool listed)
{
    size_t kept = keep_fresh(processes, count);
    size_t most = 1;

    for (size_t i = 0; i < kept;) {
        unsigned pid = processes->samples[i].pid;
        struct process_use *use = find_or_add(processes, pid);
        double sum = 0;
        size_t first = i;

        for (; i < kept && processes->samples[i].pid == pid; i++)
            sum += processes->samples[i].sm_percent / 100.0;
        if (i - first > most)
            most = i - first;
        if (use == NULL)
            continue;
        use->sm_ratio = (float)sum;
        if (!listed)
            use->memory_bytes = UINT64_MAX;
    }
    for (size_t i = 0; i < processes->count; i++) {
        if (processes->uses[i].sm_ratio > 0)
            processes->uses[i].sm_ratio /= (float)most;
    }
}

static bool read_utilization(const struct nvml_library *library, struct nvml_device *device,
                             struct nvml_processes *processes, bool listed)
{
    for (int i = 0; i < TRIES; i++) {
        unsigned count;
        int code;

        if (processes->sample_capacity == 0 &&
            grow(&processes->samples, &processes->sample_capacity, sizeof(*processes->samples),
                 SAMPLES_FIRST - SPARE) < 0)
            return false;
        count = (unsigned)processes->sample_capacity;
        code = library->process_utilization(device, processes->samples, &count,
                                            processes->last_seen_us);
        if (code == NVML_SUCCESS) {
            take_samples(processes,
                         count < processes->sample_capacity ? count : processes->sample_capacity,
                         listed);
            return true;
        }
        if (code == NVML_NOT_FOUND) { /* nothing new */
            processes->primed = true;
            return true;
        }
        processes->no_utilization = nvml_code_is_final(code);
        if (code != NVML_INSUFFICIENT_SIZE || grow(&processes->samples, &processes->sample_capacity,
                                                   sizeof(*processes->samples), count) < 0)
            return false;
    }
    return false;
}

bool nvml_processes_read(const struct nvml_library *library, struct nvml_device *device,
                         struct nvml_processes *processes)
{
    bool listed = false;
    bool sampled = false;
    size_t named = 0;

    processes->count = 0;
    if (library->compute_processes != NULL && !processes->no_compute)
        listed = read_list(library->compute_processes, library->compute_process_size, device,
                           processes, false, &named, &processes->no_compute);
    if (listed) {
        read_side_list(library->graphics_processes, library->graphics_process_size, device,
                       processes, &processes->graphics);
        read_side_list(library->mps_processes, library->mps_process_size, device, processes,
                       &processes->mps);
    }
    if (library->process_utilization != NULL && !processes->no_utilization)
        sampled = read_utilization(library, device, processes, listed);
    nvml_mps_fold(library, processes);
    /* without a list, "no new sample" names nobody and denies nobody */
    return listed || (sampled && processes->count > 0);
}

void nvml_processes_deinit(struct nvml_processes *processes)
{
    free(processes->uses);
    free(processes->list);
    free(processes->samples);
    *processes = (struct nvml_processes){ 0 };
}
