/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fakes/fake_nvml.c - a libnvidia-ml.so.1 with made-up GPUs, scripted through the environment
 *
 * FAKE_NVML holds the script, or names a file that does: KEY=VALUE, separated by ';' or newlines,
 * read at each nvmlInit. `gpu.KEY` is every GPU's, `gpuN.KEY` one's, later ones win. Codes are
 * NVML's numbers.
 *
 *   count=1  init=0  init_ms=0
 *   log=FILE                              each answer of an energy counter: "GPU MILLIJOULES"
 *   gpu.watts=100  watts2=  step_ms=      power, and power from step_ms on
 *   gpu.start=5000000  refresh_ms=0       the counter at init (mJ); how often it is renewed
 *   gpu.step=MJ                           the counter grows by so much at each call, not with time
 *   gpu.frozen=K  reset=K                 it stands still for K calls; restarts from 0 at call K
 *   gpu.lost=K  lost_for=N                GPU_IS_LOST from the K-th energy or power call, for N
 *   gpu.hang=K                            the K-th such call never returns; -1: none does, until it is no longer -1
 *   watch=1                               a file is read again when it changes
 *   gpu.util=%  limit=W  memory_mib=  mig=0|1  name=  uuid=  arch=  vgpu=0|1    (\xNN in names)
 *   gpu.pci=0009:01:00.0
 *   gpu.instant=W  average=W  module=W    fields 186 and 185; both in the module's scope
 *   gpu.energy_field=1  scoped=1          field 83; field 191 in both scopes
 *   gpu.ring=W                            nvmlDeviceGetSamples: one each 20 ms
 *   gpu.procs=PID:MIB:SM,...  graphics=   PID may be @FILE that holds it; MIB '?' unknown; SM '-'
 *                                         none
 *   gpu.instances=3g.20gb:3:20096,-,1g.5gb:1:4864   with mig=1: profile, slices, MiB; '-' a hole
 *   gpu.procs0=...                        the processes of an instance; mps=... of MPS
 *   server=PID                            is called nvidia-cuda-mps-server
 *   gpu.slices_code=  instance_list_code=  attributes, lists of the instances; mig_util=1:
 *                                         utilisation is told all the same; no_ids=1: lists without
 *                                         instance
 *   gpu.{energy,power,util,limit,memory,memory_v2,list,sm,name,uuid,handle,mig,arch,pci,vgpu,
 *        fields,ring}_code=CODE
 *
 * FAKE_NVML_LEAST leaves out all but the oldest functions; FAKE_NVML_V1 the versioned names.
 */
#include "fake_nvml.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct nvml_device gpus[GPUS];
static struct nvml_device instances[GPUS][INSTANCES];
static long long start_ns; /* of the first init: power and energy run from here */
static atomic_bool released;

static long long mono_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Lets a call that hangs go on. */
EXPORT void fake_nvml_release(void);
void fake_nvml_release(void)
{
    atomic_store(&released, true);
}

/* --- the library itself --- */

static int init(void)
{
    int code;

    fake_count_call("init");
    fake_read_script();
    if (fake_global_number("init_ms", 0) > 0)
        (void)usleep((useconds_t)(fake_global_number("init_ms", 0) * 1000));
    code = (int)fake_global_number("init", 0);
    if (code != NVML_SUCCESS)
        return code;
    if (start_ns == 0) {
        start_ns = mono_ns();
        for (unsigned i = 0; i < GPUS; i++)
            gpus[i] = (struct nvml_device){
                .index = i,
                .instance = -1,
                .base_mj = (unsigned long long)fake_number_of(i, "start", 5000000),
                .base_ns = start_ns,
            };
    }
    for (unsigned i = 0; i < GPUS; i++) {
        for (unsigned j = 0; j < INSTANCES; j++)
            instances[i][j] = (struct nvml_device){ .index = i, .instance = (int)j };
    }
    fake_initialised = true;
    return NVML_SUCCESS;
}

static int get_count(unsigned *count_out)
{
    if (!fake_initialised)
        return NVML_UNINITIALIZED;
    *count_out = (unsigned)fake_global_number("count", 1);
    return NVML_SUCCESS;
}

static int get_handle(unsigned index, struct nvml_device **device_out)
{
    if (!fake_initialised)
        return NVML_UNINITIALIZED;
    if (index >= fake_global_number("count", 1) || index >= GPUS)
        return NVML_INVALID_ARGUMENT;
    *device_out = &gpus[index];
    return fake_code_of(&gpus[index], "handle_code");
}

EXPORT int nvmlShutdown(void);
int nvmlShutdown(void)
{
    fake_count_call("shutdown");
    fake_initialised = false;
    return NVML_SUCCESS;
}

bool fake_profile_of(const struct nvml_device *gpu, unsigned at, struct profile *profile_out)
{
    char value[TEXT];
    const char *from = value;

    *profile_out = (struct profile){ .slices = 0 };
    if (fake_text_of(gpu->index, "instances", value) == NULL)
        return false;
    for (unsigned i = 0; i < at; i++) {
        from += strcspn(from, ",");
        if (*from == '\0')
            return false;
        from++;
    }
    return *from != '-' && sscanf(from, "%31[^:,]:%u:%llu", profile_out->name, &profile_out->slices,
                                  &profile_out->mib) == 3;
}

EXPORT int nvmlDeviceGetName(struct nvml_device *gpu, char *name, unsigned size);
int nvmlDeviceGetName(struct nvml_device *gpu, char *name, unsigned size)
{
    char value[TEXT];
    char plain[TEXT];

    fake_unescape(fake_text_of(gpu->index, "name", value) != NULL ? value : "NVIDIA Fake 3000",
                  plain, sizeof(plain));
    if (gpu->instance >= 0) {
        struct profile profile;

        (void)fake_profile_of(gpu, (unsigned)gpu->instance, &profile);
        (void)snprintf(name, size, "%.400s MIG %s", plain, profile.name);
        return fake_code_of(gpu, "name_code");
    }
    (void)snprintf(name, size, "%s", plain);
    return fake_code_of(gpu, "name_code");
}

/* Energy and power alike: what may be lost or hang. */
static int meter_code(struct nvml_device *gpu, const char *key)
{
    double lost;
    double lost_for;

    if (fake_global_number("watch", 0) == 1)
        fake_look_again();
    lost = fake_number_of(gpu->index, "lost", 0);
    lost_for = fake_number_of(gpu->index, "lost_for", 1e9);
    if (gpu->instance >= 0)
        return NVML_NOT_SUPPORTED;
    gpu->meter_calls++;
    if (fake_number_of(gpu->index, "hang", 0) == gpu->meter_calls)
        while (!atomic_load(&released))
            (void)usleep(1000);
    while (fake_number_of(gpu->index, "hang", 0) == -1) {
        (void)usleep(10000);
        fake_look_again();
    }
    if (lost > 0 && gpu->meter_calls >= lost && gpu->meter_calls < lost + lost_for)
        return NVML_GPU_IS_LOST;
    return fake_code_of(gpu, key);
}

static double watts_at(const struct nvml_device *gpu, double seconds)
{
    double step = fake_number_of(gpu->index, "step_ms", 1e12) / 1000;

    return fake_number_of(gpu->index, seconds < step ? "watts" : "watts2", 100);
}

EXPORT int nvmlDeviceGetPowerUsage(struct nvml_device *gpu, unsigned *milliwatts);
int nvmlDeviceGetPowerUsage(struct nvml_device *gpu, unsigned *milliwatts)
{
    fake_count_call("power");
    *milliwatts = (unsigned)(watts_at(gpu, (double)(mono_ns() - start_ns) / 1e9) * 1000);
    return meter_code(gpu, "power_code");
}

#if defined(FAKE_NVML_V1) || defined(FAKE_NVML_LEAST)
EXPORT int nvmlInit(void);
int nvmlInit(void)
{
    return init();
}

EXPORT int nvmlDeviceGetCount(unsigned *count_out);
int nvmlDeviceGetCount(unsigned *count_out)
{
    return get_count(count_out);
}

EXPORT int nvmlDeviceGetHandleByIndex(unsigned index, struct nvml_device **device_out);
int nvmlDeviceGetHandleByIndex(unsigned index, struct nvml_device **device_out)
{
    return get_handle(index, device_out);
}
#else
EXPORT int nvmlInit_v2(void);
int nvmlInit_v2(void)
{
    return init();
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *count_out);
int nvmlDeviceGetCount_v2(unsigned *count_out)
{
    return get_count(count_out);
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, struct nvml_device **device_out);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, struct nvml_device **device_out)
{
    return get_handle(index, device_out);
}
#endif

#ifndef FAKE_NVML_LEAST
EXPORT const char *nvmlErrorString(int code);
const char *nvmlErrorString(int code)
{
    return code == NVML_GPU_IS_LOST ? "GPU is lost"
           : code == NVML_UNKNOWN   ? "Unknown Error"
                                    : "fake error";
}

EXPORT int nvmlSystemGetDriverVersion(char *text, unsigned size);
int nvmlSystemGetDriverVersion(char *text, unsigned size)
{
    (void)snprintf(text, size, "550.54.15");
    return NVML_SUCCESS;
}

EXPORT int nvmlSystemGetProcessName(unsigned pid, char *text, unsigned size);
int nvmlSystemGetProcessName(unsigned pid, char *text, unsigned size)
{
    fake_count_call("process_name");
    (void)snprintf(text, size, "%s",
                   pid == (unsigned)fake_global_number("server", 0)
                       ? "/usr/bin/nvidia-cuda-mps-server"
                       : "/usr/bin/train");
    return NVML_SUCCESS;
}

/* Nothing here calls what it shows to others: a copy without one of the names would not load where names are bound at once
 * (-z now), as packages are linked. */
static int copy_uuid(const struct nvml_device *gpu, char *uuid, unsigned size)
{
    char value[TEXT];

    if (fake_text_of(gpu->index, "uuid", value) == NULL)
        (void)snprintf(value, sizeof(value), "GPU-00000000-0000-0000-0000-%012u", gpu->index);
    if (gpu->instance >= 0)
        (void)snprintf(value, sizeof(value), "MIG-%08u-0000-0000-0000-%012d", gpu->index,
                       gpu->instance);
    (void)snprintf(uuid, size, "%s", value);
    return fake_code_of(gpu, "uuid_code");
}

EXPORT int nvmlDeviceGetUUID(struct nvml_device *gpu, char *uuid, unsigned size);
int nvmlDeviceGetUUID(struct nvml_device *gpu, char *uuid, unsigned size)
{
    return copy_uuid(gpu, uuid, size);
}

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, struct nvml_device **device_out);
int nvmlDeviceGetHandleByUUID(const char *uuid, struct nvml_device **device_out)
{
    fake_count_call("handle_by_uuid");
    for (unsigned i = 0; fake_initialised && i < fake_global_number("count", 1); i++) {
        char own[NVML_UUID_SIZE];

        (void)copy_uuid(&gpus[i], own, sizeof(own));
        if (strcmp(own, uuid) == 0) {
            *device_out = &gpus[i];
            return NVML_SUCCESS;
        }
    }
    return fake_initialised ? NVML_NOT_FOUND : NVML_UNINITIALIZED;
}

EXPORT int nvmlDeviceGetMigMode(struct nvml_device *gpu, unsigned *current, unsigned *pending);
int nvmlDeviceGetMigMode(struct nvml_device *gpu, unsigned *current, unsigned *pending)
{
    *current = *pending = (unsigned)fake_number_of(gpu->index, "mig", 0);
    return fake_code_of(gpu, "mig_code");
}

EXPORT int nvmlDeviceGetMaxMigDeviceCount(struct nvml_device *gpu, unsigned *count);
int nvmlDeviceGetMaxMigDeviceCount(struct nvml_device *gpu, unsigned *count)
{
    *count = fake_number_of(gpu->index, "mig", 0) > 0 ? INSTANCES : 0;
    return fake_code_of(gpu, "mig_code");
}

EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(struct nvml_device *gpu, unsigned index,
                                               struct nvml_device **device);
int nvmlDeviceGetMigDeviceHandleByIndex(struct nvml_device *gpu, unsigned index,
                                        struct nvml_device **device)
{
    struct profile profile;

    fake_count_call("mig_device");
    if (index >= INSTANCES || !fake_profile_of(gpu, index, &profile))
        return NVML_NOT_FOUND;
    *device = &instances[gpu->index][index];
    return fake_code_of(gpu, "mig_code");
}

EXPORT int nvmlDeviceGetGpuInstanceId(struct nvml_device *gpu, unsigned *id);
int nvmlDeviceGetGpuInstanceId(struct nvml_device *gpu, unsigned *id)
{
    if (gpu->instance < 0)
        return NVML_INVALID_ARGUMENT;
    *id = (unsigned)gpu->instance + 7;
    return NVML_SUCCESS;
}

EXPORT int nvmlDeviceGetComputeInstanceId(struct nvml_device *gpu, unsigned *id);
int nvmlDeviceGetComputeInstanceId(struct nvml_device *gpu, unsigned *id)
{
    if (gpu->instance < 0)
        return NVML_INVALID_ARGUMENT;
    *id = 0;
    return NVML_SUCCESS;
}

EXPORT int nvmlDeviceGetAttributes_v2(struct nvml_device *gpu, struct nvml_attributes *attributes);
int nvmlDeviceGetAttributes_v2(struct nvml_device *gpu, struct nvml_attributes *attributes)
{
    struct profile profile;

    if (gpu->instance < 0 || !fake_profile_of(gpu, (unsigned)gpu->instance, &profile))
        return NVML_NOT_SUPPORTED;
    *attributes = (struct nvml_attributes){ .multiprocessors = profile.slices * 14,
                                            .gpu_slices = profile.slices,
                                            .compute_slices = profile.slices,
                                            .memory_mib = profile.mib };
    return fake_code_of(gpu, "slices_code");
}

static unsigned long long memory_bytes(const struct nvml_device *gpu)
{
    struct profile profile;

    if (gpu->instance >= 0 && fake_profile_of(gpu, (unsigned)gpu->instance, &profile))
        return profile.mib << 20;
    return (unsigned long long)fake_number_of(gpu->index, "memory_mib", 81920) << 20;
}

static unsigned long long energy_mj(struct nvml_device *gpu)
{
    double refresh_ns = fake_number_of(gpu->index, "refresh_ms", 0) * 1e6;
    double step_s = fake_number_of(gpu->index, "step_ms", 1e12) / 1000;
    double step_mj = fake_number_of(gpu->index, "step", 0);
    double age_ns = (double)(mono_ns() - gpu->base_ns);
    double seconds;

    if (gpu->energy_calls <= fake_number_of(gpu->index, "frozen", 0))
        return gpu->base_mj;
    if (gpu->energy_calls == fake_number_of(gpu->index, "reset", 0)) {
        gpu->base_mj = 0;
        gpu->base_ns = mono_ns();
        return 0;
    }
    if (step_mj > 0)
        return gpu->base_mj + (unsigned long long)(step_mj * gpu->energy_calls);
    if (refresh_ns > 0)
        age_ns -= (double)((long long)age_ns % (long long)refresh_ns);
    seconds = age_ns / 1e9;
    if (seconds > step_s)
        return gpu->base_mj +
               (unsigned long long)(watts_at(gpu, 0) * step_s * 1000 +
                                    watts_at(gpu, seconds) * (seconds - step_s) * 1000);
    return gpu->base_mj + (unsigned long long)(watts_at(gpu, seconds) * seconds * 1000);
}

static void log_energy(const struct nvml_device *gpu, unsigned long long millijoules)
{
    char value[TEXT];
    FILE *file = fake_find("log", value) != NULL ? fopen(value, "ae") : NULL;

    if (file == NULL)
        return;
    (void)fprintf(file, "%u %llu\n", gpu->index, millijoules);
    (void)fclose(file);
}

EXPORT int nvmlDeviceGetTotalEnergyConsumption(struct nvml_device *gpu,
                                               unsigned long long *millijoules);
int nvmlDeviceGetTotalEnergyConsumption(struct nvml_device *gpu, unsigned long long *millijoules)
{
    int code = meter_code(gpu, "energy_code");

    fake_count_call("energy");
    if (code != NVML_SUCCESS)
        return code;
    gpu->energy_calls++;
    *millijoules = energy_mj(gpu);
    log_energy(gpu, *millijoules);
    return NVML_SUCCESS;
}

/* What the GPU or its module has drawn since the start. */
static unsigned long long drawn_mj(const struct nvml_device *gpu, const char *key)
{
    return (unsigned long long)(fake_number_of(gpu->index, key, 0) *
                                ((double)(mono_ns() - start_ns) / 1e6));
}

static int take_watts(const struct nvml_device *gpu, const char *key,
                      struct nvml_field_value *value)
{
    double watts = fake_number_of(gpu->index, key, -1);

    if (watts < 0)
        return NVML_NOT_SUPPORTED;
    value->type = NVML_VALUE_UNSIGNED_INT;
    value->value.unsigned_int = (unsigned)(watts * 1000);
    return NVML_SUCCESS;
}

static int answer_field(struct nvml_device *gpu, struct nvml_field_value *value)
{
    bool module = value->scope == NVML_SCOPE_MODULE;

    value->type = NVML_VALUE_UNSIGNED_LONG_LONG;
    switch (value->field) {
    case NVML_FIELD_TOTAL_ENERGY:
        if (!(fake_number_of(gpu->index, "energy_field", 0) > 0))
            return NVML_NOT_SUPPORTED;
        gpu->energy_calls++;
        value->value.unsigned_long_long = energy_mj(gpu);
        log_energy(gpu, value->value.unsigned_long_long);
        return NVML_SUCCESS;
    case NVML_FIELD_ENERGY:
        if (!(fake_number_of(gpu->index, "scoped", 0) > 0))
            return NVML_NOT_SUPPORTED;
        value->value.unsigned_long_long = 1000000 + drawn_mj(gpu, module ? "module" : "instant");
        value->value.unsigned_long_long += module ? 1000000 : 0;
        return NVML_SUCCESS;
    case NVML_FIELD_POWER_INSTANT:
        return take_watts(gpu, module ? "module" : "instant", value);
    case NVML_FIELD_POWER_AVERAGE:
        return take_watts(gpu, module ? "module" : "average", value);
    default:
        return NVML_INVALID_ARGUMENT;
    }
}

static bool has_fields(const struct nvml_device *gpu)
{
    return fake_number_of(gpu->index, "instant", -1) >= 0 ||
           fake_number_of(gpu->index, "average", -1) >= 0 ||
           fake_number_of(gpu->index, "module", -1) >= 0 ||
           fake_number_of(gpu->index, "energy_field", 0) > 0 ||
           fake_number_of(gpu->index, "scoped", 0) > 0;
}

EXPORT int nvmlDeviceGetFieldValues(struct nvml_device *gpu, int count,
                                    struct nvml_field_value *values);
int nvmlDeviceGetFieldValues(struct nvml_device *gpu, int count, struct nvml_field_value *values)
{
    /* an old card, that answers none, does not count these calls among those that get lost */
    int code = has_fields(gpu) ? meter_code(gpu, "fields_code") : fake_code_of(gpu, "fields_code");

    fake_count_call("fields");
    if (code != NVML_SUCCESS)
        return code;
    for (int i = 0; i < count; i++)
        values[i].code = answer_field(gpu, &values[i]);
    return NVML_SUCCESS;
}

EXPORT int nvmlDeviceGetSamples(struct nvml_device *gpu, int type, unsigned long long last_us,
                                int *value_type, unsigned *count, struct nvml_ring_sample *samples);
int nvmlDeviceGetSamples(struct nvml_device *gpu, int type, unsigned long long last_us,
                         int *value_type, unsigned *count, struct nvml_ring_sample *samples)
{
    unsigned long long now_us = (unsigned long long)mono_ns() / 1000;
    double watts =
        fake_number_of(gpu->index, type == NVML_SAMPLES_TOTAL_POWER ? "ring" : "module", -1);
    int code = watts >= 0 ? meter_code(gpu, "ring_code") : fake_code_of(gpu, "ring_code");
    unsigned found = 0;

    fake_count_call("ring");
    if (code != NVML_SUCCESS)
        return code;
    if (watts < 0)
        return NVML_NOT_SUPPORTED;
    *value_type = NVML_VALUE_UNSIGNED_INT;
    for (unsigned i = 100; i > 0 && found < *count; i--) {
        unsigned long long stamp_us = (now_us / 20000 - i) * 20000;

        if (stamp_us > last_us)
            samples[found++] =
                (struct nvml_ring_sample){ .stamp_us = stamp_us,
                                           .value.unsigned_int = (unsigned)(watts * 1000) };
    }
    *count = found;
    return found > 0 ? NVML_SUCCESS : NVML_NOT_FOUND;
}

EXPORT int nvmlDeviceGetArchitecture(struct nvml_device *gpu, unsigned *architecture);
int nvmlDeviceGetArchitecture(struct nvml_device *gpu, unsigned *architecture)
{
    *architecture = (unsigned)fake_number_of(gpu->index, "arch", 0xffffffff);
    return fake_code_of(gpu, "arch_code");
}

EXPORT int nvmlDeviceGetVirtualizationMode(struct nvml_device *gpu, int *mode);
int nvmlDeviceGetVirtualizationMode(struct nvml_device *gpu, int *mode)
{
    *mode = fake_number_of(gpu->index, "vgpu", 0) > 0 ? NVML_VIRTUALIZATION_VGPU : 0;
    return fake_code_of(gpu, "vgpu_code");
}

EXPORT int nvmlDeviceGetPciInfo_v3(struct nvml_device *gpu, struct nvml_pci *pci);
int nvmlDeviceGetPciInfo_v3(struct nvml_device *gpu, struct nvml_pci *pci)
{
    char value[TEXT];

    *pci = (struct nvml_pci){ .domain = 0 };
    if (fake_text_of(gpu->index, "pci", value) == NULL)
        return NVML_NOT_SUPPORTED;
    (void)snprintf(pci->bus_id_legacy, sizeof(pci->bus_id_legacy), "%.15s", value);
    (void)snprintf(pci->bus_id, sizeof(pci->bus_id), "0000%.20s", value);
    return fake_code_of(gpu, "pci_code");
}

EXPORT int nvmlDeviceGetEnforcedPowerLimit(struct nvml_device *gpu, unsigned *milliwatts);
int nvmlDeviceGetEnforcedPowerLimit(struct nvml_device *gpu, unsigned *milliwatts)
{
    *milliwatts = (unsigned)(fake_number_of(gpu->index, "limit", 300) * 1000);
    return fake_code_of(gpu, "limit_code");
}

EXPORT int nvmlDeviceGetUtilizationRates(struct nvml_device *gpu,
                                         struct nvml_utilization *utilization);
int nvmlDeviceGetUtilizationRates(struct nvml_device *gpu, struct nvml_utilization *utilization)
{
    fake_count_call("utilization");
    utilization->gpu_percent = (unsigned)fake_number_of(gpu->index, "util", 50);
    utilization->memory_percent = 10;
    if (fake_number_of(gpu->index, "mig", 0) > 0 &&
        !(fake_number_of(gpu->index, "mig_util", 0) > 0))
        return NVML_NOT_SUPPORTED;
    return fake_code_of(gpu, "util_code");
}

EXPORT int nvmlDeviceGetTemperature(struct nvml_device *gpu, int sensor, unsigned *celsius);
int nvmlDeviceGetTemperature(struct nvml_device *gpu, int sensor, unsigned *celsius)
{
    fake_count_call("temperature");
    *celsius = (unsigned)fake_number_of(gpu->index, "celsius", 41);
    return sensor == 0 ? fake_code_of(gpu, "celsius_code") : NVML_NOT_SUPPORTED;
}

EXPORT int nvmlDeviceGetMemoryInfo(struct nvml_device *gpu, struct nvml_memory *memory);
int nvmlDeviceGetMemoryInfo(struct nvml_device *gpu, struct nvml_memory *memory)
{
    memory->total_bytes = memory_bytes(gpu);
    memory->used_bytes = 700ull << 20;
    memory->free_bytes = memory->total_bytes - memory->used_bytes;
    return fake_code_of(gpu, "memory_code");
}

#ifndef FAKE_NVML_V1
EXPORT int nvmlDeviceGetMemoryInfo_v2(struct nvml_device *gpu, struct nvml_memory_v2 *memory);
int nvmlDeviceGetMemoryInfo_v2(struct nvml_device *gpu, struct nvml_memory_v2 *memory)
{
    if (memory->version != 0x02000028)
        return NVML_ARGUMENT_VERSION_MISMATCH;
    memory->total_bytes = memory_bytes(gpu);
    memory->reserved_bytes = 600ull << 20;
    memory->used_bytes = 100ull << 20;
    memory->free_bytes = memory->total_bytes - memory->used_bytes - memory->reserved_bytes;
    return fake_code_of(gpu, "memory_v2_code");
}
#endif
#endif
