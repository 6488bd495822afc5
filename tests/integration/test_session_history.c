/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_session_history.c - what a run leaves in the history, whatever happens to it */
#include "../unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_machine.h"
#include "session/recover.h"
#include "session/report/build.h"

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
    (void)snprintf(place->db, sizeof(place->db), "%s/deep/history.db", place->root);
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

static void second(struct session *session, struct fake_machine *machine)
{
    fake_pass(machine, 1);
    fake_use(machine, "cpu0", 70);
    fake_use(machine, "dram0", 5);
    fake_work(machine, "cpu0", 2);
    fake_job_works(session, 1.5);
    fake_tick(session, machine);
}

static struct session *start(struct fake_machine *machine, const struct place *place)
{
    static const char *const command[] = { "python3", "train.py", NULL };
    struct session_options options;
    struct session *session;

    fake_machine_init(machine);
    /* of times long past the recorder keeps less, once it has been idle for 5 s of the real clock */
    machine->wall_ns = clock_wall_ns();
    fake_add_package(machine, 0, 4);
    fake_add_dram(machine, 0);
    options = fake_options(machine);
    options.db_path = place->db;
    options.command = command;
    assert_int_equal(session_new(&session, &options, NULL), 0);
    session_start(session);
    session_record(session);
    return session;
}

/* The end of a run waits for the disk for 3 s of the real clock: on a busy machine all before it takes longer. */
static void settle(struct session *session)
{
    assert_non_null(recorder_wait(session->recorder, 60 * NSEC_PER_SEC));
    session_store_now(session);
    assert_non_null(recorder_wait(session->recorder, 60 * NSEC_PER_SEC));
}

static void assert_no_warning(const struct report *report)
{
    if (report->warning_count > 0)
        fail_msg("%s", report->warnings[0]);
}

struct sums {
    double joules;
    double job_gross_joules;
    size_t rows;
};

static int add_row(void *payload, const struct history_sample_row *row)
{
    struct sums *sums = payload;

    sums->joules += row->sample.sums.joules;
    sums->job_gross_joules += row->sample.sums.job_gross_joules;
    sums->rows++;
    return 0;
}

static struct history_record load(const struct place *place, const char *id, struct sums *sums_out)
{
    struct history *history;
    struct history_record record;

    assert_int_equal(history_open(place->db, HISTORY_READ, &history, NULL), 0);
    assert_int_equal(history_load(history, id, &record, NULL), 0);
    *sums_out = (struct sums){ 0 };
    assert_int_equal(history_each_sample(history, record.run.id, INT64_MIN / 4, INT64_MAX / 4,
                                         add_row, sums_out, NULL),
                     0);
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

/* Ticks come faster than the disk writes: nothing of what comes meanwhile is lost. */
static void test_every_sample_and_the_totals_are_stored(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session = start(&machine, place);
    struct history_record record;
    struct report report;
    struct sums sums;
    char id[ULID_SIZE];

    memcpy(id, session_run_id(session), sizeof(id));
    for (int i = 0; i < 5000; i++)
        second(session, &machine);
    settle(session);
    fake_finish(session, &report);
    assert_no_warning(&report);

    record = load(place, id, &sums);
    assert_int_equal(record.run.state, RUN_FINISHED);
    assert_int_equal(record.run.exit_status, 0);
    assert_non_null(strstr(record.run.command_json, "train.py"));
    assert_int_equal(record.device_count, 2);
    assert_near(total_of(&record), 5000 * 75.0);
    assert_near(total_of(&record), report.machine_joules);
    assert_int_equal(sums.rows, 10000);
    assert_near(sums.joules, 5000 * 75.0);
    assert_near(sums.job_gross_joules, 5000 * 75.0 * 0.75);
    assert_near(record.run.cpu_seconds, 7500);
    history_record_deinit(&record);
    report_deinit(&report);
}

/* The same report from the record as from the run. */
static void test_report_of_the_record_is_that_of_the_run(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session = start(&machine, place);
    struct carbon_basis basis = { .pue = 1 };
    struct history_record record;
    struct report first;
    struct report again;
    struct sums sums;

    for (int i = 0; i < 20; i++)
        second(session, &machine);
    fake_finish(session, &first);
    record = load(place, first.run.id, &sums);
    basis.intensity.gco2e_per_kwh = (struct band){ 360, 360, 360 };
    assert_int_equal(report_build(&record, &basis, &again, NULL), 0);
    assert_near(again.total.value, first.total.value);
    assert_near(again.total.low, first.total.low);
    assert_near(again.idle_joules, first.idle_joules);
    assert_near(again.total_gco2e.high, first.total_gco2e.high);
    for (size_t i = 0; i < first.device_count; i++) {
        assert_near(again.devices[i].peak_power_watts, first.devices[i].peak_power_watts);
        assert_near(again.devices[i].idle_power_watts, first.devices[i].idle_power_watts);
        assert_near(again.devices[i].coverage_ratio, first.devices[i].coverage_ratio);
    }
    report_deinit(&again);
    report_deinit(&first);
    history_record_deinit(&record);
}

static void test_history_that_cannot_be_opened_costs_a_warning(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session;
    struct report report;

    tree_write(place->fd, "deep", "a file where the folder should be");
    session = start(&machine, place);
    for (int i = 0; i < 10; i++)
        second(session, &machine);
    fake_finish(session, &report);
    assert_near(report.machine_joules, 750);
    assert_true(fake_has_warning(&report, "not stored in the history"));
    assert_int_equal(report.warning_count, 1);
    report_deinit(&report);
}

/* A disk that comes late: what could not be written before goes in then. */
static void test_commits_that_failed_are_made_up_for(void **state)
{
    const struct place *place = *state;
    struct fake_machine machine;
    struct session *session;
    struct history_record record;
    struct report report;
    struct sums sums;

    tree_write(place->fd, "deep", "in the way for now");
    session = start(&machine, place);
    /* for more than an hour: slices that nothing will touch again */
    for (int i = 0; i < 3650; i++) {
        second(session, &machine);
        (void)recorder_wait(session->recorder, 20 * NSEC_PER_SEC); /* each commit fails */
    }
    assert_int_equal(unlinkat(place->fd, "deep", 0), 0);
    for (int i = 0; i < 50; i++)
        second(session, &machine);
    settle(session);
    fake_finish(session, &report);
    assert_no_warning(&report);
    record = load(place, report.run.id, &sums);
    assert_near(total_of(&record), 3700 * 75.0);
    assert_int_equal(sums.rows, 7400);
    assert_near(sums.joules, 3700 * 75.0);
    history_record_deinit(&record);
    report_deinit(&report);
}

/* A child measures and is killed in the middle. Return: its pid; id_out: the run. */
static pid_t killed_run(const struct place *place, char id_out[ULID_SIZE])
{
    int ready[2];
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        struct fake_machine machine;
        struct session *session = start(&machine, place);

        for (int i = 0; i < 30; i++)
            second(session, &machine);
        (void)recorder_wait(session->recorder, 20 * NSEC_PER_SEC);
        second(session, &machine); /* all 31 go into this commit at the latest */
        (void)recorder_wait(session->recorder, 20 * NSEC_PER_SEC);
        if (write(ready[1], session_run_id(session), ULID_SIZE) != ULID_SIZE)
            _exit(1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(ready[0], id_out, ULID_SIZE), ULID_SIZE);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return pid;
}

static void recover(const struct place *place, size_t expected, char (**ids_out)[ULID_SIZE])
{
    struct history *history;
    size_t count = 99;

    *ids_out = NULL;
    assert_int_equal(history_open(place->db, HISTORY_WRITE, &history, NULL), 0);
    assert_int_equal(recover_dead_runs(history, ids_out, &count, NULL), 0);
    history_close(history);
    assert_int_equal(count, expected);
}

static void test_killed_run_is_recovered_and_a_living_one_left_alone(void **state)
{
    const struct place *place = *state;
    char(*ids)[ULID_SIZE];
    char id[ULID_SIZE];
    struct history_record record;
    struct sums sums;
    pid_t pid = killed_run(place, id);

    recover(place, 0, &ids); /* it still runs */
    free(ids);
    assert_int_equal(kill(pid, SIGKILL), 0);
    (void)waitpid(pid, NULL, 0);
    recover(place, 1, &ids);
    assert_string_equal(ids[0], id);
    free(ids);

    record = load(place, id, &sums);
    assert_int_equal(record.run.state, RUN_RECOVERED);
    assert_near(total_of(&record), 31 * 75.0);
    assert_near(sums.joules, 31 * 75.0);
    assert_near(seconds_from_ns(record.run.duration_ns), 31);
    assert_int_equal(record.run.exit_status, -1);
    history_record_deinit(&record);
    recover(place, 0, &ids);
    free(ids);
}

/* Of two dead runs one was made under a place that no table knows: both come back. */
static void test_unknown_place_of_one_run_keeps_no_other_back(void **state)
{
    const struct place *place = *state;
    char(*ids)[ULID_SIZE];
    char id[ULID_SIZE];
    char other[ULID_SIZE];
    struct history *history;
    struct history_record record;
    struct sums sums;
    pid_t pid;

    pid = killed_run(place, id);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    pid = killed_run(place, other);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);

    assert_int_equal(history_open(place->db, HISTORY_WRITE, &history, NULL), 0);
    assert_int_equal(history_load(history, id, &record, NULL), 0);
    (void)snprintf(record.run.place_option, sizeof(record.run.place_option), "country:Atlantis");
    (void)snprintf(record.run.id, sizeof(record.run.id), "01AAAAAAAAAAAAAAAAAAAAAAAA");
    assert_int_equal(history_run_begin(history, &record.run, record.devices, record.device_count,
                                       NULL),
                     0);
    history_close(history);
    history_record_deinit(&record);

    recover(place, 3, &ids);
    free(ids);
    record = load(place, other, &sums);
    assert_int_equal(record.run.state, RUN_RECOVERED);
    history_record_deinit(&record);
}

#define HISTORY_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HISTORY_TEST(test_every_sample_and_the_totals_are_stored),
        HISTORY_TEST(test_report_of_the_record_is_that_of_the_run),
        HISTORY_TEST(test_history_that_cannot_be_opened_costs_a_warning),
        HISTORY_TEST(test_commits_that_failed_are_made_up_for),
        HISTORY_TEST(test_killed_run_is_recovered_and_a_living_one_left_alone),
        HISTORY_TEST(test_unknown_place_of_one_run_keeps_no_other_back),
    };

    return cmocka_run_group_tests_name("session_history", tests, NULL, NULL);
}
