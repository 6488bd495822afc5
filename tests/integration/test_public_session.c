/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/test_public_session.c - the library's sessions over a machine that says what the test says
 *
 * The session's own thread may read at any time, so that the machine changes under the session's lock: a reading
 * finds all of a step or nothing of it.
 */
#include <aico2/aico2.h>

#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_machine.h"
#include "history/history.h"
#include "session/public/session.h"

struct fixture {
    char directory[64];
    char db[96];
    int dir_fd;
    struct fake_machine machine;
    struct public_seam seam;
    struct aico2_options options;
    struct aico2_session *session;
};

/* A package of four threads. The kernel's timer goes off long after the test: who reads are the calls. */
static void add_machine(struct fake_machine *machine)
{
    fake_machine_init(machine);
    machine->mono_ns = clock_mono_ns() + 1000000 * NSEC_PER_SEC;
    fake_add_package(machine, 0, 4);
}

/* 360 g/kWh, so that 10 kJ are a gram. */
static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    (void)snprintf(fixture->db, sizeof(fixture->db), "%s/history.db", fixture->directory);
    add_machine(&fixture->machine);
    fixture->seam = (struct public_seam){ &fixture->machine.clock, fake_drivers };
    fixture->options = (struct aico2_options){
        .size = sizeof(fixture->options),
        .name = "from options",
        .gco2e_per_kwh = 360,
        .interval_s = 3600, /* only what the calls ask for is read */
        .without_embodied = 1,
        .db_path = fixture->db,
    };
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    aico2_session_free(fixture->session);
    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void make(struct fixture *fixture)
{
    struct aico2_error err = { 0 };

    if (public_session_new(&fixture->session, &fixture->options, &fixture->seam, &err) != 0)
        fail_msg("%s", err.message);
}

static void start(struct fixture *fixture)
{
    make(fixture);
    assert_int_equal(aico2_session_start(fixture->session, "run", NULL), 0);
}

/* So many seconds in which the package uses joules, everybody and the process so much CPU time. */
static void pass(struct fixture *fixture, double seconds, double joules, double all, double job)
{
    (void)pthread_mutex_lock(&fixture->session->lock);
    fake_pass(&fixture->machine, seconds);
    fake_use(&fixture->machine, "cpu0", joules);
    fake_work(&fixture->machine, "cpu0", all);
    fixture->machine.own_cpu_ns += llround(job * 1e9);
    (void)pthread_mutex_unlock(&fixture->session->lock);
}

static struct aico2_task_figures end_task(struct fixture *fixture)
{
    struct aico2_task_figures figures = { .size = sizeof(figures) };
    struct aico2_error err = { 0 };

    if (aico2_task_end(fixture->session, &figures, &err) != 0)
        fail_msg("%s", err.message);
    return figures;
}

static struct aico2_report *stop(struct fixture *fixture)
{
    struct aico2_report *report = NULL;

    assert_int_equal(aico2_session_stop(fixture->session, &report, NULL), 0);
    assert_non_null(report);
    return report;
}

static struct aico2_report_task task_of(const struct aico2_report *report, size_t index)
{
    struct aico2_report_task task = { .size = sizeof(task) };

    assert_int_equal(aico2_report_task(report, index, &task), 0);
    return task;
}

/*
 * 2 s with nothing running: 20 W are idle. Then 2 s of 100 J, half the CPU time the process's: 40 J idle, 30 + 30 J
 * active; 1 s of 30 J of others: 20 J idle; 3 s of 90 J, all the process's: 60 J idle, 30 J active. Of the idle
 * energy half is the process's when the first task ends, and 4 CPU seconds of 6 at the end:
 * 60 + 160 x 4 / 6 J, at 10 kJ a gram; the meter's band is 10 %.
 */
static void test_tasks_add_up_to_the_run(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_task_figures figures;
    struct aico2_report *report;
    struct aico2_report_device device = { .size = sizeof(device) };

    start(fixture);
    pass(fixture, 2, 40, 0, 0);
    assert_int_equal(aico2_task_begin(fixture->session, "one", NULL), 0);
    pass(fixture, 2, 100, 2, 1);
    figures = end_task(fixture);
    assert_near(figures.duration_s, 2);
    assert_near(figures.energy_joules.value, 50);
    assert_near(figures.energy_joules.low, 45);
    assert_near(figures.energy_joules.high, 55);
    assert_near(figures.total_gco2e.value, 0.005);
    assert_near(figures.cpu_s, 1);
    assert_int_equal(figures.overlaps, 0);
    assert_true(figures.readings >= 1);

    pass(fixture, 1, 30, 1, 0);
    assert_int_equal(aico2_task_begin(fixture->session, "two", NULL), 0);
    pass(fixture, 3, 90, 3, 3);
    figures = end_task(fixture);
    assert_near(figures.energy_joules.value, 70);

    report = stop(fixture);
    assert_string_equal(aico2_report_name(report), "run");
    assert_string_equal(aico2_report_state(report), "finished");
    assert_near(aico2_report_duration_s(report), 8);
    assert_near(aico2_report_cpu_s(report), 4);
    assert_near(aico2_report_job_joules(report), 60);
    assert_near(aico2_report_others_joules(report), 40);
    assert_near(aico2_report_idle_joules(report), 160);
    assert_near(aico2_report_idle_share_joules(report), 160 * 4.0 / 6);
    assert_near(aico2_report_total_joules(report), 500.0 / 3);
    assert_near(aico2_report_energy_kwh(report).high, 550.0 / 3 / 3.6e6);
    assert_near(aico2_report_machine_joules(report), 260);
    assert_near(aico2_report_total_gco2e(report).value, 0.05 / 3);
    assert_true(isnan(aico2_report_embodied_gco2e(report).value));
    assert_int_equal(aico2_report_device_count(report), 1);
    assert_int_equal(aico2_report_device(report, 0, &device), 0);
    assert_string_equal(device.id, "cpu0");
    assert_string_equal(device.basis, "measured");
    assert_near(device.job_joules + device.others_joules + device.idle_joules,
                device.energy_joules.value);
    assert_int_equal(aico2_report_device(report, 1, &device), -ENODATA);

    /* nothing, one, nothing, two, nothing */
    assert_int_equal(aico2_report_task_count(report), 5);
    assert_string_equal(task_of(report, 1).name, "one");
    assert_string_equal(task_of(report, 1).kind, "task");
    assert_near(task_of(report, 1).energy_joules, 30 + 40 * 2.0 / 3);
    assert_string_equal(task_of(report, 2).kind, "rest");
    assert_near(task_of(report, 2).duration_s, 1);
    assert_near(task_of(report, 2).energy_joules, 20 * 2.0 / 3);
    assert_near(task_of(report, 3).energy_joules, 30 + 60 * 2.0 / 3);
    assert_non_null(strstr(aico2_report_json(report), "\"aico2.report/1\""));
    assert_non_null(strstr(aico2_report_text(report), "this job"));
    assert_non_null(strstr(aico2_report_codecarbon_csv(report), "emissions_rate"));
    aico2_report_free(report);
}

/* Within 0.1 s of a reading no other is taken: what a task used is its share of the time between two, and the
 * band says how far off that may be. */
static void test_short_tasks_share_a_reading_by_time(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_task_figures figures;
    struct aico2_report *report;

    start(fixture);
    pass(fixture, 1, 40, 1, 1); /* read at the edge that follows: 40 W */
    assert_int_equal(aico2_task_begin(fixture->session, "a", NULL), 0);
    pass(fixture, 0.02, 1, 0.02, 0.02);
    figures = end_task(fixture);
    assert_int_equal(figures.readings, 0);
    assert_near(figures.energy_joules.value, 0.8); /* as the second before: 40 W */
    assert_true(figures.energy_joules.low < 0.5 && figures.energy_joules.high > 1.5);
    assert_int_equal(aico2_task_begin(fixture->session, "b", NULL), 0);
    pass(fixture, 0.06, 7, 0.06, 0.06);
    (void)end_task(fixture);
    pass(fixture, 0.92, 92, 0.92, 0.92);
    report = stop(fixture);
    /* 100 J in a second: 2 to the first, 6 to the second, 92 to what follows */
    assert_near(aico2_report_total_joules(report), 140);
    assert_string_equal(task_of(report, 1).name, "a");
    assert_true(fabs(task_of(report, 1).energy_joules - 2) < 0.001);
    assert_string_equal(task_of(report, 2).name, "b");
    assert_true(fabs(task_of(report, 2).energy_joules - 6) < 0.001);
    assert_true(fabs(task_of(report, 3).energy_joules - 92) < 0.001);
    aico2_report_free(report);
}

/*
 * A task begins 0.05 s after a reading, and the next one, 2 s after it, tells of 200 J: 5 J by time are of before. Up
 * to three times as much power may have been drawn until the task began: 15 J, beside the meter's 10 %.
 */
static void test_a_beginning_without_a_reading_is_between_two(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_task_figures figures;
    struct aico2_peek peek = { .size = sizeof(peek) };

    start(fixture);
    pass(fixture, 1, 40, 1, 1);
    assert_int_equal(aico2_session_peek(fixture->session, &peek, NULL), 0);
    pass(fixture, 0.05, 1, 0.05, 0.05);
    assert_int_equal(aico2_task_begin(fixture->session, "x", NULL), 0);
    pass(fixture, 1.95, 199, 1.95, 1.95);
    figures = end_task(fixture);
    assert_near(figures.energy_joules.value, 195);
    assert_near(figures.energy_joules.low, 195 - 19.5 - 15);
    assert_near(figures.energy_joules.high, 195 + 19.5 + 15);
    assert_int_equal(figures.readings, 1);
    aico2_report_free(stop(fixture));
}

/* Many tasks between two readings take one sum together, and it is shared out among them by time. */
static void test_a_thousand_tasks_between_two_readings(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report;
    double sum = 0;

    start(fixture);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(aico2_task_begin(fixture->session, "step", NULL), 0);
        (void)pthread_mutex_lock(&fixture->session->lock);
        fake_pass(&fixture->machine, 1e-5);
        (void)pthread_mutex_unlock(&fixture->session->lock);
        assert_int_equal(aico2_task_end(fixture->session, NULL, NULL), 0);
    }
    assert_true(fixture->session->session->record.task_slices.count <= 3);
    pass(fixture, 0.09, 50, 0.1, 0.1);
    report = stop(fixture);
    assert_near(aico2_report_total_joules(report), 50);
    assert_int_equal(aico2_report_task_count(report), 1002);
    for (size_t i = 0; i < 1002; i++)
        sum += task_of(report, i).energy_joules;
    assert_near(sum, 50);
    /* a tenth of the time was theirs */
    assert_true(fabs(task_of(report, 500).energy_joules - 0.005) < 1e-6);
    aico2_report_free(report);
}

static void test_an_inner_task_interrupts_the_outer_one(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_task_figures figures;
    struct aico2_report *report;

    start(fixture);
    assert_int_equal(aico2_task_begin(fixture->session, "outer", NULL), 0);
    pass(fixture, 1, 10, 1, 1);
    assert_int_equal(aico2_task_begin(fixture->session, "inner", NULL), 0);
    pass(fixture, 1, 20, 1, 1);
    figures = end_task(fixture);
    assert_near(figures.energy_joules.value, 20);
    assert_int_equal(figures.overlaps, 1);
    pass(fixture, 1, 40, 1, 1);
    figures = end_task(fixture);
    assert_near(figures.energy_joules.value, 70); /* with what lies within */
    assert_int_equal(aico2_task_end(fixture->session, NULL, NULL), -EINVAL);
    report = stop(fixture);
    assert_string_equal(task_of(report, 1).name, "outer");
    assert_near(task_of(report, 1).energy_joules, 10);
    assert_int_equal(task_of(report, 1).continues, 0);
    assert_string_equal(task_of(report, 2).name, "inner");
    assert_string_equal(task_of(report, 3).name, "outer");
    assert_int_equal(task_of(report, 3).continues, 1);
    assert_near(task_of(report, 3).energy_joules, 40);
    aico2_report_free(report);
}

/* Two that overlap without one being within the other, as in async code. */
static void test_tasks_that_cross_are_told_apart_by_number(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_task_figures figures = { .size = sizeof(figures) };
    uint64_t first;
    uint64_t second;

    start(fixture);
    assert_int_equal(aico2_task_open(fixture->session, "first", AICO2_TASK_WORK, &first, NULL), 0);
    pass(fixture, 1, 10, 1, 1);
    assert_int_equal(aico2_task_open(fixture->session, "second", AICO2_TASK_WORK, &second, NULL),
                     0);
    pass(fixture, 1, 20, 1, 1);
    assert_int_not_equal(first, second);
    assert_int_equal(aico2_task_close(fixture->session, first, &figures, NULL), 0);
    assert_near(figures.energy_joules.value, 30);
    assert_int_equal(aico2_task_close(fixture->session, first, &figures, NULL), -EINVAL);
    pass(fixture, 1, 40, 1, 1);
    assert_int_equal(aico2_task_close(fixture->session, second, &figures, NULL), 0);
    assert_near(figures.energy_joules.value, 60);
    assert_int_equal(aico2_task_open(fixture->session, "", 7, &first, NULL), -EINVAL);
    aico2_report_free(stop(fixture));
}

/* 150 J at 36 cents a kWh, which is 3.6 MJ: 15 millionths of a euro; the meter's band is 10 %. */
static void test_a_price_makes_costs_and_budgets(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_budget budget = { .size = sizeof(budget) };
    struct aico2_report *report;
    struct aico2_band cost;

    fixture->options.price = "0.36 EUR";
    fixture->options.budget = "0.00002EUR";
    start(fixture);
    pass(fixture, 1, 150, 1, 1);
    assert_int_equal(aico2_session_budget(fixture->session, &budget, NULL), 0);
    assert_string_equal(budget.unit, "EUR");
    assert_near(budget.used * 1e6, 15);
    assert_int_equal(budget.exceeded, 0);
    pass(fixture, 1, 100, 1, 1);
    assert_int_equal(aico2_session_budget(fixture->session, &budget, NULL), 0);
    assert_int_equal(budget.exceeded, 1);
    report = stop(fixture);
    cost = aico2_report_cost(report);
    assert_near(cost.value * 1e6, 25);
    assert_near(cost.low * 1e6, 22.5);
    assert_near(cost.high * 1e6, 27.5);
    assert_string_equal(aico2_report_currency(report), "EUR");
    aico2_report_free(report);
}

/* Until 10 s after the start a kWh costs 0.36, then 0.72: 100 J of each are 10 and 20 millionths. */
static void test_a_price_over_time(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_peek peek = { .size = sizeof(peek) };
    struct aico2_report *report;
    char path[96];

    tree_write(fixture->dir_fd, "prices.csv",
               "time,eur_per_kwh\n2025-12-31T00:00:00Z,0.36\n2026-01-01T00:00:10Z,0.72\n");
    (void)snprintf(path, sizeof(path), "%s/prices.csv", fixture->directory);
    fixture->options.price_file = path;
    start(fixture);
    pass(fixture, 10, 100, 10, 10);
    assert_int_equal(aico2_session_peek(fixture->session, &peek, NULL), 0);
    pass(fixture, 10, 100, 10, 10);
    report = stop(fixture);
    assert_near(aico2_report_cost(report).value * 1e6, 30);
    assert_string_equal(aico2_report_currency(report), "EUR");
    aico2_report_free(report);
}

/* Without one there is no cost, and a budget in money has nothing to go by. */
static void test_no_price_no_cost(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report;

    start(fixture);
    pass(fixture, 1, 150, 1, 1);
    report = stop(fixture);
    assert_true(isnan(aico2_report_cost(report).value));
    assert_string_equal(aico2_report_currency(report), "");
    aico2_report_free(report);
}

/* Two epochs of 100 J, each with work that is named within it: 4 of them use 400 J. */
static void test_epochs_foretell_the_training(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_forecast forecast = { .size = sizeof(forecast) };
    struct aico2_budget budget = { .size = sizeof(budget) };
    struct aico2_report *report;
    struct aico2_error err = { 0 };
    uint64_t epoch;

    fixture->options.epochs = 4;
    fixture->options.budget = "150J";
    start(fixture);
    assert_int_equal(aico2_session_forecast(fixture->session, &forecast, &err), -ENODATA);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(aico2_task_open(fixture->session, NULL, AICO2_TASK_EPOCH, &epoch, NULL),
                         0);
        pass(fixture, 1, 60, 1, 1);
        assert_int_equal(aico2_task_begin(fixture->session, "backward", NULL), 0);
        pass(fixture, 1, 40, 1, 1);
        assert_int_equal(aico2_session_budget(fixture->session, &budget, &err), 0);
        assert_int_equal(budget.exceeded, i);
        (void)end_task(fixture);
        assert_int_equal(aico2_task_close(fixture->session, epoch, NULL, NULL), 0);
    }
    assert_int_equal(aico2_session_forecast(fixture->session, &forecast, &err), 0);
    assert_string_equal(forecast.basis, "steady-epochs");
    assert_near(forecast.epochs_done, 2);
    assert_near(forecast.energy_joules.value, 400);
    assert_near(forecast.duration_s.value, 8);
    assert_near(forecast.total_gco2e.value, 0.04);
    assert_int_equal(aico2_session_budget(fixture->session, &budget, &err), 0);
    assert_string_equal(budget.unit, "joules");
    assert_near(budget.used, 200);
    assert_near(budget.predicted, 400);
    assert_int_equal(aico2_session_set_epochs(fixture->session, NAN, &err), -EINVAL);
    assert_int_equal(aico2_session_set_epochs(fixture->session, 2, &err), 0);
    assert_int_equal(aico2_session_forecast(fixture->session, &forecast, &err), 0);
    assert_string_equal(forecast.basis, "measured");
    report = stop(fixture);
    assert_string_equal(task_of(report, 1).name, "epoch 1");
    assert_string_equal(task_of(report, 1).kind, "epoch");
    assert_int_equal(task_of(report, 2).continues, 1);
    aico2_report_free(report);
}

static void test_a_look_at_the_run(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_peek peek = { .size = sizeof(peek) };
    struct aico2_peek_device device = { .size = sizeof(device) };

    start(fixture);
    pass(fixture, 2, 100, 2, 1);
    assert_int_equal(aico2_session_peek(fixture->session, &peek, NULL), 0);
    assert_near(peek.duration_s, 2);
    assert_near(peek.energy_joules.value, 50);
    assert_near(peek.machine_joules, 100);
    assert_near(peek.power_watts, 50);
    assert_near(peek.total_gco2e.value, 0.005);
    assert_near(peek.cpu_s, 1);
    assert_int_equal(peek.device_count, 1);
    assert_int_equal(aico2_session_peek_device(fixture->session, 0, &device, NULL), 0);
    assert_string_equal(device.kind, "cpu");
    assert_near(device.power_watts, 50);
    assert_int_equal(aico2_session_peek_device(fixture->session, 1, &device, NULL), -ENODATA);
    peek.size = 0;
    assert_int_equal(aico2_session_peek(fixture->session, &peek, NULL), -EINVAL);
    aico2_report_free(stop(fixture));
}

static void test_what_is_asked_at_the_wrong_time_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_error err = { 0 };

    make(fixture);
    assert_string_equal(aico2_session_run_id(fixture->session), "");
    assert_int_equal(aico2_session_stop(fixture->session, NULL, &err), -EINVAL);
    assert_int_equal(aico2_task_begin(fixture->session, "x", &err), -EINVAL);
    assert_string_equal(err.message, "the session is not running");
    assert_int_equal(aico2_session_is_running(fixture->session), 0);
    assert_int_equal(aico2_session_start(fixture->session, NULL, &err), 0);
    assert_int_equal(aico2_session_is_running(fixture->session), 1);
    assert_int_equal(aico2_session_start(fixture->session, NULL, &err), -EALREADY);
    assert_int_equal(aico2_task_end(fixture->session, NULL, &err), -EINVAL);
    aico2_report_free(stop(fixture));
}

/* The same session again: another run, with joules of its own; both stand in the history. */
static void test_a_session_may_be_started_again(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report;
    struct aico2_report *loaded = NULL;
    char first[ULID_SIZE];

    start(fixture);
    pass(fixture, 1, 30, 1, 1);
    report = stop(fixture);
    assert_near(aico2_report_total_joules(report), 30);
    (void)snprintf(first, sizeof(first), "%s", aico2_report_run_id(report));
    aico2_report_free(report);

    assert_int_equal(aico2_session_start(fixture->session, NULL, NULL), 0);
    pass(fixture, 1, 7, 1, 1);
    assert_int_equal(aico2_session_stop_failed(fixture->session, 1, &report, NULL), 0);
    assert_near(aico2_report_total_joules(report), 7);
    assert_string_equal(aico2_report_name(report), "from options");
    assert_string_equal(aico2_report_state(report), "failed");
    assert_string_not_equal(aico2_report_run_id(report), first);
    aico2_report_free(report);

    assert_int_equal(aico2_report_load(&loaded, fixture->db, first, NULL), 0);
    assert_near(aico2_report_total_joules(loaded), 30);
    assert_near(aico2_report_total_gco2e(loaded).value, 0.003);
    aico2_report_free(loaded);
    assert_int_equal(aico2_report_load(&loaded, fixture->db, "nowhere", NULL), -ENODATA);
}

static void test_two_sessions_do_not_meet(void **state)
{
    struct fixture *fixture = *state;
    struct fixture other;
    struct aico2_report *report;

    start(fixture);
    pass(fixture, 1, 30, 1, 1);
    other = *fixture;
    add_machine(&other.machine);
    other.seam.clock = &other.machine.clock;
    start(&other);
    pass(&other, 2, 8, 1, 1);
    pass(fixture, 1, 30, 1, 1);
    report = stop(&other);
    assert_near(aico2_report_total_joules(report), 8);
    aico2_report_free(report);
    aico2_session_free(other.session);
    report = stop(fixture);
    assert_near(aico2_report_total_joules(report), 60);
    aico2_report_free(report);
}

static void refuse(const struct fixture *fixture, const struct aico2_options *options, int code,
                   const char *quoted)
{
    struct aico2_session *session = NULL;
    struct aico2_error err = { 0 };

    assert_int_equal(public_session_new(&session, options, &fixture->seam, &err), code);
    assert_null(session);
    if (strstr(err.message, quoted) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, quoted);
}

static void test_bad_options_are_quoted(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_options options = fixture->options;

    options.size = 0;
    refuse(fixture, &options, -EINVAL, "size is 0");
    options = fixture->options;
    options.interval_s = 0.0005;
    refuse(fixture, &options, -EINVAL, "interval_s is 0.0005");
    options = fixture->options;
    options.pue = NAN;
    refuse(fixture, &options, -EINVAL, "pue is nan");
    options = fixture->options;
    options.gco2e_per_kwh = 0;
    options.country = "Frnace";
    refuse(fixture, &options, -EINVAL, "Frnace");
    options.country = "FR";
    options.place = "DE";
    refuse(fixture, &options, -EINVAL, "place is 'DE'");
    options = fixture->options;
    options.scope = 2;
    refuse(fixture, &options, -EINVAL, "scope is 2");
    options = fixture->options;
    options.budget = "3EUR";
    refuse(fixture, &options, -EINVAL, "3EUR");
    options.price = "0.2 USD";
    refuse(fixture, &options, -EINVAL, "no price in EUR");
    options.price = "cheap";
    refuse(fixture, &options, -EINVAL, "cheap");
    options.price = NULL;
    options.price_file = "/nowhere/prices.csv";
    refuse(fixture, &options, -ENOENT, "/nowhere/prices.csv");
    options.price_file = NULL;
    options.budget = "much";
    refuse(fixture, &options, -EINVAL, "much");
    options = fixture->options;
    options.resume_run = "short";
    refuse(fixture, &options, -EINVAL, "short");
    options = fixture->options;
    options.intensity_file = "/nowhere/at/all.csv";
    refuse(fixture, &options, -ENOENT, "/nowhere/at/all.csv");
    options = fixture->options;
    options.sysroot = "/nowhere/at/all";
    refuse(fixture, &options, -ENOENT, "/nowhere/at/all");
}

static void test_a_place_of_any_kind_is_found_again(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report;
    struct aico2_report *loaded;

    fixture->options.gco2e_per_kwh = 0;
    fixture->options.place = "US-CA";
    start(fixture);
    pass(fixture, 1, 30, 1, 1);
    report = stop(fixture);
    assert_string_equal(aico2_report_place(report), "US-CA");
    assert_int_equal(aico2_report_load(&loaded, fixture->db, aico2_report_run_id(report), NULL), 0);
    assert_string_equal(aico2_report_place(loaded), "US-CA");
    assert_near(aico2_report_total_gco2e(loaded).high, aico2_report_total_gco2e(report).high);
    aico2_report_free(loaded);
    aico2_report_free(report);
}

static int child_tries(struct aico2_session *session)
{
    struct aico2_error err = { 0 };
    struct aico2_report *report = NULL;
    struct aico2_peek peek = { .size = sizeof(peek) };

    if (aico2_session_stop(session, &report, &err) != -ECHILD || report != NULL)
        return 1;
    if (strstr(err.message, "child") == NULL)
        return 2;
    if (aico2_session_start(session, "x", &err) != -ECHILD ||
        aico2_task_begin(session, "x", &err) != -ECHILD ||
        aico2_task_end(session, NULL, &err) != -ECHILD ||
        aico2_session_peek(session, &peek, &err) != -ECHILD ||
        aico2_session_is_running(session) != 0)
        return 3;
    aico2_session_free(session);
    return 0;
}

static void test_a_child_of_fork_can_do_nothing_to_it(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report;
    int status = -1;
    pid_t child;

    start(fixture);
    pass(fixture, 1, 30, 1, 1);
    (void)pthread_mutex_lock(&fixture->session->lock); /* as if another thread were in a call */
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(child_tries(fixture->session));
    (void)pthread_mutex_unlock(&fixture->session->lock);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    pass(fixture, 1, 30, 1, 1);
    report = stop(fixture);
    assert_near(aico2_report_machine_joules(report), 60);
    aico2_report_free(report);
}

static void *stop_there(void *payload)
{
    return stop(payload);
}

static void test_another_thread_may_stop_it(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    void *report = NULL;

    start(fixture);
    assert_int_equal(aico2_task_begin(fixture->session, "open", NULL), 0);
    pass(fixture, 1, 30, 1, 1);
    assert_int_equal(pthread_create(&thread, NULL, stop_there, fixture), 0);
    assert_int_equal(pthread_join(thread, &report), 0);
    assert_near(aico2_report_total_joules(report), 30);
    assert_string_equal(task_of(report, 1).name, "open"); /* ended with the run */
    assert_int_equal(aico2_task_end(fixture->session, NULL, NULL), -EINVAL);
    aico2_report_free(report);
}

static void note(void *context, int level, const char *text)
{
    (void)level;
    (void)text;
    ++*(int *)context;
}

/* No history can be written: the report is whole, and says so. */
static void test_a_history_that_cannot_be_written_is_a_warning(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report;
    int said = 0;

    fixture->options.db_path = "/proc/no/history.db";
    fixture->options.message = note;
    fixture->options.context = &said;
    start(fixture);
    pass(fixture, 1, 30, 1, 1);
    report = stop(fixture);
    assert_near(aico2_report_total_joules(report), 30);
    assert_non_null(aico2_report_warning(report, 0));
    assert_non_null(strstr(aico2_report_json(report), "not stored in the history"));
    aico2_report_free(report);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tasks_add_up_to_the_run),
        TEST(test_short_tasks_share_a_reading_by_time),
        TEST(test_a_beginning_without_a_reading_is_between_two),
        TEST(test_a_thousand_tasks_between_two_readings),
        TEST(test_an_inner_task_interrupts_the_outer_one),
        TEST(test_tasks_that_cross_are_told_apart_by_number),
        TEST(test_a_price_makes_costs_and_budgets),
        TEST(test_a_price_over_time),
        TEST(test_no_price_no_cost),
        TEST(test_epochs_foretell_the_training),
        TEST(test_a_look_at_the_run),
        TEST(test_what_is_asked_at_the_wrong_time_is_refused),
        TEST(test_a_session_may_be_started_again),
        TEST(test_two_sessions_do_not_meet),
        TEST(test_bad_options_are_quoted),
        TEST(test_a_place_of_any_kind_is_found_again),
        TEST(test_a_child_of_fork_can_do_nothing_to_it),
        TEST(test_another_thread_may_stop_it),
        TEST(test_a_history_that_cannot_be_written_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
