/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml_meter.c - energy and power of one GPU or module, by the best question it answers
 *
 * NVML API reference. In order: the energy counter, by its function or its field; else power, the
 * instant field first. On a superchip the function's counter may be the module's (GH200), so that
 * there only what names its scope is taken for the GPU.
 */
#include "readers/nvml_meter.h"

#include <math.h>
#include <stdlib.h>

#include "readers/nvml_processes.h"

/* Twice what drivers are known to keep. */
enum { RING_SIZE = 256 };

static const double WATTS_MAX = 10000;
/* A reading beyond this multiple of the rating is not power. */
static const double BELIEVED_OVER_RATED = 3;

bool nvml_code_is_lost(int code)
{
    return code == NVML_GPU_IS_LOST || code == NVML_UNINITIALIZED || code == NVML_GPU_NOT_FOUND ||
           code == NVML_RESET_REQUIRED || code == NVML_DRIVER_NOT_LOADED;
}

bool nvml_code_may_change(int code)
{
    return code == NVML_SUCCESS || !nvml_code_is_final(code);
}

static unsigned scope_of(const struct nvml_meter *meter)
{
    return meter->part == NVML_PART_MODULE ? NVML_SCOPE_MODULE : NVML_SCOPE_GPU;
}

/* --- values of several types --- */

/* Return: false for what is no amount. */
static bool milli_from_value(int type, const union nvml_value *value, uint64_t *milli_out)
{
    double number = 0;

    switch (type) {
    case NVML_VALUE_DOUBLE:
        number = value->number;
        break;
    case NVML_VALUE_UNSIGNED_INT:
        *milli_out = value->unsigned_int;
        return true;
    case NVML_VALUE_UNSIGNED_LONG:
        *milli_out = value->unsigned_long;
        return true;
    case NVML_VALUE_UNSIGNED_LONG_LONG:
        *milli_out = value->unsigned_long_long;
        return true;
    case NVML_VALUE_SIGNED_LONG_LONG:
        *milli_out = (uint64_t)value->signed_long_long;
        return value->signed_long_long >= 0;
    case NVML_VALUE_SIGNED_INT:
        *milli_out = (uint64_t)value->signed_int;
        return value->signed_int >= 0;
    case NVML_VALUE_UNSIGNED_SHORT:
        *milli_out = value->unsigned_short;
        return true;
    default:
        return false;
    }
    if (!(number >= 0 && number < 1e18))
        return false;
    *milli_out = (uint64_t)number;
    return true;
}

static int take_field(const struct nvml_field_value *value, uint64_t *milli_out)
{
    if (value->code != NVML_SUCCESS)
        return value->code;
    return milli_from_value(value->type, &value->value, milli_out) ? NVML_SUCCESS : NVML_UNKNOWN;
}

static int ask_field(const struct nvml_library *library, struct nvml_device *device, unsigned field,
                     unsigned scope, uint64_t *milli_out)
{
    struct nvml_field_value value = { .field = field, .scope = scope, .code = NVML_NOT_SUPPORTED };
    int code;

    if (library->field_values == NULL)
        return NVML_FUNCTION_NOT_FOUND;
    code = library->field_values(device, 1, &value);
    return code != NVML_SUCCESS ? code : take_field(&value, milli_out);
}

/* --- energy --- */

static int energy_from_milli(int code, uint64_t millijoules, uint64_t *energy_uj_out)
{
    if (code != NVML_SUCCESS)
        return code;
    if (millijoules > UINT64_MAX / 1000)
        return NVML_UNKNOWN;
    *energy_uj_out = millijoules * 1000;
    return NVML_SUCCESS;
}

static int ask_energy(const struct nvml_library *library, struct nvml_device *device,
                      const struct nvml_meter *meter, uint64_t *energy_uj_out)
{
    unsigned long long from_function = 0;
    uint64_t millijoules = 0;
    int code = NVML_NOT_SUPPORTED;

    if (meter->energy == NVML_ENERGY_FUNCTION) {
        code = library->energy(device, &from_function);
        millijoules = from_function;
    } else if (meter->energy == NVML_ENERGY_FIELD) {
        code = ask_field(library, device, meter->energy_field, scope_of(meter), &millijoules);
    }
    return energy_from_milli(code, millijoules, energy_uj_out);
}

/* --- power --- */

/* Nothing that is on draws nothing: 0 is what a driver says of what it does not know. */
static int watts_from_milli(const struct nvml_meter *meter, int code, uint64_t milliwatts,
                            double *watts_out)
{
    double watts = (double)milliwatts / 1000;

    if (code != NVML_SUCCESS)
        return code;
    if (milliwatts == 0)
        return NVML_NO_DATA;
    if (watts > meter->most_watts)
        return NVML_UNKNOWN;
    *watts_out = watts;
    return NVML_SUCCESS;
}

/* The mean of what the driver has put into its ring since the last look. */
static int ask_ring(const struct nvml_library *library, struct nvml_device *device,
                    struct nvml_meter *meter, uint64_t *milliwatts_out)
{
    unsigned long long newest_us = meter->ring_seen_us;
    unsigned count = RING_SIZE;
    uint64_t sum = 0;
    uint64_t taken = 0;
    int type = NVML_VALUE_UNSIGNED_INT;
    int code;

    if (meter->ring == NULL)
        meter->ring = calloc(RING_SIZE, sizeof(*meter->ring));
    if (meter->ring == NULL)
        return NVML_MEMORY;
    code = library->ring_samples(device,
                                 meter->part == NVML_PART_MODULE ? NVML_SAMPLES_MODULE_POWER
                                                                 : NVML_SAMPLES_TOTAL_POWER,
                                 meter->ring_seen_us, &type, &count, meter->ring);
    for (unsigned i = 0; code == NVML_SUCCESS && i < count && i < RING_SIZE; i++) {
        uint64_t milliwatts = 0;

        if (meter->ring[i].stamp_us <= meter->ring_seen_us ||
            !milli_from_value(type, &meter->ring[i].value, &milliwatts) ||
            (double)milliwatts / 1000 > meter->most_watts)
            continue;
        if (meter->ring[i].stamp_us > newest_us)
            newest_us = meter->ring[i].stamp_us;
        sum += milliwatts;
        taken++;
    }
    meter->ring_seen_us = newest_us;
    if (code == NVML_NOT_FOUND || (code == NVML_SUCCESS && taken == 0))
        return NVML_NO_DATA;
    if (code == NVML_SUCCESS)
        *milliwatts_out = sum / taken;
    return code;
}

static int ask_power(const struct nvml_library *library, struct nvml_device *device,
                     struct nvml_meter *meter, double *watts_out)
{
    uint64_t milliwatts = 0;
    unsigned usage = 0;
    int code = NVML_NOT_SUPPORTED;

    switch (meter->power) {
    case NVML_POWER_INSTANT:
        code = ask_field(library, device, NVML_FIELD_POWER_INSTANT, scope_of(meter), &milliwatts);
        break;
    case NVML_POWER_USAGE:
        code = library->power(device, &usage);
        milliwatts = usage;
        break;
    case NVML_POWER_AVERAGE:
        code = ask_field(library, device, NVML_FIELD_POWER_AVERAGE, scope_of(meter), &milliwatts);
        break;
    case NVML_POWER_RING:
        code = ask_ring(library, device, meter, &milliwatts);
        break;
    case NVML_POWER_NONE:
        break;
    }
    return watts_from_milli(meter, code, milliwatts, watts_out);
}

/* --- which --- */

static bool is_there(const struct nvml_library *library, const struct nvml_meter *meter,
                     enum nvml_power_source source)
{
    switch (source) {
    case NVML_POWER_INSTANT:
    case NVML_POWER_AVERAGE:
        return library->field_values != NULL;
    case NVML_POWER_USAGE: /* of a superchip it does not say how much of it */
        return library->power != NULL && meter->part == NVML_PART_CARD;
    case NVML_POWER_RING:
        return library->ring_samples != NULL && meter->part != NVML_PART_SUPERCHIP_GPU;
    case NVML_POWER_NONE:
        break;
    }
    return false;
}

/* A field that this driver does not know gives way at once; one that answers badly only to another
 * that answers well. */
static void choose_power(const struct nvml_library *library, struct nvml_device *device,
                         struct nvml_meter *meter)
{
    static const enum nvml_power_source order[] = { NVML_POWER_INSTANT, NVML_POWER_USAGE,
                                                    NVML_POWER_AVERAGE, NVML_POWER_RING };
    enum nvml_power_source perhaps = NVML_POWER_NONE;
    double watts = 0;

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        int code;

        if (!is_there(library, meter, order[i]))
            continue;
        meter->power = order[i];
        code = ask_power(library, device, meter, &watts);
        if (code == NVML_SUCCESS)
            return;
        if (perhaps == NVML_POWER_NONE && nvml_code_may_change(code) &&
            (code != NVML_NO_DATA || order[i] == NVML_POWER_USAGE || order[i] == NVML_POWER_RING))
            perhaps = order[i];
    }
    meter->power = perhaps;
}

static bool energy_works(const struct nvml_library *library, struct nvml_device *device,
                         struct nvml_meter *meter, enum nvml_energy_source source, unsigned field,
                         bool perhaps)
{
    uint64_t energy_uj = 0;
    int code = NVML_FUNCTION_NOT_FOUND;

    meter->energy = source;
    meter->energy_field = field;
    if (source == NVML_ENERGY_FIELD || library->energy != NULL)
        code = ask_energy(library, device, meter, &energy_uj);
    if (code == NVML_SUCCESS || (perhaps && nvml_code_may_change(code)))
        return true;
    meter->energy = NVML_ENERGY_NONE;
    return false;
}

/* Of a superchip the counters of both scopes must be told apart by the driver: one that gives the
 * same for both gives the module's. */
static void choose_scoped_energy(const struct nvml_library *library, struct nvml_device *device,
                                 struct nvml_meter *meter)
{
    uint64_t gpu = 0;
    uint64_t module = 0;

    if (ask_field(library, device, NVML_FIELD_ENERGY, NVML_SCOPE_GPU, &gpu) != NVML_SUCCESS ||
        ask_field(library, device, NVML_FIELD_ENERGY, NVML_SCOPE_MODULE, &module) != NVML_SUCCESS ||
        gpu >= module)
        return;
    (void)energy_works(library, device, meter, NVML_ENERGY_FIELD, NVML_FIELD_ENERGY, false);
}

void nvml_meter_choose(const struct nvml_library *library, struct nvml_device *device,
                       enum nvml_part part, double rated_watts, struct nvml_meter *meter_out)
{
    struct nvml_meter meter = { .part = part, .most_watts = WATTS_MAX };

    if (isfinite(rated_watts) && part == NVML_PART_CARD)
        meter.most_watts = BELIEVED_OVER_RATED * rated_watts;
    if (part != NVML_PART_CARD)
        choose_scoped_energy(library, device, &meter);
    else if (!energy_works(library, device, &meter, NVML_ENERGY_FUNCTION, 0, true))
        (void)energy_works(library, device, &meter, NVML_ENERGY_FIELD, NVML_FIELD_TOTAL_ENERGY,
                           false);
    choose_power(library, device, &meter);
    if (meter.power != NVML_POWER_RING)
        nvml_meter_deinit(&meter); /* room that asking took */
    *meter_out = meter;
}

void nvml_meter_deinit(struct nvml_meter *meter)
{
    free(meter->ring);
    meter->ring = NULL;
}

uint32_t nvml_meter_fields(const struct nvml_meter *meter)
{
    return (meter->energy != NVML_ENERGY_NONE ? SAMPLE_ENERGY : 0u) |
           (meter->power != NVML_POWER_NONE ? SAMPLE_POWER : 0u);
}

/* --- one reading --- */

static int64_t now_ns(const struct clock *clock)
{
    return clock->mono_ns(clock->payload);
}

static void take_energy(struct nvml_meter *meter, struct sample *sample)
{
    meter->counter_moved |= meter->energy_known && sample->energy_uj != meter->energy_uj;
    meter->energy_known = true;
    meter->energy_uj = sample->energy_uj;
    sample->valid |= SAMPLE_ENERGY;
}

int nvml_meter_read(const struct nvml_library *library, struct nvml_device *device,
                    struct nvml_meter *meter, const struct clock *clock, struct sample *sample)
{
    int code = NVML_SUCCESS;
    int power_code;

    if (meter->energy != NVML_ENERGY_NONE) {
        code = ask_energy(library, device, meter, &sample->energy_uj);
        sample->mono_ns = now_ns(clock);
        if (code == NVML_SUCCESS)
            take_energy(meter, sample);
        if (code == NVML_SUCCESS && meter->counter_moved)
            return NVML_SUCCESS;
    }
    if (meter->power == NVML_POWER_NONE || nvml_code_is_lost(code))
        return code;
    power_code = ask_power(library, device, meter, &sample->power_watts);
    if (meter->energy == NVML_ENERGY_NONE)
        sample->mono_ns = now_ns(clock);
    if (power_code == NVML_SUCCESS)
        sample->valid |= SAMPLE_POWER;
    if (power_code == NVML_NO_DATA) /* nothing new in the ring */
        return code;
    return sample->valid != 0 ? NVML_SUCCESS : power_code;
}
