/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_meter.h - energy and power of one GPU or module, by the best question it answers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/sample.h"
#include "readers/nvml_library.h"

enum nvml_energy_source {
    NVML_ENERGY_NONE,
    NVML_ENERGY_FUNCTION, /* nvmlDeviceGetTotalEnergyConsumption */
    NVML_ENERGY_FIELD,    /* field 83 or 191: the same where the function is not */
};

enum nvml_power_source {
    NVML_POWER_NONE,
    NVML_POWER_INSTANT, /* field 186 */
    NVML_POWER_USAGE,   /* nvmlDeviceGetPowerUsage: instant or the mean of 1 s, by architecture */
    NVML_POWER_AVERAGE, /* field 185: the mean of 1 s */
    NVML_POWER_RING,    /* nvmlDeviceGetSamples: the mean of what came since the last look */
};

/* How much of a superchip is meant. */
enum nvml_part { NVML_PART_CARD, NVML_PART_SUPERCHIP_GPU, NVML_PART_MODULE };

struct nvml_meter {
    enum nvml_energy_source energy;
    enum nvml_power_source power;
    enum nvml_part part;
    unsigned energy_field;
    double most_watts;  /* more is not believed */
    bool counter_moved; /* the energy counter works: power need not be asked too */
    bool energy_known;
    uint64_t energy_uj;            /* the last one read */
    struct nvml_ring_sample *ring; /* room for the driver's, where that is the source; owned */
    unsigned long long ring_seen_us;
};

/* Finds out what can be asked of this GPU; a question that failed by chance counts as one. */
void nvml_meter_choose(const struct nvml_library *library, struct nvml_device *device,
                       enum nvml_part part, double rated_watts, struct nvml_meter *meter_out);
void nvml_meter_deinit(struct nvml_meter *meter);

/* SAMPLE_* bits it delivers at its best. */
uint32_t nvml_meter_fields(const struct nvml_meter *meter);

/* Energy and power. Return: NVML_SUCCESS, or the code of the failure when neither could be read. */
int nvml_meter_read(const struct nvml_library *library, struct nvml_device *device,
                    struct nvml_meter *meter, const struct clock *clock, struct sample *sample);

/* The GPU is gone, or its handle is worth nothing any more. */
bool nvml_code_is_lost(int code);
/* A call that failed by chance (a GPU that is lost, a driver that is busy) may work later. */
bool nvml_code_may_change(int code);
