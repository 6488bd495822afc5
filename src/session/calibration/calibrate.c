/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/calibrate.c - measuring a machine at rest and at full load, to know it later */
#include "session/calibration/calibrate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/fs.h"
#include "session/calibration/apply.h"
#include "session/calibration/fit.h"
#include "session/calibration/spin.h"
#include "session/calibration/wall_meter.h"
#include "session/report/build.h"
#include "session/session_private.h"

static const int64_t DRIVER_WAIT_NS = 5 * NSEC_PER_SEC;
/* Clocks, voltages and fans follow a load within seconds; a short stretch is not eaten up by it. */
static const int64_t SETTLE_NS = 3 * NSEC_PER_SEC;
enum { SETTLE_PART = 10, READINGS_LEAST = 10 };
/* What writes the log may be behind. */
static const int64_t LOG_WAIT_NS = 15 * NSEC_PER_SEC;

struct stretch_times {
    int64_t from_wall_ns;
    int64_t to_wall_ns;
};

static struct session_options phase_options(const struct calibrate_options *options,
                                            int64_t duration_ns)
{
    struct session_options phase = {
        .name = "calibrate",
        .interval_ns = duration_ns / READINGS_LEAST,
        .scope = SCOPE_MACHINE,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
        .sysroot = options->sysroot,
        .nvml_path = options->nvml_path,
        .log = options->log,
    };

    if (phase.interval_ns > NSEC_PER_SEC)
        phase.interval_ns = NSEC_PER_SEC;
    if (phase.interval_ns < NSEC_PER_MSEC)
        phase.interval_ns = NSEC_PER_MSEC;
    return phase;
}

static int open_phase(const struct calibrate_options *options, int64_t duration_ns,
                      struct session **session_out, struct aico2_error *err)
{
    struct session_options phase = phase_options(options, duration_ns);
    int r = session_new(session_out, &phase, err);

    if (r < 0)
        return r;
    session_wait_for_drivers(*session_out, DRIVER_WAIT_NS);
    r = session_add_channels(*session_out, err);
    if (r < 0) {
        session_free(*session_out);
        *session_out = NULL;
    }
    return r;
}

static int wait_for(struct session *session, int64_t duration_ns)
{
    int64_t end_ns = clock_mono_ns() + duration_ns;

    for (;;) {
        int64_t left_ns = end_ns - clock_mono_ns();
        int r;

        if (left_ns <= 0)
            return 0;
        r = session_wait(session, (int)(left_ns / NSEC_PER_MSEC) + 1);
        if (r < 0)
            return r;
    }
}

/* The session is freed. */
static int measure(struct session *session, int64_t duration_ns, struct report *report_out,
                   struct stretch_times *times_out, struct aico2_error *err)
{
    const struct session_end end = { RUN_FINISHED, 0 };
    int r;

    session_start(session);
    times_out->from_wall_ns = session_wall_ns(session);
    r = wait_for(session, duration_ns);
    times_out->to_wall_ns = session_wall_ns(session);
    if (r == 0)
        r = session_finish(session, &end, report_out, err);
    else
        (void)aico2_error_set_errno(err, -r, "cannot wait for readings");
    session_free(session);
    return r;
}

static bool has_meter(const struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->record.devices[i].basis == BASIS_MEASURED &&
            session->channels[i].plan.method != METER_NONE)
            return true;
    }
    return false;
}

static double load_average(const struct session *session)
{
    char text[64];
    double load = NAN;

    if (fs_read_text_at(session->environment.reader.proc_fd, "loadavg", text, sizeof(text), NULL) <=
        0)
        return NAN;
    text[strcspn(text, " ")] = '\0';
    if (sscanf(text, "%lf", &load) != 1)
        return NAN;
    return load;
}

static int check_idle(const struct report *report, double load, struct aico2_error *err)
{
    double busy = calibration_busy_cpus(report);
    int threads = report->run.machine.threads;

    if (!isfinite(busy) || calibration_is_idle(busy, threads))
        return 0;
    return aico2_error_set(err, -EBUSY,
                           "the machine was not idle: %.2f of %d CPUs were busy (load average "
                           "%.2f); nothing was stored. End what runs, and try again",
                           busy, threads, isfinite(load) ? load : 0);
}

static void tell(const struct calibrate_options *options, enum calibrate_step step,
                 int64_t duration_ns)
{
    if (options->on_step != NULL)
        options->on_step(options->payload, step, duration_ns);
}

static int measure_idle(const struct calibrate_options *options, struct report *report_out,
                        struct stretch_times *times_out, struct calibration_basis *basis_out,
                        struct aico2_error *err)
{
    struct session *session = NULL;
    double load;
    int r = open_phase(options, options->idle_ns, &session, err);

    if (r < 0)
        return r;
    if (options->meter_path == NULL && !has_meter(session)) {
        session_free(session);
        return aico2_error_set(err, -ENODATA,
                               "no meter of this machine can be read: nothing to calibrate by "
                               "(`aico2 doctor` says what would help; --meter FILE takes the log "
                               "of a wall meter)");
    }
    calibration_basis_read(session->environment.reader.sys_fd, &session->record.run.machine,
                           basis_out);
    load = load_average(session);
    tell(options, CALIBRATE_IDLE, options->idle_ns);
    r = measure(session, options->idle_ns, report_out, times_out, err);
    if (r < 0)
        return r;
    r = check_idle(report_out, load, err);
    if (r < 0)
        report_deinit(report_out);
    return r;
}

static int measure_load(const struct calibrate_options *options, struct report *report_out,
                        struct stretch_times *times_out, struct aico2_error *err)
{
    int64_t settle_ns = options->load_ns / SETTLE_PART;
    struct session *session = NULL;
    struct spin *spin = NULL;
    int r = open_phase(options, options->load_ns, &session, err);

    if (r < 0)
        return r;
    tell(options, CALIBRATE_LOAD, options->load_ns);
    if (options->sysroot == NULL)
        r = spin_start(&spin, err);
    if (r < 0) {
        session_free(session);
        return r;
    }
    (void)wait_for(session, settle_ns < SETTLE_NS ? settle_ns : SETTLE_NS);
    r = measure(session, options->load_ns, report_out, times_out, err);
    spin_stop(spin);
    return r;
}

/* The log as it stands now; it may have to be waited for. */
static int read_log(const struct calibrate_options *options, const struct stretch_times *idle,
                    const struct stretch_times *load, struct wall_watts *wall,
                    struct aico2_error *err)
{
    int64_t deadline_ns = clock_mono_ns() + LOG_WAIT_NS;
    struct timespec pause = { .tv_nsec = 500 * NSEC_PER_MSEC };

    for (;;) {
        struct wall_log log = { 0 };
        int64_t last_ns = load->to_wall_ns != 0 ? load->to_wall_ns : idle->to_wall_ns;
        struct stat status;
        bool grows;
        int r = wall_log_read(options->meter_path, &log, err);

        if (r < 0)
            return r;
        grows = stat(options->meter_path, &status) == 0 &&
                (int64_t)status.st_mtime * NSEC_PER_SEC >= idle->from_wall_ns - NSEC_PER_SEC;
        if (log.count > 0 && log.points[log.count - 1].wall_ns < last_ns && grows &&
            clock_mono_ns() < deadline_ns) {
            wall_log_deinit(&log);
            (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
            continue;
        }
        r = wall_log_mean(&log, idle->from_wall_ns, idle->to_wall_ns, options->meter_path,
                          &wall->idle, err);
        if (r == 0 && load->to_wall_ns != 0)
            r = wall_log_mean(&log, load->from_wall_ns, load->to_wall_ns, options->meter_path,
                              &wall->load, err);
        wall_log_deinit(&log);
        return r;
    }
}

/* What is wrong with a log is said before minutes are spent. */
static int check_log(const char *path, struct aico2_error *err)
{
    struct wall_log log = { 0 };
    int r = path != NULL ? wall_log_read(path, &log, err) : 0;

    wall_log_deinit(&log);
    return r;
}

int calibrate(const struct calibrate_options *options, struct calibration *calibration_out,
              char ***warnings, size_t *warning_count, struct aico2_error *err)
{
    struct calibration calibration = CALIBRATION_NULL;
    struct wall_watts wall = { NAN, NAN };
    struct stretch_times idle_times = { 0 };
    struct stretch_times load_times = { 0 };
    struct report idle = { 0 };
    struct report load = { 0 };
    bool loaded = false;
    int r = check_log(options->meter_path, err);

    if (r < 0)
        return r;
    r = measure_idle(options, &idle, &idle_times, &calibration.basis, err);
    if (r < 0)
        return r;
    calibration.wall_ns = idle_times.from_wall_ns;
    if (options->load_ns > 0) {
        r = measure_load(options, &load, &load_times, err);
        loaded = r == 0;
    }
    if (r == 0 && options->meter_path != NULL)
        r = read_log(options, &idle_times, &load_times, &wall, err);
    if (r == 0)
        r = calibration_fit(&idle, loaded ? &load : NULL, wall, &calibration, warnings,
                            warning_count, err);
    report_deinit(&idle);
    if (loaded)
        report_deinit(&load);
    if (r < 0) {
        calibration_deinit(&calibration);
        return r;
    }
    *calibration_out = calibration;
    return 0;
}
