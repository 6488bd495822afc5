/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/test_gpu_run.c - sessions over made-up GPUs, with joules worked out by hand
 */
#include "gpu_run.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "session/report/build.h"
#include "session/session.h"

/* --- energy --- */

static void test_counter_differences_are_exact(void **state)
{
    static const int64_t intervals_ms[] = { 10, 100, 1000 };
    struct gpu_run *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(intervals_ms); i++) {
        const struct report *report;
        int64_t ms = 250;

        (void)unlinkat(fixture->tree_fd, "log", 0);
        do {
            gpu_run_start(fixture, "fake_nvml", intervals_ms[i], "gpu.watts=100;log=@L");
            gpu_run_for_ms(fixture, ms);
            report = gpu_run_finish(fixture);
        } while (gpu_run_again(fixture,
                               fabs(report->devices[0].mean_power_watts - 100) <= 40 &&
                                   report->devices[0].energy.value > 15,
                               &ms));
        assert_int_equal(report->device_count, 1);
        assert_int_equal(report->devices[0].device.basis, BASIS_MEASURED);
        /* exact in mJ: the sums are of whole microjoules */
        gpu_run_assert_near(report->devices[0].energy.value, gpu_run_logged_joules(fixture, 0),
                            1e-6);
        /* 100 W; the stamps lie a scheduling delay off the answers, of a quarter of a second */
        gpu_run_assert_near(report->devices[0].mean_power_watts, 100, 40);
        assert_true(report->devices[0].energy.value > 15);
        gpu_run_assert_adds_up(&report->devices[0]);
        session_free(fixture->session);
        fixture->session = NULL;
        report_deinit(&fixture->report);
    }
}

static void test_two_gpus_count_each_its_own(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    int64_t ms = 500;

    do {
        gpu_run_start(fixture, "fake_nvml", 50, "count=2;gpu0.watts=100;gpu1.watts=250;log=@L");
        gpu_run_for_ms(fixture, ms);
        report = gpu_run_finish(fixture);
    } while (gpu_run_again(fixture,
                           fabs(report->devices[1].energy.value / report->devices[0].energy.value -
                                2.5) <= 0.5,
                           &ms));
    assert_int_equal(report->device_count, 2);
    gpu_run_assert_near(report->devices[0].energy.value, gpu_run_logged_joules(fixture, 0), 1e-6);
    gpu_run_assert_near(report->devices[1].energy.value, gpu_run_logged_joules(fixture, 1), 1e-6);
    gpu_run_assert_near(report->machine_joules,
                        report->devices[0].energy.value + report->devices[1].energy.value, 1e-6);
    /* 250 W to 100 W, over the same half second give or take a delay of 50 ms */
    gpu_run_assert_near(report->devices[1].energy.value / report->devices[0].energy.value, 2.5,
                        0.5);
}

static void test_power_is_integrated_by_trapezoid(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;
    int64_t ms = 600;

    do {
        gpu_run_start(fixture, "fake_nvml", 50, "gpu.energy_code=3;gpu.watts=80");
        gpu_run_for_ms(fixture, ms);
        item = &gpu_run_finish(fixture)->devices[0];
    } while (gpu_run_again(fixture, item->energy.value > 80 * 0.3, &ms));
    assert_int_equal(item->device.basis, BASIS_MEASURED);
    /* constant power: 80 W x the covered time, however uneven the readings */
    gpu_run_assert_near(item->mean_power_watts, 80, 1e-6);
    assert_true(item->energy.value > 80 * 0.3);
    gpu_run_assert_near(item->peak_power_watts, 80, 1e-6);
    /* a reading that may be a second late, in a run of less than ten */
    gpu_run_assert_near(item->device.band_ratio, 0.5, 1e-9);
    gpu_run_assert_adds_up(item);
}

static void test_power_step_costs_half_an_interval_at_most(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;
    double seconds;
    int64_t ms = 1000;

    /* from library start: 50 W for 400 ms, then 250 W. The trapezoid over the tick with the step is
     * off by at most (250 - 50) / 2 x the tick; the session starts within that first 400 ms */
    do {
        char script[96];

        (void)snprintf(script, sizeof(script),
                       "gpu.energy_code=3;gpu.watts=50;gpu.watts2=250;gpu.step_ms=%lld",
                       (long long)(ms * 4 / 10));
        gpu_run_start(fixture, "fake_nvml", 20, script);
        gpu_run_for_ms(fixture, ms);
        item = &gpu_run_finish(fixture)->devices[0];
        seconds = item->energy.value / item->mean_power_watts;
    } while (gpu_run_again(fixture,
                           item->energy.value > 50 * seconds + 20 &&
                               item->energy.value < 250 * seconds - 20,
                           &ms));
    assert_true(item->energy.value > 50 * seconds + 20);
    assert_true(item->energy.value < 250 * seconds - 20);
    gpu_run_assert_near(item->peak_power_watts, 250, 1e-6);
}

static void test_dead_counter_leaves_it_to_power(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    int64_t ms = 500;

    do {
        gpu_run_start(fixture, "fake_nvml", 50, "gpu.frozen=1000000;gpu.watts=90");
        gpu_run_for_ms(fixture, ms);
        report = gpu_run_finish(fixture);
    } while (gpu_run_again(fixture, report->devices[0].energy.value > 20, &ms));
    gpu_run_assert_near(report->devices[0].mean_power_watts, 90, 1e-6);
    assert_true(report->devices[0].energy.value > 20);
    assert_non_null(strstr(report->devices[0].device.note, "counter does not move"));
}

static void test_counter_that_stands_still_at_first_is_kept(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    /* probe, baseline and two more answers are the start value */
    gpu_run_start(fixture, "fake_nvml", 50, "gpu.frozen=4;gpu.start=0;gpu.watts=90;log=@L");
    gpu_run_for_ms(fixture, 1500);
    item = &gpu_run_finish(fixture)->devices[0];
    gpu_run_assert_near(item->energy.value, gpu_run_logged_joules(fixture, 0), 1e-6);
    assert_null(strstr(item->device.note, "counter does not move"));
}

static void test_utilisation_alone_is_modelled(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;
    double idle_watts;

    gpu_run_start(fixture, "fake_nvml", 50,
                  "gpu.energy_code=3;gpu.power_code=3;gpu.util=80;gpu.limit=300");
    gpu_run_for_ms(fixture, 500);
    item = &gpu_run_finish(fixture)->devices[0];
    assert_int_equal(item->device.basis, BASIS_MODELLED);
    assert_true(item->device.band_ratio >= 0.70);
    /* idle + (300 - idle) x 0.8 */
    idle_watts = item->device.idle_watts;
    gpu_run_assert_near(item->mean_power_watts, idle_watts + (300 - idle_watts) * 0.8, 1e-6);
    gpu_run_assert_adds_up(item);
}

/* 12 of an A40's 48 GiB: a quarter of its 300 W, all of it in use. */
static void test_vgpu_is_modelled_by_its_share(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    gpu_run_start(
        fixture, "fake_nvml", 50,
        "gpu.name=NVIDIA A40-12Q;gpu.vgpu=1;gpu.energy_code=3;gpu.power_code=3;gpu.limit_code=3;"
        "gpu.util=100");
    gpu_run_for_ms(fixture, 400);
    item = &gpu_run_finish(fixture)->devices[0];
    assert_int_equal(item->device.basis, BASIS_MODELLED);
    gpu_run_assert_near(item->mean_power_watts, 75, 1e-6);
    gpu_run_assert_adds_up(item);
}

static void test_reset_is_a_gap_not_a_negative(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    int64_t begun_ns = clock_mono_ns();
    double seconds;

    gpu_run_start(fixture, "fake_nvml", 50, "gpu.reset=8;gpu.watts=100");
    gpu_run_for_ms(fixture, 1000);
    report = gpu_run_finish(fixture);
    seconds = (double)(clock_mono_ns() - begun_ns) / 1e9;
    assert_true(gpu_run_warned(report, "was reset 1 time"));
    assert_true(report->devices[0].energy.value > 20);
    assert_true(report->devices[0].energy.value < 100 * (seconds + 0.5));
    assert_true(report->devices[0].coverage_ratio < 1);
}

/* --- failures --- */

/* An error resets the GPU: it is lost for two looks, once a second, and comes back with a counter that
 * begins at 0. What was used until it was lost counts, and what it uses afterwards. */
static void test_gpu_comes_back_from_a_reset_with_another_counter(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    const struct report_device *item;
    int64_t begun_ns = clock_mono_ns();
    double seconds;

    /* probe 1-2, baseline 3-4, then the energy call alone; the 7th energy answer is the first after */
    gpu_run_start(fixture, "fake_nvml", 50,
                  "gpu.lost=9;gpu.lost_for=2;gpu.reset=7;gpu.watts=100;log=@L");
    gpu_run_for_ms(fixture, 3500);
    report = gpu_run_finish(fixture);
    seconds = (double)(clock_mono_ns() - begun_ns) / 1e9;
    item = &report->devices[0];
    gpu_run_assert_near(item->energy.value, gpu_run_logged_joules(fixture, 0), 1e-6);
    assert_true(item->energy.value > 20 && item->energy.value < 100 * (seconds + 0.1));
    assert_true(gpu_run_warned(report, "was reset 1 time"));
    assert_true(gpu_run_warned(report, "it answers again"));
    assert_true(item->coverage_ratio < 0.8);
    gpu_run_assert_adds_up(item);
}

static void test_gpu_lost_mid_run_is_a_gap_and_the_other_goes_on(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    int64_t ms = 1500;

    do {
        gpu_run_start(fixture, "fake_nvml", 50, "count=2;gpu1.lost=8;log=@L");
        gpu_run_for_ms(fixture, ms);
        report = gpu_run_finish(fixture);
    } while (gpu_run_again(fixture,
                           report->devices[0].coverage_ratio > 0.8 &&
                               report->devices[1].coverage_ratio < 0.7,
                           &ms));
    gpu_run_assert_near(report->devices[0].energy.value, gpu_run_logged_joules(fixture, 0), 1e-6);
    assert_true(report->devices[0].coverage_ratio > 0.8);
    /* what it had answered stays counted */
    gpu_run_assert_near(report->devices[1].energy.value, gpu_run_logged_joules(fixture, 1), 1e-6);
    assert_true(report->devices[1].coverage_ratio < 0.7);
    assert_true(report->devices[1].gap_seconds > 0.4);
    assert_true(gpu_run_warned(report, "gpu1:"));
    assert_false(gpu_run_warned(report, "gpu0:"));
}

static void test_driver_that_does_not_start_is_said(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50, "init=18");
    gpu_run_for_ms(fixture, 100);
    report = gpu_run_finish(fixture);
    assert_int_equal(report->device_count, 0);
    assert_true(gpu_run_warned(report, "reader 'nvml': NVIDIA's library and kernel driver"));
    assert_true(isnan(report->machine_joules));
}

static void test_gpu_that_cannot_be_opened_is_said(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50, "count=2;gpu0.handle_code=15");
    gpu_run_for_ms(fixture, 100);
    report = gpu_run_finish(fixture);
    assert_int_equal(report->device_count, 1);
    assert_true(gpu_run_warned(report, "gpu0: GPU is lost"));
}

/* The sensor's periods at both ends are 0.1 s: a third of a run of 0.3 s. */
static void test_a_short_run_has_a_wide_band(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;
    const struct report *report;
    double covered_seconds;

    gpu_run_start(fixture, "fake_nvml", 50, "gpu.watts=100");
    gpu_run_for_ms(fixture, 300);
    report = gpu_run_finish(fixture);
    item = &report->devices[0];
    covered_seconds = item->coverage_ratio * (double)report->run.duration_ns / 1e9;
    assert_true(covered_seconds > 0);
    assert_true(item->energy.high / item->energy.value - 1 >=
                fmin(0.1 / covered_seconds, 1) - 1e-9);
}

/* Readings of the instant are samples of the load: +-10 %, and 50 % / sqrt(readings). */
static void test_power_of_the_instant_is_better_with_more_readings(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;
    int64_t ms = 600;

    do {
        gpu_run_start(fixture, "fake_nvml", 20, "gpu.energy_code=3;gpu.instant=80");
        gpu_run_for_ms(fixture, ms);
        item = &gpu_run_finish(fixture)->devices[0];
    } while (gpu_run_again(fixture, item->samples > 5, &ms));
    gpu_run_assert_near(item->mean_power_watts, 80, 1e-6);
    assert_true(item->samples > 5);
    gpu_run_assert_near(item->device.band_ratio, hypot(0.1, 0.5 / sqrt((double)item->samples)),
                        1e-9);
}

/* Nobody uses the CPU, and of the GPU three quarters are the job's: of the module too. */
static void test_superchip_is_shared_as_its_gpu(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50,
                  "gpu.name=NVIDIA GH200 480GB;gpu.watts=542;gpu.instant=398;gpu.module=542;"
                  "gpu.procs=@P:100:60," OTHER ":100:20");
    gpu_run_for_ms(fixture, 600);
    report = gpu_run_finish(fixture);
    gpu_run_assert_share(&report->devices[0], 0.75);
    gpu_run_assert_adds_up(&report->devices[1]);
    /* this program's own CPU time is others', and weighs what little of Grace it keeps busy */
    gpu_run_assert_near(report->devices[1].job_joules /
                            (report->devices[1].job_joules + report->devices[1].others_joules),
                        0.75, 0.03);
}

/* 542 W of the module hold the 398 W of the GPU: never 940 W. */
static void test_superchip_counts_its_module_alone(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50,
                  "gpu.name=NVIDIA GH200 480GB;gpu.watts=542;gpu.instant=398;gpu.module=542");
    gpu_run_for_ms(fixture, 500);
    report = gpu_run_finish(fixture);
    assert_int_equal(report->device_count, 2);
    gpu_run_assert_near(report->devices[0].mean_power_watts, 398, 1e-6);
    assert_true(report->devices[0].inside_module);
    assert_int_equal(report->devices[1].device.kind, DEVICE_MODULE);
    gpu_run_assert_near(report->devices[1].mean_power_watts, 542, 1e-6);
    gpu_run_assert_near(report->machine_joules, report->devices[1].energy.value, 1e-6);
    gpu_run_assert_adds_up(&report->devices[0]);
    gpu_run_assert_adds_up(&report->devices[1]);
}

/* Threads of this process. */
static size_t threads(void)
{
    struct stat status;

    assert_int_equal(stat("/proc/self/task", &status), 0);
    return (size_t)status.st_nlink - 2;
}

/* Lets the calls that hang go on, one day: their threads clean up, and the library is unloaded. */
static void release_hung_calls(const struct gpu_run *fixture, size_t threads_at_first)
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

/* Whether these devices were read for less than so much of the time, and all others for more. */
static bool only_lack(const struct report *report, size_t count, const size_t *indexes,
                      double less_ratio, double more_ratio)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const double ratio = report->devices[i].coverage_ratio;
        bool lacks = false;

        for (size_t j = 0; j < count; j++)
            lacks = lacks || indexes[j] == i;
        if (lacks ? !(ratio < less_ratio) : !(ratio > more_ratio))
            return false;
    }
    return true;
}

/* It hangs when it is asked what it is: it is not counted and said, the others are. Last: with a call
 * in it the library is never unloaded, and keeps its state. */
static void test_gpu_that_hangs_from_the_start_is_left_out(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    size_t at_first = threads();

    gpu_run_start(fixture, "fake_nvml", 50, "count=4;gpu1.hang=1;log=@L");
    gpu_run_for_ms(fixture, 500);
    report = gpu_run_finish(fixture);
    assert_int_equal(report->device_count, 3);
    assert_string_equal(report->devices[1].device.id, "gpu2");
    gpu_run_assert_near(report->devices[1].energy.value, gpu_run_logged_joules(fixture, 2), 1e-6);
    assert_true(gpu_run_warned(report, "gpu1: does not answer"));
    session_free(fixture->session);
    fixture->session = NULL;
    release_hung_calls(fixture, at_first);
}

/* More than any machine has: each is read, by one thread, and two of them that hang cost two more. */
static void test_three_hundred_gpus(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    size_t at_first = threads();
    double joules = 0;
    int64_t ms = 2000;

    for (;;) {
        gpu_run_start(fixture, "fake_nvml", 100,
                      "count=300;gpu.step=1000;gpu7.hang=7;gpu299.hang=7;gpu.util_code=3");
        gpu_run_for_ms(fixture, ms);
        assert_true(threads() <= at_first + 3);
        report = gpu_run_finish(fixture);
        if (!gpu_run_again(fixture, only_lack(report, 2, (const size_t[]){ 7, 299 }, 0.7, 0.7),
                           &ms))
            break;
        release_hung_calls(fixture, at_first);
    }
    assert_int_equal(report->device_count, 300);
    for (size_t i = 0; i < report->device_count; i++) {
        assert_true(i == 7 || i == 299 ? report->devices[i].coverage_ratio < 0.7
                                       : report->devices[i].coverage_ratio > 0.7);
        joules += report->devices[i].energy.value;
    }
    gpu_run_assert_near(report->machine_joules, joules, 1e-6 * joules);
    session_free(fixture->session);
    fixture->session = NULL;
    release_hung_calls(fixture, at_first);
}

/* One of eight hangs in its 8th call: the others' energy is the driver's to the millijoule, nearly
 * all the time covered; it costs one more thread. */
static void test_gpu_that_hangs_is_a_gap_of_its_own(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    size_t at_first = threads();
    int64_t ms = 3000;

    for (;;) {
        gpu_run_start(fixture, "fake_nvml", 50, "count=8;gpu3.hang=8;log=@L");
        gpu_run_for_ms(fixture, ms);
        assert_true(threads() <= at_first + 2);
        report = gpu_run_finish(fixture);
        if (!gpu_run_again(fixture, only_lack(report, 1, (const size_t[]){ 3 }, 0.6, 0.9), &ms))
            break;
        release_hung_calls(fixture, at_first);
    }
    assert_int_equal(report->device_count, 8);
    for (unsigned i = 0; i < 8; i++) {
        gpu_run_assert_near(report->devices[i].energy.value, gpu_run_logged_joules(fixture, i),
                            1e-6);
        assert_true(i == 3 ? report->devices[i].coverage_ratio < 0.6
                           : report->devices[i].coverage_ratio > 0.9);
    }
    assert_true(gpu_run_warned(report, "gpu3: "));
    assert_true(gpu_run_warned(report, "does not answer"));
    assert_false(gpu_run_warned(report, "gpu2: "));
    session_free(fixture->session);
    fixture->session = NULL;
    release_hung_calls(fixture, at_first);
}

static void test_hung_call_does_not_hold_up_the_end(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    size_t at_first = threads(); /* a sanitizer may have one of its own */
    int64_t before_ns;
    int64_t ms = 3000;

    for (;;) {
        gpu_run_start(fixture, "fake_nvml", 50, "gpu.hang=8;log=@L");
        gpu_run_for_ms(fixture, ms);
        before_ns = clock_mono_ns();
        report = gpu_run_finish(fixture);
        if (!gpu_run_again(fixture, report->devices[0].coverage_ratio < 0.6, &ms))
            break;
        release_hung_calls(fixture, at_first);
    }
    gpu_run_assert_near(report->devices[0].energy.value, gpu_run_logged_joules(fixture, 0), 1e-6);
    assert_true(report->devices[0].coverage_ratio < 0.6);
    assert_true(gpu_run_warned(report, "'nvml' did not answer"));
    session_free(fixture->session);
    fixture->session = NULL;
    /* 20 ms and what a loaded machine adds; the call itself never returns */
    assert_true(clock_mono_ns() - before_ns < 60 * NSEC_PER_SEC);

    release_hung_calls(fixture, at_first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, gpu_run_set_up, gpu_run_tear_down)
        TEST(test_counter_differences_are_exact),
        TEST(test_two_gpus_count_each_its_own),
        TEST(test_power_is_integrated_by_trapezoid),
        TEST(test_power_step_costs_half_an_interval_at_most),
        TEST(test_dead_counter_leaves_it_to_power),
        TEST(test_counter_that_stands_still_at_first_is_kept),
        TEST(test_utilisation_alone_is_modelled),
        TEST(test_vgpu_is_modelled_by_its_share),
        TEST(test_reset_is_a_gap_not_a_negative),
        TEST(test_gpu_comes_back_from_a_reset_with_another_counter),
        TEST(test_gpu_lost_mid_run_is_a_gap_and_the_other_goes_on),
        TEST(test_driver_that_does_not_start_is_said),
        TEST(test_gpu_that_cannot_be_opened_is_said),
        TEST(test_a_short_run_has_a_wide_band),
        TEST(test_power_of_the_instant_is_better_with_more_readings),
        TEST(test_superchip_is_shared_as_its_gpu),
        TEST(test_superchip_counts_its_module_alone),
        TEST(test_three_hundred_gpus),
        TEST(test_gpu_that_hangs_is_a_gap_of_its_own),
        TEST(test_hung_call_does_not_hold_up_the_end),
        TEST(test_gpu_that_hangs_from_the_start_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
