/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/test_session_memory.c - R13: a run whose nth allocation fails, for every n
 *
 * The linker sends our own code's malloc, calloc, realloc and strdup here (--wrap). Each run must end with
 * -ENOMEM or go on with less; leaks and what is freed twice are the sanitizers' to find.
 */
#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/failing_allocations.h"
#include "fake_machine.h"
#include "session/report/build.h"

static void second(struct session *session, struct fake_machine *machine)
{
    fake_pass(machine, 1);
    fake_use(machine, "cpu0", 70);
    fake_use(machine, "dram0", 5);
    fake_work(machine, "cpu0", 2);
    fake_job_works(session, 1.5);
    fake_tick(session, machine);
}

struct outcome {
    bool refused; /* session_new() or session_finish() said -ENOMEM */
    double joules;
    size_t warnings;
};

static struct outcome run(const char *db)
{
    static const char *const command[] = { "true", NULL };
    const struct session_end end = { RUN_FINISHED, 0 };
    struct fake_machine machine;
    struct session_options options;
    struct session *session;
    struct report report;
    struct aico2_error err = { 0 };
    struct outcome outcome = { .joules = NAN };
    int r;

    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    fake_add_dram(&machine, 0);
    fake_add_gpu(&machine, 0);
    options = fake_options(&machine);
    options.db_path = db;
    options.command = command;
    options.embodied = true;
    r = session_new(&session, &options, &err);
    if (r < 0) {
        assert_int_equal(r, -ENOMEM);
        assert_int_equal(err.code, -ENOMEM);
        outcome.refused = true;
        return outcome;
    }
    session_start(session);
    session_record(session);
    for (int i = 0; i < 5; i++)
        second(session, &machine);
    r = session_finish(session, &end, &report, &err);
    session_free(session);
    if (r < 0) {
        assert_int_equal(r, -ENOMEM);
        outcome.refused = true;
        return outcome;
    }
    outcome.joules = report.machine_joules;
    outcome.warnings = report.warning_count;
    report_deinit(&report);
    return outcome;
}

static void try_all(const char *db)
{
    struct outcome whole = run(db);
    long refused = 0;
    long n;

    assert_near(whole.joules, 375);
    for (n = 0; n < 5000; n++) {
        struct outcome outcome;

        atomic_store(&allocations_left, n);
        outcome = run(db);
        if (atomic_exchange(&allocations_left, -1) >= 0)
            break; /* there were fewer: all have been tried */
        refused += outcome.refused;
        /* what is reported after a failure is what was measured, or unknown; never more, never NaN text */
        if (!outcome.refused && isfinite(outcome.joules) && outcome.joules > 375 + 1e-9)
            fail_msg("allocation %ld failed and %.17g J came of it", n, outcome.joules);
    }
    print_message("%ld allocations, %ld of them needed\n", n, refused);
    assert_true(n > 20 && n < 5000);
    assert_true(refused > 5);
}

static void test_any_allocation_may_fail(void **state)
{
    (void)state;
    try_all(NULL);
}

static void test_any_allocation_may_fail_with_a_history(void **state)
{
    char root[64];
    char db[96];
    int fd = temp_dir_open(root);

    (void)state;
    (void)snprintf(db, sizeof(db), "%s/history.db", root);
    try_all(db);
    (void)close(fd);
    temp_dir_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_allocation_may_fail),
        cmocka_unit_test(test_any_allocation_may_fail_with_a_history),
    };

    return cmocka_run_group_tests_name("session_memory", tests, NULL, NULL);
}
