/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_public_window.c - the library's report of a past window, cut out of a session that it stored */
#include <aico2/aico2.h>

#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_machine.h"
#include "session/public/session.h"

struct fixture {
    char directory[64];
    char db[96];
    int dir_fd;
    struct fake_machine machine;
    struct aico2_options options;
};

/* 360 g/kWh, so that 10 kJ are a gram. */
static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    (void)snprintf(fixture->db, sizeof(fixture->db), "%s/history.db", fixture->directory);
    fake_machine_init(&fixture->machine);
    fixture->machine.mono_ns = clock_mono_ns() + 1000000 * NSEC_PER_SEC;
    fake_add_package(&fixture->machine, 0, 4);
    fixture->options = (struct aico2_options){
        .size = sizeof(fixture->options),
        .gco2e_per_kwh = 360,
        .interval_s = 3600, /* only what the calls ask for is read */
        .without_embodied = 1,
        .scope = AICO2_SCOPE_MACHINE,
        .db_path = fixture->db,
    };
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

static void pass(struct fixture *fixture, struct aico2_session *session, double joules)
{
    struct aico2_peek peek = { .size = sizeof(peek) };

    (void)pthread_mutex_lock(&session->lock);
    fake_pass(&fixture->machine, 10);
    fake_use(&fixture->machine, "cpu0", joules);
    (void)pthread_mutex_unlock(&session->lock);
    assert_int_equal(aico2_session_peek(session, &peek, NULL), 0);
}

/* 10 s of 100 J and 10 s of 300 J. Return: when they began. */
static double record(struct fixture *fixture)
{
    const struct public_seam seam = { &fixture->machine.clock, fake_drivers };
    struct aico2_session *session = NULL;
    struct aico2_report *report = NULL;
    double started_s;

    assert_int_equal(public_session_new(&session, &fixture->options, &seam, NULL), 0);
    assert_int_equal(aico2_session_start(session, "run", NULL), 0);
    pass(fixture, session, 100);
    pass(fixture, session, 300);
    assert_int_equal(aico2_session_stop(session, &report, NULL), 0);
    assert_true(fabs(aico2_report_total_joules(report) - 400) < 1e-6);
    started_s = aico2_report_started_at_s(report);
    aico2_report_free(report);
    aico2_session_free(session);
    return started_s;
}

/* Half of each: 50 J and 150 J, at 10 kJ a gram. */
static void test_a_window_has_its_share_of_what_crosses_its_edges(void **state)
{
    struct fixture *fixture = *state;
    double started_s = record(fixture);
    struct aico2_report *report = NULL;
    struct aico2_error err = { 0 };

    if (aico2_window_report(&report, &fixture->options, started_s + 5, started_s + 15, &err) != 0)
        fail_msg("%s", err.message);
    assert_true(fabs(aico2_report_total_joules(report) - 200) < 1e-3);
    assert_true(fabs(aico2_report_duration_s(report) - 10) < 1e-6);
    assert_true(fabs(aico2_report_operational_gco2e(report).value - 0.02) < 1e-6);
    assert_string_equal(aico2_report_name(report), "window");
    assert_non_null(strstr(aico2_report_seed_csv(report), "After conversion J,200"));
    assert_non_null(strstr(aico2_report_seed_csv(report), "duration,10,\r\n"));
    aico2_report_free(report);
}

static void test_what_is_wrong_is_quoted(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_report *report = NULL;
    struct aico2_error err = { 0 };
    double started_s;

    assert_int_equal(aico2_window_report(&report, &fixture->options, 10, 20, &err), -ENOENT);
    started_s = record(fixture);
    assert_int_equal(aico2_window_report(&report, &fixture->options, 20, 10, &err), -EINVAL);
    assert_non_null(strstr(err.message, "end_s is 10.000, which is not after start_s, 20.000"));
    assert_int_equal(aico2_window_report(&report, &fixture->options, NAN, 10, &err), -EINVAL);
    assert_int_equal(aico2_window_report(&report, &fixture->options, 0, 1e11, &err), -EINVAL);
    assert_int_equal(aico2_window_report(&report, &fixture->options, started_s - 90, started_s - 80,
                                         &err),
                     -ENODATA);
    fixture->options.gco2e_per_kwh = 0;
    fixture->options.country = "Frnace";
    assert_int_equal(aico2_window_report(&report, &fixture->options, 10, 20, &err), -EINVAL);
    assert_non_null(strstr(err.message, "Frnace"));
    assert_null(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_window_has_its_share_of_what_crosses_its_edges,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_is_quoted, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
