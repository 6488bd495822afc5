/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/integration/test_public_memory.c - R13: the library's calls with the nth allocation failing, for every n
 *
 * The linker sends our own code's malloc, calloc, realloc and strdup here (--wrap). Each call must say -ENOMEM or do
 * its work; leaks and what is freed twice are the sanitizers' to find.
 */
#include <aico2/aico2.h>

#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/failing_allocations.h"
#include "fake_machine.h"
#include "session/public/session.h"

static void pass(struct aico2_session *session, struct fake_machine *machine)
{
    (void)pthread_mutex_lock(&session->lock);
    fake_pass(machine, 1);
    fake_use(machine, "cpu0", 70);
    fake_work(machine, "cpu0", 2);
    machine->own_cpu_ns += NSEC_PER_SEC;
    (void)pthread_mutex_unlock(&session->lock);
}

struct outcome {
    long refused; /* calls that said -ENOMEM */
    double joules;
};

static void took(struct outcome *outcome, int r)
{
    if (r < 0)
        assert_int_equal(r, -ENOMEM);
    outcome->refused += r < 0;
}

/* A task that could not begin has no end: that call is told -EINVAL, and is not made. */
static void work(struct aico2_session *session, struct fake_machine *machine,
                 struct outcome *outcome)
{
    struct aico2_task_figures figures = { .size = sizeof(figures) };
    struct aico2_forecast forecast = { .size = sizeof(forecast) };
    struct aico2_budget budget = { .size = sizeof(budget) };
    struct aico2_peek peek = { .size = sizeof(peek) };
    struct aico2_error err = { 0 };
    uint64_t epoch;
    int r = aico2_task_open(session, "epoch", AICO2_TASK_EPOCH, &epoch, &err);

    took(outcome, r);
    pass(session, machine);
    if (aico2_task_begin(session, "inner", &err) == 0)
        took(outcome, aico2_task_end(session, &figures, &err));
    else
        outcome->refused++;
    took(outcome, aico2_session_peek(session, &peek, &err));
    pass(session, machine);
    if (r == 0)
        r = aico2_task_close(session, epoch, &figures, &err);
    took(outcome, r);
    r = aico2_session_forecast(session, &forecast, &err);
    if (r != -ENODATA)
        took(outcome, r);
    took(outcome, aico2_session_budget(session, &budget, &err));
}

static struct outcome run(void)
{
    struct outcome outcome = { .joules = NAN };
    struct fake_machine machine;
    struct public_seam seam = { &machine.clock, fake_drivers };
    const struct aico2_options options = {
        .size = sizeof(options),
        .country = "FR",
        .interval_s = 3600,
        .epochs = 3,
        .budget = "1kWh",
        .without_history = 1,
    };
    struct aico2_session *session = NULL;
    struct aico2_report *report = NULL;
    struct aico2_error err = { 0 };
    int r;

    fake_machine_init(&machine);
    machine.mono_ns = clock_mono_ns() + 1000000 * NSEC_PER_SEC;
    fake_add_package(&machine, 0, 4);
    r = public_session_new(&session, &options, &seam, &err);
    took(&outcome, r);
    if (r < 0)
        return outcome;
    r = aico2_session_start(session, "memory", &err);
    took(&outcome, r);
    if (r == 0) {
        work(session, &machine, &outcome);
        took(&outcome, aico2_session_stop(session, &report, &err));
    }
    if (report != NULL) {
        outcome.joules = aico2_report_machine_joules(report);
        outcome.refused += aico2_report_json(report) == NULL;
        outcome.refused += aico2_report_text(report) == NULL;
        outcome.refused += aico2_report_codecarbon_csv(report) == NULL;
        aico2_report_free(report);
    }
    aico2_session_free(session);
    return outcome;
}

static void test_any_allocation_may_fail(void **state)
{
    struct outcome whole = run();
    long refused = 0;
    long n;

    (void)state;
    assert_int_equal(whole.refused, 0);
    assert_near(whole.joules, 140);
    for (n = 0; n < 5000; n++) {
        struct outcome outcome;

        atomic_store(&allocations_left, n);
        outcome = run();
        if (atomic_exchange(&allocations_left, -1) >= 0)
            break; /* there were fewer: all have been tried */
        refused += outcome.refused > 0;
        if (isfinite(outcome.joules) && outcome.joules > 140 + 1e-9)
            fail_msg("allocation %ld failed and %.17g J came of it", n, outcome.joules);
    }
    print_message("%ld allocations, %ld of them needed\n", n, refused);
    assert_true(n > 50 && n < 5000);
    assert_true(refused > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_any_allocation_may_fail) };

    return cmocka_run_group_tests_name("public_memory", tests, NULL, NULL);
}
