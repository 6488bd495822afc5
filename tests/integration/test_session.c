/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session.c - whole runs over a made-up machine, worked out by hand */
#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_machine.h"
#include "session/report/build.h"
#include "session_steps.h"
#include "writers/writer.h"

static void test_two_packages_and_memory_by_hand(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 2; i++)
        second(session, &machine, 0, 0);
    for (int i = 0; i < 8; i++)
        second(session, &machine, 3, 1);
    fake_finish(session, &report);

    /* idle 30 W seen in the first two seconds: 300 J; 80 W more for 8 s, 3/4 of them the job's */
    item = fake_report_device(&report, "cpu0");
    assert_near(item->energy.value, 2 * 30 + 8 * 110);
    assert_near(item->idle_power_watts, 30);
    assert_near(item->job_joules, 480);
    assert_near(item->others_joules, 160);
    assert_near(item->idle_joules, 300);
    assert_near(item->idle_share_joules, 225);
    assert_near(item->mean_utilization_ratio, 0.8);
    assert_near(item->peak_power_watts, 110);
    assert_near(item->mean_power_watts, 94);
    assert_near(item->coverage_ratio, 1);
    assert_int_equal(item->samples, 10);
    /* the other package did nothing */
    item = fake_report_device(&report, "cpu1");
    assert_near(item->job_joules, 0);
    assert_near(item->idle_joules, 250);
    assert_near(item->idle_share_joules, 187.5);
    assert_near(item->mean_utilization_ratio, 0);
    /* DRAM: 3 W of floor, 5 W more for 8 s */
    item = fake_report_device(&report, "dram0");
    assert_near(item->idle_power_watts, 3);
    assert_near(item->job_joules, 30);
    assert_near(item->others_joules, 10);
    assert_near(item->idle_joules, 30);

    assert_near(report.job_joules, 510);
    assert_near(report.idle_share_joules, 225 + 187.5 + 22.5);
    assert_near(report.total.value, 945);
    assert_near(report.machine_joules, 940 + 250 + 70);
    assert_near(report.measured_ratio, 1);
    assert_near(report.operational_gco2e.value, 0.0945);
    assert_near(report.run.cpu_seconds, 24);
    assert_near(seconds_from_ns(report.run.duration_ns), 10);
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
}

static void test_exact_job_time_is_never_more_than_the_machine_did(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 10; i++) {
        fake_pass(&machine, 1);
        fake_use(&machine, "cpu0", 100);
        fake_work(&machine, "cpu0", 0.05); /* work between ticks is not seen by /proc/stat */
        fake_job_works(session, 0.9);
        machine.own_cpu_ns += 100 * NSEC_PER_MSEC; /* this program: others */
        fake_tick(session, &machine);
    }
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->share_ratio, 0.9);
    /* all that is active splits 9 to 1 */
    assert_near(item->others_joules * 9, item->job_joules);
    /* raised over both packages by their threads: (0.05 + 0.95 / 2) / 4 */
    assert_near(item->mean_utilization_ratio, 0.13125);
    report_deinit(&report);
}

/* First the job at 100 W, then somebody else at 60 W: each interval has its own shares. */
static void test_energy_goes_to_who_worked_when_it_was_used(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 15; i++) {
        fake_pass(&machine, 1);
        fake_use(&machine, "cpu0", i < 5 ? 100 : i < 10 ? 60 : 20);
        fake_work(&machine, "cpu0", i < 10 ? 1 : 0);
        fake_job_works(session, i < 5 ? 1 : 0);
        fake_tick(session, &machine);
    }
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->idle_power_watts, 20);
    assert_near(item->job_joules, 5 * 80);
    assert_near(item->others_joules, 5 * 40);
    assert_near(item->idle_joules, 15 * 20);
    assert_near(item->share_ratio, 0.5);
    report_deinit(&report);
}

static void test_memory_is_metered_or_modelled_never_both(void **state)
{
    for (int metered = 0; metered < 2; metered++) {
        struct fake_machine machine;
        struct session_options options;
        struct session *session;
        struct report report;

        (void)state;
        fake_machine_init(&machine);
        fake_add_package(&machine, 0, 4);
        fake_add_memory(&machine);
        if (metered)
            fake_add_dram(&machine, 0);
        options = fake_options(&machine);
        session = start(&machine, &options);
        for (int i = 0; i < 5; i++) {
            fake_pass(&machine, 1);
            fake_use(&machine, "cpu0", 50);
            if (metered)
                fake_use(&machine, "dram0", 4);
            fake_tick(session, &machine);
        }
        fake_finish(session, &report);
        assert_int_equal(report.device_count, 2);
        if (metered) {
            assert_near(report.machine_joules, 270);
            assert_near(report.measured_ratio, 1);
        } else {
            assert_int_equal(fake_report_device(&report, "memory0")->device.basis, BASIS_MODELLED);
            assert_true(report.machine_joules > 250);
            assert_near(report.measured_ratio, 250 / report.machine_joules);
        }
        report_deinit(&report);
    }
}

/* What a reader says of a device once the run is on its way stands in its note and is warned of. */
static void test_a_note_of_a_reading_reaches_the_report(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    second(session, &machine, 0, 0);
    fake_find(&machine, 0, "cpu1")->sample.note = "read another way";
    second(session, &machine, 0, 0);
    second(session, &machine, 0, 0);
    fake_finish(session, &report);
    assert_string_equal(fake_report_device(&report, "cpu1")->device.note, "read another way");
    assert_string_equal(fake_report_device(&report, "cpu0")->device.note, "");
    assert_true(fake_has_warning(&report, "cpu1: read another way"));
    assert_int_equal(report.warning_count, 1);
    assert_near(report.machine_joules, 3 * 58);
    report_deinit(&report);
}

static void test_nobody_working_leaves_all_idle(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 5; i++)
        second(session, &machine, 0, 0);
    fake_finish(session, &report);
    assert_near(report.machine_joules, 5 * 58);
    assert_near(report.idle_joules, 5 * 58);
    assert_near(report.total.value, 0);
    report_deinit(&report);
}

static void test_run_of_five_milliseconds(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    options.embodied = true;
    session = start(&machine, &options);
    fake_pass(&machine, 0.005);
    fake_use(&machine, "cpu0", 0.2);
    fake_use(&machine, "cpu1", 0.1);
    fake_use(&machine, "dram0", 0.02);
    fake_work(&machine, "cpu0", 0.004);
    fake_job_works(session, 0.004);
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->energy.value, 0.2);
    assert_near(item->mean_power_watts, 40);
    assert_near(item->coverage_ratio, 1);
    assert_int_equal(item->samples, 1);
    assert_near(report.machine_joules, 0.32);
    assert_true(report.total.value >= 0 && report.total.value <= 0.32);
    assert_true(isfinite(report.total_gco2e.value));
    report_deinit(&report);
}

static void test_run_of_no_time_at_all(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    fake_finish(session, &report);
    assert_false(band_is_known(report.total));
    write_report_json(&text, &report);
    assert_null(strstr(strbuf_text(&text), "nan"));
    assert_null(strstr(strbuf_text(&text), "inf"));
    report_deinit(&report);
}

static void test_counter_that_never_moves_is_modelled(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    fake_add_dram(&machine, 0);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 5; i++) {
        fake_pass(&machine, 1);
        fake_work(&machine, "cpu0", 2);
        fake_job_works(session, 2);
        fake_tick(session, &machine);
    }
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_int_not_equal(item->device.basis, BASIS_MEASURED);
    assert_true(item->energy.value > 0);
    assert_near(item->coverage_ratio, 1);
    assert_near(item->mean_utilization_ratio, 0.5);
    assert_true(fake_has_warning(&report, "does not move"));
    /* nothing stands in for DRAM: unknown, not 0 */
    item = fake_report_device(&report, "dram0");
    assert_false(band_is_known(item->energy));
    assert_near(item->coverage_ratio, 0);
    assert_near(report.measured_ratio, 0);
    assert_false(fake_has_warning(&report, "was not read twice")); /* it was, five times */
    report_deinit(&report);
}

/* Energy is measured on; whose it was is not known, and that is said once for both packages. */
static void test_use_that_cannot_be_read_is_said(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    fake_add_package(&machine, 1, 4);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 3; i++) {
        for (int package = 0; package < 2; package++) {
            struct sample *use = &fake_find(&machine, 1, package == 0 ? "cpu0" : "cpu1")->sample;

            use->valid = i == 2 ? 0 : use->valid;
            use->error = i == 2 ? -EIO : 0;
        }
        fake_pass(&machine, 1);
        fake_use(&machine, "cpu0", 100);
        fake_use(&machine, "cpu1", 100);
        fake_tick(session, &machine);
    }
    fake_finish(session, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 300);
    assert_true(fake_has_warning(&report, "the use of the CPUs could not be read"));
    report_deinit(&report);
}

/* A counter refreshed every three seconds, read every second: 0, 0, then 120 J of 40 W. */
static void test_floor_of_a_slow_counter_is_its_mean(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 1; i <= 30; i++) {
        bool busy = i > 15;

        fake_pass(&machine, 1);
        if (i % 3 == 0)
            fake_use(&machine, "cpu0", busy ? 300 : 120);
        fake_work(&machine, "cpu0", busy ? 3 : 0);
        fake_job_works(session, busy ? 3 : 0);
        fake_tick(session, &machine);
    }
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->idle_power_watts, 40);
    assert_near(item->job_joules, 15 * 60);
    assert_near(item->idle_joules, 30 * 40);
    assert_near(item->peak_power_watts, 100);
    report_deinit(&report);
}

/* Read every 100 ms, a counter that is refreshed as often jitters between 0 and twice its step. */
static void test_quick_readings_make_no_floor_of_their_jitter(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    options = fake_options(&machine);
    options.interval_ns = 100 * NSEC_PER_MSEC;
    session = start(&machine, &options);
    for (int i = 0; i < 100; i++) {
        fake_pass(&machine, 0.1);
        fake_use(&machine, "cpu0", i % 2 == 0 ? 2 : 6); /* 40 W */
        fake_tick(session, &machine);
    }
    fake_finish(session, &report);
    /* 0.9 s hold 4 or 5 long steps of 9: 38 to 42 W, not the 20 W of a short one */
    assert_true(fake_report_device(&report, "cpu0")->idle_power_watts > 37);
    assert_true(fake_report_device(&report, "cpu0")->idle_power_watts < 43);
    report_deinit(&report);
}

static void test_run_that_was_never_idle_takes_the_models_idle(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    session->record.devices[0].idle_watts = 22;  /* cpu0 */
    session->record.devices[1].idle_watts = 900; /* cpu1: a model that is far off */
    for (int i = 0; i < 10; i++)
        second(session, &machine, 3, 1);
    session->channels[1].totals.floor_watts =
        NAN; /* cpu1 did nothing and was seen idle: not so here */
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->idle_power_watts, 22);
    assert_near(item->idle_joules, 220);
    item = fake_report_device(&report, "cpu1");
    assert_near(item->idle_power_watts, 25); /* no more than it was seen to draw */
    report_deinit(&report);
}

static void test_counter_that_stops_in_the_middle_is_a_gap(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 100; i++) {
        uint64_t stopped_uj = fake_find(&machine, 0, "cpu0")->sample.energy_uj;

        second(session, &machine, 2, 0);
        if (i >= 30)
            fake_find(&machine, 0, "cpu0")->sample.energy_uj = stopped_uj;
    }
    fake_use(&machine, "cpu0", 70); /* what the other readings of it saw */
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    /* its last step shows in second 31; ten seconds more were waited for */
    assert_near(item->energy.value, 31 * 70);
    assert_near(item->coverage_ratio, 0.41);
    assert_true(
        fake_has_warning(&report, "cpu0: the energy counter stood still for the last 69 s"));
    report_deinit(&report);
}

static void test_failed_readings_are_bridged_and_named(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct fake_device *counter;
    struct report report;

    (void)state;
    two_packages(&machine);
    counter = fake_find(&machine, 0, "cpu0");
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 10; i++) {
        bool fails = i >= 3 && i < 6;

        counter->sample.valid = fails ? 0 : SAMPLE_ENERGY;
        counter->sample.error = fails ? -EIO : 0;
        second(session, &machine, 2, 0);
    }
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->energy.value, 700);
    assert_near(item->coverage_ratio, 1);
    assert_int_equal(item->samples, 7);
    assert_true(fake_has_warning(&report, "cpu0: 3 readings failed"));
    report_deinit(&report);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

static void test_reset_counter_is_a_gap_and_no_energy(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;
    char *rows = NULL;
    size_t length = 0;
    FILE *samples = open_memstream(&rows, &length);

    (void)state;
    assert_non_null(samples);
    two_packages(&machine);
    options = fake_options(&machine);
    options.samples = samples;
    session = start(&machine, &options);
    for (int i = 0; i < 10; i++) {
        if (i == 5)
            fake_find(&machine, 0, "cpu0")->sample.energy_uj = 17; /* a driver was loaded anew */
        second(session, &machine, 2, 0);
    }
    fake_finish(session, &report);
    (void)fclose(samples);
    assert_int_equal(count_of(rows, ",cpu0,"), 10);
    assert_int_equal(count_of(rows, ",cpu0,counters,,,"), 1); /* no power, no energy: not 0 */
    free(rows);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->energy.value, 9 * 70);
    assert_near(item->gap_seconds, 1);
    assert_near(item->coverage_ratio, 0.9);
    assert_true(fake_has_warning(&report, "was reset 1 time"));
    report_deinit(&report);
}

/* --- GPU --- */

static void gpu_second(struct session *session, struct fake_machine *machine, double watts,
                       double utilization, const struct process_use *processes, size_t count)
{
    struct fake_device *gpu = fake_find(machine, 2, "gpu0");

    fake_pass(machine, 1);
    gpu->sample.power_watts = watts;
    gpu->sample.utilization_ratio = utilization;
    gpu->sample.processes = processes;
    gpu->sample.process_count = count;
    fake_tick(session, machine);
}

static void test_gpu_of_strangers_is_not_the_jobs(void **state)
{
    const struct process_use strangers[] = {
        { .pid = 1, .sm_ratio = 0.5f, .memory_bytes = 1 << 20 }
    };
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_gpu(&machine, 0);
    fake_find(&machine, 2, "gpu0")->sample.power_watts = 40;
    options = fake_options(&machine);
    session = start(&machine, &options);
    session->record.run.machine.container = false; /* else the list may hide the job's */
    for (int i = 0; i < 3; i++)
        gpu_second(session, &machine, 40, 0, NULL, 0);
    for (int i = 0; i < 5; i++)
        gpu_second(session, &machine, 240, 0.5, strangers, 1);
    fake_finish(session, &report);
    item = fake_report_device(&report, "gpu0");
    assert_near(item->energy.value, 3 * 40 + 140 + 4 * 240);
    assert_near(item->idle_power_watts, 40);
    assert_near(item->job_joules, 0);
    assert_near(item->others_joules, 100 + 4 * 200);
    assert_near(item->share_ratio, 0);
    assert_near(report.total.value, 0);
    report_deinit(&report);
}

static void test_gpu_without_a_list_is_taken_for_the_jobs_and_says_so(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_gpu(&machine, 0);
    fake_find(&machine, 2, "gpu0")->sample.power_watts = 200;
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 5; i++)
        gpu_second(session, &machine, 200, 1, NULL, 0);
    fake_finish(session, &report);
    item = fake_report_device(&report, "gpu0");
    assert_near(item->share_ratio, 1);
    assert_near(item->others_joules, 0);
    assert_near(report.total.value, 1000);
    assert_non_null(strstr(item->device.note, "taken for the job's"));
    report_deinit(&report);
}

/* --- a driver of its own thread --- */

static sem_t may_answer;
static sem_t answered;

static int probe_late(const struct reader_env *env, struct reader **reader_out,
                      struct reader_status *status_out, struct aico2_error *err)
{
    (void)env;
    (void)reader_out;
    (void)err;
    (void)sem_wait(&may_answer);
    status_out->state = READER_ABSENT;
    return 0;
}

static void read_nothing(struct reader *reader, struct sample *samples_out)
{
    (void)reader;
    (void)samples_out;
}

static void close_late(struct reader *reader)
{
    (void)reader;
    (void)sem_post(&answered);
}

static void test_driver_that_never_answers_is_named_and_not_waited_for(void **state)
{
    static const struct reader_driver late = { .name = "late",
                                               .may_block = true,
                                               .probe = probe_late,
                                               .read = read_nothing,
                                               .close = close_late };
    const struct reader_driver *const drivers[] = { fake_drivers[0], fake_drivers[1], &late, NULL };
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    (void)sem_init(&may_answer, 0, 0);
    (void)sem_init(&answered, 0, 0);
    two_packages(&machine);
    options = fake_options(&machine);
    options.drivers = drivers;
    session = start(&machine, &options);
    for (int i = 0; i < 3; i++)
        second(session, &machine, 1, 0);
    fake_finish(session, &report);
    assert_true(fake_has_warning(&report, "reader 'late' had not answered when the run ended"));
    assert_near(report.machine_joules, 3 * (50 + 25 + 4.25));
    report_deinit(&report);
    (void)sem_post(&may_answer);
    assert_int_equal(sem_wait(&answered), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_packages_and_memory_by_hand),
        cmocka_unit_test(test_use_that_cannot_be_read_is_said),
        cmocka_unit_test(test_exact_job_time_is_never_more_than_the_machine_did),
        cmocka_unit_test(test_energy_goes_to_who_worked_when_it_was_used),
        cmocka_unit_test(test_memory_is_metered_or_modelled_never_both),
        cmocka_unit_test(test_a_note_of_a_reading_reaches_the_report),
        cmocka_unit_test(test_nobody_working_leaves_all_idle),
        cmocka_unit_test(test_run_of_five_milliseconds),
        cmocka_unit_test(test_run_of_no_time_at_all),
        cmocka_unit_test(test_counter_that_never_moves_is_modelled),
        cmocka_unit_test(test_floor_of_a_slow_counter_is_its_mean),
        cmocka_unit_test(test_quick_readings_make_no_floor_of_their_jitter),
        cmocka_unit_test(test_run_that_was_never_idle_takes_the_models_idle),
        cmocka_unit_test(test_counter_that_stops_in_the_middle_is_a_gap),
        cmocka_unit_test(test_failed_readings_are_bridged_and_named),
        cmocka_unit_test(test_reset_counter_is_a_gap_and_no_energy),
        cmocka_unit_test(test_gpu_of_strangers_is_not_the_jobs),
        cmocka_unit_test(test_gpu_without_a_list_is_taken_for_the_jobs_and_says_so),
        cmocka_unit_test(test_driver_that_never_answers_is_named_and_not_waited_for),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
