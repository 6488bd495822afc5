/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/test_gpu_clients.c - sessions over cards whose clients are read from /proc
 *
 * The readers of AMD's and Intel's cards, made to answer at once, over a tree whose clocks stand
 * until the test moves them. What the tree's processes do is written there; the job's pid is real.
 */
#include "gpu_tree.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "fake_machine.h"
#include "readers/amdgpu.h"
#include "readers/intel_gpu.h"
#include "session/report/build.h"

/* Nobody has this pid: kernels count to 2^22. */
enum { FOREIGN = 999999999 };

struct fixture {
    struct test_machine machine;
    struct fake_machine clocks;
    struct reader_driver amd;
    struct reader_driver intel;
    const struct reader_driver *drivers[3];
    struct session *session;
    pid_t child;
    int joules;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    machine_set_up(&fixture->machine, NULL);
    fake_machine_init(&fixture->clocks);
    tree_mkdir(fixture->machine.fd, "proc");
    fixture->amd = reader_amdgpu;
    fixture->intel = reader_intel_gpu;
    fixture->amd.may_block = fixture->intel.may_block = false;
    fixture->drivers[0] = &fixture->amd;
    fixture->drivers[1] = &fixture->intel;
    fixture->child = fork();
    assert_true(fixture->child >= 0);
    if (fixture->child == 0) {
        (void)alarm(120);
        for (;;)
            (void)pause();
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    (void)kill(fixture->child, SIGKILL);
    (void)waitpid(fixture->child, NULL, 0);
    machine_tear_down(&fixture->machine);
    free(fixture);
    return 0;
}

static void add_card(struct fixture *fixture, const char *driver, const char *vendor)
{
    char text[16];

    gpu_tree_add(fixture->machine.fd, 3, driver, vendor, "0x744c");
    (void)snprintf(text, sizeof(text), "%s\n", driver);
    gpu_tree_write(fixture->machine.fd, 3, "hwmon/hwmon3/name", text);
}

static void write_number(struct fixture *fixture, const char *file, long long number)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld\n", number);
    gpu_tree_write(fixture->machine.fd, 3, file, text);
}

/* The work that a process has done on the card since it opened it. */
static void client(struct fixture *fixture, const char *driver, int pid, int gpu_ms)
{
    char path[64];
    char text[256];

    (void)snprintf(path, sizeof(path), "proc/%d/fd/5", pid);
    (void)unlinkat(fixture->machine.fd, path, 0);
    tree_link(fixture->machine.fd, path, "/dev/dri/renderD128");
    (void)snprintf(path, sizeof(path), "proc/%d/fdinfo/5", pid);
    (void)unlinkat(fixture->machine.fd, path, 0);
    (void)snprintf(text, sizeof(text),
                   "drm-driver:\t%s\ndrm-pdev:\t0000:03:00.0\ndrm-client-id:\t%d\n"
                   "drm-engine-render:\t%d000000 ns\n",
                   driver, pid, gpu_ms);
    tree_write(fixture->machine.fd, path, text);
}

static void begin(struct fixture *fixture)
{
    struct session_options options = fake_options(&fixture->clocks);
    struct aico2_error err = { 0 };

    options.drivers = fixture->drivers;
    options.sysroot = fixture->machine.path;
    if (session_new(&fixture->session, &options, &err) != 0)
        fail_msg("%s", err.message);
    session_attach(fixture->session, fixture->child);
    session_start(fixture->session);
    /* a reader with a thread of its own has the tree looked at when it lists a stranger */
    session_tell_job(fixture->session, fixture->clocks.mono_ns);
}

static void pass(struct fixture *fixture, double seconds)
{
    fake_pass(&fixture->clocks, seconds);
    fake_tick(fixture->session, &fixture->clocks);
}

static const struct report_device *end(struct fixture *fixture, struct report *report)
{
    const struct report_device *gpu;

    fake_finish(fixture->session, report);
    gpu = fake_report_device(report, "gpu0");
    /* to the last bit */
    assert_true(gpu->job_joules + gpu->others_joules + gpu->idle_joules == gpu->energy.value);
    return gpu;
}

/* A card of 200 W, all of it above idle, whose counter moves by 100 J in each of 4 s: the job's
 * client works for 600 ms of each, another's for 200. Idle is 0: 400 J are the job's 3/4 and 1/4. */
static void test_an_intel_card_is_shared_by_engine_time(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *gpu;
    struct report report;
    double job;
    double idle_watts;

    add_card(fixture, "i915", "0x8086");
    write_number(fixture, "hwmon/hwmon3/energy1_input", 1000000);
    client(fixture, "i915", FOREIGN, 5000);
    begin(fixture);
    for (int second = 1; second <= 4; second++) {
        client(fixture, "i915", fixture->child, 600 * second);
        client(fixture, "i915", FOREIGN, 5000 + 200 * second);
        write_number(fixture, "hwmon/hwmon3/energy1_input", 1000000 + 100000000LL * second);
        pass(fixture, 1);
    }
    gpu = end(fixture, &report);
    assert_near(gpu->energy.value, 400);
    idle_watts = gpu->device.idle_watts;
    assert_true(idle_watts >= 0 && idle_watts < 100);
    /* by engine time, which is told to 7 digits; the first second has no time of the foreign client's before it,
     * but that client was there already, so that its account had begun */
    job = 0.75 * (400 - 4 * idle_watts);
    assert_true(fabs(gpu->job_joules - job) < 1e-4);
    assert_true(fabs(gpu->others_joules - job / 3) < 1e-4);
    assert_true(strstr(gpu->device.note, "taken for") == NULL);
    report_deinit(&report);
}

/* The same with a driver that calls the card busy for 80 % of the time, as the two do together. */
static void test_an_amd_card_is_shared_by_engine_time(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *gpu;
    struct report report;

    add_card(fixture, "amdgpu", "0x1002");
    write_number(fixture, "hwmon/hwmon3/power1_average", 200000000);
    write_number(fixture, "gpu_busy_percent", 80);
    client(fixture, "amdgpu", FOREIGN, 5000);
    begin(fixture);
    for (int second = 1; second <= 4; second++) {
        client(fixture, "amdgpu", fixture->child, 600 * second);
        client(fixture, "amdgpu", FOREIGN, 5000 + 200 * second);
        pass(fixture, 1);
    }
    gpu = end(fixture, &report);
    assert_near(gpu->energy.value, 800);
    assert_true(fabs(gpu->job_joules - 3 * gpu->others_joules) < 1e-4);
    assert_true(gpu->job_joules > 0);
    report_deinit(&report);
}

/* Nobody but a stranger, whom we may not look at, works on it: none of it is the job's. */
static void test_work_that_is_not_seen_is_not_the_jobs(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *gpu;
    struct report report;

    add_card(fixture, "amdgpu", "0x1002");
    tree_write(fixture->machine.fd, "proc/1/fd", "");
    write_number(fixture, "hwmon/hwmon3/power1_average", 200000000);
    write_number(fixture, "gpu_busy_percent", 80);
    begin(fixture);
    for (int second = 1; second <= 4; second++)
        pass(fixture, 1);
    gpu = end(fixture, &report);
    assert_near(gpu->energy.value, 800);
    assert_true(gpu->job_joules == 0);
    assert_true(gpu->others_joules > 0);
    assert_non_null(strstr(gpu->device.note, "may not be looked at"));
    report_deinit(&report);
}

/* Over before anything of it was seen: taken for the job's, and said. */
static void test_a_run_too_short_to_be_seen_is_presumed(void **state)
{
    struct fixture *fixture = *state;
    const struct report_device *gpu;
    struct report report;

    add_card(fixture, "amdgpu", "0x1002");
    write_number(fixture, "hwmon/hwmon3/power1_average", 200000000);
    write_number(fixture, "gpu_busy_percent", 80);
    begin(fixture);
    fake_pass(&fixture->clocks, 0.5);
    gpu = end(fixture, &report);
    assert_near(gpu->energy.value, 100);
    assert_true(gpu->job_joules > 0 && gpu->others_joules == 0);
    assert_non_null(strstr(gpu->device.note, "taken for the job's"));
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_intel_card_is_shared_by_engine_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_amd_card_is_shared_by_engine_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_work_that_is_not_seen_is_not_the_jobs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_run_too_short_to_be_seen_is_presumed, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
