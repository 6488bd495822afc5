/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_mig.c - the instances of a divided GPU: how large each is, and who runs in it
 *
 * NVML API reference, multi-instance GPU; MIG user guide. Power, energy and utilisation exist for
 * the GPU as a whole only. An instance's size is its slices of those there can be; processes are
 * listed instance by instance.
 */
#include "readers/nvml_mig.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* More than any GPU has: seven. */
enum { INSTANCES_MAX = 64 };
/* CUDA takes the beginning of a UUID for it, if no other begins so. "MIG-" and as many digits. */
enum { UUID_LEAST = 8 };

void nvml_mig_deinit(struct nvml_mig *mig)
{
    for (size_t i = 0; i < mig->count; i++)
        nvml_processes_deinit(&mig->instances[i].processes);
    free(mig->instances);
    free(mig->uses);
    *mig = (struct nvml_mig){ 0 };
}

/* --- what there is --- */

/* "NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb". */
static void ask_profile(const struct nvml_library *library, struct nvml_instance *instance)
{
    char name[512] = "";
    const char *at;

    if (library->name == NULL ||
        library->name(instance->handle, name, sizeof(name) - 1) != NVML_SUCCESS)
        return;
    at = strstr(name, "MIG ");
    if (at != NULL)
        text_copy_clean(instance->profile, sizeof(instance->profile), at + 4);
}

/* The slices a profile names: "3g.20gb" has 3, "1c.3g.20gb" 1. 0: it names none. */
static unsigned profile_slices(const char *profile)
{
    char *end;
    unsigned long slices = strtoul(profile, &end, 10);

    return end != profile && (*end == 'g' || *end == 'c') && slices <= INSTANCES_MAX
               ? (unsigned)slices
               : 0;
}

static uint64_t ask_bytes(const struct nvml_library *library, const struct nvml_instance *instance)
{
    struct nvml_memory memory = { 0 };

    if (library->memory == NULL || library->memory(instance->handle, &memory) != NVML_SUCCESS)
        return 0;
    return memory.total_bytes;
}

static void ask_size(const struct nvml_library *library, uint64_t memory_bytes, unsigned limit,
                     struct nvml_instance *instance)
{
    struct nvml_attributes attributes = { 0 };
    unsigned slices;

    if (library->attributes == NULL ||
        library->attributes(instance->handle, &attributes) != NVML_SUCCESS)
        attributes = (struct nvml_attributes){ 0 };
    instance->bytes = ask_bytes(library, instance);
    if (instance->bytes == 0)
        instance->bytes = attributes.memory_mib << 20;
    slices = attributes.compute_slices > 0 ? attributes.compute_slices : attributes.gpu_slices;
    if (slices == 0)
        slices = profile_slices(instance->profile);
    if (slices > 0)
        instance->ratio = fmin((double)slices / limit, 1);
    else if (instance->bytes > 0 && memory_bytes > 0)
        instance->ratio = fmin((double)instance->bytes / (double)memory_bytes, 1);
    else
        instance->ratio = 1.0 / limit;
}

static bool add_instance(const struct nvml_library *library, struct nvml_device *handle,
                         uint64_t memory_bytes, unsigned limit, struct nvml_mig *mig)
{
    struct nvml_instance instance = { .handle = handle };
    unsigned gpu_instance = 0;
    unsigned compute_instance = 0;

    if (array_reserve(&mig->instances, &mig->capacity, mig->count + 1, sizeof(*mig->instances)) < 0)
        return false;
    if (library->uuid == NULL ||
        library->uuid(handle, instance.uuid, sizeof(instance.uuid) - 1) != NVML_SUCCESS)
        instance.uuid[0] = '\0';
    if (library->gpu_instance != NULL)
        (void)library->gpu_instance(handle, &gpu_instance);
    if (library->compute_instance != NULL)
        (void)library->compute_instance(handle, &compute_instance);
    instance.key = nvml_instance_key(gpu_instance, compute_instance);
    ask_profile(library, &instance);
    ask_size(library, memory_bytes, limit, &instance);
    mig->instances[mig->count++] = instance;
    return true;
}

void nvml_mig_scan(const struct nvml_library *library, struct nvml_device *device,
                   uint64_t memory_bytes, struct nvml_mig *mig)
{
    unsigned current = 0;
    unsigned pending = 0;
    unsigned limit = 0;

    for (size_t i = 0; i < mig->count; i++)
        nvml_processes_deinit(&mig->instances[i].processes);
    mig->count = 0;
    mig->on = library->mig_mode != NULL &&
              library->mig_mode(device, &current, &pending) == NVML_SUCCESS && current == 1;
    if (!mig->on || library->mig_limit == NULL || library->mig_device == NULL ||
        library->mig_limit(device, &limit) != NVML_SUCCESS || limit > INSTANCES_MAX)
        return;
    for (unsigned i = 0; i < limit; i++) { /* with holes */
        struct nvml_device *handle = NULL;

        if (library->mig_device(device, i, &handle) == NVML_SUCCESS &&
            !add_instance(library, handle, memory_bytes, limit, mig))
            return;
    }
}

/* --- who is in it --- */

static bool add_use(struct nvml_mig *mig, const struct process_use *use,
                    const struct nvml_instance *instance)
{
    struct process_use *added;

    if (array_reserve(&mig->uses, &mig->use_capacity, mig->use_count + 1, sizeof(*mig->uses)) < 0)
        return false;
    added = &mig->uses[mig->use_count++];
    *added = *use;
    added->instance = instance != NULL ? instance->key : PROCESS_NO_INSTANCE;
    added->instance_ratio = instance != NULL ? (float)instance->ratio : 1;
    added->instance_bytes = instance != NULL ? instance->bytes : 0;
    return true;
}

static bool read_instances(const struct nvml_library *library, struct nvml_mig *mig)
{
    for (size_t i = 0; i < mig->count; i++) {
        struct nvml_instance *instance = &mig->instances[i];

        if (!nvml_processes_read(library, instance->handle, &instance->processes)) {
            mig->no_lists = !nvml_processes_supported(library, &instance->processes);
            return false;
        }
        for (size_t j = 0; j < instance->processes.count; j++) {
            if (!add_use(mig, &instance->processes.uses[j], instance))
                return false;
        }
    }
    return true;
}

static const struct nvml_instance *find_instance(const struct nvml_mig *mig, uint32_t key)
{
    for (size_t i = 0; i < mig->count; i++) {
        if (mig->instances[i].key == key)
            return &mig->instances[i];
    }
    return NULL;
}

/* The GPU's own list, for who may see it, says which instance each process is in. */
static bool read_parent(const struct nvml_library *library, struct nvml_device *device,
                        struct nvml_processes *parent, struct nvml_mig *mig)
{
    if (!nvml_processes_read(library, device, parent))
        return false;
    for (size_t i = 0; i < parent->count; i++) {
        if (!add_use(mig, &parent->uses[i], find_instance(mig, parent->uses[i].instance)))
            return false;
    }
    return true;
}

bool nvml_mig_read(const struct nvml_library *library, struct nvml_device *device,
                   struct nvml_processes *parent, struct nvml_mig *mig)
{
    mig->use_count = 0;
    if (mig->count > 0 && !mig->no_lists && read_instances(library, mig))
        return true;
    mig->use_count = 0;
    return read_parent(library, device, parent, mig);
}

/* --- what is said of it --- */

double nvml_mig_ratio(const struct nvml_mig *mig)
{
    double ratio = 0;

    for (size_t i = 0; i < mig->count; i++)
        ratio += mig->instances[i].ratio;
    return fmin(ratio, 1);
}

static bool is_named(const struct nvml_instance *instance, const char *word, size_t length)
{
    return length >= UUID_LEAST && length <= strlen(instance->uuid) &&
           strncmp(instance->uuid, word, length) == 0;
}

double nvml_mig_asked_ratio(const struct nvml_mig *mig, const char *visible)
{
    double ratio = 0;

    for (const char *at = visible != NULL ? visible : ""; *at != '\0'; at += *at != '\0') {
        size_t length = strcspn(at, ",");

        for (size_t i = 0; i < mig->count; i++) {
            if (is_named(&mig->instances[i], at, length))
                ratio += mig->instances[i].ratio;
        }
        at += length;
    }
    return fmin(ratio, 1);
}

static const char *profile_name(const struct nvml_instance *instance)
{
    return instance->profile[0] != '\0' ? instance->profile : "instance";
}

static bool is_alike(const struct nvml_instance *instance, const struct nvml_instance *other)
{
    return strcmp(profile_name(instance), profile_name(other)) == 0 &&
           fabs(instance->ratio - other->ratio) < 1e-6;
}

void nvml_mig_describe(const struct nvml_mig *mig, char *text_out, size_t size)
{
    text_out[0] = '\0';
    text_append(text_out, size, mig->count > 0 ? "MIG: " : "MIG: no instance");
    for (size_t i = 0; i < mig->count; i++) {
        const struct nvml_instance *instance = &mig->instances[i];
        size_t same = 0;
        bool before = false;

        for (size_t j = 0; j < mig->count; j++) {
            bool alike = is_alike(instance, &mig->instances[j]);

            same += alike;
            before = before || (alike && j < i);
        }
        if (before)
            continue;
        text_append(text_out, size, i > 0 ? ", " : "");
        if (same > 1)
            text_append(text_out, size, "%zu x ", same);
        text_append(text_out, size, "%s (%.0f %%%s)", profile_name(instance), instance->ratio * 100,
                    same > 1 ? " each" : "");
    }
}
