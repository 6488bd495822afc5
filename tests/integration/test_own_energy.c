/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_own_energy.c - R22: a run tells what measuring it used, which is a part of the others' */
#include "../unit/support.h"

#include "fake_machine.h"
#include "session/report/build.h"
#include "session_steps.h"

/*
 * At rest 20 W. Then eight seconds of 100 J, in each 2 CPU seconds: 1.5 the job's, 0.1 this program's. 640 J active in 16 CPU
 * seconds are 40 J each, and of this program's 0.8 s 32 J: a fifth of the 160 J of others, which they are within.
 */
static void test_what_measuring_used_is_a_part_of_the_others(void **state)
{
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    const struct report_device *item;
    struct report so_far;
    struct report report;

    (void)state;
    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    machine.own_cpu_ns = 0;
    options = fake_options(&machine);
    session = start(&machine, &options);
    for (int i = 0; i < 10; i++) {
        fake_pass(&machine, 1);
        fake_use(&machine, "cpu0", i < 2 ? 20 : 100);
        fake_work(&machine, "cpu0", i < 2 ? 0 : 2);
        fake_job_works(session, i < 2 ? 0 : 1.5);
        machine.own_cpu_ns += i < 2 ? 0 : 100 * NSEC_PER_MSEC;
        fake_tick(session, &machine);
    }
    assert_int_equal(session_totals_so_far(session, &so_far, NULL), 0);
    assert_near(so_far.own_energy.value, 32);
    report_deinit(&so_far);
    fake_finish(session, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->others_joules, 160);
    assert_near(report.own_energy.value, 32);
    assert_near(report.own_energy.low / 32, item->energy.low / item->energy.value);
    assert_near(report.own_energy.high / 32, item->energy.high / item->energy.value);
    assert_near(report.job_joules + report.others_joules + report.idle_joules, 2 * 20 + 8 * 100);
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_measuring_used_is_a_part_of_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
