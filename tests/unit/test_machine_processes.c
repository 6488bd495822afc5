/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_machine_processes.c - every process of a machine that refuses: no memory, no /proc, lines cut off, clocks gone */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribution/all_processes.h"
#include "base/clock.h"

#define MS NSEC_PER_MSEC

static struct all_processes *all;
static struct seen_process *items;
static size_t count;
static double ended_joules;

static int set_up(void **state)
{
    (void)state;
    all = NULL;
    fake_kernel_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    all_processes_free(all);
    fake_kernel_end();
    return 0;
}

static void begin(bool kernel)
{
    assert_int_equal(all_processes_new(&all, fake_kernel.proc_fd, kernel, NULL), 0);
}

static int look(void)
{
    return all_processes_look(all, &items, &count, &ended_joules);
}

static void write_stat(const char *pid, const char *line)
{
    char path[40];

    (void)snprintf(path, sizeof(path), "%s/stat", pid);
    tree_write(fake_kernel.proc_fd, path, line);
}

static void test_without_memory_the_last_look_stays(void **state)
{
    struct aico2_error err = { 0 };

    (void)state;
    fake_kernel.allocations_left = 0;
    assert_int_equal(all_processes_new(&all, fake_kernel.proc_fd, true, &err), -ENOMEM);
    assert_null(all);
    all_processes_free(all);
    assert_string_equal(err.message, "out of memory");

    fake_kernel.allocations_left = -1;
    begin(true);
    fake_process_set(4, 1, 10 * MS, 0);
    fake_kernel.allocations_left = 0; /* for those that are found */
    assert_int_equal(look(), -ENOMEM);
    fake_kernel.allocations_left = 1; /* for those that are shown */
    assert_int_equal(look(), -ENOMEM);
    fake_kernel.allocations_left = -1;
    assert_int_equal(look(), 0);
    assert_int_equal(count, 1);
    items[0].figures.joules = 4;
    for (pid_t pid = 5; pid <= 40; pid++)
        fake_process_set(pid, 1, 10 * MS, 0);
    fake_process_run(4, 17 * MS);
    fake_kernel.allocations_left = 0;
    assert_int_equal(look(), -ENOMEM);
    assert_ptr_equal(all_processes_find(all, 4), &items[0]); /* as it was */
    fake_kernel.allocations_left = -1;
    assert_int_equal(look(), 0);
    assert_int_equal(count, 37);
    assert_int_equal(items[0].used_ns, 7 * MS);
    assert_true(items[0].figures.joules == 4 && ended_joules == 0);
}

static void test_without_proc_nobody_is_seen(void **state)
{
    (void)state;
    assert_int_equal(all_processes_new(&all, -1, true, NULL), 0);
    assert_int_equal(look(), 0);
    assert_int_equal(count, 0);
}

/* What is no number of a process, and lines that are none: who is left are 7, without a name, and 8. */
static void test_what_is_no_process_is_passed_by(void **state)
{
    static const char *const others[] = { "self", "0", "1x", "4294967296", "99999999999999999999" };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        write_stat(others[i], "5 (a) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 9 1\n");
    assert_int_equal(mkdirat(fake_kernel.proc_fd, "5", 0700), 0); /* it has gone meanwhile */
    write_stat("6", "6 (a) S 1\n");
    write_stat("7", "7) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 9 1\n");
    write_stat("8", "8 ) (b S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 9 1\n");
    write_stat("9", "9) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 9 1 (\n");
    begin(false);
    assert_int_equal(look(), 0);
    assert_int_equal(count, 2);
    assert_int_equal(items[0].figures.pid, 7);
    assert_string_equal(items[0].figures.name, "");
    assert_int_equal(items[1].figures.pid, 9);
    assert_string_equal(items[1].figures.name, "");
}

/* One whose clock cannot be had stands still, and is counted again from where it stood. */
static void test_a_clock_that_is_not_told_stands_still(void **state)
{
    (void)state;
    fake_process_set(4, 1, 10 * MS, 0);
    fake_process_set(5, 1, 10 * MS, 0);
    begin(true);
    assert_int_equal(look(), 0);
    fake_process_run(4, 13 * MS);
    fake_process_run(5, 15 * MS);
    fake_kernel.without_clock = 4;
    fake_kernel.processes[1].reads_left = 0;
    assert_int_equal(look(), 0);
    assert_int_equal(items[0].used_ns, 0);
    assert_int_equal(items[1].used_ns, 0);
    fake_kernel.without_clock = 0;
    fake_kernel.processes[1].reads_left = -1;
    assert_int_equal(look(), 0);
    assert_int_equal(items[0].used_ns, 3 * MS);
    assert_int_equal(items[1].used_ns, 5 * MS);
}

/* Its folder is made anew. That began at another time: another process, all of whose time is since the last look. */
static void test_a_number_that_was_given_again(void **state)
{
    static const char line[] = "4 (b) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 900 1\n";

    (void)state;
    fake_process_set(4, 1, 10 * MS, 0);
    begin(true);
    assert_int_equal(look(), 0);
    items[0].figures.joules = 3;
    assert_int_equal(renameat(fake_kernel.proc_fd, "4", fake_kernel.proc_fd, "old"), 0);
    write_stat("4", line);
    fake_process_run(4, 2 * MS);
    assert_int_equal(look(), 0);
    assert_int_equal(items[0].used_ns, 2 * MS);
    assert_string_equal(items[0].figures.name, "b");
    assert_true(ended_joules == 3 && items[0].figures.joules == 0);
    /* the same folder looked up anew is the same process */
    assert_int_equal(renameat(fake_kernel.proc_fd, "4", fake_kernel.proc_fd, "older"), 0);
    write_stat("4", line);
    fake_process_run(4, 5 * MS);
    assert_int_equal(look(), 0);
    assert_int_equal(items[0].used_ns, 3 * MS);
}

static void test_who_has_gone_is_not_named(void **state)
{
    char path[96];

    (void)state;
    fake_process_set(4, 1, 0, 0);
    begin(true);
    assert_int_equal(look(), 0);
    all_processes_name(all, &items[0]); /* without a command: a thread of the kernel's */
    assert_string_equal(items[0].figures.command, "");
    assert_int_equal(items[0].figures.uid, getuid());
    tree_write(fake_kernel.proc_fd, "4/cmdline", "");
    all_processes_name(all, &items[0]);
    assert_string_equal(items[0].figures.command, "");

    items[0].figures.uid = 77;
    tree_update(fake_kernel.proc_fd, "4/stat", "cut o");
    tree_update(fake_kernel.proc_fd, "4/cmdline", "a");
    all_processes_name(all, &items[0]);
    (void)snprintf(path, sizeof(path), "%s/4", fake_kernel.path);
    temp_dir_remove(path);
    all_processes_name(all, &items[0]);
    assert_int_equal(items[0].figures.uid, 77);
    assert_string_equal(items[0].figures.command, "");
}

int main(void)
{
#define MACHINE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_without_memory_the_last_look_stays),
        MACHINE_TEST(test_without_proc_nobody_is_seen),
        MACHINE_TEST(test_what_is_no_process_is_passed_by),
        MACHINE_TEST(test_a_clock_that_is_not_told_stands_still),
        MACHINE_TEST(test_a_number_that_was_given_again),
        MACHINE_TEST(test_who_has_gone_is_not_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
