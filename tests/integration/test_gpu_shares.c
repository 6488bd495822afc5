/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_gpu_shares.c - whose work GPUs do, by lists, instances and less */
#include "gpu_run.h"

#include "gpu_tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- whose work --- */

static void test_shares_follow_sm_time(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    /* 30 % against 20 %: three fifths, whatever memory says */
    gpu_run_start(fixture, "fake_nvml", 50,
                  "gpu.limit=300;gpu.watts=200;gpu.procs=@P:10:30," OTHER ":9000:20");
    gpu_run_for_ms(fixture, 500);
    item = &gpu_run_finish(fixture)->devices[0];
    gpu_run_assert_share(item, 0.6);
    assert_null(strstr(item->device.note, "memory residency"));
}

static void test_shares_follow_memory_where_sm_time_is_not_told(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    gpu_run_start(fixture, "fake_nvml", 50, "gpu.sm_code=3;gpu.procs=@P:3000:-," OTHER ":1000:-");
    gpu_run_for_ms(fixture, 500);
    item = &gpu_run_finish(fixture)->devices[0];
    gpu_run_assert_share(item, 0.75);
    assert_non_null(strstr(item->device.note, "shared by memory residency"));
}

static void test_unknown_memory_counts_each_process_alike(void **state)
{
    struct gpu_run *fixture = *state;

    gpu_run_start(fixture, "fake_nvml", 50, "gpu.sm_code=3;gpu.procs=@P:?:-," OTHER ":1000:-");
    gpu_run_for_ms(fixture, 300);
    gpu_run_assert_share(&gpu_run_finish(fixture)->devices[0], 0.5);
}

static void test_share_outlives_the_job(void **state)
{
    struct gpu_run *fixture = *state;

    gpu_run_start(fixture, "fake_nvml", 100, "gpu.watts=200;gpu.procs=@P:10:30," OTHER ":9000:20");
    gpu_run_for_ms(fixture, 450);
    /* the driver drops it from its list before the last reading */
    (void)unlinkat(fixture->tree_fd, "pid", 0);
    gpu_run_assert_share(&gpu_run_finish(fixture)->devices[0], 0.6);
}

static void test_somebody_elses_gpu_is_not_the_jobs(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50,
                  "count=2;gpu0.procs=@P:100:50;gpu1.procs=" OTHER ":100:50");
    gpu_run_for_ms(fixture, 300);
    report = gpu_run_finish(fixture);
    gpu_run_assert_share(&report->devices[0], 1);
    gpu_run_assert_share(&report->devices[1], 0);
    /* none of its idle either */
    gpu_run_assert_near(report->total.value, report->devices[0].energy.value, 1e-6);
}

static void test_idle_gpu_of_a_busy_machine_costs_the_job_nothing(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50,
                  "count=2;gpu0.procs=@P:100:50;gpu1.util=0;gpu1.watts=40");
    gpu_run_for_ms(fixture, 300);
    report = gpu_run_finish(fixture);
    gpu_run_assert_near(report->devices[1].idle_joules, report->devices[1].energy.value, 1e-9);
    gpu_run_assert_near(report->devices[1].idle_share_joules, 0, 1e-9);
}

static void test_pids_of_another_namespace_are_taken_for_the_jobs(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    tree_write(fixture->tree_fd, ".dockerenv", "");
    gpu_run_start(fixture, "fake_nvml", 50, "gpu.procs=" FOREIGN ":100:50");
    gpu_run_for_ms(fixture, 300);
    item = &gpu_run_finish(fixture)->devices[0];
    gpu_run_assert_share(item, 1);
    assert_non_null(strstr(item->device.note, "taken for the job's"));
}

#define MIG "gpu.mig=1;gpu.instances=3g.20gb:3:20096,2g.10gb:2:9984;"

/* The job holds half of 3/7, somebody else all of 2/7: 1.5 to 2, so that 3/7 of it is the job's. */
static void test_instances_share_by_memory_and_size(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    gpu_run_start(fixture, "fake_nvml", 50,
                  MIG "gpu.watts=300;gpu.procs0=@P:10048:-;gpu.procs1=" OTHER ":9984:-");
    gpu_run_for_ms(fixture, 400);
    report = gpu_run_finish(fixture);
    assert_int_equal(report->device_count, 1); /* the parent, once */
    gpu_run_assert_share(&report->devices[0], 1.5 / 3.5);
    assert_non_null(strstr(report->devices[0].device.note, "memory held x size of the instance"));
    assert_non_null(strstr(report->devices[0].device.note, "MIG: 3g.20gb (43 %), 2g.10gb (29 %)"));
}

/* Memory that is not told of one: instances by their size, two processes in one alike. */
static void test_instances_share_by_size_where_memory_is_not_told(void **state)
{
    struct gpu_run *fixture = *state;

    gpu_run_start(fixture, "fake_nvml", 50,
                  MIG "gpu.procs0=@P:?:-," OTHER ":5:-;gpu.procs1=" FOREIGN ":9984:-");
    gpu_run_for_ms(fixture, 400);
    gpu_run_assert_share(&gpu_run_finish(fixture)->devices[0], 1.5 / 5);
}

/* A container is shown its own instance alone, and processes by numbers it does not know. */
static void test_container_answers_for_its_instances_alone(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    tree_write(fixture->tree_fd, ".dockerenv", "");
    gpu_run_start(fixture, "fake_nvml", 50,
                  "gpu.mig=1;gpu.instances=2g.10gb:2:9984;gpu.procs0=" FOREIGN ":100:-");
    gpu_run_for_ms(fixture, 300);
    item = &gpu_run_finish(fixture)->devices[0];
    gpu_run_assert_share(item, 2.0 / 7);
    assert_non_null(strstr(item->device.note, "29 % taken for the job's, the instances that are"));
}

static void test_instance_in_the_environment_is_the_jobs(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    /* no list at all: of 3 + 2 slices the job was given 3 */
    (void)setenv("CUDA_VISIBLE_DEVICES", "MIG-00000000-0000-0000-0000-000000000000", 1);
    gpu_run_start(fixture, "fake_nvml", 50, MIG "gpu.list_code=4;gpu.instance_list_code=4");
    gpu_run_for_ms(fixture, 300);
    item = &gpu_run_finish(fixture)->devices[0];
    (void)unsetenv("CUDA_VISIBLE_DEVICES");
    gpu_run_assert_share(item, 3.0 / 5);
    assert_non_null(strstr(item->device.note, "CUDA_VISIBLE_DEVICES"));
}

static void test_pids_that_match_once_are_believed_everywhere(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    tree_write(fixture->tree_fd, ".dockerenv", "");
    gpu_run_start(fixture, "fake_nvml", 50,
                  "count=2;gpu0.procs=@P:100:50;gpu1.procs=" FOREIGN ":100:50");
    gpu_run_for_ms(fixture, 300);
    report = gpu_run_finish(fixture);
    gpu_run_assert_share(&report->devices[0], 1);
    gpu_run_assert_share(&report->devices[1], 0);
    assert_string_equal(report->devices[1].device.note, "");
}

static void test_empty_list_is_believed_where_pids_match(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;

    /* the second GPU works at 50 % for nobody in its list: a process that has just ended, not the job */
    gpu_run_start(fixture, "fake_nvml", 50, "count=2;gpu0.procs=@P:100:50");
    gpu_run_for_ms(fixture, 300);
    report = gpu_run_finish(fixture);
    gpu_run_assert_share(&report->devices[0], 1);
    gpu_run_assert_share(&report->devices[1], 0);
    assert_string_equal(report->devices[1].device.note, "");
}

static void test_driver_that_tells_nothing_leaves_all_to_the_job(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report_device *item;

    gpu_run_start(fixture, "fake_nvml_least", 50, "gpu.watts=120");
    gpu_run_for_ms(fixture, 300);
    item = &gpu_run_finish(fixture)->devices[0];
    gpu_run_assert_share(item, 1);
    gpu_run_assert_near(item->job_joules + item->idle_share_joules, item->energy.value, 1e-6);
    assert_non_null(strstr(item->device.note, "taken for the job's"));
}

/* NVML's list names the job; of an AMD card beside it nothing is listed, which proves nothing. Both
 * readers begin with a "gpu0". */
static void test_gpu_of_another_driver_has_its_own_name_and_rule(void **state)
{
    struct gpu_run *fixture = *state;
    const struct report *report;
    const struct report_device *amd;

    gpu_tree_add(fixture->tree_fd, 3, "amdgpu", "0x1002", "0x744c");
    gpu_tree_write(fixture->tree_fd, 3, "hwmon/hwmon3/name", "amdgpu\n");
    gpu_tree_write(fixture->tree_fd, 3, "hwmon/hwmon3/power1_average", "120000000\n");
    gpu_tree_write(fixture->tree_fd, 3, "gpu_busy_percent", "80\n");
    gpu_run_start(fixture, "fake_nvml", 50, "gpu.procs=@P:100:50");
    gpu_run_for_ms(fixture, 300);
    report = gpu_run_finish(fixture);
    assert_int_equal(report->device_count, 2);
    assert_string_not_equal(report->devices[0].device.id, report->devices[1].device.id);
    amd = &report->devices[strcmp(report->devices[0].device.reader, "amdgpu") == 0 ? 0 : 1];
    assert_string_equal(amd->device.reader, "amdgpu");
    gpu_run_assert_near(amd->mean_power_watts, 120, 1e-9);
    gpu_run_assert_share(amd, 1);
    assert_non_null(strstr(amd->device.note, "taken for the job's"));
    /* power readings of less than 10 s */
    gpu_run_assert_near(amd->energy.high / amd->energy.value, 1.5, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, gpu_run_set_up, gpu_run_tear_down)
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
        TEST(test_driver_that_tells_nothing_leaves_all_to_the_job),
        TEST(test_gpu_of_another_driver_has_its_own_name_and_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
