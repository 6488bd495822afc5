/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_roll.c - a measurement without end, cut into runs */
#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_machine.h"
#include "session/report/build.h"
#include "session/window.h"

struct place {
    char root[64];
    char db[96];
    int fd;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place->fd = temp_dir_open(place->root);
    (void)snprintf(place->db, sizeof(place->db), "%s/history.db", place->root);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    (void)close(place->fd);
    temp_dir_remove(place->root);
    free(place);
    return 0;
}

static struct session *start(struct fake_machine *machine, const char *db)
{
    struct session_options options;
    struct session *session;

    fake_machine_init(machine);
    fake_add_package(machine, 0, 4);
    fake_add_dram(machine, 0);
    options = fake_options(machine);
    options.root = 0;
    options.scope = SCOPE_MACHINE;
    options.db_path = db;
    assert_int_equal(session_new(&session, &options, NULL), 0);
    session_start(session);
    session_record(session);
    return session;
}

/* 70 J of the package and 5 J of its memory. */
static void second(struct session *session, struct fake_machine *machine)
{
    fake_pass(machine, 1);
    fake_use(machine, "cpu0", 70);
    fake_use(machine, "dram0", 5);
    fake_work(machine, "cpu0", 2);
    fake_tick(session, machine);
    if (session->recorder != NULL)
        (void)recorder_wait(session->recorder, 20 * NSEC_PER_SEC);
}

static struct history_record load(const struct place *place, const char *id)
{
    struct history *history;
    struct history_record record;

    assert_int_equal(history_open(place->db, HISTORY_READ, &history, NULL), 0);
    assert_int_equal(history_load(history, id, &record, NULL), 0);
    history_close(history);
    return record;
}

static double total_of(const struct history_record *record)
{
    double joules = 0;

    for (size_t i = 0; i < record->device_count; i++)
        joules += record->totals[i].sums.joules;
    return joules;
}

/* What a window of all that was recorded adds up to. */
static double window_of(const struct place *place, const struct fake_machine *machine)
{
    struct history *history;
    struct history_record record;
    double joules;

    assert_int_equal(history_open(place->db, HISTORY_READ, &history, NULL), 0);
    assert_int_equal(window_read(history, machine->wall_ns - 3600 * NSEC_PER_SEC, machine->wall_ns,
                                 NULL, &record, NULL),
                     0);
    history_close(history);
    joules = total_of(&record);
    history_record_deinit(&record);
    return joules;
}

static void test_two_runs_hold_each_joule_once(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session = start(&machine, place->db);
    struct history_record first;
    struct history_record second_run;
    struct report report;
    struct report last;

    for (int i = 0; i < 5; i++)
        second(session, &machine);
    assert_int_equal(session_roll(session, NULL, &report, NULL), 0);
    for (int i = 0; i < 7; i++)
        second(session, &machine);
    fake_finish(session, &last);

    assert_near(report.total.value, 5 * 75);
    assert_near(last.total.value, 7 * 75);
    assert_near(seconds_from_ns(last.run.duration_ns), 7);
    assert_string_not_equal(report.run.id, last.run.id);
    assert_true(last.run.started_wall_ns == report.run.ended_wall_ns);

    first = load(place, report.run.id);
    second_run = load(place, last.run.id);
    assert_int_equal(first.run.state, RUN_FINISHED);
    assert_int_equal(second_run.run.state, RUN_FINISHED);
    assert_near(total_of(&first), 375);
    assert_near(total_of(&second_run), 525);
    assert_near(window_of(place, &machine), 900);
    history_record_deinit(&first);
    history_record_deinit(&second_run);
    report_deinit(&report);
    report_deinit(&last);
}

struct rolling {
    struct session *session;
    struct fake_machine *machine;
    struct report first;
    bool rolled;
};

/* Some time has passed since the tick that this is called at. */
static void roll_once(void *payload)
{
    struct rolling *rolling = payload;

    if (rolling->rolled)
        return;
    fake_pass(rolling->machine, 5e-5);
    assert_int_equal(session_roll(rolling->session, NULL, &rolling->first, NULL), 0);
    (void)recorder_wait(rolling->session->recorder, 20 * NSEC_PER_SEC);
    rolling->rolled = true;
}

/* As `aico2 serve` does it. What is stored at once of the run that begins has lasted no time yet, and not less. */
static void test_a_run_that_begins_within_a_tick_is_read_at_once(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session = start(&machine, place->db);
    struct rolling rolling = { .session = session, .machine = &machine };
    struct history_record record;
    struct report last;

    for (int i = 0; i < 3; i++)
        second(session, &machine);
    session_on_tick(session, roll_once, &rolling);
    second(session, &machine);
    assert_true(rolling.rolled);
    record = load(place, session->record.run.id);
    assert_true(record.run.duration_ns == 0);
    assert_true(record.run.started_wall_ns == rolling.first.run.ended_wall_ns);
    history_record_deinit(&record);

    second(session, &machine);
    fake_finish(session, &last);
    assert_near(rolling.first.total.value, 4 * 75);
    assert_near(last.total.value, 75);
    report_deinit(&rolling.first);
    report_deinit(&last);
}

static void test_the_next_run_has_its_own_place_and_no_warnings_of_the_last(void **state)
{
    struct session_place place = { .place_option = "intensity:36", .pue = 2 };
    struct fake_machine machine;
    struct session *session = start(&machine, NULL);
    struct report report;
    struct report last;

    (void)state;
    place.intensity.gco2e_per_kwh = (struct band){ 36, 36, 36 };
    second(session, &machine);
    session_add_warning(session, "of the first run");
    assert_int_equal(session_roll(session, &place, &report, NULL), 0);
    for (int i = 0; i < 4; i++)
        second(session, &machine);
    fake_finish(session, &last);
    assert_true(fake_has_warning(&report, "of the first run"));
    assert_false(fake_has_warning(&last, "of the first run"));
    /* 75 J at 360 g/kWh; 300 J twice at 36 g/kWh */
    assert_near(report.operational_gco2e.value, 75 / 1e4);
    assert_near(last.operational_gco2e.value, 2 * 300 / 1e5);
    assert_string_equal(last.run.place_option, "intensity:36");
    report_deinit(&report);
    report_deinit(&last);
}

/* The history is locked when the first run ends: it is stored when it can be, before the next. */
static void test_an_end_that_could_not_be_stored_is_made_up_for(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session = start(&machine, place->db);
    struct history_record record;
    sqlite3 *other = NULL;
    struct report report;
    struct report last;
    struct report unused;

    for (int i = 0; i < 3; i++)
        second(session, &machine);
    assert_int_equal(sqlite3_open(place->db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(session_roll(session, NULL, &report, NULL), 0);
    assert_non_null(recorder_wait(session->recorder, 60 * NSEC_PER_SEC));
    /* nothing is rolled while the history is behind */
    assert_int_equal(session_roll(session, NULL, &unused, NULL), -EAGAIN);
    fake_pass(&machine, 1);
    fake_use(&machine, "cpu0", 70);
    fake_tick(session, &machine);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    (void)recorder_wait(session->recorder, 60 * NSEC_PER_SEC);
    for (int i = 0; i < 2; i++)
        second(session, &machine);
    fake_finish(session, &last);

    assert_int_equal(last.warning_count, 0);
    record = load(place, report.run.id);
    assert_int_equal(record.run.state, RUN_FINISHED);
    assert_near(total_of(&record), 3 * 75);
    history_record_deinit(&record);
    record = load(place, last.run.id);
    assert_near(total_of(&record), 70 + 2 * 75);
    history_record_deinit(&record);
    assert_near(window_of(place, &machine), 5 * 75 + 70);
    report_deinit(&report);
    report_deinit(&last);
}

#define ROLL_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROLL_TEST(test_two_runs_hold_each_joule_once),
        ROLL_TEST(test_a_run_that_begins_within_a_tick_is_read_at_once),
        ROLL_TEST(test_the_next_run_has_its_own_place_and_no_warnings_of_the_last),
        ROLL_TEST(test_an_end_that_could_not_be_stored_is_made_up_for),
    };

    return cmocka_run_group_tests_name("session_roll", tests, NULL, NULL);
}
