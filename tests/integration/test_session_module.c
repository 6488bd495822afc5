/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_module.c - whose work a module did, by its rails, worked out by hand */
#include "../unit/support.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_machine.h"
#include "session/report/build.h"
#include "session_steps.h"

static struct fake_device *add_device(struct fake_machine *machine, int driver,
                                      enum device_kind kind, const char *id, uint32_t fields)
{
    struct fake_device *item = &machine->devices[machine->device_count++];

    assert_true(machine->device_count <= FAKE_DEVICES_MAX);
    item->driver = driver;
    item->device = DEVICE_NULL;
    item->device.kind = kind;
    item->device.basis = BASIS_MEASURED;
    item->device.fields = fields;
    item->device.band_ratio = 0.1;
    (void)snprintf(item->device.id, sizeof(item->device.id), "%s", id);
    (void)snprintf(item->device.reader, sizeof(item->device.reader), "jetson");
    item->sample.valid = fields;
    return item;
}

/* A part, and for the graphics their load; a negative load is not told. */
static void add_rail(struct fake_machine *machine, const char *id, double watts, double load)
{
    uint32_t fields = SAMPLE_POWER | (load >= 0 ? SAMPLE_UTILIZATION : 0u);
    struct fake_device *item = add_device(machine, 0, DEVICE_PART, id, fields);

    item->sample.power_watts = watts;
    item->sample.utilization_ratio = load;
}

/* A module of 20 W whose processor has four threads. */
static void module_set_up(struct fake_machine *machine)
{
    struct fake_device *item;

    fake_machine_init(machine);
    item = add_device(machine, 0, DEVICE_MODULE, "module0", SAMPLE_POWER);
    item->device.memory_bytes = UINT64_C(8) << 30;
    item->sample.power_watts = 20;
    item = add_device(machine, 1, DEVICE_CPU, "cpu0", SAMPLE_BUSY);
    item->device.threads = 4;
}

/* opened: whether the job has the GPU open; -1: as it is found, which is not. */
static struct session *begin(struct fake_machine *machine, const struct session_options *options,
                             int opened)
{
    struct session *session = start(machine, options);

    session->record.run.machine.threads = 4;
    if (opened < 0)
        return session;
    session->gpu_open = opened;
    session->gpu_open_ns = INT64_MAX / 2; /* never to be looked at */
    return session;
}

static void work(struct session *session, struct fake_machine *machine, double job_cpu,
                 double others_cpu)
{
    fake_pass(machine, 1);
    fake_work(machine, "cpu0", job_cpu + others_cpu);
    fake_job_works(session, job_cpu);
    fake_tick(session, machine);
}

/* Ten seconds, a CPU second of the job and one of others in each. */
static void ten_seconds(struct fake_machine *machine, int opened, struct report *report_out)
{
    struct session_options options = fake_options(machine);
    struct session *session = begin(machine, &options, opened);

    for (int i = 0; i < 10; i++)
        work(session, machine, 1, 1);
    fake_finish(session, report_out);
    for (size_t i = 0; i < report_out->device_count; i++) {
        const struct report_device *item = &report_out->devices[i];

        assert_true(item->job_joules + item->others_joules + item->idle_joules ==
                    item->energy.value);
    }
    /* whatever lies within the module, it counts once */
    assert_near(report_out->machine_joules,
                fake_report_device(report_out, "module0")->energy.value);
}

static void assert_parts(const struct report *report, const char *id, double job, double others)
{
    const struct report_device *item = fake_report_device(report, id);

    assert_near(item->job_joules, job);
    assert_near(item->others_joules, others);
    assert_near(item->idle_joules, 0);
}

/*
 * 4 W for the CPU, half of it the job's; 12 W for the graphics, half busy, all of it the job's:
 * (4 x 1/2 + 12 x 1) / 16 = 7/8 of 200 J.
 */
static void test_rails_of_their_own_weigh_by_what_they_draw(void **state)
{
    struct fake_machine machine;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_SYS_CPU", 4, -1);
    add_rail(&machine, "VDD_SYS_GPU", 12, 0.5);
    add_rail(&machine, "VDD_SYS_DDR", 2, -1);
    ten_seconds(&machine, 1, &report);
    assert_parts(&report, "module0", 175, 25);
    assert_parts(&report, "VDD_SYS_CPU", 20, 20);
    assert_parts(&report, "VDD_SYS_GPU", 120, 0);
    assert_parts(&report, "VDD_SYS_DDR", 17.5, 2.5); /* as the module */
    assert_near(fake_report_device(&report, "VDD_SYS_GPU")->mean_utilization_ratio, 0.5);
    assert_near(report.total.value, 175);
    assert_near(report.machine_joules, 200);
    assert_non_null(strstr(fake_report_device(&report, "module0")->device.note,
                           "the GPU's work is taken for the job's"));
    report_deinit(&report);
}

/*
 * Root sees who holds memory of the GPU: of 4 GiB 3 are the job's. (4 x 1/2 + 12 x 3/4) / 16 = 11/16.
 * A list without the job leaves it (4 x 1/2) / 16; an empty one as well.
 */
static void test_a_list_of_processes_shares_the_graphics(void **state)
{
    static const struct {
        size_t first;
        size_t count;
        double job_joules;
        const char *note;
    } lists[] = { { 0, 2, 137.5, "shared by the memory" },
                  { 1, 1, 25, "shared by the memory" },
                  { 2, 0, 25, "others'" } };
    struct process_use uses[2] = {
        { .sm_ratio = -1, .memory_bytes = UINT64_C(3) << 30 },
        { .pid = 1, .sm_ratio = -1, .memory_bytes = UINT64_C(1) << 30 }
    };
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)raise(SIGSTOP);
        _exit(0);
    }
    assert_true(child > 0);
    /* it is of the job, and has no CPU time of its own while it is watched */
    assert_int_equal(waitpid(child, NULL, WUNTRACED), child);
    uses[0].pid = child;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct fake_machine machine;
        struct report report;
        struct fake_device *gpu;

        module_set_up(&machine);
        add_rail(&machine, "VDD_SYS_CPU", 4, -1);
        add_rail(&machine, "VDD_SYS_GPU", 12, 0.5);
        gpu = fake_find(&machine, 0, "VDD_SYS_GPU");
        gpu->device.fields |= SAMPLE_PROCESSES;
        gpu->sample.valid |= SAMPLE_PROCESSES;
        gpu->sample.processes = uses + lists[i].first % 2;
        gpu->sample.process_count = lists[i].count;
        ten_seconds(&machine, 1, &report);
        assert_parts(&report, "module0", lists[i].job_joules, 200 - lists[i].job_joules);
        assert_non_null(strstr(fake_report_device(&report, "module0")->device.note, lists[i].note));
        report_deinit(&report);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* (4 x 1/2 + 12 x 0) / 16 = 1/8 */
static void test_graphics_that_the_job_has_not_opened_are_others(void **state)
{
    struct fake_machine machine;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_SYS_CPU", 4, -1);
    add_rail(&machine, "VDD_SYS_GPU", 12, 0.5);
    ten_seconds(&machine, -1, &report);
    assert_parts(&report, "module0", 25, 175);
    assert_parts(&report, "VDD_SYS_GPU", 0, 120);
    assert_non_null(
        strstr(fake_report_device(&report, "module0")->device.note, "the GPU's work is others'"));
    report_deinit(&report);
}

/*
 * One rail for both: 2 of 4 threads busy, the graphics a quarter: (1/2 x 1/2 + 1/4 x 1) / (3/4) = 2/3.
 */
static void test_a_rail_of_both_is_shared_by_how_busy_they_were(void **state)
{
    struct fake_machine machine;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_CPU_GPU_CV", 15, 0.25);
    ten_seconds(&machine, 1, &report);
    assert_parts(&report, "module0", 200 * 2 / 3.0, 200 / 3.0);
    assert_parts(&report, "VDD_CPU_GPU_CV", 100, 50);
    report_deinit(&report);
}

static void test_without_a_load_it_is_cpu_time(void **state)
{
    struct fake_machine machine;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_CPU_GPU_CV", 15, -1);
    ten_seconds(&machine, 1, &report);
    assert_parts(&report, "module0", 100, 100);
    assert_parts(&report, "VDD_CPU_GPU_CV", 75, 75);
    assert_null(strstr(fake_report_device(&report, "module0")->device.note, "GPU's work"));
    report_deinit(&report);
}

/* Thor: NVML tells the load and no power. It is no device of its own, and its load counts. */
static void test_a_gpu_without_power_tells_its_load_and_adds_nothing(void **state)
{
    struct fake_machine machine;
    struct fake_device *gpu;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_GPU", 12, -1);
    add_rail(&machine, "VDD_CPU_SOC_MSS", 4, -1);
    gpu = add_device(&machine, 2, DEVICE_GPU, "gpu0", SAMPLE_UTILIZATION);
    gpu->sample.utilization_ratio = 0.5;
    ten_seconds(&machine, 1, &report);
    for (size_t i = 0; i < report.device_count; i++)
        assert_int_not_equal(report.devices[i].device.kind, DEVICE_GPU);
    assert_parts(&report, "module0", 175, 25);
    report_deinit(&report);
}

/* NVML of an Orin starts and supports nothing. */
static void test_a_gpu_that_tells_nothing_is_none(void **state)
{
    struct fake_machine machine;
    struct report report;

    (void)state;
    module_set_up(&machine);
    (void)add_device(&machine, 2, DEVICE_GPU, "gpu0", 0);
    ten_seconds(&machine, 1, &report);
    assert_int_equal(report.device_count, 1);
    assert_parts(&report, "module0", 100, 100);
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
}

/*
 * Two seconds of nothing at 10 W, a second from 10 to 30 W, seven at 30 W with the graphics busy and
 * no CPU time worth a tick: 20 + 20 + 210 J, of which 10 W are the floor.
 */
static void test_graphics_at_work_are_not_idle(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_SYS_GPU", 1, 0);
    machine.devices[0].sample.power_watts = 10;
    options = fake_options(&machine);
    session = begin(&machine, &options, 1);
    for (int i = 0; i < 2; i++)
        work(session, &machine, 0, 0);
    machine.devices[0].sample.power_watts = 30;
    machine.devices[2].sample.power_watts = 20;
    machine.devices[2].sample.utilization_ratio = 1;
    for (int i = 0; i < 8; i++)
        work(session, &machine, 0, 0);
    fake_finish(session, &report);
    assert_near(fake_report_device(&report, "module0")->energy.value, 250);
    assert_near(fake_report_device(&report, "module0")->idle_power_watts, 10);
    assert_near(fake_report_device(&report, "module0")->job_joules, 150);
    assert_near(fake_report_device(&report, "module0")->idle_joules, 100);
    report_deinit(&report);
}

/* Graphics that fall asleep say nothing: then CPU time is all there is, and no load of old. */
static void test_a_load_that_is_no_longer_told_is_not_kept(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_SYS_CPU", 4, -1);
    add_rail(&machine, "VDD_SYS_GPU", 12, 0.5);
    options = fake_options(&machine);
    session = begin(&machine, &options, 1);
    for (int i = 0; i < 5; i++)
        work(session, &machine, 1, 1);
    machine.devices[3].sample.valid = SAMPLE_POWER;
    for (int i = 0; i < 5; i++)
        work(session, &machine, 1, 1);
    fake_finish(session, &report);
    assert_parts(&report, "module0", 87.5 + 50, 12.5 + 50);
    report_deinit(&report);
}

/* Ten times a second, while the module is read more often: what was told stands until it is asked again. */
static void test_parts_that_are_not_asked_keep_their_load(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_SYS_CPU", 4, -1);
    add_rail(&machine, "VDD_SYS_GPU", 12, 0.5);
    options = fake_options(&machine);
    session = begin(&machine, &options, 1);
    for (int i = 0; i < 10; i++) {
        machine.devices[2].sample.valid = i % 2 == 0 ? 0u : SAMPLE_POWER;
        machine.devices[3].sample.valid = i % 2 == 0 ? 0u : SAMPLE_POWER | SAMPLE_UTILIZATION;
        work(session, &machine, 1, 1);
    }
    fake_finish(session, &report);
    assert_parts(&report, "module0", 175, 25);
    assert_parts(&report, "VDD_SYS_GPU", 120, 0);
    report_deinit(&report);
}

/* A part that fails is a gap of its own; the module goes on, and no sum misses anything. */
static void test_a_part_that_fails_takes_nothing_from_the_module(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_SYS_GPU", 12, 0);
    options = fake_options(&machine);
    session = begin(&machine, &options, 1);
    for (int i = 0; i < 10; i++) {
        if (i == 4)
            machine.devices[2].sample = (struct sample){ .error = -121 };
        work(session, &machine, 1, 0);
    }
    fake_finish(session, &report);
    assert_near(fake_report_device(&report, "module0")->energy.value, 200);
    assert_near(fake_report_device(&report, "module0")->coverage_ratio, 1);
    assert_near(fake_report_device(&report, "VDD_SYS_GPU")->coverage_ratio, 0.4);
    assert_near(report.machine_joules, 200);
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
}

/* The rating is that of the mode the run began in; a change is told. */
static void test_a_power_mode_that_changes_is_told(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct device *module;
    struct report report;

    (void)state;
    module_set_up(&machine);
    (void)snprintf(machine.devices[0].device.power_mode, DEVICE_MODE_SIZE, "MAXN");
    (void)snprintf(machine.devices[0].device.product, DEVICE_PRODUCT_SIZE, "Jetson Nano");
    options = fake_options(&machine);
    session = begin(&machine, &options, 1);
    module = session->sampler.sources[0].own_reader->devices;
    work(session, &machine, 1, 0);
    (void)snprintf(module->power_mode, DEVICE_MODE_SIZE, "5W");
    for (int i = 0; i < 5; i++)
        work(session, &machine, 1, 0);
    (void)snprintf(module->power_mode, DEVICE_MODE_SIZE, "MAXN");
    work(session, &machine, 1, 0);
    fake_finish(session, &report);
    assert_true(fake_has_warning(&report, "module0: the power mode went from MAXN to 5W"));
    assert_true(fake_has_warning(&report, "module0: the power mode went from 5W to MAXN"));
    assert_int_equal(report.warning_count, 2);
    assert_true(fake_report_device(&report, "module0")->device.rated_watts == 10);
    assert_near(fake_report_device(&report, "module0")->energy.value, 140);
    report_deinit(&report);
}

/* 4 + 12 + 6 W within 20 W is what two monitors may be off by; 4 + 12 + 8 is not. */
static void test_parts_above_their_whole_are_told(void **state)
{
    static const double watts[] = { 6, 8 };

    (void)state;
    for (size_t i = 0; i < sizeof(watts) / sizeof(watts[0]); i++) {
        struct fake_machine machine;
        struct report report;

        module_set_up(&machine);
        add_rail(&machine, "VDD_SYS_CPU", 4, -1);
        add_rail(&machine, "VDD_SYS_GPU", 12, 0);
        add_rail(&machine, "VDD_SYS_SOC", watts[i], -1);
        add_rail(&machine, "VDDQ_VDD2_1V8AO", 9, -1);
        (void)snprintf(machine.devices[5].device.note, DEVICE_NOTE_SIZE, "lies within another");
        ten_seconds(&machine, 1, &report);
        assert_int_equal(fake_has_warning(&report,
                                          "module0: its parts draw 24 W together and it 20"),
                         watts[i] > 7);
        report_deinit(&report);
    }
}

/* Two of four threads, whatever the graphics do. */
static void test_a_module_that_stands_for_cpus_tells_how_busy_they_were(void **state)
{
    struct fake_machine machine;
    struct report report;

    (void)state;
    module_set_up(&machine);
    add_rail(&machine, "VDD_CPU_GPU_CV", 15, 0.25);
    ten_seconds(&machine, 1, &report);
    assert_near(fake_report_device(&report, "module0")->mean_utilization_ratio, 0.5);
    assert_near(fake_report_device(&report, "VDD_CPU_GPU_CV")->mean_utilization_ratio, 0.25);
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rails_of_their_own_weigh_by_what_they_draw),
        cmocka_unit_test(test_a_list_of_processes_shares_the_graphics),
        cmocka_unit_test(test_graphics_that_the_job_has_not_opened_are_others),
        cmocka_unit_test(test_a_rail_of_both_is_shared_by_how_busy_they_were),
        cmocka_unit_test(test_without_a_load_it_is_cpu_time),
        cmocka_unit_test(test_a_gpu_without_power_tells_its_load_and_adds_nothing),
        cmocka_unit_test(test_a_gpu_that_tells_nothing_is_none),
        cmocka_unit_test(test_graphics_at_work_are_not_idle),
        cmocka_unit_test(test_a_load_that_is_no_longer_told_is_not_kept),
        cmocka_unit_test(test_parts_that_are_not_asked_keep_their_load),
        cmocka_unit_test(test_a_part_that_fails_takes_nothing_from_the_module),
        cmocka_unit_test(test_a_power_mode_that_changes_is_told),
        cmocka_unit_test(test_parts_above_their_whole_are_told),
        cmocka_unit_test(test_a_module_that_stands_for_cpus_tells_how_busy_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
