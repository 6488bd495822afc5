/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_glance.c - what is seen of the machine now, put together of a report, channels and processes */
#include "session/session_processes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/text.h"
#include "carbon/series.h"
#include "readers/gauge_sources.h"
#include "readers/proc_memory.h"
#include "session/metrics/own_process.h"

/* Without a reading for so long, in intervals of the session, a device has none. */
static const double MISSING_INTERVALS = 3;
static const double MISSING_SECONDS = 2;

static const double JOULES_PER_KWH = 3.6e6;
static const double SECONDS_PER_HOUR = 3600;

/* NULL: it is not in the report. */
static const struct report_device *in_report(const struct report *report, const char *id)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (strcmp(report->devices[i].device.id, id) == 0)
            return &report->devices[i];
    }
    return NULL;
}

/* The band around its energy so far is the one around its power. */
static struct band power_band(double watts, const struct band *energy)
{
    if (!isfinite(watts) || !(energy->value > 0))
        return (struct band){ watts, watts, watts };
    return (struct band){ watts, watts * energy->low / energy->value,
                          watts * energy->high / energy->value };
}

static bool is_missing(const struct session *session, const struct channel *channel,
                       const struct device *device)
{
    const double interval = seconds_from_ns(session->reading_ns);
    const double spacing = isfinite(device->spacing_seconds) ? device->spacing_seconds : 0;
    const int64_t since_ns =
        channel->accounted_ns > 0 ? channel->accounted_ns : session->start_mono_ns;

    return seconds_from_ns(session_mono_ns(session) - since_ns) >
           MISSING_INTERVALS * interval + spacing + MISSING_SECONDS;
}

static void show_device(const struct session *session, size_t index, const struct report *report,
                        struct glance_device *out, struct glance_idle *idle)
{
    const struct channel *channel = &session->channels[index];
    const struct device *device = &session->record.devices[index];
    const struct report_device *item = in_report(report, device->id);
    const struct energy_sums *last = &channel->last_sums;
    const double watts = is_missing(session, channel, device) ? NAN : channel->watts;

    *out = (struct glance_device){
        .kind = device->kind,
        .basis = device->basis,
        .added = session_is_counted(session, index),
        .watts = power_band(watts, item != NULL ? &item->energy : &BAND_NONE),
        .idle_watts = item != NULL ? item->idle_power_watts : NAN,
        .rated_watts = isfinite(device->max_watts) ? device->max_watts : device->rated_watts,
        .utilization_ratio = last->utilization_covered_seconds > 0
                                 ? last->utilization_seconds / last->utilization_covered_seconds
                                 : NAN,
        .joules = channel->totals.sums.joules,
        .memory_used_bytes =
            channel->memory_used_bytes > 0 ? (double)channel->memory_used_bytes : NAN,
        .memory_total_bytes = device->memory_bytes > 0 ? (double)device->memory_bytes : NAN,
        .celsius = channel->celsius,
        .is_missing = !isfinite(watts),
    };
    idle->watts = out->idle_watts;
    memcpy(out->id, device->id, sizeof(out->id));
    memcpy(out->model, device->model, sizeof(out->model));
    memcpy(out->reader, device->reader, sizeof(out->reader));
}

/* --- sums --- */

static void add_powers(struct glance *glance, const struct report *report)
{
    double watts = NAN;
    double idle = 0;

    glance->measured_watts = glance->modelled_watts = glance->assumed_watts = 0;
    for (size_t i = 0; i < glance->device_count; i++) {
        const struct glance_device *device = &glance->devices[i];
        double *by_basis[] = { [BASIS_MEASURED] = &glance->measured_watts,
                               [BASIS_MODELLED] = &glance->modelled_watts,
                               [BASIS_ASSUMED] = &glance->assumed_watts };

        if (!device->added || !band_is_known(device->watts))
            continue;
        watts = (isfinite(watts) ? watts : 0) + device->watts.value;
        *by_basis[device->basis] += device->watts.value;
        if (device->idle_watts > 0)
            idle += fmin(device->idle_watts, device->watts.value);
    }
    glance->watts = power_band(watts, &report->total);
    glance->idle_watts = isfinite(watts) ? idle : NAN;
    glance->active_watts = isfinite(watts) ? watts - idle : NAN;
}

/* --- carbon --- */

static void find_intensity(const struct session *session, const struct report *report,
                           struct glance *glance)
{
    const struct intensity_series *series = session->options.series;
    const struct intensity_point *point =
        series == NULL ? NULL : intensity_series_point(series, glance->wall_ns);

    glance->intensity = session->options.intensity;
    glance->hourly = point != NULL && isfinite(point->gco2e_per_kwh) &&
                     intensity_series_end(series) > glance->wall_ns;
    if (glance->hourly) {
        glance->intensity.gco2e_per_kwh = intensity_point_band(point, &series->origin);
        glance->quality = point->quality;
    }
    memcpy(glance->suggested_country, report->suggested_country, sizeof(glance->suggested_country));
}

static void find_carbon(const struct session *session, const struct report *report,
                        struct glance *glance)
{
    find_intensity(session, report, glance);
    glance->pue = report->pue;
    glance->gco2e = report->operational_gco2e;
    glance->gco2e_per_hour = band_scaled(band_times(glance->watts, glance->intensity.gco2e_per_kwh),
                                         glance->pue * SECONDS_PER_HOUR / JOULES_PER_KWH);
}

/* --- what is no power --- */

static void show_memory(const struct session *session, struct glance *glance)
{
    struct meminfo meminfo;

    glance->memory_used_bytes = glance->memory_total_bytes = NAN;
    if (!meminfo_read(session->environment.reader.proc_fd, &meminfo))
        return;
    glance->memory_used_bytes = (double)(meminfo.total_bytes - meminfo.available_bytes);
    glance->memory_total_bytes = (double)meminfo.total_bytes;
}

/* "temperature.package0" is of cpu0; a Jetson names its zones by what they are of. */
static struct glance_device *device_of(const struct glance *glance, const struct gauge *gauge)
{
    char id[DEVICE_ID_SIZE] = "";
    unsigned number;

    if (sscanf(gauge->name, "temperature.package%u", &number) == 1)
        (void)snprintf(id, sizeof(id), "cpu%u", number);
    else if (strncasecmp(gauge->name, "temperature.gpu", 15) == 0)
        (void)snprintf(id, sizeof(id), "gpu0");
    else if (strncasecmp(gauge->name, "temperature.cpu", 15) == 0)
        (void)snprintf(id, sizeof(id), "cpu0");
    for (size_t i = 0; i < glance->device_count; i++) {
        if (strcmp(glance->devices[i].id, id) == 0)
            return &glance->devices[i];
    }
    return NULL;
}

static void show_temperatures(const struct session *session, struct glance *glance)
{
    struct gauge_list list = { 0 };

    gauges_add_thermal(&session->environment.reader, &list);
    for (size_t i = 0; i < list.count; i++) {
        struct glance_device *device =
            list.items[i].unit == GAUGE_CELSIUS ? device_of(glance, &list.items[i]) : NULL;

        if (device != NULL && !(device->celsius >= list.items[i].value))
            device->celsius = list.items[i].value;
    }
    gauge_list_deinit(&list);
}

static void show_closed(const struct session *session, struct glance *glance)
{
    glance->closed_count = 0;
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];
        struct glance_closed *closed;

        if (!source->probed || source->status->state != READER_DENIED ||
            glance->closed_count == GLANCE_CLOSED_MAX)
            continue;
        closed = &glance->closed[glance->closed_count++];
        text_copy_clean(closed->reader, sizeof(closed->reader), source->driver->name);
        text_copy_clean(closed->reason, sizeof(closed->reason), source->status->reason);
    }
}

static void show_notes(const struct session *session, struct glance *glance)
{
    const size_t most = ARRAY_LENGTH(glance->notes);
    const size_t first = session->warning_count > most ? session->warning_count - most : 0;

    glance->note_count = session->warning_count - first;
    for (size_t i = 0; i < glance->note_count; i++)
        text_copy_clean(glance->notes[i], sizeof(glance->notes[i]), session->warnings[first + i]);
}

static void show_self(const struct session *session, const struct report *report, double seconds,
                      struct glance *glance)
{
    const int64_t used_ns = session_own_cpu_ns(session);
    struct own_process process = { .start_wall_seconds = 1 /* nobody asks here */ };

    own_process_read(session->environment.own_proc_fd, &process);
    glance->own_energy = report->own_energy;
    glance->own_resident_bytes = process.resident_bytes;
    glance->own_cpu_ratio =
        glance->taken_mono_ns > 0 ? seconds_from_ns(used_ns - glance->own_cpu_ns) / seconds : NAN;
    glance->own_cpu_ns = used_ns;
    glance->late_ticks = session->sampler.ticker.late_ticks;
}

static int show_devices(struct session *session, const struct report *report, struct glance *glance,
                        struct glance_idle *idle)
{
    if (array_reserve(&glance->devices, &glance->device_capacity, session->channel_count,
                      sizeof(*glance->devices)) < 0)
        return -ENOMEM;
    glance->device_count = session->channel_count;
    for (size_t i = 0; i < session->channel_count; i++)
        show_device(session, i, report, &glance->devices[i], &idle[i]);
    return 0;
}

int session_glance(struct session *session, struct glance *glance, struct aico2_error *err)
{
    const int64_t now_ns = session_mono_ns(session);
    const int64_t since_ns =
        glance->taken_mono_ns > 0 ? glance->taken_mono_ns : session->start_mono_ns;
    const double seconds = fmax(seconds_from_ns(now_ns - since_ns), 1e-6);
    AICO2_CLEANUP(freep)
    struct glance_idle *idle = calloc(session->channel_count + 1, sizeof(*idle));
    struct report report;
    int r;

    if (idle == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = session_totals_so_far(session, &report, err);
    if (r < 0)
        return r;
    glance->wall_ns = session_wall_ns(session);
    glance->interval_seconds = seconds;
    glance->elapsed_seconds = seconds_from_ns(now_ns - session->start_mono_ns);
    glance->threads = session->record.run.machine.threads;
    memcpy(glance->hostname, session->record.run.machine.hostname, sizeof(glance->hostname));
    r = show_devices(session, &report, glance, idle);
    if (r == 0)
        r = session_processes_glance(session, idle, seconds, glance);
    if (r == 0) {
        add_powers(glance, &report);
        find_carbon(session, &report, glance);
        show_memory(session, glance);
        show_temperatures(session, glance);
        show_closed(session, glance);
        show_notes(session, glance);
        show_self(session, &report, seconds, glance);
        glance->taken_mono_ns = now_ns;
    }
    report_deinit(&report);
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

void glance_deinit(struct glance *glance)
{
    free(glance->devices);
    free(glance->processes);
    *glance = (struct glance){ 0 };
}
