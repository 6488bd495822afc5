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
 *   gpu.hang=K                            the K-th such call never returns
 *   gpu.util=%  limit=W  memory_mib=  mig=0|1  name=  uuid=  arch=  vgpu=0|1    (\xNN in names)
 *   gpu.pci=0009:01:00.0
 *   gpu.instant=W  average=W  module=W    fields 186 and 185; both in the module's scope
 *   gpu.energy_field=1  scoped=1          field 83; field 191 in both scopes
 *   gpu.ring=W                            nvmlDeviceGetSamples: one each 20 ms
 *   gpu.procs=PID:MIB:SM,...  graphics=   PID may be @FILE that holds it; MIB '?' unknown; SM '-'
 *                                         none
 *   gpu.{energy,power,util,limit,memory,memory_v2,list,sm,name,uuid,handle,mig,arch,pci,vgpu,
 *        fields,ring}_code=CODE
 *
 * FAKE_NVML_LEAST leaves out all but the oldest functions; FAKE_NVML_V1 the versioned names.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "readers/nvml_api.h"

#define EXPORT __attribute__((visibility("default")))

enum { GPUS = 16, TEXT = 512, SCRIPT = 65536, CALL_NAMES = 32, REMEMBERED = 4093 };

struct nvml_device {
    unsigned index;
    unsigned meter_calls;
    unsigned energy_calls;
    unsigned long long base_mj; /* what the counter started from, the last time it did */
    long long base_ns;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char script[SCRIPT];
static struct nvml_device gpus[GPUS];
static long long start_ns; /* of the first init: power and energy run from here */
static bool initialised;
static atomic_bool released;
static struct call_count {
    const char *name;
    unsigned calls;
} counts[CALL_NAMES];

static long long mono_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Values of the script, by the address of the key. */
static struct remembered {
    const char *key;
    unsigned gpu;
    double number;
} remembered[REMEMBERED];

static void count_call(const char *name)
{
    (void)pthread_mutex_lock(&lock);
    for (int i = 0; i < CALL_NAMES; i++) {
        if (counts[i].name != NULL && strcmp(counts[i].name, name) != 0)
            continue;
        counts[i].name = name;
        counts[i].calls++;
        break;
    }
    (void)pthread_mutex_unlock(&lock);
}

/* Lets a call that hangs go on. */
EXPORT void fake_nvml_release(void);
void fake_nvml_release(void)
{
    atomic_store(&released, true);
}

/* How often a function was called since the library was loaded. */
EXPORT unsigned fake_nvml_calls(const char *name);
unsigned fake_nvml_calls(const char *name)
{
    unsigned calls = 0;

    (void)pthread_mutex_lock(&lock);
    for (int i = 0; i < CALL_NAMES && counts[i].name != NULL; i++) {
        if (strcmp(counts[i].name, name) == 0)
            calls = counts[i].calls;
    }
    (void)pthread_mutex_unlock(&lock);
    return calls;
}

/* --- the script --- */

static void read_script(void)
{
    const char *text = getenv("FAKE_NVML");

    memset(script, 0, sizeof(script));
    memset(remembered, 0, sizeof(remembered));
    if (text == NULL)
        return;
    if (strchr(text, '=') == NULL) {
        FILE *file = fopen(text, "re");

        if (file != NULL) {
            (void)!fread(script, 1, sizeof(script) - 1, file);
            (void)fclose(file);
        }
        return;
    }
    (void)snprintf(script, sizeof(script), "%s", text);
}

/* Return: the last value of a key. */
static const char *find(const char *key, char value_out[TEXT])
{
    const char *found = NULL;
    size_t length = strlen(key);

    for (const char *at = script; *at != '\0'; at += strcspn(at, ";\n"), at += *at != '\0') {
        while (*at == ' ')
            at++;
        if (strncmp(at, key, length) == 0 && at[length] == '=') {
            size_t size = strcspn(at + length + 1, ";\n");

            if (size >= TEXT)
                size = TEXT - 1;
            memcpy(value_out, at + length + 1, size);
            value_out[size] = '\0';
            found = value_out;
        }
    }
    return found;
}

static const char *text_of(unsigned gpu, const char *key, char value_out[TEXT])
{
    char name[64];
    const char *found;

    (void)snprintf(name, sizeof(name), "gpu%u.%s", gpu, key);
    found = find(name, value_out);
    if (found != NULL)
        return found;
    (void)snprintf(name, sizeof(name), "gpu.%s", key);
    return find(name, value_out);
}

/* Looked up once for each place in the code: what the fake costs is not what the reader costs. */
static double number_of(unsigned gpu, const char *key, double otherwise)
{
    struct remembered *slot = &remembered[((uintptr_t)key * 31 + gpu * 131) % REMEMBERED];
    char value[TEXT];
    double number;

    if (slot->key == key && slot->gpu == gpu)
        return slot->number;
    number = text_of(gpu, key, value) != NULL ? strtod(value, NULL) : otherwise;
    *slot = (struct remembered){ .key = key, .gpu = gpu, .number = number };
    return number;
}

static double global_number(const char *key, double otherwise)
{
    char value[TEXT];

    return find(key, value) != NULL ? strtod(value, NULL) : otherwise;
}

static int code_of(const struct nvml_device *gpu, const char *key)
{
    return initialised ? (int)number_of(gpu->index, key, 0) : NVML_UNINITIALIZED;
}

static void unescape(const char *from, char *to, size_t size)
{
    size_t used = 0;

    while (*from != '\0' && used + 1 < size) {
        unsigned byte;

        if (sscanf(from, "\\x%2x", &byte) == 1) {
            to[used++] = (char)byte;
            from += 4;
        } else {
            to[used++] = *from++;
        }
    }
    to[used] = '\0';
}

/* --- the library itself --- */

static int init(void)
{
    int code;

    count_call("init");
    read_script();
    if (global_number("init_ms", 0) > 0)
        (void)usleep((useconds_t)(global_number("init_ms", 0) * 1000));
    code = (int)global_number("init", 0);
    if (code != NVML_SUCCESS)
        return code;
    if (start_ns == 0) {
        start_ns = mono_ns();
        for (unsigned i = 0; i < GPUS; i++)
            gpus[i] = (struct nvml_device){
                .index = i,
                .base_mj = (unsigned long long)number_of(i, "start", 5000000),
                .base_ns = start_ns,
            };
    }
    initialised = true;
    return NVML_SUCCESS;
}

static int get_count(unsigned *count_out)
{
    if (!initialised)
        return NVML_UNINITIALIZED;
    *count_out = (unsigned)global_number("count", 1);
    return NVML_SUCCESS;
}

static int get_handle(unsigned index, struct nvml_device **device_out)
{
    if (!initialised)
        return NVML_UNINITIALIZED;
    if (index >= global_number("count", 1) || index >= GPUS)
        return NVML_INVALID_ARGUMENT;
    *device_out = &gpus[index];
    return code_of(&gpus[index], "handle_code");
}

EXPORT int nvmlShutdown(void);
int nvmlShutdown(void)
{
    count_call("shutdown");
    initialised = false;
    return NVML_SUCCESS;
}

EXPORT int nvmlDeviceGetName(struct nvml_device *gpu, char *name, unsigned size);
int nvmlDeviceGetName(struct nvml_device *gpu, char *name, unsigned size)
{
    char value[TEXT];
    char plain[TEXT];

    unescape(text_of(gpu->index, "name", value) != NULL ? value : "NVIDIA Fake 3000", plain,
             sizeof(plain));
    (void)snprintf(name, size, "%s", plain);
    return code_of(gpu, "name_code");
}

/* Energy and power alike: what may be lost or hang. */
static int meter_code(struct nvml_device *gpu, const char *key)
{
    double lost = number_of(gpu->index, "lost", 0);
    double lost_for = number_of(gpu->index, "lost_for", 1e9);

    gpu->meter_calls++;
    if (number_of(gpu->index, "hang", 0) == gpu->meter_calls)
        while (!atomic_load(&released))
            (void)usleep(1000);
    if (lost > 0 && gpu->meter_calls >= lost && gpu->meter_calls < lost + lost_for)
        return NVML_GPU_IS_LOST;
    return code_of(gpu, key);
}

static double watts_at(const struct nvml_device *gpu, double seconds)
{
    double step = number_of(gpu->index, "step_ms", 1e12) / 1000;

    return number_of(gpu->index, seconds < step ? "watts" : "watts2", 100);
}

EXPORT int nvmlDeviceGetPowerUsage(struct nvml_device *gpu, unsigned *milliwatts);
int nvmlDeviceGetPowerUsage(struct nvml_device *gpu, unsigned *milliwatts)
{
    count_call("power");
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

EXPORT int nvmlDeviceGetUUID(struct nvml_device *gpu, char *uuid, unsigned size);
int nvmlDeviceGetUUID(struct nvml_device *gpu, char *uuid, unsigned size)
{
    char value[TEXT];

    if (text_of(gpu->index, "uuid", value) == NULL)
        (void)snprintf(value, sizeof(value), "GPU-00000000-0000-0000-0000-%012u", gpu->index);
    (void)snprintf(uuid, size, "%s", value);
    return code_of(gpu, "uuid_code");
}

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, struct nvml_device **device_out);
int nvmlDeviceGetHandleByUUID(const char *uuid, struct nvml_device **device_out)
{
    count_call("handle_by_uuid");
    for (unsigned i = 0; initialised && i < global_number("count", 1); i++) {
        char own[NVML_UUID_SIZE];

        (void)nvmlDeviceGetUUID(&gpus[i], own, sizeof(own));
        if (strcmp(own, uuid) == 0) {
            *device_out = &gpus[i];
            return NVML_SUCCESS;
        }
    }
    return initialised ? NVML_NOT_FOUND : NVML_UNINITIALIZED;
}

EXPORT int nvmlDeviceGetMigMode(struct nvml_device *gpu, unsigned *current, unsigned *pending);
int nvmlDeviceGetMigMode(struct nvml_device *gpu, unsigned *current, unsigned *pending)
{
    *current = *pending = (unsigned)number_of(gpu->index, "mig", 0);
    return code_of(gpu, "mig_code");
}

static unsigned long long energy_mj(struct nvml_device *gpu)
{
    double refresh_ns = number_of(gpu->index, "refresh_ms", 0) * 1e6;
    double step_s = number_of(gpu->index, "step_ms", 1e12) / 1000;
    double step_mj = number_of(gpu->index, "step", 0);
    double age_ns = (double)(mono_ns() - gpu->base_ns);
    double seconds;

    if (gpu->energy_calls <= number_of(gpu->index, "frozen", 0))
        return gpu->base_mj;
    if (gpu->energy_calls == number_of(gpu->index, "reset", 0)) {
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
    FILE *file = find("log", value) != NULL ? fopen(value, "ae") : NULL;

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

    count_call("energy");
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
    return (unsigned long long)(number_of(gpu->index, key, 0) *
                                ((double)(mono_ns() - start_ns) / 1e6));
}

static int take_watts(const struct nvml_device *gpu, const char *key,
                      struct nvml_field_value *value)
{
    double watts = number_of(gpu->index, key, -1);

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
        if (!(number_of(gpu->index, "energy_field", 0) > 0))
            return NVML_NOT_SUPPORTED;
        gpu->energy_calls++;
        value->value.unsigned_long_long = energy_mj(gpu);
        log_energy(gpu, value->value.unsigned_long_long);
        return NVML_SUCCESS;
    case NVML_FIELD_ENERGY:
        if (!(number_of(gpu->index, "scoped", 0) > 0))
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
    return number_of(gpu->index, "instant", -1) >= 0 || number_of(gpu->index, "average", -1) >= 0 ||
           number_of(gpu->index, "module", -1) >= 0 ||
           number_of(gpu->index, "energy_field", 0) > 0 || number_of(gpu->index, "scoped", 0) > 0;
}

EXPORT int nvmlDeviceGetFieldValues(struct nvml_device *gpu, int count,
                                    struct nvml_field_value *values);
int nvmlDeviceGetFieldValues(struct nvml_device *gpu, int count, struct nvml_field_value *values)
{
    /* an old card, that answers none, does not count these calls among those that get lost */
    int code = has_fields(gpu) ? meter_code(gpu, "fields_code") : code_of(gpu, "fields_code");

    count_call("fields");
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
    double watts = number_of(gpu->index, type == NVML_SAMPLES_TOTAL_POWER ? "ring" : "module", -1);
    int code = watts >= 0 ? meter_code(gpu, "ring_code") : code_of(gpu, "ring_code");
    unsigned found = 0;

    count_call("ring");
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
    *architecture = (unsigned)number_of(gpu->index, "arch", 0xffffffff);
    return code_of(gpu, "arch_code");
}

EXPORT int nvmlDeviceGetVirtualizationMode(struct nvml_device *gpu, int *mode);
int nvmlDeviceGetVirtualizationMode(struct nvml_device *gpu, int *mode)
{
    *mode = number_of(gpu->index, "vgpu", 0) > 0 ? NVML_VIRTUALIZATION_VGPU : 0;
    return code_of(gpu, "vgpu_code");
}

EXPORT int nvmlDeviceGetPciInfo_v3(struct nvml_device *gpu, struct nvml_pci *pci);
int nvmlDeviceGetPciInfo_v3(struct nvml_device *gpu, struct nvml_pci *pci)
{
    char value[TEXT];

    *pci = (struct nvml_pci){ .domain = 0 };
    if (text_of(gpu->index, "pci", value) == NULL)
        return NVML_NOT_SUPPORTED;
    (void)snprintf(pci->bus_id_legacy, sizeof(pci->bus_id_legacy), "%.15s", value);
    (void)snprintf(pci->bus_id, sizeof(pci->bus_id), "0000%.20s", value);
    return code_of(gpu, "pci_code");
}

EXPORT int nvmlDeviceGetEnforcedPowerLimit(struct nvml_device *gpu, unsigned *milliwatts);
int nvmlDeviceGetEnforcedPowerLimit(struct nvml_device *gpu, unsigned *milliwatts)
{
    *milliwatts = (unsigned)(number_of(gpu->index, "limit", 300) * 1000);
    return code_of(gpu, "limit_code");
}

EXPORT int nvmlDeviceGetUtilizationRates(struct nvml_device *gpu,
                                         struct nvml_utilization *utilization);
int nvmlDeviceGetUtilizationRates(struct nvml_device *gpu, struct nvml_utilization *utilization)
{
    count_call("utilization");
    utilization->gpu_percent = (unsigned)number_of(gpu->index, "util", 50);
    utilization->memory_percent = 10;
    if (number_of(gpu->index, "mig", 0) > 0)
        return NVML_NOT_SUPPORTED;
    return code_of(gpu, "util_code");
}

EXPORT int nvmlDeviceGetMemoryInfo(struct nvml_device *gpu, struct nvml_memory *memory);
int nvmlDeviceGetMemoryInfo(struct nvml_device *gpu, struct nvml_memory *memory)
{
    memory->total_bytes = (unsigned long long)number_of(gpu->index, "memory_mib", 81920) << 20;
    memory->used_bytes = 700ull << 20;
    memory->free_bytes = memory->total_bytes - memory->used_bytes;
    return code_of(gpu, "memory_code");
}

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

    if (text_of(gpu->index, key, value) == NULL)
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
         strcmp(key, "procs") == 0 && i < number_of(gpu->index, "many", 0) && count < limit; i++)
        processes[count++] = (struct process){ .pid = 900000 + i, .memory_bytes = 1u << 20 };
    return count;
}

enum { PROCESSES = 1024 };

static int get_list(const struct nvml_device *gpu, const char *key, unsigned *count, void *list,
                    bool old)
{
    static struct process processes[PROCESSES];
    unsigned found = processes_of(gpu, key, processes, PROCESSES);
    int code = code_of(gpu, "list_code");

    count_call("list");
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
                (struct nvml_process){ processes[i].pid, processes[i].memory_bytes, ~0u, ~0u };
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
    static struct process processes[PROCESSES];
    unsigned listed = processes_of(gpu, "procs", processes, PROCESSES);
    int code = code_of(gpu, "sm_code");
    static unsigned long long stamp_us; /* never twice the same */
    struct timespec now;
    unsigned long long now_us;
    unsigned found = 0;

    count_call("process_utilization");
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

EXPORT int nvmlDeviceGetMemoryInfo_v2(struct nvml_device *gpu, struct nvml_memory_v2 *memory);
int nvmlDeviceGetMemoryInfo_v2(struct nvml_device *gpu, struct nvml_memory_v2 *memory)
{
    if (memory->version != 0x02000028)
        return NVML_ARGUMENT_VERSION_MISMATCH;
    memory->total_bytes = (unsigned long long)number_of(gpu->index, "memory_mib", 81920) << 20;
    memory->reserved_bytes = 600ull << 20;
    memory->used_bytes = 100ull << 20;
    memory->free_bytes = memory->total_bytes - memory->used_bytes - memory->reserved_bytes;
    return code_of(gpu, "memory_v2_code");
}
#endif
#endif
