/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_calibrated_run.c - runs on a machine that was calibrated: by hand */
#include "session_steps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../unit/support.h"
#include "model/calibration.h"
#include "session/calibration/apply.h"
#include "session/report/build.h"

static void add(struct calibration *calibration, const char *id, enum device_kind kind,
                double idle_watts)
{
    struct calibrated_device *device = calibration_add(calibration);

    assert_non_null(device);
    device->kind = kind;
    device->idle_watts = idle_watts;
    device->band_ratio = 0.06;
    (void)snprintf(device->id, sizeof(device->id), "%s", id);
    (void)snprintf(device->meter, sizeof(device->meter), "rapl");
}

/* Of this machine, as it is: 28 and 20 W of the packages and 2.5 W of DRAM at rest; the whole
 * machine 40 W + 1.1 a watt. */
static struct calibration calibration_of(struct fake_machine *machine)
{
    struct calibration calibration = CALIBRATION_NULL;
    struct session_options options = fake_options(machine);
    struct session *session;

    assert_int_equal(session_new(&session, &options, NULL), 0);
    calibration_basis_read(session->environment.reader.sys_fd, &session->record.run.machine,
                           &calibration.basis);
    session_free(session);
    calibration.wall_ns = INT64_C(1800000000) * NSEC_PER_SEC;
    add(&calibration, "cpu0", DEVICE_CPU, 28);
    add(&calibration, "cpu1", DEVICE_CPU, 20);
    add(&calibration, "dram0", DEVICE_DRAM, 2.5);
    (void)snprintf(calibration.board.meter, sizeof(calibration.board.meter), "csv");
    calibration.board.fixed_watts = 40;
    calibration.board.per_watt = 1.1;
    calibration.board.band_ratio = 0.1;
    return calibration;
}

static void run(const struct calibration *calibration, struct fake_machine *machine,
                struct report *report_out)
{
    struct session_options options = fake_options(machine);
    struct session *session;

    options.calibration = calibration;
    session = start(machine, &options);
    for (int i = 0; i < 10; i++)
        second(session, machine, 3, 1);
    fake_finish(session, report_out);
}

/* cpu0 draws 110 W for 10 s and is never idle: its floor is the calibration's 28 W, and 82 W are
 * active, 3/4 of them the job's. cpu1 is idle at 25 W in this run: that comes first. */
static void test_the_idle_power_is_the_calibrated_one(void **state)
{
    struct fake_machine machine;
    struct calibration calibration;
    const struct report_device *item;
    struct report report;

    (void)state;
    two_packages(&machine);
    calibration = calibration_of(&machine);
    run(&calibration, &machine, &report);
    item = fake_report_device(&report, "cpu0");
    assert_near(item->idle_power_watts, 28);
    assert_near(item->job_joules, 615);
    assert_near(item->others_joules, 205);
    assert_near(item->idle_joules, 280);
    assert_non_null(strstr(item->device.note, "idle power calibrated 2027-01-15"));
    assert_near(fake_report_device(&report, "cpu1")->idle_power_watts, 25);
    assert_near(fake_report_device(&report, "dram0")->idle_power_watts, 2.5);
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
    calibration_deinit(&calibration);
}

/* Parts of 1100 + 250 + 80 = 1430 J in 10 s: 1.1 x 1430 + 40 x 10 = 1973 J. At rest 40 + 1.1 x (28 +
 * 25 + 2.5) = 101.05 W: 962.5 J are active, 3/4 of them the job's. */
static void test_the_whole_machine_is_told_by_its_parts(void **state)
{
    struct fake_machine machine;
    struct calibration calibration;
    const struct report_device *board;
    struct report report;
    double half_joules = 0;

    (void)state;
    two_packages(&machine);
    calibration = calibration_of(&machine);
    run(&calibration, &machine, &report);
    board = fake_report_device(&report, "board-calibrated");
    assert_int_equal(board->device.kind, DEVICE_BOARD);
    assert_int_equal(board->device.basis, BASIS_MODELLED);
    assert_near(board->energy.value, 1973);
    assert_near(board->coverage_ratio, 1);
    assert_near(board->idle_power_watts, 101.05);
    assert_near(board->job_joules, 721.875);
    assert_near(board->others_joules, 240.625);
    assert_near(board->idle_joules, 1010.5);
    for (int i = 0; i < 3; i++)
        half_joules += 1.1 * report.devices[i].energy.value * report.devices[i].device.band_ratio;
    assert_near(board->device.band_ratio, hypot(hypot(0.1, 0.1), half_joules / 1973));
    assert_string_equal(board->device.note,
                        "40 W + 1.1 x what its parts draw, calibrated 2027-01-15 by csv");
    /* shown, never added */
    assert_near(report.machine_joules, 1430);
    assert_near(report.measured_ratio, 1);
    report_deinit(&report);
    calibration_deinit(&calibration);
}

static void test_without_a_line_there_is_no_board(void **state)
{
    struct fake_machine machine;
    struct calibration calibration;
    struct report report;

    (void)state;
    two_packages(&machine);
    calibration = calibration_of(&machine);
    calibration.board.per_watt = NAN;
    run(&calibration, &machine, &report);
    assert_int_equal(report.device_count, 3);
    report_deinit(&report);
    calibration_deinit(&calibration);
}

static void test_a_calibration_of_another_state_is_left_alone(void **state)
{
    struct fake_machine machine;
    struct calibration calibration;
    struct report report;

    (void)state;
    two_packages(&machine);
    calibration = calibration_of(&machine);
    (void)snprintf(calibration.basis.kernel, sizeof(calibration.basis.kernel), "2.4");
    run(&calibration, &machine, &report);
    assert_int_equal(report.device_count, 3);
    assert_true(fake_has_warning(&report, "kernel '2.4' then"));
    assert_true(fake_report_device(&report, "cpu0")->idle_power_watts != 28);
    report_deinit(&report);
    calibration_deinit(&calibration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_idle_power_is_the_calibrated_one),
        cmocka_unit_test(test_the_whole_machine_is_told_by_its_parts),
        cmocka_unit_test(test_without_a_line_there_is_no_board),
        cmocka_unit_test(test_a_calibration_of_another_state_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
