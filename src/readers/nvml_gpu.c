/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_gpu.c - one GPU: what does not change of it, and one reading of what does
 *
 * NVML API reference. Each call is an ioctl of 10 us to 1 ms and may wake an idle card, so that a
 * reading asks for the energy counter alone and for the rest no more often than the driver renews
 * it: power only until the counter has been seen to move, utilisation at most ten times a second,
 * memory and processes once a second (more often in the first ten, or short runs would go
 * unaccounted).
 */
#include "readers/nvml_gpu.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"
#include "readers/nvml.h"

/* Long steady runs 5 %, a quarter of the time seen 10 % (1 sigma): docs/readers/nvml.md. */
static const double BAND = 0.10;
static const double PART_TIME_BAND = 0.20;

static const double LIMIT_WATTS_MIN = 1;
static const double LIMIT_WATTS_MAX = 10000;
/* A reading beyond this multiple of the rating is not power. */
static const double BELIEVED_OVER_RATED = 3;

static const int64_t UTILIZATION_NS = 100 * NSEC_PER_MSEC;
static const int64_t ACCOUNT_LEAST_NS = 50 * NSEC_PER_MSEC;
static const int64_t ACCOUNT_MOST_NS = NSEC_PER_SEC;
static const int64_t RETRY_NS = NSEC_PER_SEC;

/* Names of GA100 and GH100 parts: their sensor looks at 25 ms of each 100. */
static bool is_part_time(const char *name, unsigned architecture)
{
    static const char *const words[] = { "A100", "A800", "A30", "A30X",  "A100X", "H100",
                                         "H800", "H200", "H20", "GH200", "GH100" };
    const char *at = name;

    if (architecture == NVML_ARCH_HOPPER)
        return true;
    while (*at != '\0') {
        size_t length = strcspn(at, " -_/()");

        for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
            if (length == strlen(words[i]) && strncmp(at, words[i], length) == 0)
                return true;
        }
        at += length;
        at += *at != '\0';
    }
    return false;
}

double nvml_band_ratio(const char *name, unsigned architecture)
{
    return is_part_time(name, architecture) ? PART_TIME_BAND : BAND;
}

static bool is_lost(int code)
{
    return code == NVML_GPU_IS_LOST || code == NVML_UNINITIALIZED || code == NVML_GPU_NOT_FOUND ||
           code == NVML_RESET_REQUIRED || code == NVML_DRIVER_NOT_LOADED;
}

static int errno_from_code(int code)
{
    if (is_lost(code))
        return -ENODEV;
    switch (code) {
    case NVML_SUCCESS:
        return 0;
    case NVML_NO_PERMISSION:
        return -EACCES;
    case NVML_NOT_SUPPORTED:
    case NVML_FUNCTION_NOT_FOUND:
        return -ENOTSUP;
    case NVML_TIMEOUT:
        return -ETIMEDOUT;
    case NVML_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

/* --- the questions --- */

static int ask_energy(const struct nvml_library *library, const struct nvml_gpu *gpu,
                      uint64_t *energy_uj_out)
{
    unsigned long long millijoules = 0;
    int code = library->energy(gpu->handle, &millijoules);

    if (code == NVML_SUCCESS && millijoules > UINT64_MAX / 1000)
        return NVML_UNKNOWN;
    if (code == NVML_SUCCESS)
        *energy_uj_out = (uint64_t)millijoules * 1000;
    return code;
}

static int ask_power(const struct nvml_library *library, const struct nvml_gpu *gpu,
                     double *watts_out)
{
    double most =
        isfinite(gpu->rated_watts) ? BELIEVED_OVER_RATED * gpu->rated_watts : LIMIT_WATTS_MAX;
    unsigned milliwatts = 0;
    int code = library->power(gpu->handle, &milliwatts);

    if (code == NVML_SUCCESS && milliwatts / 1000.0 > most)
        return NVML_UNKNOWN;
    if (code == NVML_SUCCESS)
        *watts_out = milliwatts / 1000.0;
    return code;
}

static int ask_utilization(const struct nvml_library *library, const struct nvml_gpu *gpu,
                           double *ratio_out)
{
    struct nvml_utilization utilization = { 0 };
    int code = library->utilization(gpu->handle, &utilization);

    if (code == NVML_SUCCESS && utilization.gpu_percent > 100)
        return NVML_UNKNOWN;
    if (code == NVML_SUCCESS)
        *ratio_out = utilization.gpu_percent / 100.0;
    return code;
}

/* The second version tells the driver's reserve apart from what is used. */
static int ask_memory(const struct nvml_library *library, const struct nvml_gpu *gpu,
                      struct nvml_memory *memory_out)
{
    struct nvml_memory_v2 second = { .version = NVML_MEMORY_V2 };
    int code = NVML_FUNCTION_NOT_FOUND;

    if (library->memory_v2 != NULL) {
        code = library->memory_v2(gpu->handle, &second);
        *memory_out = (struct nvml_memory){ .total_bytes = second.total_bytes,
                                            .free_bytes = second.free_bytes,
                                            .used_bytes = second.used_bytes };
    }
    if (code != NVML_SUCCESS && library->memory != NULL)
        code = library->memory(gpu->handle, memory_out);
    return code;
}

/* --- what does not change --- */

static double ask_limit(const struct nvml_library *library, const struct nvml_gpu *gpu)
{
    unsigned milliwatts = 0;
    double watts;

    if ((library->enforced_limit == NULL ||
         library->enforced_limit(gpu->handle, &milliwatts) != NVML_SUCCESS) &&
        (library->default_limit == NULL ||
         library->default_limit(gpu->handle, &milliwatts) != NVML_SUCCESS))
        return NAN;
    watts = milliwatts / 1000.0;
    return watts >= LIMIT_WATTS_MIN && watts <= LIMIT_WATTS_MAX ? watts : NAN;
}

/* A call that failed by chance (a GPU that is lost, a driver that is busy) may work later. */
static bool may_work(int code)
{
    return code == NVML_SUCCESS || !nvml_code_is_final(code);
}

static uint32_t find_fields(const struct nvml_library *library, struct nvml_gpu *gpu)
{
    struct nvml_memory memory = { 0 };
    double ignored = 0;
    uint64_t energy_uj = 0;

    gpu->has_energy = library->energy != NULL && may_work(ask_energy(library, gpu, &energy_uj));
    gpu->has_power = library->power != NULL && may_work(ask_power(library, gpu, &ignored));
    gpu->has_utilization =
        library->utilization != NULL && may_work(ask_utilization(library, gpu, &ignored));
    gpu->has_memory = ask_memory(library, gpu, &memory) == NVML_SUCCESS;
    /* whether it accounts processes shows here, and what it has buffered is passed over */
    (void)nvml_processes_read(library, gpu->handle, &gpu->processes);
    return (gpu->has_energy ? SAMPLE_ENERGY : 0u) | (gpu->has_power ? SAMPLE_POWER : 0u) |
           (gpu->has_utilization ? SAMPLE_UTILIZATION : 0u) |
           (gpu->has_memory ? SAMPLE_MEMORY : 0u) |
           (nvml_processes_supported(library, &gpu->processes) ? SAMPLE_PROCESSES : 0u);
}

static void ask_names(const struct nvml_library *library, struct nvml_gpu *gpu,
                      struct device *device)
{
    char text[512] = "";

    if (library->name == NULL || library->name(gpu->handle, text, sizeof(text) - 1) != NVML_SUCCESS)
        text[0] = '\0';
    text_copy_clean(device->model, sizeof(device->model), text);
    if (device->model[0] == '\0')
        (void)snprintf(device->model, sizeof(device->model), "NVIDIA GPU");

    if (library->uuid == NULL ||
        library->uuid(gpu->handle, gpu->uuid, sizeof(gpu->uuid)) != NVML_SUCCESS)
        gpu->uuid[0] = '\0';
    gpu->uuid[sizeof(gpu->uuid) - 1] = '\0';
    text_copy_clean(device->uuid, sizeof(device->uuid), gpu->uuid);
}

void nvml_gpu_describe(const struct nvml_library *library, struct nvml_gpu *gpu,
                       struct device *device_out)
{
    struct device device = DEVICE_NULL;
    struct nvml_memory memory = { 0 };
    unsigned architecture = 0;
    unsigned mig = 0;
    unsigned pending = 0;

    device.kind = DEVICE_GPU;
    device.basis = BASIS_MEASURED;
    device.index = (int)gpu->index;
    (void)snprintf(device.id, sizeof(device.id), "gpu%u", gpu->index);
    (void)snprintf(device.reader, sizeof(device.reader), "nvml");
    ask_names(library, gpu, &device);
    if (ask_memory(library, gpu, &memory) == NVML_SUCCESS)
        device.memory_bytes = memory.total_bytes;
    gpu->rated_watts = device.rated_watts = ask_limit(library, gpu);
    if (isfinite(device.rated_watts))
        (void)snprintf(device.rated_source, sizeof(device.rated_source), "driver limit");
    if (library->architecture != NULL &&
        library->architecture(gpu->handle, &architecture) != NVML_SUCCESS)
        architecture = 0;
    device.band_ratio = nvml_band_ratio(device.model, architecture);
    if (library->mig_mode != NULL &&
        library->mig_mode(gpu->handle, &mig, &pending) == NVML_SUCCESS && mig == 1)
        (void)snprintf(device.note, sizeof(device.note),
                       "MIG is on: counted as a whole, its instances are not told apart");
    else if (is_part_time(device.model, architecture))
        (void)snprintf(device.note, sizeof(device.note),
                       "its sensor sees a quarter of the time: phases of less than 1 s may be "
                       "10-20 %% off");
    device.fields = find_fields(library, gpu);
    *device_out = device;
}

/* --- one reading --- */

bool nvml_gpu_find_again(const struct nvml_library *library, struct nvml_gpu *gpu)
{
    struct nvml_device *handle = NULL;
    char uuid[NVML_UUID_SIZE] = "";

    if (gpu->uuid[0] != '\0' && library->handle_by_uuid != NULL) {
        if (library->handle_by_uuid(gpu->uuid, &handle) != NVML_SUCCESS)
            return false;
    } else {
        if (library->handle_by_index(gpu->index, &handle) != NVML_SUCCESS)
            return false;
        /* with one GPU gone the others may have moved up */
        if (gpu->uuid[0] != '\0' &&
            (library->uuid(handle, uuid, sizeof(uuid) - 1) != NVML_SUCCESS ||
             strcmp(uuid, gpu->uuid) != 0))
            return false;
    }
    gpu->handle = handle;
    return true;
}

static int64_t now_ns(const struct clock *clock)
{
    return clock->mono_ns(clock->payload);
}

/* Energy and power. Return: 0, or the code of the failure when neither could be read. */
static int read_meter(const struct nvml_library *library, struct nvml_gpu *gpu,
                      const struct clock *clock, struct sample *sample)
{
    int code = NVML_SUCCESS;
    int power_code;

    if (gpu->has_energy) {
        code = ask_energy(library, gpu, &sample->energy_uj);
        sample->mono_ns = now_ns(clock);
        if (code == NVML_SUCCESS) {
            gpu->counter_moved |= gpu->energy_known && sample->energy_uj != gpu->energy_uj;
            gpu->energy_known = true;
            gpu->energy_uj = sample->energy_uj;
            sample->valid |= SAMPLE_ENERGY;
            if (gpu->counter_moved)
                return NVML_SUCCESS;
        }
    }
    if (!gpu->has_power || is_lost(code))
        return code;
    power_code = ask_power(library, gpu, &sample->power_watts);
    if (!gpu->has_energy)
        sample->mono_ns = now_ns(clock);
    if (power_code == NVML_SUCCESS) {
        sample->valid |= SAMPLE_POWER;
        return NVML_SUCCESS;
    }
    return (sample->valid & SAMPLE_ENERGY) != 0 ? NVML_SUCCESS : power_code;
}

/* Where utilisation is all there is, it drives the model: each reading needs it. */
static bool utilization_is_due(const struct nvml_gpu *gpu, int64_t now)
{
    return gpu->has_utilization &&
           (now >= gpu->utilization_ns || (!gpu->has_energy && !gpu->has_power));
}

static void read_account(const struct nvml_library *library, struct nvml_gpu *gpu, int64_t now,
                         struct sample *sample)
{
    struct nvml_memory memory = { 0 };
    int64_t age_ns = now - gpu->first_ns;
    int64_t period_ns = age_ns / 10;

    if (period_ns < ACCOUNT_LEAST_NS)
        period_ns = ACCOUNT_LEAST_NS;
    if (period_ns > ACCOUNT_MOST_NS)
        period_ns = ACCOUNT_MOST_NS;
    /* a tick that comes a little early (they are jittered) is still the one meant */
    gpu->account_ns = now + period_ns - period_ns / 8;

    if (nvml_processes_supported(library, &gpu->processes) &&
        nvml_processes_read(library, gpu->handle, &gpu->processes)) {
        sample->processes = gpu->processes.uses;
        sample->process_count = gpu->processes.count;
        sample->valid |= SAMPLE_PROCESSES;
    }
    if (gpu->has_memory && ask_memory(library, gpu, &memory) == NVML_SUCCESS) {
        sample->memory_used_bytes = memory.used_bytes;
        sample->valid |= SAMPLE_MEMORY;
    }
}

static void lose(struct nvml_gpu *gpu, int64_t now, struct sample *sample)
{
    gpu->error = -ENODEV;
    gpu->retry_ns = now + RETRY_NS;
    *sample = (struct sample){ .mono_ns = now, .error = -ENODEV };
}

void nvml_gpu_read(const struct nvml_library *library, struct nvml_gpu *gpu,
                   const struct clock *clock, struct sample *sample_out)
{
    struct sample sample = { .mono_ns = now_ns(clock) };
    int64_t now = sample.mono_ns;
    int utilization_code = NVML_SUCCESS;
    int code;

    *sample_out = (struct sample){ .mono_ns = now, .error = gpu->error };
    if (gpu->error != 0 && now < gpu->retry_ns)
        return;
    if (gpu->error != 0)
        (void)nvml_gpu_find_again(library, gpu);

    code = read_meter(library, gpu, clock, &sample);
    if (is_lost(code)) {
        lose(gpu, now, sample_out);
        return;
    }
    if (utilization_is_due(gpu, now)) {
        utilization_code = ask_utilization(library, gpu, &sample.utilization_ratio);
        gpu->utilization_ns = now + UTILIZATION_NS - UTILIZATION_NS / 8;
        if (utilization_code == NVML_SUCCESS)
            sample.valid |= SAMPLE_UTILIZATION;
        if (!gpu->has_energy && !gpu->has_power)
            code = utilization_code;
    }
    if (is_lost(code)) {
        lose(gpu, now, sample_out);
        return;
    }
    gpu->error = 0;
    sample.error = errno_from_code(code);
    if (gpu->first_ns == 0)
        gpu->first_ns = now;
    if (now >= gpu->account_ns)
        read_account(library, gpu, now, &sample);
    *sample_out = sample;
}
