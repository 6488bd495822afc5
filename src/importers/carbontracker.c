/* SPDX-License-Identifier: Apache-2.0 */
/* importers/carbontracker.c - a training that carbontracker watched, as a run
 *
 * Of the standard log each epoch is a stretch of known energy, mean power times duration; between epochs
 * carbontracker measured nothing, and that is a gap. Of the output log there is one sum, with a PUE in it.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/text.h"
#include "importers/carbontracker_log.h"
#include "importers/totals_log.h"
#include "model/units.h"

/* NVML, polled; RAPL, a second of each interval. */
static const double METERED_BAND_RATIO = 0.10;
/* Half of a TDP that was found by the CPU's name, whatever the load. */
static const double ASSUMED_BAND_RATIO = 1;
/* Of the output log: which PUE is in the sum it does not tell. Versions had 1.55 to 1.67. */
static const double USUAL_PUE = 1.58;
/* A million kWh, as of other sums: a counter of microjoules holds it, and no epoch has used more. */
static const double JOULES_MAX = 3.6e12;
/* What ends that are told to the second, and durations to a hundredth of one, may come to. */
static const int64_t ROUNDED_NS = 5 * NSEC_PER_SEC;

struct epochs_series {
    struct series base;
    struct carbontracker_log log;
    struct series_device devices[CARBONTRACKER_DEVICES_MAX];
    size_t epoch; /* of the next reading */
    bool at_end;  /* of that epoch; else at its begin */
    size_t device;
};

/* Ids are those of our own readers, so that a window does not count a device twice. RAPL's domains
 * are told by the names that carbontracker gives them ("cpu:0", "dram:0"). */
static void describe_device(const struct carbontracker_device *of, size_t index, double most_watts,
                            struct series_device *item)
{
    struct device *device = &item->device;
    bool is_gpu = strcmp(of->component, "gpu") == 0;
    bool is_cpu = strcmp(of->component, "cpu") == 0;
    unsigned domain = 0;
    bool is_dram = is_cpu && sscanf(of->name, "dram:%9u", &domain) == 1;
    bool is_rapl = is_dram || (is_cpu && sscanf(of->name, "cpu:%9u", &domain) == 1);

    *item = (struct series_device){ .device = DEVICE_NULL, .kind = SERIES_COUNTER };
    device->kind = is_gpu ? DEVICE_GPU : is_dram ? DEVICE_DRAM : is_cpu ? DEVICE_CPU : DEVICE_OTHER;
    device->basis = is_gpu || is_rapl ? BASIS_MEASURED : BASIS_ASSUMED;
    device->band_ratio = is_gpu || is_rapl ? METERED_BAND_RATIO : ASSUMED_BAND_RATIO;
    device->fields = SAMPLE_ENERGY;
    device->burst_watts = 2 * most_watts; /* its own means: believed as they stand */
    if (is_rapl)
        index = domain;
    (void)snprintf(device->id, sizeof(device->id), "%s%zu", is_dram ? "dram" : of->component,
                   index);
    if (!is_rapl)
        (void)snprintf(device->model, sizeof(device->model), "%s", of->name);
    if (is_cpu && !is_rapl)
        (void)snprintf(device->note, sizeof(device->note),
                       "half of a rated power that carbontracker found by the CPU's name, whatever "
                       "its load was");
    (void)snprintf(device->reader, sizeof(device->reader), "%s", importer_carbontracker.name);
}

static bool has_id(const struct epochs_series *series, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(series->devices[i].device.id, id) == 0)
            return true;
    }
    return false;
}

static void describe_devices(struct epochs_series *series)
{
    const struct carbontracker_log *log = &series->log;

    series->base.devices = series->devices;
    for (size_t i = 0; i < log->device_count; i++) {
        struct device *device = &series->devices[i].device;
        double most = 0;
        size_t index = 0;

        for (size_t k = 0; k < log->epoch_count; k++)
            most = fmax(most, log->epochs[k].watts[i]);
        for (size_t k = 0; k < i; k++)
            index += strcmp(log->devices[k].component, log->devices[i].component) == 0;
        describe_device(&log->devices[i], index, fmax(most, 1), &series->devices[i]);
        if (has_id(series, i, device->id))
            (void)snprintf(device->id, sizeof(device->id), "%.20s-%zu", log->devices[i].component,
                           i);
        if (device->kind == DEVICE_CPU && series->base.facts.cpu_model[0] == '\0')
            text_copy_clean(series->base.facts.cpu_model, sizeof(series->base.facts.cpu_model),
                            device->model);
    }
    series->base.device_count = log->device_count;
}

/* Whether it tells what that device used. */
static bool has_energy(const struct carbontracker_epoch *epoch, size_t device)
{
    return epoch->seconds > 0 && isfinite(epoch->watts[device]) &&
           epoch->watts[device] * epoch->seconds <= JOULES_MAX;
}

struct placed {
    double between_seconds; /* of no epoch */
    size_t left_out;
};

/* Ends are told to the second: an epoch that seems to begin within the one before begins at its end.
 * Those without duration or power are left out, and what lies within another by more than that. */
static struct placed place_epochs(struct carbontracker_log *log)
{
    struct placed placed = { 0 };
    size_t kept = 0;

    for (size_t i = 0; i < log->epoch_count; i++) {
        struct carbontracker_epoch epoch = log->epochs[i];
        int64_t length_ns = epoch.seconds > 0 ? (int64_t)(epoch.seconds * 1e9) : 0;
        bool known = false;

        for (size_t k = 0; k < log->device_count; k++) {
            if (!has_energy(&epoch, k))
                epoch.watts[k] = NAN;
            known = known || isfinite(epoch.watts[k]);
        }
        if (kept > 0) {
            int64_t last_ns = log->epochs[kept - 1].end_ns;

            known = known && epoch.end_ns - length_ns > last_ns - ROUNDED_NS;
            if (known && epoch.end_ns - length_ns <= last_ns)
                epoch.end_ns = last_ns + length_ns + 1; /* no two readings of one moment */
            if (known)
                placed.between_seconds += seconds_from_ns(epoch.end_ns - length_ns - last_ns);
        }
        if (known)
            log->epochs[kept++] = epoch;
    }
    placed.left_out = log->epoch_count - kept;
    log->epoch_count = kept;
    return placed;
}

static int next_reading(struct series *base, struct series_reading *reading_out,
                        struct aico2_error *err)
{
    struct epochs_series *series = (struct epochs_series *)base;
    const struct carbontracker_epoch *epoch = &series->log.epochs[series->epoch];
    double watts;

    (void)err;
    if (series->epoch == series->log.epoch_count)
        return 0;
    watts = epoch->watts[series->device];
    *reading_out = (struct series_reading){
        .device = series->device,
        .sample = { .mono_ns = epoch->end_ns, .epoch = (uint32_t)series->epoch },
    };
    if (!series->at_end)
        reading_out->sample.mono_ns -= (int64_t)(epoch->seconds * 1e9);
    if (isfinite(watts)) {
        reading_out->sample.valid = SAMPLE_ENERGY;
        reading_out->sample.energy_uj =
            series->at_end ? (uint64_t)llround(watts * epoch->seconds * 1e6) : 0;
    }
    if (++series->device == series->base.device_count) {
        series->device = 0;
        series->epoch += series->at_end ? 1 : 0;
        series->at_end = !series->at_end;
    }
    return 1;
}

static void close_epochs(struct series *base)
{
    struct epochs_series *series = (struct epochs_series *)base;

    lines_free(base->notes, base->note_count);
    carbontracker_log_deinit(&series->log);
    free(series);
}

static void note_epochs(struct epochs_series *series, const struct placed *placed)
{
    struct series *base = &series->base;

    (void)lines_add(&base->notes, &base->note_count,
                    "%zu epochs; memory is not among what carbontracker measures",
                    series->log.epoch_count);
    if (placed->left_out > 0)
        (void)lines_add(&base->notes, &base->note_count,
                        "%zu epochs are left out: they have no duration or no power, or lie within "
                        "another",
                        placed->left_out);
    if (placed->between_seconds >= 1)
        (void)lines_add(&base->notes, &base->note_count,
                        "between the epochs, %.0f s, carbontracker measured nothing, and nothing "
                        "is counted",
                        placed->between_seconds);
    if (series->log.interrupted)
        (void)lines_add(&base->notes, &base->note_count,
                        "the training was interrupted: its last epoch is not in the log");
}

/* Takes the log over. */
static int open_epochs(struct carbontracker_log *log, struct series **series_out,
                       struct aico2_error *err)
{
    struct epochs_series *series = calloc(1, sizeof(*series));
    struct placed placed;

    if (series == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    series->log = *log;
    log->epochs = NULL;
    series->base.next = next_reading;
    series->base.close = close_epochs;
    series->base.facts = SERIES_FACTS_NULL;
    series->base.facts.pue = series->log.pue;
    placed = place_epochs(&series->log);
    describe_devices(series);
    series->base.interval_ns = (int64_t)(series->log.epochs[0].seconds * 1e9);
    note_epochs(series, &placed);
    *series_out = &series->base;
    return 0;
}

/* "X_carbontracker_output.log" with "X_carbontracker.log" beside it. */
static bool has_better_log(const char *path)
{
    static const char output[] = "_output.log";
    size_t length = strlen(path);
    char better[4096];

    if (length < sizeof(output) || strcmp(path + length - sizeof(output) + 1, output) != 0)
        return false;
    if (snprintf(better, sizeof(better), "%.*s.log", (int)(length - sizeof(output) + 1), path) >=
        (int)sizeof(better))
        return false;
    return access(better, R_OK) == 0;
}

static int open_sum(const struct carbontracker_log *log, struct log_text *text,
                    struct series **series_out, struct aico2_error *err)
{
    double pue = isfinite(log->pue) ? log->pue : USUAL_PUE;
    struct totals_run *run = calloc(1, sizeof(*run));
    struct totals_device *device;
    char **notes = NULL;
    size_t note_count = 0;

    if (run == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    run->facts = SERIES_FACTS_NULL;
    run->facts.pue = pue;
    run->end_ns = log->sum_end_ns;
    run->start_ns = log->sum_end_ns - (int64_t)(log->sum_seconds * 1e9);
    run->digest = text->digest;
    device = totals_add(run, DEVICE_OTHER, BASIS_ASSUMED, "total",
                        log->sum_kwh * JOULES_PER_KWH / pue, ASSUMED_BAND_RATIO);
    for (size_t i = 0; i < log->device_count; i++)
        text_append(device->model, sizeof(device->model), "%s%s", i > 0 ? ", " : "",
                    log->devices[i].name);
    (void)
        snprintf(device->note, sizeof(device->note),
                 "carbontracker's sum of its components, without memory; how each was measured its "
                 "output log does not say");
    (void)
        lines_add(&notes, &note_count,
                  "which PUE is in the sum the output log does not say: %.2f, as in carbontracker "
                  "2, was divided out; its standard log (without _output) has powers without one",
                  pue);
    return totals_open(&importer_carbontracker, run, 1, notes, note_count, series_out, err);
}

static int refuse(const struct carbontracker_log *log, const struct log_text *text,
                  struct aico2_error *err)
{
    const char *why = "no epoch with a duration and a power in it";

    if (log->predicts && log->sum_end_ns == INT64_MIN)
        why =
            "it has only a prediction, which is no measurement: the standard log (without _output) "
            "has the epochs";
    else if (log->sum_end_ns != INT64_MIN)
        why = "its sum has no duration or no energy above 0";
    return aico2_error_set(err, -EBADMSG, "%.90s: %s%s%.100s", text->name, why,
                           text->skipped > 0 ? ": " : "", text->complaint);
}

static bool has_epochs(const struct carbontracker_log *log)
{
    for (size_t i = 0; i < log->epoch_count; i++) {
        for (size_t k = 0; k < log->device_count; k++) {
            if (has_energy(&log->epochs[i], k))
                return true;
        }
    }
    return false;
}

static int make_series(struct carbontracker_log *log, struct log_text *text, const char *path,
                       struct series **series_out, struct aico2_error *err)
{
    bool has_sum =
        log->sum_seconds > 0 && log->sum_kwh * JOULES_PER_KWH / USUAL_PUE >= TOTALS_LEAST_JOULES;

    if (has_epochs(log))
        return open_epochs(log, series_out, err);
    if (!has_sum)
        return refuse(log, text, err);
    if (has_better_log(path))
        return aico2_error_set(
            err, -EINVAL,
            "%.120s: the standard log beside it (without _output) is of the same "
            "training and tells more: import that",
            text->name);
    return open_sum(log, text, series_out, err);
}

static int carbontracker_open(struct log_text *text, const struct import_settings *settings,
                              struct series **series_out, struct aico2_error *err)
{
    struct local_time time = LOCAL_TIME_NULL;
    struct carbontracker_log log;
    int r;

    time.has_offset = settings->has_utc_offset;
    time.offset_seconds = settings->utc_offset_seconds;
    r = carbontracker_log_read(text, &time, &log, err);
    if (r == 0)
        r = make_series(&log, text, settings->path, series_out, err);
    if (r == 0) {
        struct series *series = *series_out;

        series->digest = text->digest;
        if (isfinite(series->facts.pue))
            (void)lines_add(&series->notes, &series->note_count,
                            "PUE %.2f is the average of data centres that carbontracker multiplies "
                            "by, not this one's: --pue says otherwise",
                            series->facts.pue);
        (void)local_time_note(&time, &series->notes, &series->note_count);
        (void)log_text_note(text, &series->notes, &series->note_count);
    }
    carbontracker_log_deinit(&log);
    log_text_close(text);
    return r;
}

const struct importer importer_carbontracker = {
    .name = "carbontracker",
    .recognise = carbontracker_log_is_one,
    .open = carbontracker_open,
};
