/* SPDX-License-Identifier: Apache-2.0 */
/* importers/jetson_log.c - rails and loads in the log of a Jetson as a module with its parts */
#include "importers/jetson_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Twice the 5 % (1 sigma) of a monitor with its shunt, read in moments only; as the live reader. */
static const double BAND_RATIO = 0.10;
/* A sum whose rails the log does not name: on AGX Orin jtop counts VDDQ_VDD2_1V8AO twice, some 5 %. */
static const double BAND_RATIO_UNNAMED = 0.15;
/* More than the supply of any of these boards gives is no reading. */
static const double MILLIWATTS_MAX = 1e6;
/* Nobody said which module: modules draw 5 to 60 W at full load, AGX Thor 130. */
static const double ASSUMED_WATTS = 15;
static const double ASSUMED_BAND_RATIO = 3;
/* Of the full power, with nothing running: as the table of CPUs has it for these modules. */
static const double IDLE_SHARE = 0.12;

enum { NONE = -1 };

void jetson_moment_clear(struct jetson_moment *moment)
{
    for (size_t i = 0; i < JETSON_LOG_RAILS_MAX; i++)
        moment->milliwatts[i] = NAN;
    moment->total_milliwatts = moment->cpu_ratio = moment->gpu_ratio = NAN;
}

int jetson_log_find_rail(const struct jetson_log *log, const char *name, size_t length)
{
    for (size_t i = 0; i < log->rail_count; i++) {
        if (strncmp(log->rails[i], name, length) == 0 && log->rails[i][length] == '\0')
            return (int)i;
    }
    return NONE;
}

int jetson_log_add_rail(struct jetson_log *log, const char *name, size_t length)
{
    if (log->rail_count == JETSON_LOG_RAILS_MAX || length == 0 || length >= JETSON_LOG_RAIL_SIZE)
        return NONE;
    memcpy(log->rails[log->rail_count], name, length);
    log->rails[log->rail_count][length] = '\0';
    return (int)log->rail_count++;
}

static void note_rails(const struct jetson_log *log, const struct rails_total *total,
                       struct device *device)
{
    for (size_t i = 0; i < total->count; i++)
        text_append(device->note, sizeof(device->note), "%s%s", i > 0 ? " + " : "rail ",
                    log->rails[total->index[i]]);
}

/* Whether what the settings say of a module is of this log's. */
static bool is_its_module(const struct jetson_log *log, const struct import_settings *settings)
{
    return settings->module_cores == 0 || log->cores == 0 || log->cores == settings->module_cores;
}

/* "NVIDIA Jetson AGX Orin"; boards that share a rail's name are not told apart by it. */
static void name_module(const struct jetson_log *log, const struct import_settings *settings,
                        struct device *device)
{
    const char *board = log->module.board;

    if (settings->module_model[0] != '\0' && is_its_module(log, settings))
        text_copy_clean(device->model, sizeof(device->model), settings->module_model);
    else if (board != NULL && strstr(board, " or ") == NULL)
        (void)snprintf(device->model, sizeof(device->model), "NVIDIA Jetson %s", board);
    else
        (void)snprintf(device->model, sizeof(device->model), "NVIDIA Jetson");
}

static void meter_by_rails(const struct jetson_log *log, struct device *device)
{
    device->fields = SAMPLE_POWER;
    device->band_ratio = BAND_RATIO;
    if (log->module.count > 0) {
        note_rails(log, &log->module, device);
    } else {
        text_append(device->note, sizeof(device->note), "the log's own total");
        if (log->rail_count == 0)
            device->band_ratio = BAND_RATIO_UNNAMED;
    }
    text_append(device->note, sizeof(device->note),
                ": CPU, GPU and memory; without the carrier board, fan and disks");
}

static void meter_by_load(const struct jetson_log *log, const struct import_settings *settings,
                          struct device *device)
{
    bool known = isfinite(settings->module_watts) && is_its_module(log, settings);
    double watts = known ? settings->module_watts : ASSUMED_WATTS;

    device->fields = SAMPLE_UTILIZATION;
    device->basis = known ? settings->module_basis : BASIS_ASSUMED;
    device->max_watts = device->rated_watts = watts;
    device->idle_watts =
        isfinite(settings->module_idle_watts) ? settings->module_idle_watts : watts * IDLE_SHARE;
    device->band_ratio =
        isfinite(settings->module_band_ratio) ? settings->module_band_ratio : ASSUMED_BAND_RATIO;
    (void)snprintf(device->rated_source, sizeof(device->rated_source), "%s",
                   known ? settings->module_source : "default: a Jetson, 15 W at full load");
    text_append(device->note, sizeof(device->note),
                "the log has no power: modelled by the mean of CPU and GPU load");
}

static int add_module(struct jetson_log *log, const struct importer *importer,
                      struct log_series *series)
{
    bool metered = log->module.count > 0 || log->has_total;
    struct series_device *added = log_series_add(series, importer, DEVICE_MODULE, "module0",
                                                 metered ? SERIES_POWER : SERIES_UTILIZATION);
    struct device *device = &added->device;

    name_module(log, &series->settings, device);
    device->memory_bytes =
        series->settings.module_bytes > 0 ? series->settings.module_bytes : log->memory_bytes;
    if (metered)
        meter_by_rails(log, device);
    else
        meter_by_load(log, &series->settings, device);
    return (int)series->base.device_count - 1;
}

static int add_carrier(const struct jetson_log *log, const struct importer *importer,
                       struct log_series *series)
{
    struct series_device *added =
        log_series_add(series, importer, DEVICE_BOARD, "board", SERIES_POWER);

    added->device.fields = SAMPLE_POWER;
    added->device.band_ratio = BAND_RATIO;
    note_rails(log, &log->carrier, &added->device);
    text_append(added->device.note, sizeof(added->device.note),
                ": the carrier board with the module");
    return (int)series->base.device_count - 1;
}

static bool is_summand(const struct jetson_log *log, size_t rail)
{
    for (size_t i = 0; i < log->module.count; i++) {
        if (log->module.index[i] == rail)
            return true;
    }
    return false;
}

/* What feeds something that is known, and the summands of a module that is a sum; not its input. */
static bool is_part(const struct jetson_log *log, size_t rail)
{
    if (log->module.count == 1 && is_summand(log, rail))
        return false;
    return rails_covers(log->rails[rail]) != 0 || is_summand(log, rail);
}

static int add_part(const struct jetson_log *log, const struct importer *importer,
                    struct log_series *series, size_t rail)
{
    struct series_device *added =
        log_series_add(series, importer, DEVICE_PART, log->rails[rail], SERIES_POWER);
    unsigned covers = rails_covers(log->rails[rail]);

    if (added == NULL)
        return NONE;
    added->device.band_ratio = BAND_RATIO;
    added->device.fields =
        SAMPLE_POWER | ((covers & RAIL_GPU) != 0 && log->has_gpu ? SAMPLE_UTILIZATION : 0);
    rails_covers_text(covers, added->device.model, sizeof(added->device.model));
    if (covers == 0)
        (void)snprintf(added->device.model, sizeof(added->device.model), "%s", log->rails[rail]);
    if (log->module.count > 1 && !is_summand(log, rail)) /* VDDQ_VDD2_1V8AO of an AGX Orin */
        text_append(added->device.note, sizeof(added->device.note),
                    "lies within another rail of the module");
    return (int)series->base.device_count - 1;
}

/* A load without a rail: the module stands for its making, too. */
static int add_load(const struct jetson_log *log, const struct importer *importer,
                    struct log_series *series, enum device_kind kind)
{
    struct series_device *added =
        log_series_add(series, importer, kind, kind == DEVICE_CPU ? "cpu0" : "gpu0", SERIES_NONE);
    struct device *device;

    if (added == NULL)
        return NONE;
    device = &added->device;
    (void)snprintf(device->model, sizeof(device->model), "%s",
                   series->devices[log->module_device].device.model);
    device->host_share = 0;
    device->fields = SAMPLE_UTILIZATION;
    device->threads = kind == DEVICE_CPU ? (double)log->cores : NAN;
    text_append(device->note, sizeof(device->note),
                "part of the module: the log has its load and no power of its own");
    return (int)series->base.device_count - 1;
}

static void add_parts(struct jetson_log *log, const struct importer *importer,
                      struct log_series *series)
{
    bool metered = log->module.count > 0 || log->has_total;
    bool graphics = false;

    for (size_t i = 0; i < log->rail_count; i++) {
        log->part_device[i] =
            metered && is_part(log, i) ? add_part(log, importer, series, i) : NONE;
        graphics = graphics ||
                   (log->part_device[i] != NONE && (rails_covers(log->rails[i]) & RAIL_GPU) != 0);
    }
    if (log->has_cpu && !metered)
        log->cpu_device = add_load(log, importer, series, DEVICE_CPU);
    if (log->has_gpu && !graphics)
        log->gpu_device = add_load(log, importer, series, DEVICE_GPU);
}

static int refuse(const struct jetson_log *log, const struct log_series *series,
                  struct aico2_error *err)
{
    char names[160] = "";

    for (size_t i = 0; i < log->rail_count; i++)
        text_append(names, sizeof(names), "%s%s", i > 0 ? ", " : "", log->rails[i]);
    return log_text_fail(series->text, err, -EINVAL,
                         "none of the rails is known to be all of the module: %s; --power W "
                         "models it by its load",
                         names);
}

int jetson_log_describe(struct jetson_log *log, const struct importer *importer,
                        struct log_series *series, struct aico2_error *err)
{
    const char *names[JETSON_LOG_RAILS_MAX];

    for (size_t i = 0; i < log->rail_count; i++)
        names[i] = log->rails[i];
    rails_choose_module(names, log->rail_count, &log->module);
    rails_choose_carrier(names, log->rail_count, &log->carrier);
    log->carrier_device = log->cpu_device = log->gpu_device = NONE;
    if (log->module.count == 0 && !log->has_total && log->rail_count > 0 &&
        !(isfinite(series->settings.module_watts) && series->settings.module_cores == 0))
        return refuse(log, series, err);

    log->module_device = add_module(log, importer, series);
    if (log->carrier.count > 0)
        log->carrier_device = add_carrier(log, importer, series);
    add_parts(log, importer, series);
    series->base.jetson = true;
    series->base.facts.threads = log->cores;
    return 0;
}

/* Readings may be slightly below zero; their sum is not. */
static void set_power(struct sample *sample, double milliwatts)
{
    if (!(milliwatts <= MILLIWATTS_MAX && milliwatts >= -MILLIWATTS_MAX)) {
        sample->error = -ENODATA;
        return;
    }
    sample->power_watts = fmax(milliwatts, 0) * 1e-3;
    sample->valid |= SAMPLE_POWER;
}

static void set_load(struct sample *sample, double ratio)
{
    if (!isfinite(ratio))
        return;
    sample->utilization_ratio = ratio;
    sample->valid |= SAMPLE_UTILIZATION;
}

/* NAN when one of them is missing. */
static double sum_of(const struct rails_total *total, const struct jetson_moment *moment)
{
    double sum = 0;

    for (size_t i = 0; i < total->count; i++)
        sum += moment->milliwatts[total->index[i]];
    return sum;
}

static double load_of(const struct jetson_moment *moment)
{
    if (!isfinite(moment->gpu_ratio))
        return moment->cpu_ratio;
    if (!isfinite(moment->cpu_ratio))
        return moment->gpu_ratio;
    return (moment->cpu_ratio + moment->gpu_ratio) / 2;
}

static void fill_module(const struct jetson_log *log, const struct jetson_moment *moment,
                        struct sample *sample)
{
    if (log->module.count == 0 && !log->has_total) {
        set_load(sample, load_of(moment));
        return;
    }
    set_power(sample,
              log->module.count > 0 ? sum_of(&log->module, moment) : moment->total_milliwatts);
    set_load(sample, moment->cpu_ratio); /* as of the live reader: the processor's */
}

void jetson_log_fill(const struct jetson_log *log, const struct jetson_moment *moment,
                     struct log_row *row)
{
    for (size_t i = 0; i < LOG_DEVICES_MAX; i++)
        row->samples[i] = (struct sample){ 0 };
    fill_module(log, moment, &row->samples[log->module_device]);
    if (log->carrier_device != NONE)
        set_power(&row->samples[log->carrier_device], sum_of(&log->carrier, moment));
    if (log->cpu_device != NONE)
        set_load(&row->samples[log->cpu_device], moment->cpu_ratio);
    if (log->gpu_device != NONE)
        set_load(&row->samples[log->gpu_device], moment->gpu_ratio);
    for (size_t i = 0; i < log->rail_count; i++) {
        if (log->part_device[i] == NONE)
            continue;
        set_power(&row->samples[log->part_device[i]], moment->milliwatts[i]);
        if ((rails_covers(log->rails[i]) & RAIL_GPU) != 0)
            set_load(&row->samples[log->part_device[i]], moment->gpu_ratio);
    }
}
