/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/faults/test_allocations.c - R13: the nth allocation fails, for every n until a call needs no more: -ENOMEM, no leak, usable afterwards
 *
 * Ours (the linker sends malloc, calloc, realloc and strdup here) and those of SQLite beneath. Every call of include/aico2 that makes
 * something; those of a session that runs are in test_public_memory.c, the readers' in test_reader_memory.c. Leaks are the sanitizers'
 * to find: this runs in both builds.
 */
#include <aico2/aico2.h>

#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../integration/fake_machine.h"
#include "../unit/failing_allocations.h"
#include "session/public/session.h"

enum { ALLOCATIONS_MAX = 100000 };

/* --- SQLite's --- */

static sqlite3_mem_methods sqlite_memory;

static void *sqlite_malloc(int size)
{
    return allocation_fails() ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return allocation_fails() ? NULL : sqlite_memory.xRealloc(old, size);
}

static void make_sqlite_fail(void)
{
    sqlite3_mem_methods methods;

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory), SQLITE_OK);
    methods = sqlite_memory;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
}

/* --- a history to ask --- */

struct place {
    char root[64];
    char db[96];
    double start_s; /* of what is in it */
    double end_s;
};

static void second(struct aico2_session *session, struct fake_machine *machine)
{
    struct aico2_peek peek = { .size = sizeof(peek) };

    (void)pthread_mutex_lock(&session->lock);
    fake_pass(machine, 1);
    fake_use(machine, "cpu0", 70);
    fake_work(machine, "cpu0", 2);
    machine->own_cpu_ns += NSEC_PER_SEC;
    (void)pthread_mutex_unlock(&session->lock);
    assert_int_equal(aico2_session_peek(session, &peek, NULL), 0);
}

/* Three seconds of 70 W. */
static void measure(struct place *place)
{
    struct fake_machine machine;
    struct public_seam seam = { &machine.clock, fake_drivers };
    const struct aico2_options options = {
        .size = sizeof(options), .country = "FR", .interval_s = 1, .db_path = place->db, .alone = 1
    };
    struct aico2_session *session = NULL;
    struct aico2_report *report = NULL;

    fake_machine_init(&machine);
    machine.mono_ns = clock_mono_ns() + 1000000 * NSEC_PER_SEC;
    place->start_s = seconds_from_ns(machine.wall_ns);
    fake_add_package(&machine, 0, 4);
    assert_int_equal(public_session_new(&session, &options, &seam, NULL), 0);
    assert_int_equal(aico2_session_start(session, "memory", NULL), 0);
    for (int i = 0; i < 3; i++)
        second(session, &machine);
    place->end_s = seconds_from_ns(machine.wall_ns);
    assert_int_equal(aico2_session_stop(session, &report, NULL), 0);
    assert_near(aico2_report_machine_joules(report), 210);
    aico2_report_free(report);
    aico2_session_free(session);
}

/* --- calls --- */

/* Does all that a caller would. Return: 0, or -ENOMEM with the error filled; texts that are NULL for want of memory are counted. */
typedef int call_fn(const struct place *place, int *texts_missing, struct aico2_error *err);

static int load_report(const struct place *place, int *texts_missing, struct aico2_error *err)
{
    struct aico2_report *report = NULL;
    int r = aico2_report_load(&report, place->db, "last", err);

    if (r < 0) {
        assert_null(report);
        return r;
    }
    assert_near(aico2_report_machine_joules(report), 210);
    *texts_missing += aico2_report_json(report) == NULL;
    *texts_missing += aico2_report_text(report) == NULL;
    *texts_missing += aico2_report_codecarbon_csv(report) == NULL;
    *texts_missing += aico2_report_seed_csv(report) == NULL;
    aico2_report_free(report);
    return 0;
}

static int report_window(const struct place *place, int *texts_missing, struct aico2_error *err)
{
    const struct aico2_options options = {
        .size = sizeof(options), .db_path = place->db, .place = "FR", .alone = 1
    };
    struct aico2_report *report = NULL;
    int r = aico2_window_report(&report, &options, place->start_s, place->end_s, err);

    if (r < 0) {
        assert_null(report);
        return r;
    }
    assert_near(aico2_report_machine_joules(report), 210);
    *texts_missing += aico2_report_json(report) == NULL;
    aico2_report_free(report);
    return 0;
}

static int read_gauges(const struct place *place, int *texts_missing, struct aico2_error *err)
{
    struct aico2_gauges *gauges = NULL;
    struct aico2_gauge gauge = { .size = sizeof(gauge) };
    int r = aico2_gauges_new(&gauges, NULL, err);

    (void)place;
    (void)texts_missing;
    if (r < 0) {
        assert_null(gauges);
        return r;
    }
    r = aico2_gauges_read(gauges, err);
    for (size_t i = 0; aico2_gauges_get(gauges, i, &gauge) == 0; i++)
        assert_non_null(gauge.name);
    assert_non_null(aico2_gauges_jetson(gauges));
    aico2_gauges_free(gauges);
    return r;
}

static int estimate(const struct place *place, int *texts_missing, struct aico2_error *err)
{
    const struct aico2_estimate_options options = { .size = sizeof(options),
                                                    .gpu = "A100",
                                                    .cpu = "no such model",
                                                    .memory_gib = 64,
                                                    .hours = 10,
                                                    .place = "FR" };
    struct aico2_estimate *estimate = NULL;
    int r = aico2_estimate_new(&estimate, &options, err);

    (void)place;
    if (r < 0) {
        assert_null(estimate);
        return r;
    }
    assert_true(aico2_estimate_energy_kwh(estimate).value > 0);
    *texts_missing += aico2_estimate_json(estimate) == NULL;
    aico2_estimate_free(estimate);
    return 0;
}

static int look_up_intensity(const struct place *place, int *texts_missing, struct aico2_error *err)
{
    struct aico2_intensity *intensity = NULL;
    int r = aico2_intensity_new(&intensity, "US-CA", err);

    (void)place;
    if (r < 0) {
        assert_null(intensity);
        return r;
    }
    assert_string_equal(aico2_intensity_place(intensity), "US-CA");
    *texts_missing += aico2_intensity_json(intensity) == NULL;
    aico2_intensity_free(intensity);
    return 0;
}

/* Opened, begun, stopped: with its history, and SQLite's memory. */
static int run_session(const struct place *place, int *texts_missing, struct aico2_error *err)
{
    struct fake_machine machine;
    struct public_seam seam = { &machine.clock, fake_drivers };
    const struct aico2_options options = {
        .size = sizeof(options), .interval_s = 3600, .db_path = place->db, .alone = 1
    };
    struct aico2_session *session = NULL;
    struct aico2_report *report = NULL;
    int r;

    fake_machine_init(&machine);
    machine.mono_ns = clock_mono_ns() + 1000000 * NSEC_PER_SEC;
    fake_add_package(&machine, 0, 4);
    r = public_session_new(&session, &options, &seam, err);
    if (r < 0) {
        assert_null(session);
        return r;
    }
    r = aico2_session_start(session, "again", err);
    if (r == 0)
        r = aico2_session_stop(session, &report, err);
    if (report != NULL)
        *texts_missing += aico2_report_json(report) == NULL;
    aico2_report_free(report);
    aico2_session_free(session);
    return r;
}

/* Every allocation of a call fails in turn; what it says then, and that it works again afterwards. */
static void check(const struct place *place, const char *name, call_fn *call, long least)
{
    long refused = 0;
    long n;

    for (n = 0; n < ALLOCATIONS_MAX; n++) {
        struct aico2_error err = { 0 };
        int texts_missing = 0;
        bool failed;
        int r;

        atomic_store(&allocations_left, n);
        r = call(place, &texts_missing, &err);
        failed = atomic_exchange(&allocations_left, -1) < 0;
        if (r != 0 && (r != -ENOMEM || err.code != -ENOMEM || err.message[0] == '\0'))
            fail_msg("%s: allocation %ld failed: %d, '%s'", name, n, r, err.message);
        if (!failed) {
            assert_true(r == 0 && texts_missing == 0);
            break; /* there were fewer: all have been tried */
        }
        refused += r < 0 || texts_missing > 0;
        if (n % 16 == 0) {
            texts_missing = 0;
            assert_int_equal(call(place, &texts_missing, &err), 0);
            assert_int_equal(texts_missing, 0);
        }
    }
    print_message("%s: %ld allocations, %ld of them needed\n", name, n, refused);
    assert_true(n >= least && n < ALLOCATIONS_MAX && refused > 0);
}

static int set_up(void **state)
{
    static struct place place;

    (void)close(temp_dir_open(place.root));
    (void)snprintf(place.db, sizeof(place.db), "%s/history.db", place.root);
    measure(&place);
    *state = &place;
    return 0;
}

static int tear_down(void **state)
{
    temp_dir_remove(((struct place *)*state)->root);
    return 0;
}

static void test_a_report_of_the_history(void **state)
{
    check(*state, "aico2_report_load", load_report, 50);
}

static void test_a_window(void **state)
{
    check(*state, "aico2_window_report", report_window, 50);
}

static void test_gauges(void **state)
{
    check(*state, "aico2_gauges", read_gauges, 2);
}

static void test_an_estimate(void **state)
{
    check(*state, "aico2_estimate", estimate, 3);
}

static void test_an_intensity(void **state)
{
    check(*state, "aico2_intensity", look_up_intensity, 2);
}

static void test_a_session_with_a_history(void **state)
{
    check(*state, "aico2_session", run_session, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_report_of_the_history),
        cmocka_unit_test(test_a_window),
        cmocka_unit_test(test_gauges),
        cmocka_unit_test(test_an_estimate),
        cmocka_unit_test(test_an_intensity),
        cmocka_unit_test(test_a_session_with_a_history),
    };

    make_sqlite_fail();
    return cmocka_run_group_tests_name("allocations", tests, set_up, tear_down);
}
