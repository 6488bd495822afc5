/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/test_gpu_run.c - sessions over made-up GPUs, with joules worked out by hand
 *
 * The machine is an empty tree, so that GPUs are all there is. The fake draws what its script says
 * by the real clock; what must hold on a loaded machine is compared with what the fake itself has
 * answered.
 */
#include "gpu_tree.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "session/report_build.h"
#include "session/session.h"

/* Nobody has this pid: kernels count to 2^22. */
#define FOREIGN "999999999"
/* Everybody's machine has this one, and it is not the job's. */
#define OTHER "1"

struct fixture {
    char tree[64];
    int tree_fd;
    char library[512];
    pid_t child; /* the job: sleeps until it is told to end */
    struct session *session;
    struct report report;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->tree_fd = temp_dir_open(fixture->tree);
    tree_mkdir(fixture->tree_fd, "proc");
    tree_mkdir(fixture->tree_fd, "sys");
    tree_mkdir(fixture->tree_fd, "dev");
    tree_mkdir(fixture->tree_fd, "etc");
    *state = fixture;
    return 0;
}

static void end_job(struct fixture *fixture)
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

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

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
static void set_script(const struct fixture *fixture, const char *script)
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

static void start(struct fixture *fixture, const char *fake, int64_t interval_ms,
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

static void run_for_ms(struct fixture *fixture, int64_t ms)
{
    int64_t deadline_ns = clock_mono_ns() + ms * NSEC_PER_MSEC;
    int64_t left_ns;

    while ((left_ns = deadline_ns - clock_mono_ns()) > 0) {
        struct pollfd wait = { .fd = session_fd(fixture->session), .events = POLLIN };

        if (poll(&wait, 1, (int)(left_ns / NSEC_PER_MSEC) + 1) > 0)
            session_dispatch(fixture->session);
    }
}

static const struct report *finish(struct fixture *fixture)
{
    const struct session_end end = { .state = RUN_FINISHED, .exit_status = 0 };
    struct aico2_error err = { 0 };

    end_job(fixture);
    if (session_finish(fixture->session, &end, &fixture->report, &err) != 0)
        fail_msg("%s", err.message);
    return &fixture->report;
}

/* The first answer in the log is the probe's, the second the baseline. Return: last - baseline,
 * joules. */
static double logged_joules(const struct fixture *fixture, unsigned gpu)
{
    char path[128];
    unsigned index;
    unsigned answers = 0;
    unsigned long long millijoules;
    unsigned long long first = 0;
    unsigned long long last = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/log", fixture->tree);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fscanf(file, "%u %llu", &index, &millijoules) == 2) {
        if (index != gpu)
            continue;
        if (++answers == 2)
            first = millijoules;
        last = millijoules;
    }
    (void)fclose(file);
    assert_true(answers >= 3);
    return (double)(last - first) / 1000;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.9g is not %.9g +- %.3g", value, expected, tolerance);
}

static void assert_adds_up(const struct report_device *item)
{
    assert_near(item->job_joules + item->others_joules + item->idle_joules, item->energy.value,
                1e-9 * item->energy.value);
    assert_true(item->job_joules >= 0 && item->others_joules >= 0 && item->idle_joules >= 0);
}

static bool warned(const struct report *report, const char *words)
{
    for (size_t i = 0; i < report->warning_count; i++) {
        if (strstr(report->warnings[i], words) != NULL)
            return true;
    }
    return false;
}

/* --- energy --- */

static void test_counter_differences_are_exact(void **state)
{
    static const int64_t intervals_ms[] = { 10, 100, 1000 };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(intervals_ms); i++) {
        const struct report *report;

        (void)unlinkat(fixture->tree_fd, "log", 0);
        start(fixture, "fake_nvml", intervals_ms[i], "gpu.watts=100;log=@L");
        run_for_ms(fixture, 250);
        report = finish(fixture);
        assert_int_equal(report->device_count, 1);
        assert_int_equal(report->devices[0].device.basis, BASIS_MEASURED);
        /* exact in mJ: the sums are of whole microjoules */
        assert_near(report->devices[0].energy.value, logged_joules(fixture, 0), 1e-6);
        /* 100 W; the stamps lie a scheduling delay off the answers, of a quarter of a second */
        assert_near(report->devices[0].mean_power_watts, 100, 40);
        assert_true(report->devices[0].energy.value > 15);
        assert_adds_up(&report->devices[0]);
        session_free(fixture->session);
        fixture->session = NULL;
        report_deinit(&fixture->report);
    }
}

static void test_two_gpus_count_each_its_own(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "count=2;gpu0.watts=100;gpu1.watts=250;log=@L");
    run_for_ms(fixture, 500);
    report = finish(fixture);
    assert_int_equal(report->device_count, 2);
    assert_near(report->devices[0].energy.value, logged_joules(fixture, 0), 1e-6);
    assert_near(report->devices[1].energy.value, logged_joules(fixture, 1), 1e-6);
    assert_near(report->machine_joules,
                report->devices[0].energy.value + report->devices[1].energy.value, 1e-6);
    /* 250 W to 100 W, over the same half second give or take a delay of 50 ms */
    assert_near(report->devices[1].energy.value / report->devices[0].energy.value, 2.5, 0.5);
}

static void test_power_is_integrated_by_trapezoid(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    start(fixture, "fake_nvml", 50, "gpu.energy_code=3;gpu.watts=80");
    run_for_ms(fixture, 600);
    item = &finish(fixture)->devices[0];
    assert_int_equal(item->device.basis, BASIS_MEASURED);
    /* constant power: 80 W x the covered time, however uneven the readings */
    assert_near(item->mean_power_watts, 80, 1e-6);
    assert_true(item->energy.value > 80 * 0.3);
    assert_near(item->peak_power_watts, 80, 1e-6);
    /* a reading that may be a second late, in a run of less than ten */
    assert_near(item->device.band_ratio, 0.5, 1e-9);
    assert_adds_up(item);
}

static void test_power_step_costs_half_an_interval_at_most(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;
    double seconds;

    /* from library start: 50 W for 400 ms, then 250 W. The trapezoid over the tick with the step is
     * off by at most (250 - 50) / 2 x the tick; the session starts within that first 400 ms */
    start(fixture, "fake_nvml", 20,
          "gpu.energy_code=3;gpu.watts=50;gpu.watts2=250;gpu.step_ms=400");
    run_for_ms(fixture, 1000);
    item = &finish(fixture)->devices[0];
    seconds = item->energy.value / item->mean_power_watts;
    assert_true(item->energy.value > 50 * seconds + 20);
    assert_true(item->energy.value < 250 * seconds - 20);
    assert_near(item->peak_power_watts, 250, 1e-6);
}

static void test_dead_counter_leaves_it_to_power(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "gpu.frozen=1000000;gpu.watts=90");
    run_for_ms(fixture, 500);
    report = finish(fixture);
    assert_near(report->devices[0].mean_power_watts, 90, 1e-6);
    assert_true(report->devices[0].energy.value > 20);
    assert_non_null(strstr(report->devices[0].device.note, "counter does not move"));
}

static void test_counter_that_stands_still_at_first_is_kept(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    /* probe, baseline and two more answers are the start value */
    start(fixture, "fake_nvml", 50, "gpu.frozen=4;gpu.start=0;gpu.watts=90;log=@L");
    run_for_ms(fixture, 1500);
    item = &finish(fixture)->devices[0];
    assert_near(item->energy.value, logged_joules(fixture, 0), 1e-6);
    assert_null(strstr(item->device.note, "counter does not move"));
}

static void test_utilisation_alone_is_modelled(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;
    double idle_watts;

    start(fixture, "fake_nvml", 50, "gpu.energy_code=3;gpu.power_code=3;gpu.util=80;gpu.limit=300");
    run_for_ms(fixture, 500);
    item = &finish(fixture)->devices[0];
    assert_int_equal(item->device.basis, BASIS_MODELLED);
    assert_true(item->device.band_ratio >= 0.70);
    /* idle + (300 - idle) x 0.8 */
    idle_watts = item->device.idle_watts;
    assert_near(item->mean_power_watts, idle_watts + (300 - idle_watts) * 0.8, 1e-6);
    assert_adds_up(item);
}

static void test_reset_is_a_gap_not_a_negative(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "gpu.reset=8;gpu.watts=100");
    run_for_ms(fixture, 1000);
    report = finish(fixture);
    assert_true(warned(report, "was reset 1 time"));
    assert_true(report->devices[0].energy.value > 20);
    assert_true(report->devices[0].energy.value < 100 * 1.5);
    assert_true(report->devices[0].coverage_ratio < 1);
}

/* --- failures --- */

static void test_gpu_lost_mid_run_is_a_gap_and_the_other_goes_on(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "count=2;gpu1.lost=8;log=@L");
    run_for_ms(fixture, 1500);
    report = finish(fixture);
    assert_near(report->devices[0].energy.value, logged_joules(fixture, 0), 1e-6);
    assert_true(report->devices[0].coverage_ratio > 0.8);
    /* what it had answered stays counted */
    assert_near(report->devices[1].energy.value, logged_joules(fixture, 1), 1e-6);
    assert_true(report->devices[1].coverage_ratio < 0.7);
    assert_true(report->devices[1].gap_seconds > 0.4);
    assert_true(warned(report, "gpu1:"));
    assert_false(warned(report, "gpu0:"));
}

static void test_driver_that_does_not_start_is_said(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "init=18");
    run_for_ms(fixture, 100);
    report = finish(fixture);
    assert_int_equal(report->device_count, 0);
    assert_true(warned(report, "reader 'nvml': NVIDIA's library and kernel driver"));
    assert_true(isnan(report->machine_joules));
}

static void test_gpu_that_cannot_be_opened_is_said(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "count=2;gpu0.handle_code=15");
    run_for_ms(fixture, 100);
    report = finish(fixture);
    assert_int_equal(report->device_count, 1);
    assert_true(warned(report, "gpu0: GPU is lost"));
}

/* --- whose work --- */

/* The job's part `ratio` of what is above idle. */
static void assert_share(const struct report_device *item, double ratio)
{
    double active = item->job_joules + item->others_joules;

    assert_adds_up(item);
    assert_true(active > 0);
    assert_near(item->job_joules / active, ratio, 1e-6);
    assert_near(item->share_ratio, ratio, 1e-6);
    assert_near(item->idle_share_joules, ratio * item->idle_joules, 1e-6 * item->energy.value);
}

static void test_shares_follow_sm_time(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    /* 30 % against 20 %: three fifths, whatever memory says */
    start(fixture, "fake_nvml", 50,
          "gpu.limit=300;gpu.watts=200;gpu.procs=@P:10:30," OTHER ":9000:20");
    run_for_ms(fixture, 500);
    item = &finish(fixture)->devices[0];
    assert_share(item, 0.6);
    assert_null(strstr(item->device.note, "memory residency"));
}

static void test_shares_follow_memory_where_sm_time_is_not_told(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    start(fixture, "fake_nvml", 50, "gpu.sm_code=3;gpu.procs=@P:3000:-," OTHER ":1000:-");
    run_for_ms(fixture, 500);
    item = &finish(fixture)->devices[0];
    assert_share(item, 0.75);
    assert_non_null(strstr(item->device.note, "shared by memory residency"));
}

static void test_unknown_memory_counts_each_process_alike(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "fake_nvml", 50, "gpu.sm_code=3;gpu.procs=@P:?:-," OTHER ":1000:-");
    run_for_ms(fixture, 300);
    assert_share(&finish(fixture)->devices[0], 0.5);
}

static void test_share_outlives_the_job(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "fake_nvml", 100, "gpu.watts=200;gpu.procs=@P:10:30," OTHER ":9000:20");
    run_for_ms(fixture, 450);
    /* the driver drops it from its list before the last reading */
    (void)unlinkat(fixture->tree_fd, "pid", 0);
    assert_share(&finish(fixture)->devices[0], 0.6);
}

static void test_somebody_elses_gpu_is_not_the_jobs(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "count=2;gpu0.procs=@P:100:50;gpu1.procs=" OTHER ":100:50");
    run_for_ms(fixture, 300);
    report = finish(fixture);
    assert_share(&report->devices[0], 1);
    assert_share(&report->devices[1], 0);
    /* none of its idle either */
    assert_near(report->total.value, report->devices[0].energy.value, 1e-6);
}

static void test_idle_gpu_of_a_busy_machine_costs_the_job_nothing(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50, "count=2;gpu0.procs=@P:100:50;gpu1.util=0;gpu1.watts=40");
    run_for_ms(fixture, 300);
    report = finish(fixture);
    assert_near(report->devices[1].idle_joules, report->devices[1].energy.value, 1e-9);
    assert_near(report->devices[1].idle_share_joules, 0, 1e-9);
}

static void test_pids_of_another_namespace_are_taken_for_the_jobs(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    tree_write(fixture->tree_fd, ".dockerenv", "");
    start(fixture, "fake_nvml", 50, "gpu.procs=" FOREIGN ":100:50");
    run_for_ms(fixture, 300);
    item = &finish(fixture)->devices[0];
    assert_share(item, 1);
    assert_non_null(strstr(item->device.note, "taken for the job's"));
}

#define MIG "gpu.mig=1;gpu.instances=3g.20gb:3:20096,2g.10gb:2:9984;"

/* The job holds half of 3/7, somebody else all of 2/7: 1.5 to 2, so that 3/7 of it is the job's. */
static void test_instances_share_by_memory_and_size(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50,
          MIG "gpu.watts=300;gpu.procs0=@P:10048:-;gpu.procs1=" OTHER ":9984:-");
    run_for_ms(fixture, 400);
    report = finish(fixture);
    assert_int_equal(report->device_count, 1); /* the parent, once */
    assert_share(&report->devices[0], 1.5 / 3.5);
    assert_non_null(strstr(report->devices[0].device.note, "memory held x size of the instance"));
    assert_non_null(strstr(report->devices[0].device.note, "MIG: 3g.20gb, 2g.10gb"));
}

/* Memory that is not told of one: instances by their size, two processes in one alike. */
static void test_instances_share_by_size_where_memory_is_not_told(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "fake_nvml", 50,
          MIG "gpu.procs0=@P:?:-," OTHER ":5:-;gpu.procs1=" FOREIGN ":9984:-");
    run_for_ms(fixture, 400);
    assert_share(&finish(fixture)->devices[0], 1.5 / 5);
}

/* A container is shown its own instance alone, and processes by numbers it does not know. */
static void test_container_answers_for_its_instances_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    tree_write(fixture->tree_fd, ".dockerenv", "");
    start(fixture, "fake_nvml", 50,
          "gpu.mig=1;gpu.instances=2g.10gb:2:9984;gpu.procs0=" FOREIGN ":100:-");
    run_for_ms(fixture, 300);
    item = &finish(fixture)->devices[0];
    assert_share(item, 2.0 / 7);
    assert_non_null(strstr(item->device.note, "29 % taken for the job's, the instances that are"));
}

static void test_instance_in_the_environment_is_the_jobs(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    /* no list at all: of 3 + 2 slices the job was given 3 */
    (void)setenv("CUDA_VISIBLE_DEVICES", "MIG-00000000-0000-0000-0000-000000000000", 1);
    start(fixture, "fake_nvml", 50, MIG "gpu.list_code=4;gpu.instance_list_code=4");
    run_for_ms(fixture, 300);
    item = &finish(fixture)->devices[0];
    (void)unsetenv("CUDA_VISIBLE_DEVICES");
    assert_share(item, 3.0 / 5);
    assert_non_null(strstr(item->device.note, "CUDA_VISIBLE_DEVICES"));
}

static void test_pids_that_match_once_are_believed_everywhere(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    tree_write(fixture->tree_fd, ".dockerenv", "");
    start(fixture, "fake_nvml", 50, "count=2;gpu0.procs=@P:100:50;gpu1.procs=" FOREIGN ":100:50");
    run_for_ms(fixture, 300);
    report = finish(fixture);
    assert_share(&report->devices[0], 1);
    assert_share(&report->devices[1], 0);
    assert_string_equal(report->devices[1].device.note, "");
}

static void test_empty_list_is_believed_where_pids_match(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    /* the second GPU works at 50 % for nobody in its list: a process that has just ended, not the job */
    start(fixture, "fake_nvml", 50, "count=2;gpu0.procs=@P:100:50");
    run_for_ms(fixture, 300);
    report = finish(fixture);
    assert_share(&report->devices[0], 1);
    assert_share(&report->devices[1], 0);
    assert_string_equal(report->devices[1].device.note, "");
}

/* The sensor's periods at both ends are 0.1 s: a third of a run of 0.3 s. */
static void test_a_short_run_has_a_wide_band(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;
    const struct report *report;
    double covered_seconds;

    start(fixture, "fake_nvml", 50, "gpu.watts=100");
    run_for_ms(fixture, 300);
    report = finish(fixture);
    item = &report->devices[0];
    covered_seconds = item->coverage_ratio * (double)report->run.duration_ns / 1e9;
    assert_true(covered_seconds > 0);
    assert_true(item->energy.high / item->energy.value - 1 >=
                fmin(0.1 / covered_seconds, 1) - 1e-9);
}

/* Readings of the instant are samples of the load: +-10 %, and 50 % / sqrt(readings). */
static void test_power_of_the_instant_is_better_with_more_readings(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    start(fixture, "fake_nvml", 20, "gpu.energy_code=3;gpu.instant=80");
    run_for_ms(fixture, 600);
    item = &finish(fixture)->devices[0];
    assert_near(item->mean_power_watts, 80, 1e-6);
    assert_true(item->samples > 5);
    assert_near(item->device.band_ratio, hypot(0.1, 0.5 / sqrt((double)item->samples)), 1e-9);
}

/* 542 W of the module hold the 398 W of the GPU: never 940 W. */
static void test_superchip_counts_its_module_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;

    start(fixture, "fake_nvml", 50,
          "gpu.name=NVIDIA GH200 480GB;gpu.watts=542;gpu.instant=398;gpu.module=542");
    run_for_ms(fixture, 500);
    report = finish(fixture);
    assert_int_equal(report->device_count, 2);
    assert_near(report->devices[0].mean_power_watts, 398, 1e-6);
    assert_true(report->devices[0].inside_module);
    assert_int_equal(report->devices[1].device.kind, DEVICE_MODULE);
    assert_near(report->devices[1].mean_power_watts, 542, 1e-6);
    assert_near(report->machine_joules, report->devices[1].energy.value, 1e-6);
    assert_adds_up(&report->devices[0]);
    assert_adds_up(&report->devices[1]);
}

static void test_driver_that_tells_nothing_leaves_all_to_the_job(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *item;

    start(fixture, "fake_nvml_least", 50, "gpu.watts=120");
    run_for_ms(fixture, 300);
    item = &finish(fixture)->devices[0];
    assert_share(item, 1);
    assert_near(item->job_joules + item->idle_share_joules, item->energy.value, 1e-6);
    assert_non_null(strstr(item->device.note, "taken for the job's"));
}

/* NVML's list names the job; of an AMD card beside it nothing is listed, which proves nothing. Both
 * readers begin with a "gpu0". */
static void test_gpu_of_another_driver_has_its_own_name_and_rule(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;
    const struct report_device *amd;

    gpu_tree_add(fixture->tree_fd, 3, "amdgpu", "0x1002", "0x744c");
    gpu_tree_write(fixture->tree_fd, 3, "hwmon/hwmon3/name", "amdgpu\n");
    gpu_tree_write(fixture->tree_fd, 3, "hwmon/hwmon3/power1_average", "120000000\n");
    gpu_tree_write(fixture->tree_fd, 3, "gpu_busy_percent", "80\n");
    start(fixture, "fake_nvml", 50, "gpu.procs=@P:100:50");
    run_for_ms(fixture, 300);
    report = finish(fixture);
    assert_int_equal(report->device_count, 2);
    assert_string_not_equal(report->devices[0].device.id, report->devices[1].device.id);
    amd = &report->devices[strcmp(report->devices[0].device.reader, "amdgpu") == 0 ? 0 : 1];
    assert_string_equal(amd->device.reader, "amdgpu");
    assert_near(amd->mean_power_watts, 120, 1e-9);
    assert_share(amd, 1);
    assert_non_null(strstr(amd->device.note, "taken for the job's"));
    /* power readings of less than 10 s */
    assert_near(amd->energy.high / amd->energy.value, 1.5, 1e-9);
}

/* Threads of this process. */
static size_t threads(void)
{
    struct stat status;

    assert_int_equal(stat("/proc/self/task", &status), 0);
    return (size_t)status.st_nlink - 2;
}

/* Lets the calls that hang go on, one day: their threads clean up, and the library is unloaded. */
static void release_hung_calls(const struct fixture *fixture, size_t threads_at_first)
{
    void (*release)(void) = NULL;
    void *library = dlopen(fixture->library, RTLD_LAZY | RTLD_NOLOAD);
    void *address;

    assert_non_null(library);
    address = dlsym(library, "fake_nvml_release");
    memcpy(&release, &address, sizeof(release));
    assert_true(threads() > threads_at_first);
    release();
    for (int i = 0; threads() > threads_at_first && i < 10000; i++)
        (void)usleep(1000);
    assert_int_equal(threads(), threads_at_first);
    (void)dlclose(library);
}

/* One of eight hangs in its 8th call: the others' energy is the driver's to the millijoule, nearly
 * all the time covered; it costs one more thread. */
static void test_gpu_that_hangs_is_a_gap_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;
    size_t at_first = threads();

    start(fixture, "fake_nvml", 50, "count=8;gpu3.hang=8;log=@L");
    run_for_ms(fixture, 3000);
    assert_true(threads() <= at_first + 2);
    report = finish(fixture);
    assert_int_equal(report->device_count, 8);
    for (unsigned i = 0; i < 8; i++) {
        assert_near(report->devices[i].energy.value, logged_joules(fixture, i), 1e-6);
        assert_true(i == 3 ? report->devices[i].coverage_ratio < 0.6
                           : report->devices[i].coverage_ratio > 0.9);
    }
    assert_true(warned(report, "gpu3: "));
    assert_true(warned(report, "does not answer"));
    assert_false(warned(report, "gpu2: "));
    session_free(fixture->session);
    fixture->session = NULL;
    release_hung_calls(fixture, at_first);
}

static void test_hung_call_does_not_hold_up_the_end(void **state)
{
    struct fixture *fixture = *state;
    const struct report *report;
    size_t at_first = threads(); /* a sanitizer may have one of its own */
    int64_t before_ns;

    start(fixture, "fake_nvml", 50, "gpu.hang=8;log=@L");
    run_for_ms(fixture, 3000);
    before_ns = clock_mono_ns();
    report = finish(fixture);
    assert_near(report->devices[0].energy.value, logged_joules(fixture, 0), 1e-6);
    assert_true(report->devices[0].coverage_ratio < 0.6);
    assert_true(warned(report, "'nvml' did not answer"));
    session_free(fixture->session);
    fixture->session = NULL;
    /* 20 ms and what a loaded machine adds; the call itself never returns */
    assert_true(clock_mono_ns() - before_ns < 5 * NSEC_PER_SEC);

    release_hung_calls(fixture, at_first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
        TEST(test_counter_differences_are_exact),
        TEST(test_two_gpus_count_each_its_own),
        TEST(test_power_is_integrated_by_trapezoid),
        TEST(test_power_step_costs_half_an_interval_at_most),
        TEST(test_dead_counter_leaves_it_to_power),
        TEST(test_counter_that_stands_still_at_first_is_kept),
        TEST(test_utilisation_alone_is_modelled),
        TEST(test_reset_is_a_gap_not_a_negative),
        TEST(test_gpu_lost_mid_run_is_a_gap_and_the_other_goes_on),
        TEST(test_driver_that_does_not_start_is_said),
        TEST(test_gpu_that_cannot_be_opened_is_said),
        TEST(test_shares_follow_sm_time),
        TEST(test_shares_follow_memory_where_sm_time_is_not_told),
        TEST(test_unknown_memory_counts_each_process_alike),
        TEST(test_share_outlives_the_job),
        TEST(test_somebody_elses_gpu_is_not_the_jobs),
        TEST(test_idle_gpu_of_a_busy_machine_costs_the_job_nothing),
        TEST(test_pids_of_another_namespace_are_taken_for_the_jobs),
        TEST(test_instances_share_by_memory_and_size),
        TEST(test_instances_share_by_size_where_memory_is_not_told),
        TEST(test_container_answers_for_its_instances_alone),
        TEST(test_instance_in_the_environment_is_the_jobs),
        TEST(test_pids_that_match_once_are_believed_everywhere),
        TEST(test_empty_list_is_believed_where_pids_match),
        TEST(test_a_short_run_has_a_wide_band),
        TEST(test_power_of_the_instant_is_better_with_more_readings),
        TEST(test_superchip_counts_its_module_alone),
        TEST(test_driver_that_tells_nothing_leaves_all_to_the_job),
        TEST(test_gpu_of_another_driver_has_its_own_name_and_rule),
        TEST(test_gpu_that_hangs_is_a_gap_of_its_own),
        TEST(test_hung_call_does_not_hold_up_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
