/* SPDX-License-Identifier: Apache-2.0 */
/* test_coverage.c - every stretch of time is handed out once, whoever else has told of it */
#include "support.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "session/coverage.h"

static int note(void *payload, int64_t from_wall_ns, int64_t to_wall_ns)
{
    strbuf_printf(payload, "%d-%d ", (int)from_wall_ns, (int)to_wall_ns);
    return 0;
}

static int refuse(void *payload, int64_t from_wall_ns, int64_t to_wall_ns)
{
    (void)payload;
    (void)from_wall_ns;
    (void)to_wall_ns;
    return 7;
}

struct step {
    int64_t from;
    int64_t to;
    const char *parts;
};

static void check(const struct step *steps, size_t count)
{
    struct coverage coverage = { 0 };

    for (size_t i = 0; i < count; i++) {
        struct strbuf parts = { 0 };

        assert_int_equal(coverage_add(&coverage, steps[i].from, steps[i].to, note, &parts), 0);
        assert_string_equal(strbuf_text(&parts), steps[i].parts);
        strbuf_deinit(&parts);
    }
    coverage_deinit(&coverage);
    coverage_deinit(&coverage);
}

static void test_one_run_is_taken_as_it_is(void **state)
{
    static const struct step steps[] = { { 0, 10, "0-10 " }, { 10, 20, "10-20 " }, { 25, 30, "25-30 " } };

    (void)state;
    check(steps, 3);
}

static void test_a_long_sample_tells_of_the_time_before_the_short_ones(void **state)
{
    /* the short ones of a run that began at 7; the long one of 0 to 12 ends after the first two of them */
    static const struct step steps[] = {
        { 7, 9, "7-9 " }, { 9, 11, "9-11 " }, { 0, 12, "11-12 0-7 " }, { 11, 13, "12-13 " },
    };

    (void)state;
    check(steps, 4);
}

static void test_holes_between_are_filled_and_nothing_twice(void **state)
{
    static const struct step steps[] = {
        { 0, 1, "0-1 " },   { 4, 5, "4-5 " },   { 8, 9, "8-9 " },
        { 0, 10, "9-10 5-8 1-4 " }, { 2, 10, "" }, { 10, 11, "10-11 " },
    };

    (void)state;
    check(steps, 6);
}

static void test_an_error_of_the_caller_comes_back(void **state)
{
    struct coverage coverage = { 0 };

    (void)state;
    assert_int_equal(coverage_add(&coverage, 0, 1, refuse, NULL), 7);
    coverage_deinit(&coverage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_run_is_taken_as_it_is),
        cmocka_unit_test(test_a_long_sample_tells_of_the_time_before_the_short_ones),
        cmocka_unit_test(test_holes_between_are_filled_and_nothing_twice),
        cmocka_unit_test(test_an_error_of_the_caller_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
