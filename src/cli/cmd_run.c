/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_run.c - `aico2 run [options] -- CMD...` */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/budget_watch.h"
#include "cli/calibrated.h"
#include "cli/cloud_auto.h"
#include "cli/command_output.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/green.h"
#include "cli/launch.h"
#include "cli/live/options.h"
#include "cli/live/run.h"
#include "cli/options/place.h"
#include "cli/training.h"
#include "model/labels.h"
#include "session/place/text.h"
#include "session/ranks/election.h"
#include "session/ranks/joined.h"
#include "session/report/build.h"
#include "session/session.h"

enum {
    STATUS_NOT_WRITTEN = 1,
    STATUS_TROUBLE = 125,
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
    STATUS_TIMED_OUT = 124
};

/* A driver that takes its time to load is waited for where only a sensor will do. */
static const int64_t STRICT_WAIT_NS = 5 * NSEC_PER_SEC;

/* What the command printed last may tell of its last epoch. A reader that takes its time is not waited for. */
static const int64_t LAST_LINES_NS = 250 * NSEC_PER_MSEC;

/* Providers' values hold for 5, 15, 30 or 60 minutes. */
static const int64_t LIVE_SLICE_NS = 300 * NSEC_PER_SEC;

/* What lives as long as one `run`. */
struct run_command {
    struct cli *cli;
    struct figures figures;
    struct run_wait wait;
    struct launch *launch;
    struct launch_options launch_options;
    struct session *session;
    struct live_run live;
    struct calibration calibration;
    bool calibrated;
    FILE *samples;
    struct budget_watch budget;
    bool line_drawn;
    struct rank_election election; /* under srun, mpirun, torchrun: one of several measures */
    bool stands_by;                /* another one does, as long as it lives */
    const char *db_path;
};

static void print_log(void *payload, enum log_level level, const char *line)
{
    if (level <= LOG_WARNING)
        cli_warning(payload, "%s", line);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* The script rather than its interpreter: "train.py" says more than "python3". */
static const char *default_name(char *const *words)
{
    static const char *const interpreters[] = { "python",  "bash",  "sh",   "perl",    "ruby",
                                                "Rscript", "julia", "node", "torchrun" };

    for (size_t i = 0; i < ARRAY_LENGTH(interpreters); i++) {
        if (strncmp(base_name(words[0]), interpreters[i], strlen(interpreters[i])) != 0)
            continue;
        for (size_t j = 1; words[j] != NULL; j++) {
            if (words[j][0] != '-' && strchr(words[j], '.') != NULL &&
                strchr(words[j], ' ') == NULL)
                return base_name(words[j]);
        }
    }
    return base_name(words[0]);
}

/* One line, rewritten in place on a terminal; a line a tick elsewhere. */
static void draw_line(void *payload)
{
    struct run_command *run = payload;
    struct session_progress progress;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf line = { 0 };
    bool terminal = isatty(STDERR_FILENO) == 1;

    session_progress(run->session, &progress);
    strbuf_printf(&line, "%saico2: %.0f s", terminal ? "\r\033[K" : "", progress.duration_seconds);
    if (isfinite(progress.joules))
        strbuf_printf(&line, "  %.3f Wh  %.1f W", progress.joules / 3600, progress.watts);
    else
        strbuf_add(&line, "  no reading yet");
    strbuf_printf(&line, "  %.1f CPU s%s", progress.job_cpu_seconds, terminal ? "" : "\n");
    (void)cli_write(STDERR_FILENO, &line, NULL);
    run->line_drawn = terminal;
}

static void on_tick(void *payload)
{
    struct run_command *run = payload;
    bool live = options_flag(&run->cli->options, OPT_LIVE);

    budget_watch_tick(&run->budget, live);
    if (live)
        draw_line(run);
}

/* Only when the command runs: what stood in the file is not lost to a mistyped command. */
static void open_samples(struct run_command *run)
{
    const char *path = options_text(&run->cli->options, OPT_SAMPLES);

    if (path == NULL)
        return;
    run->samples = samples_file_open(path);
    if (run->samples == NULL) {
        cli_warning(run->cli, "--samples: cannot write '%s': %s", path, strerror(errno));
        return;
    }
    write_samples_header(run->samples);
    session_set_samples(run->session, run->samples);
}

static void close_samples(struct run_command *run)
{
    bool failed;

    if (run->samples == NULL)
        return;
    failed = ferror(run->samples) != 0;
    if (fclose(run->samples) != 0 || failed)
        cli_error(run->cli, "--samples: '%s' is not complete: %s",
                  options_text(&run->cli->options, OPT_SAMPLES),
                  errno != 0 ? strerror(errno) : "a write failed");
    run->samples = NULL;
}

static bool is_asked_to_end(void *payload)
{
    const struct run_command *run = payload;

    return launch_is_asked_to_end(run->launch);
}

/* --cloud auto: from here on it is as if the region had been given. */
static void find_cloud(struct run_command *run, struct run *stored, struct carbon_basis *basis)
{
    const struct options *options = &run->cli->options;
    struct figures *figures = &run->figures;
    struct aico2_error err = { 0 };
    char place[sizeof(figures->cloud) + 8];

    if (cloud_auto_find(run->cli, figures->cloud, &figures->intensity, &err) < 0) {
        cli_warning(run->cli, "%s: the world average is used", err.message);
        return;
    }
    (void)snprintf(place, sizeof(place), "cloud:%s", figures->cloud);
    place_text_set_place(stored->place_option, sizeof(stored->place_option), place);
    figures->site = site_of_cloud(options, figures->cloud);
    stored->place_basis = figures->intensity.place_basis;
    stored->pue = figures->site.pue;
    memcpy(stored->pue_source, figures->site.pue_source, sizeof(figures->site.pue_source));
    basis->intensity = figures->intensity;
    basis->pue = figures->site.pue;
    if (live_plan_from_options(run->cli, &figures->intensity, place, &figures->live, &err) < 0)
        cli_warning(run->cli, "%s", err.message);
    run->live.plan = figures->live;
}

static void complete_live(void *payload, struct run *stored, struct carbon_basis *basis)
{
    struct run_command *run = payload;

    if (run->figures.cloud_later)
        find_cloud(run, stored, basis);
    live_run_complete(&run->live, stored->started_wall_ns, stored->ended_wall_ns, basis);
}

/* Values that are known only at the end, or the place they are of. */
static bool completes_later(const struct run_command *run)
{
    return run->live.plan != NULL || run->figures.cloud_later;
}

/* Only now: neither the command's start nor its signals, descriptors or joules have to do with it. */
static void begin_live(struct run_command *run)
{
    pid_t pid;

    run->live.wake_fd = launch_signal_fd(run->launch);
    run->live.woken = is_asked_to_end;
    run->live.payload = run;
    run->live.since_wall_ns = run->wait.asked_wall_ns;
    pid = live_run_begin(&run->live);
    if (pid > 0)
        session_add_helper(run->session, pid);
    run->launch_options.fetch = run->live.fetch;
}

static int open_session(struct run_command *run, const struct log *log, char *db_path,
                        size_t db_size, struct aico2_error *err)
{
    const struct options *options = &run->cli->options;
    char *const *words = run->cli->operands.words;
    bool db = !options_flag(options, OPT_NO_DB);
    struct aico2_error db_err = { 0 };
    int r;
    struct session_options session_options = {
        .name = options_text(options, OPT_NAME) != NULL ? options_text(options, OPT_NAME)
                                                        : default_name(words),
        .stage = options_text(options, OPT_STAGE),
        .command = (const char *const *)words,
        .interval_ns = options_integer(options, OPT_INTERVAL),
        .scope = (enum energy_scope)options_integer(options, OPT_SCOPE),
        .idle = (enum idle_policy)options_integer(options, OPT_IDLE),
        .embodied = options_flag(options, OPT_EMBODIED),
        .lifetime_years = options_number(options, OPT_LIFETIME_YEARS),
        .unit = options_text(options, OPT_UNIT),
        .units = options_number(options, OPT_UNITS),
        .pue = run->figures.pue,
        .pue_source = run->figures.site.pue_source,
        .wue_given = run->figures.site.wue_given,
        .wue_l_per_kwh = run->figures.site.wue_l_per_kwh,
        .intensity = run->figures.intensity,
        .place_option = run->figures.place_option,
        .wait = run->wait,
        .series = figures_series(&run->figures),
        .price = run->figures.price,
        .prices = figures_prices(&run->figures),
        .cuts = figures_cuts(&run->figures),
        .slice_ns = completes_later(run) ? LIVE_SLICE_NS : 0,
        .complete = completes_later(run) ? complete_live : NULL,
        .complete_payload = run,
        .sysroot = options_text(options, OPT_SYSROOT),
        .nvml_path = options_text(options, OPT_NVML),
        .log = log,
        .root = getpid(),
        .calibration = run->calibrated ? &run->calibration : NULL,
    };

    if (db && figures_db_path(run->cli, db_path, db_size, &db_err) < 0) {
        cli_warning(run->cli, "not stored in the history: %s", db_err.message);
        db = false;
    }
    session_options.db_path = db ? db_path : NULL;
    session_options.budget = run->budget.budget.of != BUDGET_NONE ? run->budget.budget.text : NULL;
    session_options.budget_action = options_text(options, OPT_ON_BUDGET);
    r = training_from_options(run->cli, run->launch_options.output, &session_options, err);
    if (r == 0)
        r = session_new(&run->session, &session_options, err);
    run->budget.session = run->session;
    run->budget.launch = run->launch;
    return r;
}

static int report_exec_failure(const struct run_command *run, int r)
{
    const char *word = run->cli->operands.words[0];

    if (r == -ENOENT && strchr(word, '/') == NULL)
        cli_error(run->cli, "'%s': command not found", word);
    else
        cli_error(run->cli, "cannot execute '%s': %s", word, strerror(-r));
    return r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

static struct session_end end_of(const struct launch_result *result)
{
    if (result->timed_out)
        return (struct session_end){ RUN_TIMED_OUT, STATUS_TIMED_OUT };
    if (WIFSIGNALED(result->status))
        return (struct session_end){ RUN_SIGNALLED, 128 + WTERMSIG(result->status) };
    return (struct session_end){ WEXITSTATUS(result->status) == 0 ? RUN_FINISHED : RUN_FAILED,
                                 WEXITSTATUS(result->status) };
}

static void print_report(const struct run_command *run, const struct report *report)
{
    struct aico2_error err = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (run->line_drawn)
        (void)cli_write(STDERR_FILENO,
                        &(struct strbuf){ .text = (char[]){ "\r\033[K" }, .length = 4 }, NULL);
    if (!options_flag(&run->cli->options, OPT_QUIET)) {
        figures_format(run->cli, report, run->cli->err_style, &text);
        (void)cli_write(STDERR_FILENO, &text, NULL);
    } else if (report->loss != NULL) { /* who wants no report does not want to lose it, either */
        cli_warning(run->cli, "%s", report->loss);
    }
    if (figures_write(run->cli, report, &err) < 0)
        cli_error(run->cli, "%s", err.message);
}

/* The run has ended; where another process measured there is nothing to tell. */
static void finish(struct run_command *run, const struct session_end *end)
{
    struct aico2_error err = { 0 };
    struct report report = { 0 };
    int r;

    run->launch_options.fetch = NULL; /* its answer is taken from here on */
    launch_deliver(run->launch, &run->launch_options, LAST_LINES_NS);
    if (run->stands_by) {
        launch_deliver(run->launch, &run->launch_options, -1);
        return;
    }
    r = session_finish(run->session, end, &report, &err);
    launch_deliver(run->launch, &run->launch_options, -1); /* before the report */
    if (r == 0) {
        print_report(run, &report);
        report_deinit(&report);
    } else {
        cli_error(run->cli, "no report: %s", err.message);
    }
    close_samples(run);
}

/* The command has been started: from here on its status is ours, whatever happens to the measurement. */
static int measure(struct run_command *run)
{
    struct launch_result result = { 0 };
    struct session_end end;
    int r;

    launch_wait(run->launch, &run->launch_options, run->session, &result);
    end = end_of(&result);
    finish(run, &end);
    if (!result.timed_out && WIFSIGNALED(result.status))
        return -WTERMSIG(result.status);
    r = command_output_failure(run->launch_options.output);
    if (r != 0)
        cli_error(run->cli, "not all that the command printed was written: %s", strerror(r));
    /* without us its writing would have failed */
    return r != 0 && end.exit_status == 0 ? STATUS_NOT_WRITTEN : end.exit_status;
}

/* Too few descriptors, processes, memory: the command needs less than we do. */
static bool is_shortage(int r)
{
    return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -EAGAIN;
}

/* Measuring has failed before the command was started. Return: the exit status. */
static int without_measuring(struct run_command *run, int r, const struct aico2_error *err)
{
    if (!is_shortage(r) || options_flag(&run->cli->options, OPT_STRICT) ||
        run->launch_options.timeout_ns > 0) {
        cli_error(run->cli, "%s", err->message);
        return STATUS_TROUBLE;
    }
    cli_warning(run->cli, "%s: the command runs unmeasured, without a report", err->message);
    session_free(run->session);
    run->session = NULL;
    return report_exec_failure(run, launch_become(run->launch, run->cli->operands.words));
}

/* Without it the command prints where it would have printed. */
static void open_output(struct run_command *run)
{
    struct aico2_error err = { 0 };

    if (options_flag(&run->cli->options, OPT_EPOCH_OUTPUT) &&
        command_output_open(&run->launch_options.output, &err) < 0)
        cli_warning(run->cli, "--epoch-output: %s: no epochs are looked for", err.message);
}

/* The checks of what was asked for, and the readers; nothing is written yet. */
static int set_up(struct run_command *run, const struct log *log, char *db_path, size_t db_size,
                  struct aico2_error *err)
{
    int r = figures_check_outputs(run->cli, err);

    if (r == 0)
        r = budget_watch_init(&run->budget, run->cli, run->figures.price.currency, err);
    if (r == 0)
        r = calibrated_read(run->cli, &run->calibration, &run->calibrated, err);
    if (r == 0)
        r = launch_prepare(&run->launch, err);
    if (r == 0)
        open_output(run);
    if (r == 0)
        r = open_session(run, log, db_path, db_size, err);
    if (r == 0 && options_flag(&run->cli->options, OPT_STRICT) &&
        !session_can_measure(run->session, STRICT_WAIT_NS))
        r = aico2_error_set(err, -ENODEV,
                            "--strict: no energy or power sensor can be read on this "
                            "machine (`aico2 doctor` says why)");
    return r;
}

static const char *get_variable(const void *payload, const char *name)
{
    (void)payload;
    return getenv(name);
}

/* --resume-run, or what the ranks of a job have in common. */
static int join_training(const struct run_command *run, const char *db_path,
                         struct aico2_error *err)
{
    const char *resume = options_text(&run->cli->options, OPT_RESUME_RUN);
    char training[LABEL_VALUE_SIZE];
    int r;

    (void)snprintf(training, sizeof(training), "%s", rank_election_training(&run->election));
    if (resume != NULL) {
        if (options_flag(&run->cli->options, OPT_NO_DB))
            return aico2_error_set(err, -EINVAL, "--resume-run '%s': with --no-db there is none",
                                   resume);
        r = joined_find(db_path, resume, training, sizeof(training), err);
        if (r < 0) {
            aico2_error_prefix(err, "--resume-run");
            return r;
        }
    }
    if (training[0] != '\0' && session_set_training(run->session, training) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* What is done once the command runs and is measured here. */
static void begin_measuring(struct run_command *run)
{
    begin_live(run);
    open_samples(run);
    session_record(run->session);
    if (options_flag(&run->cli->options, OPT_LIVE) || run->budget.budget.of != BUDGET_NONE)
        session_on_tick(run->session, on_tick, run);
}

static void warn_of_before(struct session *session, const char *run)
{
    char text[128];

    (void)snprintf(text, sizeof(text),
                   "another process measured before, until it was gone: run %s has that", run);
    session_add_warning(session, text);
}

/* Another one on this machine measures, for this command too: it knows of our pid. When it dies it may be our turn. */
static void look_around(void *payload)
{
    struct run_command *run = payload;
    struct aico2_error err = { 0 };
    char before[ULID_SIZE];

    memcpy(before, run->election.lock.run, sizeof(before));
    if (!run->stands_by || !rank_election_is_won(&run->election, session_run_id(run->session)))
        return;
    run->stands_by = false;
    if (join_training(run, run->db_path, &err) < 0)
        cli_warning(run->cli, "%s", err.message);
    warn_of_before(run->session, before);
    rank_election_serve(&run->election, run->session);
    session_start_late(run->session);
    begin_measuring(run);
}

static void say_who_measures(const struct run_command *run)
{
    if (!options_flag(&run->cli->options, OPT_QUIET))
        cli_warning(run->cli, "process %lld measures for all ranks on this machine: run %s",
                    (long long)run->election.lock.leader.pid, run->election.lock.run);
}

/* Return: the exit status, or the negative number of a signal to die of. */
static int start(struct run_command *run, const struct log *log)
{
    char db_path[PATH_MAX];
    struct aico2_error err = { 0 };
    const pid_t *inherited;
    size_t count;
    pid_t child;
    int r = set_up(run, log, db_path, sizeof(db_path), &err);

    if (r == 0) {
        rank_election_hold(&run->election, get_variable, NULL, false, session_run_id(run->session));
        run->stands_by = run->election.follows;
        run->db_path = db_path;
        if (run->stands_by)
            say_who_measures(run);
        else
            r = join_training(run, db_path, &err);
    }
    if (r == 0) {
        run->launch_options.run_id =
            run->stands_by ? run->election.lock.run : session_run_id(run->session);
        r = launch_fork(run->launch, &run->launch_options, &child, &err);
    }
    if (r < 0)
        return without_measuring(run, r, &err);

    inherited = launch_inherited(run->launch, &count);
    for (size_t i = 0; i < count; i++)
        session_exclude(run->session, inherited[i]);
    if (run->launch_options.output != NULL)
        session_add_helper(run->session, command_output_pid(run->launch_options.output));
    session_attach(run->session, child);
    if (run->stands_by) {
        run->launch_options.look = look_around;
        run->launch_options.payload = run;
    } else {
        rank_election_serve(&run->election, run->session);
        session_start(run->session);
    }
    r = launch_exec(run->launch);
    if (r < 0)
        return report_exec_failure(run, r);

    if (!run->stands_by)
        begin_measuring(run);
    return measure(run);
}

int cmd_run(struct cli *cli)
{
    struct run_command run = {
        .cli = cli,
        .calibration = CALIBRATION_NULL,
        .election = RANK_ELECTION_NULL,
        .launch_options = {
            .command = cli->operands.words,
            .timeout_ns = options_given(&cli->options, OPT_TIMEOUT)
                              ? options_integer(&cli->options, OPT_TIMEOUT)
                              : 0,
            .wait_all = options_flag(&cli->options, OPT_WAIT_ALL),
        },
    };
    struct log log = { .write = print_log, .payload = cli };
    struct aico2_error err = { 0 };
    int status;

    if (figures_from_options(cli, &run.figures, &err) < 0) {
        cli_error(cli, "%s", err.message);
        return STATUS_TROUBLE;
    }
    status = green_wait(cli, &run.figures, &run.wait, &err);
    if (status != 0) {
        figures_deinit(&run.figures);
        if (status > 0)
            return launch_die_of(status);
        cli_error(cli, "%s", err.message);
        return STATUS_TROUBLE;
    }
    run.live.plan = run.figures.live;
    status = start(&run, &log);
    rank_election_leave(&run.election);
    session_free(run.session);
    rank_election_end(&run.election);
    live_run_deinit(&run.live);
    figures_deinit(&run.figures);
    calibration_deinit(&run.calibration);
    if (status < 0)
        status = launch_die_of(-status);
    launch_free(run.launch);
    command_output_free(run.launch_options.output);
    return status;
}
