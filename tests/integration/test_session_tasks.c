/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_tasks.c - epochs of a log as tasks of a run, worked out by hand */
#include "../unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_machine.h"
#include "history/history.h"
#include "session/report/build.h"
#include "session_steps.h"

struct fixture {
    char directory[64];
    char log[96];
    char db[96];
    int dir_fd;
    struct fake_machine machine;
    struct session_options options;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    (void)snprintf(fixture->log, sizeof(fixture->log), "%s/train.log", fixture->directory);
    (void)snprintf(fixture->db, sizeof(fixture->db), "%s/history.db", fixture->directory);
    two_packages(&fixture->machine);
    fixture->options = fake_options(&fixture->machine);
    fixture->options.epoch_log = fixture->log;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void say(struct fixture *fixture, const char *line)
{
    int fd = open(fixture->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, line, strlen(line)), strlen(line));
    (void)close(fd);
}

static double sum_of_joules(const struct report *report)
{
    double sum = 0;

    for (size_t i = 0; i < report->task_count; i++)
        sum += report->tasks[i].energy_joules;
    return sum;
}

static double sum_of_grams(const struct report *report)
{
    double sum = 0;

    for (size_t i = 0; i < report->task_count; i++)
        sum += report->tasks[i].total_gco2e;
    return sum;
}

/*
 * 2 s of nothing (the floor: 30 + 25 + 3 W), then an epoch of 4 s with the job on 3 CPUs and others on 1, one
 * of 4 s with the job on 1 alone, 2 s of nothing. By package 0: of (80 + 20) W and 20 W above its floor.
 *   job:  3/4 of 80 W for 4 s = 240 J, 20 W for 4 s = 80 J; DRAM 5 W * 3/4 * 4 = 15 J, 1.25 W * 4 = 5 J
 *   idle: 58 W for 12 s = 696 J; the job's CPU time is 16 s of 20: 4/5 of it, 46.4 W of all the time
 */
static void run_it(struct fixture *fixture, struct report *report_out)
{
    struct session *session = start(&fixture->machine, &fixture->options);

    for (int i = 0; i < 12; i++) {
        second(session, &fixture->machine,
               i < 2    ? 0
               : i < 6  ? 3
               : i < 10 ? 1
                        : 0,
               i >= 2 && i < 6 ? 1 : 0);
        /* found with the next tick, whose moment is the mark's */
        if (i == 0)
            say(fixture, "Epoch 1/2\n");
        if (i == 4)
            say(fixture, "Epoch 2/2\n");
    }
    say(fixture, "done\n");
    fake_finish(session, report_out);
}

static void test_epochs_by_hand(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    run_it(fixture, &report);
    assert_int_equal(report.task_count, 3);
    assert_string_equal(report.tasks[0].name, "");
    assert_near(report.tasks[0].start_seconds, 0);
    assert_near(report.tasks[0].duration_seconds, 2);
    assert_near(report.tasks[0].energy_joules, 2 * 46.4);
    assert_string_equal(report.tasks[1].name, "epoch 1");
    assert_near(report.tasks[1].start_seconds, 2);
    assert_near(report.tasks[1].duration_seconds, 4);
    assert_near(report.tasks[1].energy_joules, 240 + 15 + 4 * 46.4);
    /* what comes after the last header is the last epoch's */
    assert_string_equal(report.tasks[2].name, "epoch 2");
    assert_near(report.tasks[2].duration_seconds, 6);
    assert_near(report.tasks[2].energy_joules, 80 + 5 + 6 * 46.4);
    assert_near(sum_of_joules(&report), report.total.value);
    assert_near(sum_of_grams(&report), report.total_gco2e.value);
    assert_near(report.training.epochs, 2);
    report_deinit(&report);
}

static void test_all_of_the_machine(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    fixture->options.scope = SCOPE_MACHINE;
    run_it(fixture, &report);
    assert_near(report.tasks[0].energy_joules, 2 * 58);
    assert_near(report.tasks[1].energy_joules, 4 * (58 + 80 + 5));
    assert_near(report.tasks[2].energy_joules, 6 * 58 + 4 * (20 + 1.25));
    assert_near(sum_of_joules(&report), report.machine_joules);
    report_deinit(&report);
}

/* A second that an epoch ends in is shared by time: the mark lies in its middle. */
static void test_a_mark_between_two_readings(void **state)
{
    struct fixture *fixture = *state;
    struct fake_machine *machine = &fixture->machine;
    struct session *session;
    struct report report;

    fixture->options.epoch_at = EPOCH_AT_END;
    session = start(machine, &fixture->options);
    for (int i = 0; i < 3; i++)
        second(session, machine, 1, 0);
    fake_pass(machine, 0.25);
    say(fixture, "epoch 1 loss 0.1\n");
    session_tasks_wake(session); /* the kernel has told of it */
    fake_pass(machine, 0.75);
    fake_use(machine, "cpu0", 50);
    fake_use(machine, "cpu1", 25);
    fake_use(machine, "dram0", 4.25);
    fake_work(machine, "cpu0", 1);
    fake_job_works(session, 1);
    fake_tick(session, machine);
    fake_finish(session, &report);
    assert_int_equal(report.task_count, 2);
    assert_near(report.tasks[0].duration_seconds, 3.25);
    assert_near(report.tasks[1].duration_seconds, 0.75);
    assert_near(report.tasks[0].energy_joules / report.total.value, 3.25 / 4);
    report_deinit(&report);
}

/* What the history gives back is what the report said; another place moves the grams of every task alike. */
static void test_stored_and_read_again(void **state)
{
    struct fixture *fixture = *state;
    struct history_record record;
    struct carbon_basis basis = { .pue = 2 };
    struct history *history;
    struct report report;
    struct report again;

    fixture->options.db_path = fixture->db;
    run_it(fixture, &report);
    assert_int_equal(history_open(fixture->db, HISTORY_READ, &history, NULL), 0);
    assert_int_equal(history_load(history, "last", &record, NULL), 0);
    basis.intensity = fixture->options.intensity;
    assert_int_equal(report_build(&record, &basis, &again, NULL), 0);
    assert_int_equal(again.task_count, report.task_count);
    for (size_t i = 0; i < report.task_count; i++) {
        assert_string_equal(again.tasks[i].name, report.tasks[i].name);
        assert_true(again.tasks[i].kind == report.tasks[i].kind);
        assert_near(again.tasks[i].duration_seconds, report.tasks[i].duration_seconds);
        assert_near(again.tasks[i].energy_joules, report.tasks[i].energy_joules);
        assert_near(again.tasks[i].total_gco2e, 2 * report.tasks[i].total_gco2e);
    }
    assert_near(again.training.epochs, 2);
    report_deinit(&again);
    report_deinit(&report);
    history_record_deinit(&record);
    history_close(history);
}

/* The first two seconds at 100 g/kWh, what follows at 400: an epoch has the grams of its own hours. */
static void test_tasks_have_the_intensity_of_their_time(void **state)
{
    struct fixture *fixture = *state;
    struct intensity_point points[] = {
        { .wall_ns = fixture->machine.wall_ns, .gco2e_per_kwh = 100 },
        { .wall_ns = fixture->machine.wall_ns + 2 * NSEC_PER_SEC, .gco2e_per_kwh = 400 },
    };
    struct intensity_series series = { .points = points, .count = 2, .capacity = 2 };
    struct report report;

    fixture->options.series = &series;
    fixture->options.cuts = &series;
    run_it(fixture, &report);
    assert_near(report.tasks[0].total_gco2e, 2 * 46.4 / 3.6e6 * 100);
    assert_near(report.tasks[1].total_gco2e, (240 + 15 + 4 * 46.4) / 3.6e6 * 400);
    assert_near(sum_of_grams(&report), report.total_gco2e.value);
    report_deinit(&report);
}

/* The job alone: 79.25 W all the time, an epoch every 2 s, three of them, and a second after them. */
static void three_epochs(struct fixture *fixture, struct report *report_out)
{
    struct session *session;

    fixture->options.epoch_at = EPOCH_AT_END;
    session = start(&fixture->machine, &fixture->options);
    for (int i = 0; i < 7; i++) {
        second(session, &fixture->machine, 1, 0);
        if (i == 0 || i == 2 || i == 4)
            say(fixture, i == 0 ? "epoch 1 x\n" : i == 2 ? "epoch 2 x\n" : "epoch 3 x\n");
    }
    fake_finish(session, report_out);
}

static void test_the_whole_is_foretold(void **state)
{
    struct fixture *fixture = *state;
    const struct report_prediction *prediction;
    struct report report;

    fixture->options.epochs = 5;
    three_epochs(fixture, &report);
    prediction = &report.prediction;
    assert_true(prediction->basis == PREDICTION_STEADY_EPOCHS);
    assert_near(prediction->epochs, 5);
    assert_near(prediction->epochs_done, 3);
    assert_near(prediction->at_seconds, 6);
    assert_near(prediction->energy_joules.value, 5 * 158.5);
    assert_near(prediction->duration_seconds.value, 10);
    assert_near(prediction->total_gco2e.value, 5 * 158.5 / 1e4);
    assert_true(prediction->energy_joules.low > 3 * 158.5 &&
                prediction->energy_joules.low < 5 * 158.5);
    /* its interval, and that of the meters on top */
    assert_true(prediction->total_gco2e.low < prediction->energy_joules.low / 1e4);
    report_deinit(&report);
}

/* The same with a second of validation after each epoch: 79.25 W of the job all the time, 5 times 3 s. */
static void test_validation_is_a_task(void **state)
{
    struct fixture *fixture = *state;
    struct history_record record;
    struct history *history;
    struct session *session;
    struct report report;

    fixture->options.epochs = 5;
    fixture->options.validation_regex = "^accuracy";
    fixture->options.db_path = fixture->db;
    session = start(&fixture->machine, &fixture->options);
    for (int i = 0; i < 9; i++) {
        second(session, &fixture->machine, 1, 0);
        if (i % 3 == 0)
            say(fixture, i == 0 ? "epoch 1 x\n" : i == 3 ? "epoch 2 x\n" : "epoch 3 x\n");
        if (i % 3 == 1)
            say(fixture, "accuracy 0.9\n");
    }
    fake_finish(session, &report);
    assert_int_equal(report.task_count, 7);
    assert_string_equal(report.tasks[0].name, "epoch 1");
    assert_near(report.tasks[0].duration_seconds, 2);
    assert_near(report.tasks[0].energy_joules, 158.5);
    assert_string_equal(report.tasks[3].name, "validation 2");
    assert_near(report.tasks[3].start_seconds, 5);
    assert_near(report.tasks[3].energy_joules, 79.25);
    assert_near(sum_of_joules(&report), report.total.value);
    assert_near(report.prediction.energy_joules.value, 15 * 79.25);
    assert_near(report.prediction.duration_seconds.value, 15);
    assert_near(report.prediction.validation_joules.value, 5 * 79.25);
    assert_near(report.prediction.validations, 5);
    assert_near(report.prediction.total_gco2e.value, 15 * 79.25 / 1e4);

    assert_int_equal(history_open(fixture->db, HISTORY_READ, &history, NULL), 0);
    assert_int_equal(history_load(history, "last", &record, NULL), 0);
    assert_int_equal(record.tasks.count, 7);
    assert_true(record.tasks.items[3].kind == TASK_VALIDATION);
    assert_string_equal(record.tasks.items[5].name, "validation 3");
    history_record_deinit(&record);
    history_close(history);
    report_deinit(&report);
}

/* When all is done the prediction is the report, to the last bit. */
static void test_in_the_end_it_is_the_report(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    fixture->options.epochs = 3;
    three_epochs(fixture, &report);
    assert_true(report.prediction.basis == PREDICTION_MEASURED);
    assert_true(report.prediction.energy_joules.value == report.total.value);
    assert_true(report.prediction.energy_joules.low == report.total.value);
    assert_true(report.prediction.total_gco2e.low == report.total_gco2e.low);
    assert_true(report.prediction.total_gco2e.high == report.total_gco2e.high);
    assert_near(report.prediction.duration_seconds.value, 7);
    report_deinit(&report);
}

/* 100 g/kWh until the third epoch has ended, 400 for the 6 s after it: the last 4 s are dear. */
static void test_what_is_left_has_the_intensity_of_its_time(void **state)
{
    struct fixture *fixture = *state;
    struct intensity_point points[] = {
        { .wall_ns = fixture->machine.wall_ns, .gco2e_per_kwh = 100 },
        { .wall_ns = fixture->machine.wall_ns + 6 * NSEC_PER_SEC, .gco2e_per_kwh = 400 },
    };
    struct intensity_series series = { .points = points, .count = 2, .capacity = 2 };
    struct report report;

    fixture->options.series = &series;
    fixture->options.cuts = &series;
    fixture->options.epochs = 5;
    three_epochs(fixture, &report);
    assert_near(report.prediction.total_gco2e.value, (6 * 79.25 * 100 + 4 * 79.25 * 400) / 3.6e6);
    report_deinit(&report);
    /* the series says nothing of what comes 12 s after its beginning: the place's 360 */
    fixture->options.epochs = 8;
    points[0].wall_ns = fixture->machine.wall_ns;
    points[1].wall_ns = fixture->machine.wall_ns + 6 * NSEC_PER_SEC;
    assert_int_equal(unlink(fixture->log), 0);
    three_epochs(fixture, &report);
    assert_near(report.prediction.total_gco2e.value,
                (6 * 79.25 * 100 + 6 * 79.25 * 400 + 4 * 79.25 * 360) / 3.6e6);
    report_deinit(&report);
}

static void test_a_budget_is_counted_as_the_report_counts(void **state)
{
    struct fixture *fixture = *state;
    struct session *session;
    struct report so_far;
    struct report report;

    fixture->options.budget = "300J";
    fixture->options.budget_action = "warn";
    fixture->options.epochs = 5;
    session = start(&fixture->machine, &fixture->options);
    for (int i = 0; i < 3; i++)
        second(session, &fixture->machine, 1, 0);
    assert_int_equal(session_report_so_far(session, &so_far, NULL), 0);
    assert_near(so_far.budget.used, 3 * 79.25);
    assert_string_equal(so_far.training.budget_state, "within");
    report_deinit(&so_far);
    second(session, &fixture->machine, 1, 0);
    fake_finish(session, &report);
    assert_near(report.budget.used, 4 * 79.25);
    assert_string_equal(report.training.budget_state, "exceeded");
    report_deinit(&report);
}

static void test_a_log_that_never_comes(void **state)
{
    struct fixture *fixture = *state;
    struct session *session = start(&fixture->machine, &fixture->options);
    struct report report;

    for (int i = 0; i < 3; i++)
        second(session, &fixture->machine, 1, 0);
    fake_finish(session, &report);
    assert_true(fake_has_warning(&report, "was never written"));
    assert_int_equal(report.task_count, 1);
    assert_near(report.tasks[0].energy_joules, report.total.value);
    report_deinit(&report);

    say(fixture, "nothing to see\n");
    session = start(&fixture->machine, &fixture->options);
    second(session, &fixture->machine, 1, 0);
    fake_finish(session, &report);
    assert_true(fake_has_warning(&report, "tells of an epoch"));
    report_deinit(&report);
}

#define TASK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TASK_TEST(test_epochs_by_hand),
        TASK_TEST(test_all_of_the_machine),
        TASK_TEST(test_a_mark_between_two_readings),
        TASK_TEST(test_stored_and_read_again),
        TASK_TEST(test_tasks_have_the_intensity_of_their_time),
        TASK_TEST(test_the_whole_is_foretold),
        TASK_TEST(test_validation_is_a_task),
        TASK_TEST(test_in_the_end_it_is_the_report),
        TASK_TEST(test_what_is_left_has_the_intensity_of_its_time),
        TASK_TEST(test_a_budget_is_counted_as_the_report_counts),
        TASK_TEST(test_a_log_that_never_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
