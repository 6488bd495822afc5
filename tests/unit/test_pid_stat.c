/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_pid_stat.c - /proc/PID/stat, whatever a program calls itself */
#include "support.h"

#include <unistd.h>

#include "base/pid_stat.h"

/* fields 3 to 22, then a few more: ppid 7, cutime 250, cstime 50, start 8123 */
#define REST " S 7 4242 4242 0 -1 4194560 100 200 0 0 11 12 250 50 20 0 1 0 8123 1000 2\n"

static void assert_rest(const char *text)
{
    struct pid_stat stat = { 0 };

    assert_true(pid_stat_parse(text, &stat));
    assert_int_equal(stat.state, 'S');
    assert_int_equal(stat.parent, 7);
    assert_int_equal(stat.own_ticks, 23);
    assert_int_equal(stat.children_ticks, 300);
    assert_int_equal(stat.start_ticks, 8123);
}

static void test_names_of_all_sorts(void **state)
{
    (void)state;
    assert_rest("4242 (python3)" REST);
    assert_rest("4242 (tmux: server)" REST);
    assert_rest("4242 ())" REST);
    assert_rest("4242 (a) R 1 2 3 (b)" REST);
    assert_rest("4242 (new\nline)" REST);
    assert_rest("4242 ()" REST);
    assert_rest("4242 (\xff\xfe\x80)" REST);
}

static void test_broken_lines_are_none(void **state)
{
    static const char *const broken[] = {
        "",
        "4242",
        "4242 (name",
        "4242 (name)",
        "4242 (name) ",
        "4242 (name) S",
        "4242 (name) S 7 1 2 3 4 5 6 7 8 9 10 11 12 13",
        "4242 (name)S 7 4242 4242 0 -1 4194560 100 200 0 0 11 12 250 50 20 0 1 0 8123\n",
        "4242 (name) S x 4242 4242 0 -1 4194560 100 200 0 0 11 12 250 50 20 0 1 0 8123\n",
        "4242 (name) S 7 4242 4242 0 -1 4194560 100 200 0 0 11 12 2.5 50 20 0 1 0 8123\n",
        "4242 (name) S 99999999999 4242 4242 0 -1 4194560 1 2 0 0 11 12 250 50 20 0 1 0 8123\n",
        "4242 (name) S 7 4242 4242 0 -1 1 1 2 0 0 11 12 99999999999999999999999 50 20 0 1 0 8\n",
    };
    struct pid_stat stat = { .parent = 99 };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        if (pid_stat_parse(broken[i], &stat))
            fail_msg("taken for a line: '%s'", broken[i]);
    }
    assert_int_equal(stat.parent, 99);
}

static void test_times_beyond_reason_are_cut(void **state)
{
    struct pid_stat stat;

    (void)state;
    assert_true(
        pid_stat_parse("1 (a) S 7 1 1 0 -1 1 1 2 0 0 11 12 -5 9223372036854775807 20 0 1 0 8",
                       &stat));
    assert_true(stat.children_ticks > 0 && stat.children_ticks <= INT64_C(20000000000000));
}

static void test_own_line_is_read(void **state)
{
    char path[64];
    int fd = temp_dir_open(path);
    struct pid_stat stat;

    (void)state;
    tree_write(fd, "4242/stat", "4242 (a b)" REST);
    assert_true(pid_stat_read(fd, 4242, &stat));
    assert_int_equal(stat.parent, 7);
    assert_false(pid_stat_read(fd, 4243, &stat));
    tree_write(fd, "4244/stat", "");
    assert_false(pid_stat_read(fd, 4244, &stat));
    (void)close(fd);
    temp_dir_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_all_sorts),
        cmocka_unit_test(test_broken_lines_are_none),
        cmocka_unit_test(test_times_beyond_reason_are_cut),
        cmocka_unit_test(test_own_line_is_read),
    };

    return cmocka_run_group_tests_name("pid_stat", tests, NULL, NULL);
}
