/* SPDX-License-Identifier: Apache-2.0 */
/* session/session.c - wires the stages: one run from its first reading to its report */
#include "session/session.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "session/session_private.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/json_out.h"
#include "base/lines.h"
#include "base/text.h"
#include "carbon/place.h"
#include "readers/job_labels.h"
#include "readers/machine.h"
#include "session/calibration/apply.h"
#include "session/place/again.h"
#include "session/place/text.h"
#include "session/report/build.h"

enum { LIVING_NAMED = 5 };

/* Below this the final answers of drivers that may hang are not waited for at all. */
static const int64_t FINISH_WAIT_LEAST_NS = 2 * NSEC_PER_MSEC;
static const int64_t FINISH_WAIT_MOST_NS = 250 * NSEC_PER_MSEC;
static const int64_t HISTORY_WAIT_NS = 3 * NSEC_PER_SEC;

static int set_command(struct run *run, const char *const *command)
{
    struct strbuf text = { 0 };
    struct json_out json;

    if (command == NULL)
        return 0;
    json_out_init(&json, &text);
    json_array_begin(&json, NULL);
    for (; *command != NULL; command++)
        json_string(&json, NULL, *command);
    json_array_end(&json);
    run->command_json = strbuf_take(&text);
    return run->command_json == NULL ? -ENOMEM : 0;
}

static const char *get_variable(const void *payload, const char *name)
{
    (void)payload;
    return getenv(name);
}

static int set_labels(const struct session *session, struct run *run)
{
    const struct job_sources sources = {
        .proc_fd = session->environment.reader.proc_fd,
        .get = get_variable,
        .namespace_file = session->environment.reader.sysroot
                              ? NULL
                              : "/var/run/secrets/kubernetes.io/serviceaccount/namespace",
    };
    struct strbuf labels = { 0 };

    job_labels_read(&sources, &labels);
    if (labels.length == 0 && !labels.failed)
        return 0;
    run->labels = strbuf_take(&labels);
    return run->labels == NULL ? -ENOMEM : 0;
}

static int describe_run(struct session *session, const struct session_options *options,
                        struct aico2_error *err)
{
    struct run *run = &session->record.run;

    ulid_make(run->id, session_wall_ns(session));
    text_copy_clean(run->name, sizeof(run->name), options->name != NULL ? options->name : "");
    text_copy_clean(run->stage, sizeof(run->stage),
                    options->stage != NULL ? options->stage : "training");
    text_copy_clean(run->unit, sizeof(run->unit), options->unit != NULL ? options->unit : "");
    text_copy_clean(run->place_option, sizeof(run->place_option),
                    options->place_option != NULL ? options->place_option : "");
    place_text_set_wait(run->place_option, sizeof(run->place_option), &options->wait);
    run->state = RUN_RUNNING;
    run->exit_status = -1;
    run->cpu_seconds = NAN;
    run->interval_ns = options->interval_ns;
    run->scope = options->scope;
    run->idle = options->idle;
    run->embodied = options->embodied;
    run->lifetime_years = options->lifetime_years;
    run->pue = options->pue;
    text_copy_clean(run->pue_source, sizeof(run->pue_source),
                    options->pue_source != NULL ? options->pue_source : "");
    run->wue_given = options->wue_given;
    run->wue_l_per_kwh = options->wue_l_per_kwh;
    run->price = options->price;
    run->place_basis = options->intensity.place_basis;
    run->units = options->units;
    run->pid = getpid();
    run->pid_start_ticks = environment_process_start_ticks(&session->environment, run->pid);
    environment_boot_id(&session->environment, run->boot_id, sizeof(run->boot_id));
    machine_read(&session->environment.reader, &run->machine);
    (void)place_suggest_country(session->environment.reader.etc_fd,
                                options->sysroot == NULL ? getenv("TZ") : NULL,
                                run->machine.timezone_country);
    if (set_command(run, options->command) < 0 || set_labels(session, run) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* Memory that only our control group may use is used by nobody else. */
static void open_group(struct session *session)
{
    const struct cgroup_roots roots = {
        .proc_fd = session->environment.own_proc_fd,
        .sys_fd = -1,
    };

    if (session->options.sysroot == NULL && session->record.run.machine.memory_limit_bytes > 0)
        (void)cgroup_usage_open(&roots, &session->group);
}

static void check_calibration(struct session *session)
{
    struct calibration_basis now;
    char why[256];

    if (session->options.calibration == NULL)
        return;
    calibration_basis_read(session->environment.reader.sys_fd, &session->record.run.machine, &now);
    if (!calibration_is_stale(&session->options.calibration->basis, &now, why, sizeof(why)))
        return;
    session_warn(session,
                 "the calibration is not used, it was of another state of the machine "
                 "(%s): `aico2 calibrate` makes a new one",
                 why);
    session->options.calibration = NULL;
}

int session_new(struct session **session_out, const struct session_options *options,
                struct aico2_error *err)
{
    struct session *session = calloc(1, sizeof(*session));
    int r;

    if (session == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    session->options = *options;
    session->clock = options->clock != NULL ? options->clock : &clock_system;
    session->reading_ns = sampler_reading_ns(options->interval_ns);
    session->environment = ENVIRONMENT_NULL;
    session->group = CGROUP_USAGE_NULL;
    session->epoch_log = EPOCH_LOG_NULL;
    session->sampler.epoll_fd = -1;
    session->module_gpu_ratio = NAN;
    session->gpu_open = -1;
    r = environment_open(&session->environment, options->sysroot, options->nvml_path,
                         session->clock, options->log, err);
    if (r == 0)
        r = session_count_threads(session, err);
    if (r == 0) {
        session->environment.reader.explain = options->explain;
        session->environment.reader.watched = options->processes;
        session->sampler.on_samples = session_take_samples;
        session->sampler.on_tick = session_take_tick;
        session->sampler.payload = session;
        r = sampler_open(&session->sampler,
                         options->drivers != NULL ? options->drivers : reader_drivers,
                         &session->environment.reader, session->reading_ns, err);
    }
    if (r == 0)
        r = describe_run(session, options, err);
    if (r == 0)
        check_calibration(session);
    if (r == 0)
        open_group(session);
    if (r == 0)
        r = session_open_job(session, err);
    if (r == 0)
        r = session_open_processes(session, err);
    if (r == 0 && options->db_path != NULL &&
        recorder_start(&session->recorder, options->db_path, session->own_threads,
                       &session->history_error) < 0)
        session->recorder = NULL;
    if (r == 0)
        r = session_add_channels(session, err);
    if (r == 0)
        r = session_open_tasks(session, err);
    if (r < 0) {
        session_free(session);
        return r;
    }
    *session_out = session;
    return 0;
}

void session_free(struct session *session)
{
    struct aico2_error ignored = { 0 };
    bool stored;

    if (session == NULL)
        return;
    recorder_stop(session->recorder, HISTORY_WAIT_NS, &ignored, &stored);
    /* a driver that hangs may still look at what it was given */
    if (session->sampler.sources == NULL || sampler_close(&session->sampler))
        environment_close(&session->environment);
    else
        environment_leave(&session->environment);
    cgroup_usage_close(&session->group);
    session_close_processes(session);
    job_cpu_free(session->job);
    thread_clocks_free(session->own_threads);
    epoch_log_close(&session->epoch_log);
    epoch_output_close(&session->epoch_output);
    free(session->waiting);
    history_record_deinit(&session->record);
    free(session->channels);
    free(session->job_pids);
    lines_free(session->warnings, session->warning_count);
    free(session);
}

const char *session_run_id(const struct session *session)
{
    return session->record.run.id;
}

static bool all_probed(const struct session *session)
{
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        if (!session->sampler.sources[i].probed)
            return false;
    }
    return true;
}

void session_wait_for_drivers(struct session *session, int64_t wait_ns)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;

    while (!all_probed(session)) {
        int64_t left_ns = deadline_ns - clock_mono_ns();
        struct pollfd wait = { .fd = session_fd(session), .events = POLLIN };

        if (left_ns <= 0)
            return;
        (void)poll(&wait, 1, (int)(left_ns / NSEC_PER_MSEC) + 1);
        session_dispatch(session);
    }
}

bool session_can_measure(struct session *session, int64_t wait_ns)
{
    session_wait_for_drivers(session, wait_ns);
    (void)session_add_channels(session, NULL);
    for (size_t i = 0; i < session->channel_count; i++) {
        enum meter_method method = session->channels[i].plan.method;

        if ((method == METER_COUNTER || method == METER_POWER) &&
            session->record.devices[i].kind != DEVICE_BOARD)
            return true;
    }
    return false;
}

void session_start(struct session *session)
{
    struct run *run = &session->record.run;

    session->start_mono_ns = session_mono_ns(session);
    session->start_boot_ns = session_boot_ns(session);
    run->started_wall_ns = session_wall_ns(session);
    run->ended_wall_ns = run->started_wall_ns;
    session->wall_offset_ns = run->started_wall_ns - session->start_mono_ns;
    session->sleep_ns = session->start_boot_ns - session->start_mono_ns;
    session->own_cpu_start_ns = session_own_cpu_ns(session);
    session->busy_start_ns = -1;
    session->group_start_ns = -1;
    session->started = true;
    session_place_ticks(session);
    if (session->options.self)
        session_begin_self(session);
    sampler_start(&session->sampler);
    session_account_readings(session);
}

void session_record(struct session *session)
{
    session_store_progress(session, session_mono_ns(session));
}

void session_attach(struct session *session, pid_t child)
{
    if (session->job != NULL)
        job_cpu_attach(session->job, child);
    /* all there is of the job until the first tick */
    if (session->job != NULL && session->environment.job_pids != NULL)
        (void)shared_pids_set(session->environment.job_pids, &child, 1);
}

void session_exclude(struct session *session, pid_t pid)
{
    if (session->job != NULL)
        job_cpu_exclude(session->job, pid);
}

void session_reaped(struct session *session, pid_t pid, int64_t cpu_ns)
{
    if (session->job != NULL)
        job_cpu_reaped(session->job, pid, cpu_ns);
}

void session_add_helper(struct session *session, pid_t pid)
{
    session_exclude(session, pid);
    if (session->helper_count < SESSION_HELPERS_MAX)
        session->helpers[session->helper_count++] = pid;
}

void session_helper_reaped(struct session *session, pid_t pid, int64_t cpu_ns)
{
    for (size_t i = 0; i < session->helper_count; i++) {
        if (session->helpers[i] != pid)
            continue;
        session->helpers[i] = session->helpers[--session->helper_count];
        session->helpers_cpu_ns += cpu_ns;
        return;
    }
}

void session_set_samples(struct session *session, FILE *samples)
{
    session->options.samples = samples;
}

/* Whose energy stands in a total: readings, and no part of what is counted as a whole. */
bool session_is_counted(const struct session *session, size_t index)
{
    const struct device *device = &session->record.devices[index];
    size_t modules = 0;
    bool same = false;

    if (!(session->channels[index].totals.sums.covered_seconds > 0) || device->kind == DEVICE_BOARD)
        return false;
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *module = &session->record.devices[i];

        if (module->kind != DEVICE_MODULE ||
            !(session->channels[i].totals.sums.covered_seconds > 0))
            continue;
        modules++;
        same = same || module->index == device->index;
    }
    return !device_is_inside_module(device, modules, same);
}

void session_progress(const struct session *session, struct session_progress *progress_out)
{
    double joules = NAN;
    double watts = NAN;

    for (size_t i = 0; i < session->channel_count; i++) {
        const struct channel *channel = &session->channels[i];

        if (!session_is_counted(session, i))
            continue;
        joules = (isfinite(joules) ? joules : 0) + channel->totals.sums.joules;
        if (isfinite(channel->watts))
            watts = (isfinite(watts) ? watts : 0) + channel->watts;
    }
    *progress_out = (struct session_progress){
        .duration_seconds = seconds_from_ns(session_mono_ns(session) - session->start_mono_ns),
        .joules = joules,
        .watts = watts,
        .job_cpu_seconds = seconds_from_ns(session->job_cpu_ns),
    };
}

size_t session_living(struct session *session, pid_t *pids_out, size_t limit)
{
    return session->job == NULL ? 0 : job_cpu_living(session->job, pids_out, limit);
}

static void warn_of_living(struct session *session)
{
    pid_t pids[LIVING_NAMED];
    size_t count = session_living(session, pids, LIVING_NAMED);
    struct strbuf names = { 0 };

    for (size_t i = 0; i < count && i < LIVING_NAMED; i++) {
        char path[48];
        char comm[64];
        char clean[64];

        (void)snprintf(path, sizeof(path), "%d/comm", (int)pids[i]);
        if (fs_read_text_at(session->environment.own_proc_fd, path, comm, sizeof(comm), NULL) <= 0)
            (void)snprintf(comm, sizeof(comm), "?");
        text_copy_clean(clean, sizeof(clean), comm);
        strbuf_printf(&names, "%s%s (%d)", i > 0 ? ", " : "", clean, (int)pids[i]);
    }
    if (count > 0)
        session_warn(session, "%zu process%s of the command still running, left alone: %s%s", count,
                     count == 1 ? "" : "es", strbuf_text(&names),
                     count > LIVING_NAMED ? ", ..." : "");
    strbuf_deinit(&names);
}

/* VmHWM: ru_maxrss is inherited over exec and would be the shell's. */
static uint64_t own_max_rss_bytes(const struct session *session)
{
    char text[4096];
    const char *line;
    unsigned long long kib = 0;

    if (fs_read_text_at(session->environment.own_proc_fd, "self/status", text, sizeof(text),
                        NULL) <= 0)
        return 0;
    line = strstr(text, "VmHWM:");
    if (line != NULL && sscanf(line, "VmHWM: %llu kB", &kib) != 1)
        kib = 0;
    return kib * 1024;
}

/* Of those that live and of those that do not. */
static int64_t helpers_cpu_ns(const struct session *session)
{
    int64_t sum = session->helpers_cpu_ns;

    for (size_t i = 0; i < session->helper_count; i++)
        sum += clock_cpu_ns_of(session->helpers[i]);
    return sum;
}

void session_measure_self(struct session *session)
{
    struct run *run = &session->record.run;

    run->own_cpu_seconds = seconds_from_ns(session_own_cpu_ns(session) + helpers_cpu_ns(session) -
                                           session->rolled_own_ns);
    run->late_ticks = session->sampler.ticker.late_ticks - session->rolled_late_ticks;
}

struct carbon_basis session_basis(const struct session *session)
{
    return (struct carbon_basis){
        .intensity = session->options.intensity,
        .series = session->options.series,
        .pue = session->options.pue,
        .price = session->options.price,
        .prices = session->options.prices,
    };
}

int session_store_warnings(struct session *session)
{
    struct strbuf text = { 0 };
    struct json_out json;

    json_out_init(&json, &text);
    json_array_begin(&json, NULL);
    for (size_t i = 0; i < session->warning_count; i++)
        json_string(&json, NULL, session->warnings[i]);
    json_array_end(&json);
    free(session->record.run.warnings_json);
    session->record.run.warnings_json = strbuf_take(&text);
    return session->record.run.warnings_json == NULL ? -ENOMEM : 0;
}

static void last_reading(struct session *session)
{
    struct run *run = &session->record.run;
    int64_t now_mono_ns = session_mono_ns(session);
    int64_t wait_ns;

    session->ending = true;
    session_watch_clocks(session);
    session_set_duration(session, now_mono_ns);
    session_tasks_end(session, now_mono_ns);
    if (session->job != NULL)
        session->job_cpu_ns = job_cpu_final(session->job);
    wait_ns = run->duration_ns / 50;
    if (wait_ns < FINISH_WAIT_LEAST_NS)
        wait_ns = FINISH_WAIT_LEAST_NS;
    if (wait_ns > FINISH_WAIT_MOST_NS)
        wait_ns = FINISH_WAIT_MOST_NS;
    sampler_finish(&session->sampler, wait_ns);
    (void)session_add_channels(session, NULL); /* found too late to be measured, but there */
    session_account_readings(session);
    session_settle(session);
    (void)session_add_calibrated_board(session,
                                       NULL); /* without it the report is whole all the same */
    session_flush_rows(session);
    run->cpu_seconds = session->job != NULL ? seconds_from_ns(session->job_cpu_ns) : NAN;
    if (!session->options.self)
        run->own_max_rss_bytes = own_max_rss_bytes(session);
    session_measure_self(session);
}

static void tell_loss(struct report *report, const char *words)
{
    size_t count = report->warning_count;

    (void)report_warn(report, "%s", words);
    if (report->warning_count > count)
        report->loss = report->warnings[count];
}

static void store_the_end(struct session *session, struct report *report)
{
    struct aico2_error err = { 0 };
    struct aico2_error end_err = { 0 };
    char words[sizeof(err.message) + 40] = "";
    bool stored = false;

    if (session->options.db_path == NULL)
        return;
    place_keep_match(&session->record.run, report);
    if (session->recorder != NULL) {
        (void)session_store_end(session, report->total.value, report->total_gco2e.value, &end_err);
        recorder_stop(session->recorder, HISTORY_WAIT_NS, &err, &stored);
        session->recorder = NULL;
    } else {
        err = session->history_error;
    }
    if (err.code == 0)
        err = end_err;
    if (err.code != 0)
        (void)snprintf(words, sizeof(words), "not%s stored in the history: %s",
                       stored ? " all" : "", err.message);
    else if (session->dropped_samples > 0)
        (void)snprintf(words, sizeof(words),
                       "%llu samples were not stored in the history, the totals were",
                       (unsigned long long)session->dropped_samples);
    if (words[0] != '\0')
        tell_loss(report, words);
}

int session_finish(struct session *session, const struct session_end *end,
                   struct report *report_out, struct aico2_error *err)
{
    struct run *run = &session->record.run;
    struct carbon_basis basis = session_basis(session);
    int r;

    last_reading(session);
    run->state = end->state;
    run->exit_status = end->exit_status;
    session_tasks_close(session, end->state == RUN_FINISHED);
    if (!session->options.self)
        warn_of_living(session);
    session_warn_of_sources(session);
    if (session_store_warnings(session) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (session->options.complete != NULL) {
        session_store_now(session);
        session->options.complete(session->options.complete_payload, run, &basis);
    }
    r = report_build(&session->record, &basis, report_out, err);
    if (r < 0)
        return r;

    store_the_end(session, report_out);
    return 0;
}
