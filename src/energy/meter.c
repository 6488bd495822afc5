/* SPDX-License-Identifier: Apache-2.0 */
/* energy/meter.c - from two readings of a device to the joules between them */
#include "energy/meter.h"

#include <assert.h>
#include <math.h>

#include "base/clock.h"

static const double GAP_INTERVALS = 2.5;
/* a driver that needs longer to answer than a short interval leaves no hole */
static const double GAP_LEAST_SECONDS = 0.25;
/* RAPL and NVML refresh a hundred times in this; the slowest meters in 5 s */
static const double STALL_SECONDS = 10;
/* below this the counters of RAPL and NVML are too coarse for a power worth calling a peak */
static const double PEAK_SECONDS = 0.05;

double power_model_watts(const struct power_model *model, double utilization_ratio)
{
    double u = utilization_ratio < 0 ? 0 : utilization_ratio > 1 ? 1 : utilization_ratio;
    double shape = u;

    for (size_t i = 1; i < model->count; i++) {
        if (u <= model->load_ratio[i] || i + 1 == model->count) {
            double width = model->load_ratio[i] - model->load_ratio[i - 1];
            double along = width > 0 ? (u - model->load_ratio[i - 1]) / width : 0;

            shape = model->shape[i - 1] + (model->shape[i] - model->shape[i - 1]) * along;
            break;
        }
    }
    return model->idle_watts + (model->full_watts - model->idle_watts) * shape;
}

void meter_init(struct meter *meter, const struct device *device, enum meter_method method,
                const struct power_model *model, int64_t interval_ns)
{
    *meter = (struct meter){
        .method = method,
        .model = *model,
        .counter = { .range_uj = device->counter_range_uj,
                     /* a burst that is allowed is believed with half as much again */
                     .rated_watts = fmax(device->rated_watts, device->burst_watts / 2) },
        .threads = device->threads > 0 ? device->threads : 1,
        .interval_ns = interval_ns,
    };
}

static void advance_counter(struct meter *meter, const struct sample *sample,
                            struct interval *interval)
{
    int64_t since_ns = 0;
    uint64_t delta_uj = 0;

    meter->counter.from_zero = meter->from_zero;
    if (meter->started && sample->epoch != meter->epoch) {
        if (meter->from_zero) {
            energy_counter_restart(&meter->counter);
        } else {
            meter->counter.started = false;
            meter->resets++;
            interval->gap = true;
        }
    }
    meter->epoch = sample->epoch;
    switch (energy_counter_advance(&meter->counter, sample->energy_uj, sample->mono_ns, &delta_uj,
                                   &since_ns)) {
    case COUNTER_FIRST:
        return;
    case COUNTER_ENERGY:
        interval->joules = (double)delta_uj * 1e-6;
        /* the energy belongs to the whole time since the counter last moved */
        if (delta_uj > 0 && seconds_from_ns(since_ns) >= PEAK_SECONDS) {
            interval->watts = interval->joules / seconds_from_ns(since_ns);
            interval->peak_watts = interval->watts;
        }
        break;
    case COUNTER_RESTARTED:
        interval->joules = (double)delta_uj * 1e-6;
        interval->restarted = true;
        meter->resets++;
        break;
    case COUNTER_RESET:
    case COUNTER_UNKNOWN:
        interval->gap = true;
        meter->resets++;
        break;
    }
    if ((sample->valid & SAMPLE_POWER) != 0 && sample->power_watts >= 0 &&
        isfinite(sample->power_watts) && !(interval->peak_watts > sample->power_watts))
        interval->peak_watts = sample->power_watts;
}

static void advance_power(struct meter *meter, double watts, struct interval *interval)
{
    if (meter->started) {
        double hole_seconds = GAP_INTERVALS * seconds_from_ns(meter->interval_ns);

        if (interval->seconds > fmax(hole_seconds, GAP_LEAST_SECONDS)) {
            interval->gap = true;
        } else {
            interval->joules = (meter->last_watts + watts) / 2 * interval->seconds;
            interval->watts = interval->joules / interval->seconds;
        }
    }
    interval->peak_watts = watts;
    meter->last_watts = watts;
}

/* Cumulative CPU time bridges holes like a counter does. */
static void advance_busy(struct meter *meter, int64_t busy_ns, struct interval *interval)
{
    if (meter->started) {
        double busy_seconds = seconds_from_ns(busy_ns - meter->last_busy_ns);

        if (busy_seconds < 0)
            busy_seconds = 0;
        interval->utilization_ratio = busy_seconds / (meter->threads * interval->seconds);
        if (interval->utilization_ratio > 1)
            interval->utilization_ratio = 1;
        interval->watts = power_model_watts(&meter->model, interval->utilization_ratio);
        interval->peak_watts = interval->watts;
        interval->joules = interval->watts * interval->seconds;
    }
    meter->last_busy_ns = busy_ns;
}

static double ratio_within(double ratio)
{
    return ratio < 0 ? 0 : ratio > 1 ? 1 : ratio;
}

static uint32_t needed_field(enum meter_method method)
{
    static const uint32_t fields[] = {
        [METER_COUNTER] = SAMPLE_ENERGY,
        [METER_POWER] = SAMPLE_POWER,
        [METER_BUSY] = SAMPLE_BUSY,
        [METER_UTILIZATION] = SAMPLE_UTILIZATION,
        [METER_NONE] = 0,
    };

    return fields[method];
}

bool meter_is_stalled(const struct meter *meter, int64_t mono_ns)
{
    return meter->method == METER_COUNTER && meter->counter.started &&
           seconds_from_ns(mono_ns - meter->counter.moved_mono_ns) > STALL_SECONDS;
}

void meter_advance(struct meter *meter, const struct sample *sample, int64_t busy_ns,
                   struct interval *interval_out)
{
    uint32_t needed = needed_field(meter->method);

    *interval_out = (struct interval){
        .watts = NAN,
        .peak_watts = NAN,
        .utilization_ratio = NAN,
    };
    if (meter->method == METER_NONE || (sample->valid & needed) != needed)
        return;
    if (meter->method == METER_POWER &&
        !(sample->power_watts >= 0 && isfinite(sample->power_watts)))
        return;
    if (meter->method == METER_UTILIZATION && !isfinite(sample->utilization_ratio))
        return;
    if (meter->started && sample->mono_ns <= meter->last_mono_ns)
        return; /* the same answer of a worker, seen twice */

    if (meter->started)
        interval_out->seconds = seconds_from_ns(sample->mono_ns - meter->last_mono_ns);
    if ((sample->valid & SAMPLE_UTILIZATION) != 0 && isfinite(sample->utilization_ratio))
        interval_out->utilization_ratio = ratio_within(sample->utilization_ratio);

    switch (meter->method) {
    case METER_COUNTER:
        advance_counter(meter, sample, interval_out);
        if (interval_out->joules == 0 && meter_is_stalled(meter, sample->mono_ns)) {
            *interval_out =
                (struct interval){ .watts = NAN, .peak_watts = NAN, .utilization_ratio = NAN };
            return;
        }
        break;
    case METER_POWER:
        advance_power(meter, sample->power_watts, interval_out);
        break;
    case METER_BUSY:
        advance_busy(meter, busy_ns >= 0 ? busy_ns : sample->busy_ns, interval_out);
        break;
    case METER_UTILIZATION:
        advance_power(meter, power_model_watts(&meter->model, sample->utilization_ratio),
                      interval_out);
        break;
    case METER_NONE:
        break;
    }
    meter->started = true;
    meter->last_mono_ns = sample->mono_ns;
}
