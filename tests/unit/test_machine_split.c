/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_machine_split.c - what a device used, divided among all: it always adds up */
#include "support.h"

#include <math.h>

#include "attribution/machine_split.h"

static void test_parts_and_idle_are_the_whole(void **state)
{
    const struct machine_split split = machine_split_begin(70, 2, 15, 4, 3);

    (void)state;
    assert_true(split.idle_joules == 30 && split.active_joules == 40);
    assert_true(machine_split_part(&split, 3) == 30);
    assert_true(machine_split_part(&split, 1) == 10);
    assert_true(machine_split_part(&split, 0) == 0);
    assert_true(machine_split_part(&split, 9) == 40); /* never more than there is */
}

static void test_less_than_idle_is_all_idle(void **state)
{
    const struct machine_split split = machine_split_begin(20, 2, 15, 4, 3);

    (void)state;
    assert_true(split.idle_joules == 20 && split.active_joules == 0);
    assert_true(machine_split_part(&split, 3) == 0);
}

static void test_unknown_idle_is_none(void **state)
{
    struct machine_split split = machine_split_begin(20, 2, NAN, 0, 0);

    (void)state;
    assert_true(split.idle_joules == 0 && split.active_joules == 20);
    assert_true(machine_split_part(&split, 1) == 0); /* nobody did anything: it is nobody's */
    split = machine_split_begin(NAN, 2, 5, 1, 1);
    assert_true(split.idle_joules == 0 && split.active_joules == 0);
}

static void test_those_seen_may_be_more_than_the_machine_tells(void **state)
{
    const struct machine_split split = machine_split_begin(30, 1, 0, 2, 3);

    (void)state;
    assert_true(machine_split_part(&split, 3) == 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_and_idle_are_the_whole),
        cmocka_unit_test(test_less_than_idle_is_all_idle),
        cmocka_unit_test(test_unknown_idle_is_none),
        cmocka_unit_test(test_those_seen_may_be_more_than_the_machine_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
