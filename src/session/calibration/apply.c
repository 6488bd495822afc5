/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/apply.c - a machine's calibration put to use in a run
 *
 * Bands (95 %): the idle point is as good as its meter; between it and full load the kind of work
 * counts as much as the time it takes, +-15 % (1 sigma) of what is drawn above idle. Where only the
 * machine's meter was there, what is lost between it and the CPUs adds +-5 % (1 sigma).
 */
#include "session/calibration/apply.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "base/time_text.h"
#include "model/units.h"
#include "session/calibration/file.h"

static const double WORK_BAND_RATIO = 0.30;
static const double LOSS_BAND_RATIO = 0.10;

/* --- whether it holds --- */

static void read_text(int sys_fd, const char *path, char *text_out, size_t size)
{
    char text[64];

    text_out[0] = '\0';
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) > 0)
        text_copy_clean(text_out, size, text);
}

/* intel_pstate says "no turbo", everybody else "boost". */
static void read_boost(int sys_fd, char *boost_out, size_t size)
{
    char text[8];

    read_text(sys_fd, "devices/system/cpu/intel_pstate/no_turbo", text, sizeof(text));
    if (text[0] != '\0') {
        (void)snprintf(boost_out, size, "%s", strcmp(text, "0") == 0 ? "on" : "off");
        return;
    }
    read_text(sys_fd, "devices/system/cpu/cpufreq/boost", text, sizeof(text));
    (void)snprintf(boost_out, size, "%s",
                   text[0] == '\0'          ? ""
                   : strcmp(text, "0") == 0 ? "off"
                                            : "on");
}

/* "6.1.0-28-amd64" is "6.1". */
static void cut_kernel(const char *release, char *kernel_out, size_t size)
{
    size_t length = strspn(release, "0123456789");

    if (release[length] == '.')
        length += 1 + strspn(release + length + 1, "0123456789");
    (void)snprintf(kernel_out, size, "%.*s", (int)(length < size ? length : size - 1), release);
}

void calibration_basis_read(int sys_fd, const struct machine *machine,
                            struct calibration_basis *basis_out)
{
    struct calibration_basis basis = {
        .sockets = machine->sockets,
        .threads = machine->threads,
        .memory_gib = (uint64_t)ceil((double)machine->memory_bytes / BYTES_PER_GIB),
    };

    (void)snprintf(basis.hostname, sizeof(basis.hostname), "%s", machine->hostname);
    (void)snprintf(basis.cpu_model, sizeof(basis.cpu_model), "%.*s",
                   (int)sizeof(basis.cpu_model) - 1, machine->cpu_model);
    cut_kernel(machine->os_release, basis.kernel, sizeof(basis.kernel));
    read_text(sys_fd, "devices/system/cpu/cpu0/cpufreq/scaling_governor", basis.governor,
              sizeof(basis.governor));
    read_boost(sys_fd, basis.boost, sizeof(basis.boost));
    *basis_out = basis;
}

static bool differs(const char *what, const char *then, const char *now, char *why_out, size_t size)
{
    if (strcmp(then, now) == 0)
        return false;
    text_append(why_out, size, "%s%s '%.60s' then, '%.60s' now", why_out[0] != '\0' ? "; " : "",
                what, then, now);
    return true;
}

bool calibration_is_stale(const struct calibration_basis *then, const struct calibration_basis *now,
                          char *why_out, size_t size)
{
    char hash_then[HARDWARE_HASH_SIZE];
    char hash_now[HARDWARE_HASH_SIZE];
    bool stale = false;

    why_out[0] = '\0';
    calibration_hardware_hash(then, hash_then);
    calibration_hardware_hash(now, hash_now);
    if (strcmp(hash_then, hash_now) != 0) {
        stale = true;
        if (!differs("processor", then->cpu_model, now->cpu_model, why_out, size))
            text_append(why_out, size, "%d sockets, %d threads, %llu GiB then, %d, %d, %llu now",
                        then->sockets, then->threads, (unsigned long long)then->memory_gib,
                        now->sockets, now->threads, (unsigned long long)now->memory_gib);
    }
    stale = differs("kernel", then->kernel, now->kernel, why_out, size) || stale;
    stale = differs("governor", then->governor, now->governor, why_out, size) || stale;
    return differs("boost", then->boost, now->boost, why_out, size) || stale;
}

/* --- what it says of a device --- */

static void day_of(const struct calibration *calibration, char day_out[11])
{
    char text[32];

    wall_time_format(text, sizeof(text), calibration->wall_ns);
    (void)snprintf(day_out, 11, "%.10s", text);
}

/* A floor that was seen on another day; one that is seen in this run comes first. */
static void set_floor(const struct calibration *calibration, double watts, struct device *device)
{
    char note[64];
    char day[11];

    day_of(calibration, day);
    device->idle_watts = watts;
    (void)snprintf(note, sizeof(note), "idle power calibrated %s", day);
    text_append_note(device->note, sizeof(device->note), note);
}

static void set_model(const struct calibration *calibration, const struct calibrated_device *seen,
                      struct device *device, struct plan *plan)
{
    bool by_board = !isfinite(seen->idle_watts);
    double idle_watts = by_board ? device->idle_watts : seen->idle_watts;
    double full_watts = by_board ? idle_watts + seen->range_watts : seen->full_watts;
    char day[11];

    plan->model.idle_watts = idle_watts;
    plan->model.full_watts = full_watts;
    plan->calibrated = true;
    plan->idle_half_watts = idle_watts * (by_board ? device->band_ratio : seen->band_ratio);
    plan->above_idle_ratio = hypot(seen->band_ratio, WORK_BAND_RATIO);
    if (by_board)
        plan->above_idle_ratio = hypot(plan->above_idle_ratio, LOSS_BAND_RATIO);
    plan->warning[0] = '\0'; /* that its model is unknown does not matter any more */

    device->basis = BASIS_MODELLED;
    device->idle_watts = idle_watts;
    device->max_watts = full_watts;
    day_of(calibration, day);
    (void)snprintf(device->rated_source, sizeof(device->rated_source), "calibrated %s by %s", day,
                   seen->meter);
    device->rated_watts = full_watts;
    calibration_settle(plan, full_watts, device);
}

/* The calibration has seen its idle power, or idle and full. */
static void apply_to_model(const struct calibration *calibration,
                           const struct calibrated_device *seen, struct device *device,
                           struct plan *plan)
{
    if ((isfinite(seen->idle_watts) && isfinite(seen->full_watts)) ||
        (isfinite(seen->range_watts) && isfinite(device->idle_watts))) {
        set_model(calibration, seen, device, plan);
    } else if (isfinite(seen->idle_watts) && seen->idle_watts < plan->model.full_watts) {
        set_floor(calibration, seen->idle_watts, device);
        plan->model.idle_watts = seen->idle_watts;
    }
}

/* What the DRAM of all sockets drew at rest is what the machine's memory does. */
static void apply_to_memory(const struct calibration *calibration, struct device *device,
                            struct plan *plan)
{
    double watts = 0;

    for (size_t i = 0; i < calibration->device_count; i++) {
        if (calibration->devices[i].kind == DEVICE_DRAM)
            watts += calibration->devices[i].idle_watts;
    }
    if (!(watts > 0))
        return;
    set_floor(calibration, watts, device);
    plan->model.idle_watts = watts;
    plan->model.full_watts = device->max_watts = fmax(plan->model.full_watts, watts);
}

void calibration_apply(const struct calibration *calibration, struct device *device,
                       struct plan *plan)
{
    const struct calibrated_device *seen = calibration_find(calibration, device->id);

    if (device->kind == DEVICE_MEMORY)
        apply_to_memory(calibration, device, plan);
    if (seen == NULL || seen->kind != device->kind || device->kind == DEVICE_BOARD)
        return;
    if (device->basis != BASIS_MEASURED) {
        if (device->kind == DEVICE_CPU)
            apply_to_model(calibration, seen, device, plan);
        return;
    }
    if (device->kind == DEVICE_CPU && plan->fallback != METER_NONE)
        apply_to_model(calibration, seen, &plan->fallback_device, plan);
    if (isfinite(seen->idle_watts))
        set_floor(calibration, seen->idle_watts, device);
}

void calibration_settle(const struct plan *plan, double mean_watts, struct device *device)
{
    double above_watts = fmax(mean_watts - plan->model.idle_watts, 0);

    if (!plan->calibrated || device->basis != BASIS_MODELLED || !(mean_watts > 0))
        return;
    device->band_ratio =
        (plan->idle_half_watts + plan->above_idle_ratio * above_watts) / mean_watts;
}
