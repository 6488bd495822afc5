/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_clocks.c - runs whose clocks leap, sleep or are late, worked out by hand */
#include "../unit/support.h"

#include "base/attributes.h"
#include "fake_machine.h"
#include "session_steps.h"

/* Ten seconds; in the middle the clocks do what they should not. */
static double joules_when(void (*upset)(struct fake_machine *machine), struct report *report_out)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;

    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 10; i++) {
        if (i == 5 && upset != NULL)
            upset(&machine);
        second(session, &machine, 3, 1);
    }
    fake_finish(session, report_out);
    return report_out->total.value;
}

static void sleep_an_hour(struct fake_machine *machine)
{
    machine->boot_ns += 3600 * NSEC_PER_SEC;
    machine->wall_ns += 3600 * NSEC_PER_SEC;
}

static void set_back_ten_years(struct fake_machine *machine)
{
    machine->wall_ns -= INT64_C(315360000) * NSEC_PER_SEC;
}

static void set_on_ten_years(struct fake_machine *machine)
{
    machine->wall_ns += INT64_C(315360000) * NSEC_PER_SEC;
}

static void set_before_1970(struct fake_machine *machine)
{
    machine->wall_ns = -1800 * NSEC_PER_SEC;
}

static void test_clocks_that_jump_change_no_joule(void **state)
{
    static void (*const upsets[])(struct fake_machine *) = { set_back_ten_years, set_on_ten_years,
                                                             set_before_1970 };
    struct report calm;
    double joules = joules_when(NULL, &calm);

    (void)state;
    assert_int_equal(calm.warning_count, 0);
    for (size_t i = 0; i < ARRAY_LENGTH(upsets); i++) {
        struct report report;

        assert_true(joules_when(upsets[i], &report) == joules);
        assert_true(report.run.duration_ns == calm.run.duration_ns);
        assert_true(report.run.ended_wall_ns == calm.run.ended_wall_ns);
        assert_true(report.machine_joules == calm.machine_joules);
        assert_true(report.total_gco2e.value == calm.total_gco2e.value);
        assert_true(fake_has_warning(&report, "the wall clock was set by"));
        report_deinit(&report);
    }
    report_deinit(&calm);
}

static void test_delay_between_two_clocks_is_no_step(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    int64_t lead_ns;

    (void)state;
    two_packages(&machine);
    options = fake_options(&machine);
    session = start(&machine, &options);
    lead_ns = session->wall_offset_ns;
    for (int i = 0; i < 4; i++) {
        machine.delay_ns = i % 2 == 0 ? 3 * NSEC_PER_MSEC : 0; /* another had the CPU */
        second(session, &machine, 1, 0);
        assert_true(session->wall_offset_ns == lead_ns);
    }
    machine.wall_ns += 5 * NSEC_PER_MSEC; /* set a little, which is no step to speak of */
    second(session, &machine, 1, 0);
    assert_true(session->wall_offset_ns == lead_ns + 5 * NSEC_PER_MSEC);
    machine.wall_ns -= 7 * NSEC_PER_MSEC;
    second(session, &machine, 1, 0);
    assert_true(session->wall_offset_ns == lead_ns - 2 * NSEC_PER_MSEC);
    session_free(session);
}

static void test_suspend_is_seen_and_not_in_the_run(void **state)
{
    struct report calm;
    struct report report;
    double joules = joules_when(NULL, &calm);

    (void)state;
    assert_true(joules_when(sleep_an_hour, &report) == joules);
    assert_true(fake_has_warning(&report, "the machine slept for 3600 s"));
    assert_false(fake_has_warning(&report, "clock was set"));
    assert_near(seconds_from_ns(report.run.duration_ns), 10);
    /* but it ended an hour later */
    assert_int_equal(report.run.ended_wall_ns - calm.run.ended_wall_ns, 3600 * NSEC_PER_SEC);
    report_deinit(&report);
    report_deinit(&calm);
}

static void test_stopped_program_bridges_counters_and_misses_powers(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;

    (void)state;
    two_packages(&machine);
    fake_add_gpu(&machine, 0);
    fake_find(&machine, 2, "gpu0")->sample.power_watts = 50;
    options = fake_options(&machine);
    session = start(&machine, &options);
    second(session, &machine, 1, 0);
    fake_pass(&machine, 99); /* SIGSTOP; the counter goes on: 99 s of 10 W */
    fake_use(&machine, "cpu0", 990);
    second(session, &machine, 1, 0);
    fake_finish(session, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 990 + 2 * 50);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 1);
    assert_near(fake_report_device(&report, "gpu0")->energy.value, 50);
    assert_near(fake_report_device(&report, "gpu0")->gap_seconds, 100);
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks_that_jump_change_no_joule),
        cmocka_unit_test(test_delay_between_two_clocks_is_no_step),
        cmocka_unit_test(test_suspend_is_seen_and_not_in_the_run),
        cmocka_unit_test(test_stopped_program_bridges_counters_and_misses_powers),
    };

    return cmocka_run_group_tests_name("session_clocks", tests, NULL, NULL);
}
