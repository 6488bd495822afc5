/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_nvml.c - a driver that answers anything: codes, names without an end, counts beyond
 * the room there is
 *
 * The first byte is the length of CUDA_VISIBLE_DEVICES, which follows; the rest is what the functions
 * answer, in the order in which they are asked.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "readers/nvml_gpu.h"
#include "readers/nvml_module.h"

static const uint8_t *input;
static size_t left;
static int64_t clock_ns;

static void take(void *target, size_t size)
{
    memset(target, 0, size);
    if (size > left)
        size = left;
    memcpy(target, input, size);
    input += size;
    left -= size;
}

/* By hand: GCC 12 leaves out the zero of a byte that memcpy() may not write. */
static uint8_t take_byte(void)
{
    if (left == 0)
        return 0;
    left--;
    return *input++;
}

/* Half of the answers are good ones. */
static int take_code(void)
{
    uint8_t byte = take_byte();

    return byte < 128 ? NVML_SUCCESS : byte < 160 ? byte - 128 : NVML_UNKNOWN;
}

static int by_index(unsigned index, struct nvml_device **device_out)
{
    static char devices[8];

    *device_out = (struct nvml_device *)(void *)&devices[index % 8];
    return take_code();
}

static int by_uuid(const char *uuid, struct nvml_device **device_out)
{
    return by_index((unsigned)strlen(uuid), device_out);
}

static int text(struct nvml_device *device, char *text_out, unsigned size)
{
    (void)device;
    take(text_out, take_byte() < 200 && size > 24 ? 24 : size);
    return take_code();
}

static int number(struct nvml_device *device, unsigned *number_out)
{
    (void)device;
    take(number_out, take_byte() < 128 ? 1 : sizeof(*number_out));
    return take_code();
}

static int mig_mode(struct nvml_device *device, unsigned *current_out, unsigned *pending_out)
{
    *pending_out = 0;
    *current_out = take_byte() & 1;
    (void)device;
    return take_code();
}

static int mig_device(struct nvml_device *device, unsigned index, struct nvml_device **device_out)
{
    (void)device;
    return by_index(index, device_out);
}

static int attributes(struct nvml_device *device, struct nvml_attributes *attributes_out)
{
    (void)device;
    take(attributes_out, sizeof(*attributes_out));
    return take_code();
}

static int pci(struct nvml_device *device, struct nvml_pci *pci_out)
{
    (void)device;
    take(pci_out, sizeof(*pci_out));
    return take_code();
}

static int mode(struct nvml_device *device, int *mode_out)
{
    (void)device;
    *mode_out = take_byte();
    return take_code();
}

static int energy(struct nvml_device *device, unsigned long long *millijoules_out)
{
    (void)device;
    take(millijoules_out, sizeof(*millijoules_out));
    return take_code();
}

static int field_values(struct nvml_device *device, int count, struct nvml_field_value *values)
{
    (void)device;
    for (int i = 0; i < count; i++) {
        values[i].type = take_byte() % 9;
        values[i].code = take_code();
        take(&values[i].value, sizeof(values[i].value));
    }
    return take_code();
}

static int ring(struct nvml_device *device, int type, unsigned long long last_seen_us,
                int *value_type_out, unsigned *count, struct nvml_ring_sample *samples_out)
{
    unsigned said = take_byte() * 2u;

    (void)device;
    (void)type;
    (void)last_seen_us;
    *value_type_out = take_byte() % 9;
    for (unsigned i = 0; i < said && i < *count && i < 4; i++)
        take(&samples_out[i], sizeof(samples_out[i]));
    *count = said < 4 ? said : said * 100;
    return take_code();
}

static int utilization(struct nvml_device *device, struct nvml_utilization *utilization_out)
{
    (void)device;
    utilization_out->gpu_percent = take_byte();
    return take_code();
}

static int memory(struct nvml_device *device, struct nvml_memory *memory_out)
{
    (void)device;
    take(memory_out, sizeof(*memory_out));
    return take_code();
}

static int memory_v2(struct nvml_device *device, struct nvml_memory_v2 *memory_out)
{
    (void)device;
    take(&memory_out->total_bytes, 4 * sizeof(memory_out->total_bytes));
    return take_code();
}

static int fill(unsigned *count, void *items_out, size_t size)
{
    unsigned said = take_byte() % 40;
    unsigned room = *count;

    for (unsigned i = 0; i < said && i < room && i < 4; i++)
        take((char *)items_out + i * size, size);
    /* mostly more than the room at first, now and then more than is ever made */
    *count = said < 4 ? said : said < 36 ? said * 30 : said * 1000;
    return take_byte() < 32 ? NVML_INSUFFICIENT_SIZE : take_code();
}

static int processes(struct nvml_device *device, unsigned *count, void *processes_out)
{
    (void)device;
    memset(processes_out, 0, *count * sizeof(struct nvml_process));
    return fill(count, processes_out, sizeof(struct nvml_process));
}

static int process_utilization(struct nvml_device *device,
                               struct nvml_process_utilization *samples_out, unsigned *count,
                               unsigned long long last_seen_us)
{
    (void)device;
    (void)last_seen_us;
    memset(samples_out, 0, *count * sizeof(*samples_out));
    return fill(count, samples_out, sizeof(*samples_out));
}

static int process_name(unsigned pid, char *text_out, unsigned size)
{
    if ((pid & 1) == 0)
        return text(NULL, text_out, size);
    (void)strncpy(text_out, "/usr/bin/nvidia-cuda-mps-server", size);
    return NVML_SUCCESS;
}

static int64_t mono_ns(void *payload)
{
    (void)payload;
    return clock_ns;
}

static void check(const struct sample *sample)
{
    if ((sample->valid & SAMPLE_POWER) != 0 &&
        !(sample->power_watts > 0 && sample->power_watts <= 30000))
        abort();
    if ((sample->valid & SAMPLE_UTILIZATION) != 0 &&
        !(sample->utilization_ratio >= 0 && sample->utilization_ratio <= 1))
        abort();
    for (size_t i = 0; i < sample->process_count; i++) {
        const struct process_use *use = &sample->processes[i];

        if (use->pid <= 0 || !(use->sm_ratio <= 256) || !(use->instance_ratio >= 0) ||
            !(use->instance_ratio <= 1))
            abort();
    }
}

static void run(const struct nvml_library *library, const char *visible)
{
    const struct clock clock = { .mono_ns = mono_ns };
    struct nvml_gpu gpus[2] = { { .index = 3 } };
    struct device devices[2];
    size_t count = 1;

    (void)library->handle_by_index(3, &gpus[0].handle);
    nvml_gpu_describe(library, &gpus[0], visible, &devices[0]);
    if (memchr(devices[0].note, '\0', sizeof(devices[0].note)) == NULL ||
        !(devices[0].instances_ratio <= 1) || !(devices[0].asked_ratio <= 1) ||
        !(devices[0].band_ratio > 0))
        abort();
    (void)nvml_module_number(library, &gpus[0], devices[0].model, -1);
    if (nvml_module_describe(library, &gpus[0], &devices[0], &gpus[1], &devices[1]))
        count++;
    for (int i = 0; i < 5; i++) {
        for (size_t j = 0; j < count; j++) {
            struct sample sample;

            nvml_gpu_read(library, &gpus[j], &clock, &sample);
            check(&sample);
        }
        clock_ns += 4 * NSEC_PER_SEC;
    }
    for (size_t j = 0; j < count; j++)
        nvml_gpu_deinit(&gpus[j]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct nvml_library library = {
        .handle_by_index = by_index,
        .handle_by_uuid = by_uuid,
        .name = text,
        .uuid = text,
        .architecture = number,
        .mig_mode = mig_mode,
        .mig_limit = number,
        .mig_device = mig_device,
        .attributes = attributes,
        .gpu_instance = number,
        .compute_instance = number,
        .pci = pci,
        .virtualization = mode,
        .energy = energy,
        .power = number,
        .field_values = field_values,
        .ring_samples = ring,
        .enforced_limit = number,
        .default_limit = number,
        .utilization = utilization,
        .memory = memory,
        .memory_v2 = memory_v2,
        .process_utilization = process_utilization,
        .process_name = process_name,
        .compute_processes = processes,
        .graphics_processes = processes,
        .mps_processes = processes,
        .compute_process_size = sizeof(struct nvml_process),
        .graphics_process_size = sizeof(struct nvml_process),
        .mps_process_size = sizeof(struct nvml_process),
    };
    char visible[256];
    size_t length;

    if (size < 1)
        return 0;
    length = data[0] < size - 1 ? data[0] : size - 1;
    memcpy(visible, data + 1, length);
    visible[length] = '\0';
    input = data + 1 + length;
    left = size - 1 - length;
    clock_ns = NSEC_PER_SEC;
    run(&library, visible);
    return 0;
}
