/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/fit.c - from two stretches of measuring to what a machine draws
 *
 * Each measured device gets its own two points. A meter of the whole machine gets a line over what
 * its parts draw, where they are measured as well; where the CPUs have no meter, what the machine
 * draws more under load is theirs, less the losses on the way to them.
 */
#include "session/calibration/fit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"

/* Readings for less of a stretch than this are no mean of it. */
static const double COVERED_RATIO = 0.8;
static const double IDLE_CPUS = 0.1;
static const double IDLE_RATIO = 0.02;
static const double GPU_IDLE_RATIO = 0.01;
static const double LOADED_RATIO = 0.9;
/* What more it draws under load must be more than noise. */
static const double RISE_WATTS = 0.5;
static const double RISE_RATIO = 0.02;
/* Slopes of machines: power supply and regulators, 1.05 to 1.15; fans make it steeper. */
static const double SLOPE_LEAST = 0.8;
static const double SLOPE_MOST = 2.5;
static const double SLOPE_USUAL = 1.10;
/* Twice the 5 % (1 sigma) of a machine's meter; of a log of which nothing is known as well. */
static const double BOARD_BAND_RATIO = 0.10;
/* A fit over parts that are mostly modelled would fit the model. */
static const double MEASURED_RATIO = 0.5;

bool fit_line(const double *x, const double *y, size_t count, double *fixed_out, double *per_x_out)
{
    double mean_x = 0;
    double mean_y = 0;
    double xx = 0;
    double xy = 0;

    for (size_t i = 0; i < count; i++) {
        mean_x += x[i] / (double)count;
        mean_y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    if (count < 2 || !(xx > 0) || !isfinite(xy))
        return false;
    *per_x_out = xy / xx;
    *fixed_out = mean_y - *per_x_out * mean_x;
    return true;
}

double calibration_busy_cpus(const struct report *report)
{
    double busy = NAN;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];

        if (item->device.kind == DEVICE_CPU && isfinite(item->mean_utilization_ratio))
            busy =
                (isfinite(busy) ? busy : 0) + item->mean_utilization_ratio * item->device.threads;
    }
    return busy;
}

bool calibration_is_idle(double busy_cpus, int threads)
{
    return busy_cpus <= fmax(IDLE_CPUS, IDLE_RATIO * threads);
}

static bool rises(double idle_watts, double full_watts)
{
    return full_watts - idle_watts >= fmax(RISE_WATTS, RISE_RATIO * idle_watts);
}

/* The mean power a meter of the device gave; NAN: it did not, or not for long enough. */
static double metered_watts(const struct report_device *item)
{
    if (item->device.basis != BASIS_MEASURED || !(item->coverage_ratio >= COVERED_RATIO))
        return NAN;
    return item->mean_power_watts;
}

static const struct report_device *find(const struct report *report, const char *id)
{
    for (size_t i = 0; report != NULL && i < report->device_count; i++) {
        if (strcmp(report->devices[i].device.id, id) == 0)
            return &report->devices[i];
    }
    return NULL;
}

static int add_warning(char ***warnings, size_t *count, const char *id, const char *why)
{
    return lines_add(warnings, count, "%s: %s", id, why);
}

static int fit_device(const struct report_device *idle, const struct report *load,
                      struct calibration *calibration, char ***warnings, size_t *warning_count)
{
    const struct report_device *loaded = find(load, idle->device.id);
    double idle_watts = metered_watts(idle);
    struct calibrated_device *device;

    if (!(idle_watts > 0) || idle->device.kind == DEVICE_BOARD)
        return 0;
    if (idle->device.kind == DEVICE_GPU && idle->mean_utilization_ratio > GPU_IDLE_RATIO)
        return add_warning(warnings, warning_count, idle->device.id,
                           "the GPU was at work: its idle power is not known");
    device = calibration_add(calibration);
    if (device == NULL)
        return -ENOMEM;
    (void)snprintf(device->id, sizeof(device->id), "%s", idle->device.id);
    (void)snprintf(device->meter, sizeof(device->meter), "%s", idle->device.reader);
    device->kind = idle->device.kind;
    device->idle_watts = idle_watts;
    device->band_ratio = idle->device.band_ratio;
    if (loaded == NULL || (device->kind != DEVICE_CPU && device->kind != DEVICE_MODULE))
        return 0; /* only CPUs are loaded */
    if (!rises(idle_watts, metered_watts(loaded)))
        return add_warning(warnings, warning_count, idle->device.id,
                           "its meter does not rise under load: the full-load point is not used");
    device->full_watts = metered_watts(loaded);
    return 0;
}

/* --- the whole machine --- */

/* psys is no meter of the machine, and what models say is none at all. */
static const struct report_device *find_board(const struct report *report)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];

        if (item->device.kind == DEVICE_BOARD && strcmp(item->device.reader, "rapl") != 0 &&
            metered_watts(item) > 0)
            return item;
    }
    return NULL;
}

static void measure_board(const struct report *idle, const struct report *load,
                          struct wall_watts wall, struct calibrated_board *board)
{
    const struct report_device *meter = find_board(idle);

    if (isfinite(wall.idle)) {
        (void)snprintf(board->meter, sizeof(board->meter), "csv");
        board->idle_watts = wall.idle;
        board->full_watts = wall.load;
        board->band_ratio = BOARD_BAND_RATIO;
    } else if (meter != NULL) {
        const struct report_device *loaded = find(load, meter->device.id);

        (void)snprintf(board->meter, sizeof(board->meter), "%s", meter->device.reader);
        board->idle_watts = metered_watts(meter);
        board->full_watts = loaded != NULL ? metered_watts(loaded) : NAN;
        board->band_ratio = fmax(meter->device.band_ratio, 0);
    }
}

static double parts_watts(const struct report *report)
{
    double seconds = seconds_from_ns(report->run.duration_ns);

    return report->measured_ratio >= MEASURED_RATIO && seconds > 0
               ? report->machine_joules / seconds
               : NAN;
}

static bool has_metered_cpu(const struct report *report)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (report->devices[i].device.kind == DEVICE_CPU &&
            report->devices[i].device.basis == BASIS_MEASURED)
            return true;
    }
    return false;
}

static int fit_board(const struct report *idle, const struct report *load,
                     struct calibrated_board *board, char ***warnings, size_t *warning_count)
{
    double x[2] = { parts_watts(idle), parts_watts(load) };
    double y[2] = { board->idle_watts, board->full_watts };
    double fixed;
    double per_watt;

    if (has_metered_cpu(idle) && !(isfinite(x[0]) && isfinite(x[1])))
        return lines_add(warnings, warning_count,
                         "most of what the machine's parts draw is modelled: no line from them to "
                         "its meter");
    if (!isfinite(x[0]) || !isfinite(x[1]) || !fit_line(x, y, 2, &fixed, &per_watt))
        return 0;
    if (per_watt < SLOPE_LEAST || per_watt > SLOPE_MOST || fixed < 0)
        return lines_add(warnings, warning_count,
                         "the machine's meter and those of its parts do not fit together (%.3g W + "
                         "%.3g W per watt): one of them misses a part; the line is not used",
                         fixed, per_watt);
    board->fixed_watts = fixed;
    board->per_watt = per_watt;
    return 0;
}

/* CPUs without a meter share what the machine draws more, by their threads. */
static int fit_range(const struct report *idle, struct calibration *calibration)
{
    const struct calibrated_board *board = &calibration->board;
    double range_watts = (board->full_watts - board->idle_watts) / SLOPE_USUAL;
    double threads = 0;

    for (size_t i = 0; i < idle->device_count; i++) {
        const struct device *device = &idle->devices[i].device;

        if (device->kind == DEVICE_MODULE ||
            (device->kind == DEVICE_CPU && device->basis == BASIS_MEASURED))
            return 0;
        threads += device->kind == DEVICE_CPU ? device->threads : 0;
    }
    for (size_t i = 0; threads > 0 && i < idle->device_count; i++) {
        const struct device *device = &idle->devices[i].device;
        struct calibrated_device *calibrated;

        if (device->kind != DEVICE_CPU)
            continue;
        calibrated = calibration_add(calibration);
        if (calibrated == NULL)
            return -ENOMEM;
        (void)snprintf(calibrated->id, sizeof(calibrated->id), "%s", device->id);
        (void)snprintf(calibrated->meter, sizeof(calibrated->meter), "%s", board->meter);
        calibrated->kind = DEVICE_CPU;
        calibrated->range_watts = range_watts * device->threads / threads;
        calibrated->band_ratio = board->band_ratio;
    }
    return 0;
}

static int fit_machine(const struct report *idle, const struct report *load, struct wall_watts wall,
                       struct calibration *calibration, char ***warnings, size_t *warning_count)
{
    struct calibrated_board *board = &calibration->board;
    int r;

    measure_board(idle, load, wall, board);
    if (board->meter[0] == '\0' || load == NULL)
        return 0;
    if (!rises(board->idle_watts, board->full_watts)) {
        board->full_watts = NAN;
        return lines_add(warnings, warning_count,
                         "the machine's meter does not rise under load: the full-load point is "
                         "not used");
    }
    r = fit_board(idle, load, board, warnings, warning_count);
    return r < 0 ? r : fit_range(idle, calibration);
}

int calibration_fit(const struct report *idle, const struct report *load, struct wall_watts wall,
                    struct calibration *calibration, char ***warnings, size_t *warning_count,
                    struct aico2_error *err)
{
    int r = 0;

    calibration->idle_seconds = seconds_from_ns(idle->run.duration_ns);
    calibration->idle_busy_cpus = calibration_busy_cpus(idle);
    if (load != NULL) {
        calibration->load_seconds = seconds_from_ns(load->run.duration_ns);
        calibration->load_busy_cpus = calibration_busy_cpus(load);
        if (calibration->load_busy_cpus < LOADED_RATIO * idle->run.machine.threads) {
            r = lines_add(warnings, warning_count,
                          "only %.1f of %d CPUs could be made busy: the full-load point is not "
                          "used",
                          calibration->load_busy_cpus, idle->run.machine.threads);
            load = NULL;
        }
    }
    for (size_t i = 0; r == 0 && i < idle->device_count; i++)
        r = fit_device(&idle->devices[i], load, calibration, warnings, warning_count);
    if (r == 0)
        r = fit_machine(idle, load, wall, calibration, warnings, warning_count);
    if (r < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (calibration->device_count == 0 && calibration->board.meter[0] == '\0')
        return aico2_error_set(err, -ENODATA,
                               "no meter of this machine gave readings: nothing to calibrate by");
    return 0;
}
