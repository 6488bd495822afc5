/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/gpu_run.c - a session over made-up GPUs and a job that sleeps
 *
 * The machine is an empty tree, so that GPUs are all there is. The fake draws what its script says
 * by the real clock; what must hold on a loaded machine is compared with what the fake itself has
 * answered.
 */
#include "gpu_run.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "session/report/build.h"
#include "session/session.h"

int gpu_run_set_up(void **state)
{
    struct gpu_run *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->tree_fd = temp_dir_open(fixture->tree);
    tree_mkdir(fixture->tree_fd, "proc");
    tree_mkdir(fixture->tree_fd, "sys");
    tree_mkdir(fixture->tree_fd, "dev");
    tree_mkdir(fixture->tree_fd, "etc");
    *state = fixture;
    return 0;
}

static void end_job(struct gpu_run *fixture)
{
    struct rusage usage;
    int status;

    if (fixture->child <= 0)
        return;
    (void)kill(fixture->child, SIGKILL);
    assert_int_equal(wait4(fixture->child, &status, 0, &usage), fixture->child);
    if (fixture->session != NULL)
        session_reaped(fixture->session, fixture->child, 0);
    fixture->child = 0;
}

int gpu_run_tear_down(void **state)
{
    struct gpu_run *fixture = *state;

    session_free(fixture->session);
    fixture->session = NULL;
    end_job(fixture);
    report_deinit(&fixture->report);
    (void)close(fixture->tree_fd);
    temp_dir_remove(fixture->tree);
    free(fixture);
    return 0;
}

/* "@P" in the script stands for the file with the job's pid, "@L" for the log of energy answers. */
static void set_script(const struct gpu_run *fixture, const char *script)
{
    char text[2048];
    size_t used = 0;

    for (const char *at = script; *at != '\0'; at++) {
        if (at[0] == '@' && (at[1] == 'P' || at[1] == 'L')) {
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s/%s",
                                     at[1] == 'P' ? "@" : "", fixture->tree,
                                     at[1] == 'P' ? "pid" : "log");
            at++;
        } else {
            text[used++] = *at;
        }
        assert_true(used + 100 < sizeof(text));
    }
    text[used] = '\0';
    assert_int_equal(setenv("FAKE_NVML", text, 1), 0);
}

void gpu_run_start(struct gpu_run *fixture, const char *fake, int64_t interval_ms,
                   const char *script)
{
    struct session_options options = {
        .interval_ns = interval_ms * NSEC_PER_MSEC,
        .scope = SCOPE_JOB,
        .idle = IDLE_PROPORTIONAL,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
        .sysroot = fixture->tree,
        .nvml_path = fixture->library,
        .root = getpid(),
    };
    struct aico2_error err = { 0 };
    char pid[16];

    set_script(fixture, script);
    (void)snprintf(fixture->library, sizeof(fixture->library), "%s/%s.so",
                   getenv("AICO2_TEST_FAKES"), fake);
    fixture->child = fork();
    assert_true(fixture->child >= 0);
    if (fixture->child == 0) {
        (void)alarm(120);
        for (;;)
            (void)pause();
    }
    (void)snprintf(pid, sizeof(pid), "%d", (int)fixture->child);
    tree_write(fixture->tree_fd, "pid", pid);
    if (session_new(&fixture->session, &options, &err) != 0)
        fail_msg("%s", err.message);
    session_wait_for_drivers(fixture->session, 10 * NSEC_PER_SEC);
    session_attach(fixture->session, fixture->child);
    session_start(fixture->session);
}

void gpu_run_for_ms(struct gpu_run *fixture, int64_t ms)
{
    int64_t deadline_ns = clock_mono_ns() + ms * NSEC_PER_MSEC;
    int64_t left_ns;

    while ((left_ns = deadline_ns - clock_mono_ns()) > 0) {
        struct pollfd wait = { .fd = session_fd(fixture->session), .events = POLLIN };

        if (poll(&wait, 1, (int)(left_ns / NSEC_PER_MSEC) + 1) > 0)
            session_dispatch(fixture->session);
    }
}

const struct report *gpu_run_finish(struct gpu_run *fixture)
{
    const struct session_end end = { .state = RUN_FINISHED, .exit_status = 0 };
    struct aico2_error err = { 0 };

    end_job(fixture);
    if (session_finish(fixture->session, &end, &fixture->report, &err) != 0)
        fail_msg("%s", err.message);
    return &fixture->report;
}

bool gpu_run_again(struct gpu_run *fixture, bool came_out, int64_t *ms)
{
    const int64_t longest_ms = 20000;

    if (came_out || *ms > longest_ms)
        return false;
    *ms *= 2;
    session_free(fixture->session);
    fixture->session = NULL;
    report_deinit(&fixture->report);
    (void)unlinkat(fixture->tree_fd, "log", 0);
    return true;
}

double gpu_run_logged_joules(const struct gpu_run *fixture, unsigned gpu)
{
    char path[128];
    unsigned index;
    unsigned answers = 0;
    unsigned long long millijoules;
    unsigned long long last = 0;
    unsigned long long used = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/log", fixture->tree);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fscanf(file, "%u %llu", &index, &millijoules) == 2) {
        if (index != gpu)
            continue;
        if (++answers > 2 && millijoules > last) /* what was used before it went back is lost */
            used += millijoules - last;
        last = millijoules;
    }
    (void)fclose(file);
    assert_true(answers >= 3);
    return (double)used / 1000;
}

void gpu_run_assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9g is not %.9g +- %.3g", value, expected, tolerance);
}

void gpu_run_assert_adds_up(const struct report_device *item)
{
    gpu_run_assert_near(item->job_joules + item->others_joules + item->idle_joules,
                        item->energy.value, 1e-9 * item->energy.value);
    assert_true(item->job_joules >= 0 && item->others_joules >= 0 && item->idle_joules >= 0);
}

bool gpu_run_warned(const struct report *report, const char *words)
{
    for (size_t i = 0; i < report->warning_count; i++) {
        if (strstr(report->warnings[i], words) != NULL)
            return true;
    }
    return false;
}

/* The job's part `ratio` of what is above idle. */
void gpu_run_assert_share(const struct report_device *item, double ratio)
{
    double active = item->job_joules + item->others_joules;

    gpu_run_assert_adds_up(item);
    assert_true(active > 0);
    gpu_run_assert_near(item->job_joules / active, ratio, 1e-6);
    gpu_run_assert_near(item->share_ratio, ratio, 1e-6);
    gpu_run_assert_near(item->idle_share_joules, ratio * item->idle_joules,
                        1e-6 * item->energy.value);
}
