/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_proc_stat.c - the columns of /proc/stat */
#include "support.h"

#include <string.h>

#include "readers/proc_stat.h"

static void test_columns_are_busy_or_rest(void **state)
{
    const char *text = "cpu  100 20 30 400 50 6 7 8 60 5\n";
    struct proc_stat_cpu cpu;

    (void)state;
    assert_true(proc_stat_next_cpu(&text, &cpu));
    assert_int_equal(cpu.number, -1);
    /* user 100 (the guests' 60 are within), nice 20 (their 5 too), system 30, irq 6, softirq 7 */
    assert_int_equal(cpu.busy_ticks, 163);
    /* idle 400, iowait 50, steal 8: other machines' time is not ours */
    assert_int_equal(cpu.rest_ticks, 458);
    assert_int_equal(cpu.steal_ticks, 8);
    assert_false(proc_stat_next_cpu(&text, &cpu));
}

static void test_old_kernels_have_four_columns(void **state)
{
    const char *text = "cpu 1 2 3 4\ncpu0 1 2 3 4\n";
    struct proc_stat_cpu cpu;

    (void)state;
    assert_true(proc_stat_next_cpu(&text, &cpu));
    assert_int_equal(cpu.busy_ticks, 6);
    assert_int_equal(cpu.rest_ticks, 4);
    assert_int_equal(cpu.steal_ticks, 0);
    assert_true(proc_stat_next_cpu(&text, &cpu));
    assert_int_equal(cpu.number, 0);
}

static void test_lines_that_are_none_are_passed_over(void **state)
{
    const char *text = "cpu 1 2 3\n"                         /* too few */
                       "cpu0 1 2 3 x\n"                      /* a word */
                       "cpu1 1 2 3 4 99999999999999999999\n" /* past all reason */
                       "cpu2x 1 2 3 4\n"
                       "cpu99999999 1 2 3 4\n"
                       "cpu\n"
                       "cpu3 1 1 1 7\n"
                       "intr 5\n"
                       "cpu4 1 1 1 1\n"; /* after the CPUs: not looked at */
    struct proc_stat_cpu cpu = { .number = 77 };

    (void)state;
    assert_true(proc_stat_next_cpu(&text, &cpu));
    assert_int_equal(cpu.number, 3);
    assert_int_equal(cpu.rest_ticks, 7);
    assert_false(proc_stat_next_cpu(&text, &cpu));
    assert_int_equal(cpu.number, 3); /* untouched */
}

static void test_cpus_are_counted_without_parsing(void **state)
{
    const char *text = "cpu0 1 2 3 4\ncpu1 1\ncpu7 1 2 3 4\nprocesses 9\n";

    (void)state;
    assert_int_equal(proc_stat_count_cpus(&text), 3);
    assert_int_equal(strncmp(text, "processes", 9), 0);
}

static void test_values_are_found_at_the_start_of_a_line(void **state)
{
    uint64_t value = 5;

    (void)state;
    assert_false(proc_stat_value("x processes 1\nprocesses_y 2\n", "processes", &value));
    assert_false(proc_stat_value("processes none\n", "processes", &value));
    assert_int_equal(value, 5);
    assert_true(proc_stat_value("btime 1\nprocesses 26442\n", "processes", &value));
    assert_int_equal(value, 26442);
    assert_false(proc_stat_value("", "processes", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_busy_or_rest),
        cmocka_unit_test(test_old_kernels_have_four_columns),
        cmocka_unit_test(test_lines_that_are_none_are_passed_over),
        cmocka_unit_test(test_cpus_are_counted_without_parsing),
        cmocka_unit_test(test_values_are_found_at_the_start_of_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
