/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_told_runs.c - S6: a run that goes on is told anew once a second at most, each by itself */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "server/told_runs.h"

static struct told_runs *told;

static int set_up(void **state)
{
    (void)state;
    return told_runs_new(&told, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    told_runs_free(told);
    return 0;
}

/* What is told at that time of a run that has used so much by then. */
static double tell(const char *id, double joules, double seconds)
{
    struct history_record record = { .totals = calloc(1, sizeof(*record.totals)),
                                     .device_count = 1 };
    const struct history_record *kept;
    double told_joules;

    assert_non_null(record.totals);
    (void)snprintf(record.run.id, sizeof(record.run.id), "%s", id);
    record.totals[0].sums.joules = joules;
    kept = told_runs_take(told, &record, (int64_t)(seconds * 1e9));
    assert_non_null(kept);
    assert_null(record.totals); /* taken over, or freed */
    told_joules = kept->totals[0].sums.joules;
    told_runs_release(told);
    return told_joules;
}

static void test_what_was_told_stands_for_a_second(void **state)
{
    (void)state;
    assert_float_equal(tell("A", 10, 5), 10, 0);
    assert_float_equal(tell("A", 20, 5.001), 10, 0);
    assert_float_equal(tell("A", 110, 5.999), 10, 0);
    assert_float_equal(tell("A", 120, 6), 120, 0);
    /* a second from there, not from where it was asked for */
    assert_float_equal(tell("A", 130, 6.9), 120, 0);
    assert_float_equal(tell("A", 300, 9), 300, 0);
}

static void test_each_run_by_itself(void **state)
{
    (void)state;
    assert_float_equal(tell("A", 10, 5), 10, 0);
    assert_float_equal(tell("B", 20, 5.5), 20, 0);
    assert_float_equal(tell("A", 30, 6.1), 30, 0);
    assert_float_equal(tell("B", 40, 6.2), 20, 0);
    for (int i = 0; i < 200; i++) {
        const char id[] = { (char)(33 + i % 64), (char)(33 + i / 64), '\0' };

        assert_float_equal(tell(id, i, 6.3), i, 0);
    }
    assert_float_equal(tell("A", 50, 6.4), 30, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_told_stands_for_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_run_by_itself, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("told_runs", tests, NULL, NULL);
}
