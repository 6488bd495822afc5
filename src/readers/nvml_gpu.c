/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_gpu.c - one GPU: what does not change of it, and one reading of what does
 *
 * NVML API reference. Each call is an ioctl of 10 us to 1 ms and may wake an idle card, so that a
 * reading asks for the energy counter alone and for the rest no more often than the driver renews
 * it: power only until the counter has been seen to move, utilisation at most ten times a second,
 * processes once a second (more often in the first ten, or short runs would go unaccounted), memory
 * each ten.
 */
#include "readers/nvml_gpu.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "readers/nvml_quality.h"

static const double LIMIT_WATTS_MIN = 1;
static const double LIMIT_WATTS_MAX = 10000;

static const int64_t UTILIZATION_NS = 100 * NSEC_PER_MSEC;
static const int64_t ACCOUNT_LEAST_NS = 50 * NSEC_PER_MSEC;
static const int64_t ACCOUNT_MOST_NS = NSEC_PER_SEC;
static const int64_t SLOW_NS = 10 * NSEC_PER_SEC;

enum { NVML_TEMPERATURE_GPU = 0, CELSIUS_MAX = 200 };

/* A reset takes seconds, a card that fell off its bus stays away. */
enum { RETRIES_QUICK = 10 };
static const int64_t RETRY_LEAST_NS = NSEC_PER_SEC;
static const int64_t RETRY_MOST_NS = 30 * NSEC_PER_SEC;

static int errno_from_code(int code)
{
    if (nvml_code_is_lost(code))
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

/* Of each instance, where it is divided. Return: as nvml_processes_read(). */
static bool read_processes(const struct nvml_library *library, struct nvml_gpu *gpu)
{
    return gpu->mig.on ? nvml_mig_read(library, gpu->handle, &gpu->processes, &gpu->mig)
                       : nvml_processes_read(library, gpu->handle, &gpu->processes);
}

static uint32_t find_fields(const struct nvml_library *library, struct nvml_gpu *gpu)
{
    struct nvml_memory memory = { 0 };
    uint32_t lists = 0;
    double ignored = 0;

    /* of a divided GPU it is not told; what a driver says all the same is not that of an instance */
    gpu->has_utilization = library->utilization != NULL && !gpu->mig.on &&
                           nvml_code_may_change(ask_utilization(library, gpu, &ignored));
    gpu->has_memory = ask_memory(library, gpu, &memory) == NVML_SUCCESS;
    /* whether it accounts processes shows here, and what it has buffered is passed over */
    if (read_processes(library, gpu))
        lists = SAMPLE_PROCESSES;
    return nvml_meter_fields(&gpu->meter) | (gpu->has_utilization ? SAMPLE_UTILIZATION : 0u) |
           (gpu->has_memory ? SAMPLE_MEMORY : 0u) |
           (nvml_processes_supported(library, &gpu->processes) ? SAMPLE_PROCESSES : lists);
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

static unsigned ask_architecture(const struct nvml_library *library, const struct nvml_gpu *gpu)
{
    unsigned architecture = 0;

    if (library->architecture == NULL ||
        library->architecture(gpu->handle, &architecture) != NVML_SUCCESS)
        return 0;
    return architecture;
}

static bool is_vgpu(const struct nvml_library *library, const struct nvml_gpu *gpu)
{
    int mode = 0;

    return library->virtualization != NULL &&
           library->virtualization(gpu->handle, &mode) == NVML_SUCCESS &&
           mode == NVML_VIRTUALIZATION_VGPU;
}

/* Only where the driver tells the parts of a superchip apart; else it is a card like any other. */
static enum nvml_part find_part(const struct nvml_library *library, struct nvml_gpu *gpu,
                                const char *name)
{
    struct nvml_meter meter;

    if (!nvml_is_superchip(name))
        return NVML_PART_CARD;
    nvml_meter_choose(library, gpu->handle, NVML_PART_SUPERCHIP_GPU, NAN, &meter);
    if (nvml_meter_fields(&meter) == 0)
        nvml_meter_choose(library, gpu->handle, NVML_PART_MODULE, NAN, &meter);
    nvml_meter_deinit(&meter);
    return nvml_meter_fields(&meter) != 0 ? NVML_PART_SUPERCHIP_GPU : NVML_PART_CARD;
}

/* How it is divided. */
static void describe_parts(const struct nvml_library *library, struct nvml_gpu *gpu,
                           const char *visible, struct device *device)
{
    nvml_mig_scan(library, gpu->handle, gpu->memory_bytes, &gpu->mig);
    if (!gpu->mig.on)
        return;
    nvml_mig_describe(&gpu->mig, device->note, sizeof(device->note));
    device->instances = (unsigned)gpu->mig.count;
    device->instances_ratio = nvml_mig_ratio(&gpu->mig);
    device->asked_ratio = nvml_mig_asked_ratio(&gpu->mig, visible);
}

void nvml_gpu_describe(const struct nvml_library *library, struct nvml_gpu *gpu,
                       const char *visible, struct device *device_out)
{
    struct device device = DEVICE_NULL;
    struct nvml_memory memory = { 0 };

    device.kind = DEVICE_GPU;
    device.basis = BASIS_MEASURED;
    device.index = (int)gpu->index;
    (void)snprintf(device.id, sizeof(device.id), "gpu%u", gpu->index);
    (void)snprintf(device.reader, sizeof(device.reader), "nvml");
    ask_names(library, gpu, &device);
    if (ask_memory(library, gpu, &memory) == NVML_SUCCESS)
        gpu->memory_bytes = device.memory_bytes = memory.total_bytes;
    device.rated_watts = ask_limit(library, gpu);
    if (isfinite(device.rated_watts))
        (void)snprintf(device.rated_source, sizeof(device.rated_source), "driver limit");
    describe_parts(library, gpu, visible, &device);
    nvml_meter_choose(library, gpu->handle, find_part(library, gpu, device.model),
                      device.rated_watts, &gpu->meter);
    nvml_quality_describe(&gpu->meter, ask_architecture(library, gpu), &device);
    device.fields = find_fields(library, gpu);
    if (nvml_meter_fields(&gpu->meter) == 0)
        device.basis = BASIS_MODELLED;
    if (nvml_meter_fields(&gpu->meter) == 0 && is_vgpu(library, gpu))
        text_append_note(device.note, sizeof(device.note),
                         "a vGPU: its host does not tell its power");
    *device_out = device;
}

void nvml_gpu_deinit(struct nvml_gpu *gpu)
{
    nvml_processes_deinit(&gpu->processes);
    nvml_mig_deinit(&gpu->mig);
    nvml_meter_deinit(&gpu->meter);
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

static bool has_meter(const struct nvml_gpu *gpu)
{
    return nvml_meter_fields(&gpu->meter) != 0;
}

/* Where utilisation is all there is, it drives the model: each reading needs it. */
static bool utilization_is_due(const struct nvml_gpu *gpu, int64_t now)
{
    return gpu->has_utilization && (now >= gpu->utilization_ns || !has_meter(gpu));
}

/* The whole card's. What no silicon survives is a driver's way to say that it does not know. */
static void read_temperature(const struct nvml_library *library, const struct nvml_gpu *gpu,
                             struct sample *sample)
{
    unsigned celsius = 0;

    if (!gpu->watched || library->temperature == NULL ||
        library->temperature(gpu->handle, NVML_TEMPERATURE_GPU, &celsius) != NVML_SUCCESS ||
        celsius == 0 || celsius > CELSIUS_MAX)
        return;
    sample->temperature_celsius = celsius;
    sample->valid |= SAMPLE_TEMPERATURE;
}

/* What changes slowly: instances come and go, the mode itself changes with a reset of the GPU. */
static void read_slow(const struct nvml_library *library, struct nvml_gpu *gpu, int64_t now,
                      struct sample *sample)
{
    struct nvml_memory memory = { 0 };

    if (now < gpu->slow_ns && !gpu->watched)
        return;
    if (gpu->slow_ns != 0 && now >= gpu->slow_ns)
        nvml_mig_scan(library, gpu->handle, gpu->memory_bytes, &gpu->mig);
    if (now >= gpu->slow_ns)
        gpu->slow_ns = now + SLOW_NS;
    read_temperature(library, gpu, sample);
    if (gpu->has_memory && ask_memory(library, gpu, &memory) == NVML_SUCCESS) {
        sample->memory_used_bytes = memory.used_bytes;
        sample->valid |= SAMPLE_MEMORY;
    }
}

static void read_account(const struct nvml_library *library, struct nvml_gpu *gpu, int64_t now,
                         struct sample *sample)
{
    int64_t age_ns = now - gpu->first_ns;
    int64_t period_ns = age_ns / 10;

    if (period_ns < ACCOUNT_LEAST_NS)
        period_ns = ACCOUNT_LEAST_NS;
    if (period_ns > ACCOUNT_MOST_NS)
        period_ns = ACCOUNT_MOST_NS;
    /* a tick that comes a little early (they are jittered) is still the one meant */
    gpu->account_ns = now + period_ns - period_ns / 8;

    read_slow(library, gpu, now, sample);
    if ((gpu->mig.on || nvml_processes_supported(library, &gpu->processes)) &&
        read_processes(library, gpu)) {
        sample->processes = gpu->mig.on ? gpu->mig.uses : gpu->processes.uses;
        sample->process_count = gpu->mig.on ? gpu->mig.use_count : gpu->processes.count;
        sample->valid |= SAMPLE_PROCESSES;
    }
}

static void lose(struct nvml_gpu *gpu, int64_t now, struct sample *sample)
{
    int64_t wait_ns = RETRY_LEAST_NS;

    gpu->retries = gpu->error != 0 ? gpu->retries + 1 : 0;
    for (unsigned i = RETRIES_QUICK; i < gpu->retries && wait_ns < RETRY_MOST_NS; i++)
        wait_ns *= 2;
    gpu->error = -ENODEV;
    gpu->retry_ns = now + (wait_ns < RETRY_MOST_NS ? wait_ns : RETRY_MOST_NS);
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

    code = nvml_meter_read(library, gpu->handle, &gpu->meter, clock, &sample);
    if (nvml_code_is_lost(code)) {
        lose(gpu, now, sample_out);
        return;
    }
    if (utilization_is_due(gpu, now)) {
        utilization_code = ask_utilization(library, gpu, &sample.utilization_ratio);
        gpu->utilization_ns = now + UTILIZATION_NS - UTILIZATION_NS / 8;
        if (utilization_code == NVML_SUCCESS)
            sample.valid |= SAMPLE_UTILIZATION;
        if (!has_meter(gpu))
            code = utilization_code;
    }
    if (nvml_code_is_lost(code)) {
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
