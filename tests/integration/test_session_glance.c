/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_glance.c - power and its users at a tick, in numbers worked out by hand */
#include "../unit/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/glance.h"
#include "session_steps.h"

struct bench {
    struct fake_machine machine;
    struct session *session;
    struct glance glance;
    char path[64];
    int root_fd;
};

/* Its CPU time in hundredths of a second. */
static void process_is(struct bench *bench, int pid, const char *name, int parent, int start,
                       int ticks)
{
    char path[64];
    char line[256];

    (void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
    (void)snprintf(line, sizeof(line), "%d (%s) S %d 1 1 0 -1 0 0 0 0 0 %d 0 0 0 20 0 1 0 %d 0 0\n",
                   pid, name, parent, ticks, start);
    tree_write(bench->root_fd, path, line);
    (void)snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
    (void)snprintf(line, sizeof(line), "/usr/bin/%s --go", name);
    tree_write(bench->root_fd, path, line);
}

static void begin(struct bench *bench, bool gpu)
{
    struct session_options options;

    *bench = (struct bench){ 0 };
    bench->root_fd = temp_dir_open(bench->path);
    tree_write(bench->root_fd, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    process_is(bench, 100, "train", 1, 50, 0);
    process_is(bench, 200, "shell", 1, 60, 0);
    two_packages(&bench->machine);
    if (gpu) {
        fake_add_gpu(&bench->machine, 0);
        fake_find(&bench->machine, 2, "gpu0")->sample.power_watts = 50;
    }
    options = fake_options(&bench->machine);
    options.root = 0;
    options.scope = SCOPE_MACHINE;
    options.processes = true;
    options.sysroot = bench->path;
    bench->session = start(&bench->machine, &options);
}

static void end(struct bench *bench)
{
    session_free(bench->session);
    glance_deinit(&bench->glance);
    temp_dir_remove(bench->path);
}

static void take(struct bench *bench)
{
    assert_int_equal(session_glance(bench->session, &bench->glance, NULL), 0);
}

static const struct glance_process *shown(const struct bench *bench, int pid)
{
    for (size_t i = 0; i < bench->glance.process_count; i++) {
        if (bench->glance.processes[i].process.pid == pid)
            return &bench->glance.processes[i];
    }
    return NULL;
}

static double watts_of(const struct bench *bench, int pid)
{
    const struct glance_process *process = shown(bench, pid);

    assert_non_null(process);
    return process->process.watts;
}

static void assert_adds_up(const struct glance *glance)
{
    assert_near(glance->seen_joules + glance->ended_joules + glance->others_joules +
                    glance->idle_joules,
                glance->joules);
    assert_near(glance->active_watts + glance->idle_watts, glance->watts.value);
    assert_near(glance->measured_watts + glance->modelled_watts + glance->assumed_watts,
                glance->watts.value);
    assert_near(glance->seen_watts + glance->others_watts + glance->idle_watts, glance->watts.value);
}

/* 30 + 25 + 3 W of idle; two CPU seconds are 40 J of cpu0 and 2.5 J of its DRAM. */
static void test_what_is_not_idle_follows_cpu_time(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench, false);
    second(bench.session, &bench.machine, 0, 0);
    take(&bench);
    assert_near(bench.glance.watts.value, 58);
    assert_near(bench.glance.idle_watts, 58);
    assert_int_equal(bench.glance.process_count, 0); /* nobody has done anything */
    assert_int_equal(bench.glance.process_total, 2);

    process_is(&bench, 100, "train", 1, 50, 120);
    process_is(&bench, 200, "shell", 1, 60, 60);
    second(bench.session, &bench.machine, 0, 2);
    take(&bench);
    assert_near(bench.glance.watts.value, 100.5);
    assert_near(bench.glance.active_watts, 42.5);
    assert_near(watts_of(&bench, 100), 25.5);
    assert_near(watts_of(&bench, 200), 12.75);
    assert_near(bench.glance.seen_watts, 38.25);
    assert_near(bench.glance.others_watts, 4.25); /* two seconds, and 1.8 of them seen */
    assert_near(bench.glance.idle_joules, 116);
    assert_near(shown(&bench, 100)->process.cpu_ratio, 1.2);
    assert_string_equal(shown(&bench, 100)->process.command, "/usr/bin/train --go");
    assert_string_equal(shown(&bench, 100)->user, "root");
    assert_adds_up(&bench.glance);
    assert_near(bench.glance.own_energy.value, 0);
    /* 158.5 J at 10 kJ a gram; 100.5 W for an hour are 36.18 g */
    assert_near(bench.glance.gco2e.value, 0.01585);
    assert_near(bench.glance.gco2e_per_hour.value, 36.18);
    end(&bench);
}

/* Looked at a quarter of a second after it was read: that second's joules are power for a second. */
static void test_a_late_look_makes_no_power_less(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench, false);
    second(bench.session, &bench.machine, 0, 0);
    take(&bench);
    process_is(&bench, 100, "train", 1, 50, 200);
    second(bench.session, &bench.machine, 0, 2);
    fake_pass(&bench.machine, 0.25);
    take(&bench);
    assert_near(bench.glance.interval_seconds, 1.25);
    assert_near(bench.glance.watts.value, 100.5);
    assert_near(watts_of(&bench, 100), 42.5);
    assert_near(shown(&bench, 100)->process.cpu_ratio, 2 / 1.25);
    assert_adds_up(&bench.glance);
    end(&bench);
}

static void test_one_that_ends_keeps_what_it_used(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench, false);
    second(bench.session, &bench.machine, 0, 0);
    take(&bench);
    process_is(&bench, 100, "train", 1, 50, 200);
    second(bench.session, &bench.machine, 0, 2);
    take(&bench);
    assert_near(bench.glance.seen_joules, 42.5);

    /* another process by the same number: nothing of the first is its own */
    process_is(&bench, 100, "other", 1, 900, 100);
    second(bench.session, &bench.machine, 0, 2);
    take(&bench);
    assert_near(bench.glance.ended_joules, 42.5);
    assert_near(watts_of(&bench, 100),
                21.25); /* born since the last look: all its time is of this second */
    assert_near(shown(&bench, 100)->process.joules, 21.25);
    assert_adds_up(&bench.glance);
    end(&bench);
}

/* More than the machine's own clock knows: exact clocks are believed, and nobody gets more than there is. */
static void test_clocks_that_know_more_raise_the_whole(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench, false);
    second(bench.session, &bench.machine, 0, 0);
    take(&bench);
    process_is(&bench, 100, "train", 1, 50, 300);
    process_is(&bench, 200, "shell", 1, 60, 100);
    second(bench.session, &bench.machine, 0, 2);
    take(&bench);
    assert_near(watts_of(&bench, 100), 42.5 * 3 / 4);
    assert_near(watts_of(&bench, 200), 42.5 / 4);
    assert_near(bench.glance.others_watts, 0);
    assert_adds_up(&bench.glance);
    end(&bench);
}

/* Idle at 50 W, then 250 W: of the 200 W above it two thirds are of a process that is seen. */
static void test_a_gpu_is_shared_by_its_drivers_list(void **state)
{
    struct process_use uses[] = {
        { .pid = 100, .sm_ratio = 0.5F, .memory_bytes = 6 << 20, .instance = PROCESS_NO_INSTANCE },
        { .pid = 999, .sm_ratio = 0.25F, .memory_bytes = 2 << 20, .instance = PROCESS_NO_INSTANCE },
    };
    struct bench bench;
    struct fake_device *gpu;

    (void)state;
    begin(&bench, true);
    gpu = fake_find(&bench.machine, 2, "gpu0");
    gpu->device.fields |= SAMPLE_UTILIZATION;
    for (int i = 0; i < 3; i++) {
        gpu->sample.valid |= SAMPLE_POWER | SAMPLE_UTILIZATION | SAMPLE_PROCESSES;
        gpu->sample.power_watts = 50;
        gpu->sample.utilization_ratio = 0;
        gpu->sample.processes = uses;
        gpu->sample.process_count = 0;
        second(bench.session, &bench.machine, 0, 0);
        take(&bench);
    }
    for (int i = 0; i < 2; i++) {
        gpu->sample.power_watts = 250;
        gpu->sample.utilization_ratio = 0.75;
        gpu->sample.process_count = 2;
        second(bench.session, &bench.machine, 0, 0);
        take(&bench);
    }
    assert_near(shown(&bench, 100)->process.gpu_watts, 200 * 2.0 / 3);
    assert_near(bench.glance.others_watts, 200 / 3.0);
    assert_near(shown(&bench, 100)->process.gpu_ratio, 0.5);
    assert_near(shown(&bench, 100)->process.gpu_memory_bytes, 6 << 20);
    assert_adds_up(&bench.glance);
    end(&bench);
}

static void test_a_device_that_says_nothing_has_no_power(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench, false);
    second(bench.session, &bench.machine, 0, 0);
    take(&bench);
    assert_false(bench.glance.devices[0].is_missing);
    fake_find(&bench.machine, 0, "cpu0")->sample.valid = 0;
    fake_find(&bench.machine, 0, "cpu0")->sample.error = -5;
    for (int i = 0; i < 8; i++)
        second(bench.session, &bench.machine, 0, 0);
    take(&bench);
    for (size_t i = 0; i < bench.glance.device_count; i++) {
        if (strcmp(bench.glance.devices[i].id, "cpu0") == 0) {
            assert_true(bench.glance.devices[i].is_missing);
            assert_true(isnan(bench.glance.devices[i].watts.value));
        }
    }
    assert_near(bench.glance.watts.value, 28); /* what is left */
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_idle_follows_cpu_time),
        cmocka_unit_test(test_a_late_look_makes_no_power_less),
        cmocka_unit_test(test_one_that_ends_keeps_what_it_used),
        cmocka_unit_test(test_clocks_that_know_more_raise_the_whole),
        cmocka_unit_test(test_a_gpu_is_shared_by_its_drivers_list),
        cmocka_unit_test(test_a_device_that_says_nothing_has_no_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
