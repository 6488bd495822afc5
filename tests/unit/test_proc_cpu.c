/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_proc_cpu.c - busy time of packages from /proc/stat; a tick is 10 ms */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/proc_cpu.h"

#define MS NSEC_PER_MSEC

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
    struct sample samples[8];
};

static void probe(struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(&probed->machine);
    probed->reader = NULL;
    assert_int_equal(reader_proc_cpu.probe(&probed->machine.env, &probed->reader, &probed->status,
                                           &err),
                     0);
}

static void set_up(struct probed *probed, const char *name)
{
    machine_set_up(&probed->machine, name);
    probe(probed);
}

static void set_up_text(struct probed *probed, const char *stat)
{
    machine_set_up(&probed->machine, NULL);
    tree_write(probed->machine.fd, "proc/stat", stat);
    probe(probed);
}

static void tear_down(struct probed *probed)
{
    reader_proc_cpu.close(probed->reader);
    machine_tear_down(&probed->machine);
}

/* The file says `stat` when `milliseconds` more have passed. */
static void advance(struct probed *probed, int64_t milliseconds, const char *stat)
{
    probed->machine.time.now_ns += milliseconds * MS;
    if (stat != NULL)
        tree_update(probed->machine.fd, "proc/stat", stat);
    reader_proc_cpu.read(probed->reader, probed->samples);
}

static void assert_busy(const struct probed *probed, size_t at, int64_t milliseconds)
{
    assert_true((probed->samples[at].valid & SAMPLE_BUSY) != 0);
    assert_int_equal(probed->samples[at].error, 0);
    assert_int_equal(probed->samples[at].busy_ns, milliseconds * MS);
}

static void assert_gap(const struct probed *probed, int error)
{
    assert_int_equal(probed->samples[0].valid, 0);
    assert_int_equal(probed->samples[0].error, error);
}

static void test_guest_steal_and_iowait_are_not_busy(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "vm");
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    assert_string_equal(probed.reader->devices[0].id, "cpu0");
    assert_true(probed.reader->devices[0].threads == 2);
    assert_int_equal(probed.reader->devices[0].basis, BASIS_MODELLED);
    /* 2 s on 2 threads: user +150 (100 of it for a guest), iowait +60, idle +140, steal +50 */
    advance(&probed, 2000,
            "cpu  149366 2520 48866 2234286 6236 0 4054 9170 100 0\n"
            "cpu0 74608 1260 24433 1117073 3088 0 2027 4560 0 0\n"
            "cpu1 74608 1260 24433 1117073 3088 0 2027 4560 0 0\nprocesses 26450\n");
    assert_busy(&probed, 0, 1500);
    assert_true(fabs(probed.samples[0].utilization_ratio - 1.5 / 4) < 1e-9);
    assert_int_equal(proc_cpu_forks(probed.reader), 26450);
    assert_int_equal(proc_cpu_stolen_ns(probed.reader), 500 * MS);
    tear_down(&probed);
}

static void test_sockets_are_told_apart(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "xeon-2s-dram");
    assert_int_equal(probed.reader->device_count, 2);
    assert_int_equal(probed.reader->devices[1].index, 1);
    assert_true(probed.reader->devices[1].threads == 1);
    advance(&probed, 1000,
            "cpu  149336 2520 48876 2234146 6176 0 4054 0 0 0\n"
            "cpu0 74698 1260 24443 1117073 3088 0 2027 0 0 0\n"
            "cpu1 74638 1260 24433 1117073 3088 0 2027 0 0 0\n");
    assert_busy(&probed, 0, 1000); /* user +90, system +10 */
    assert_busy(&probed, 1, 300);
    assert_true(fabs(probed.samples[0].utilization_ratio - 1) < 1e-9);
    assert_true(fabs(probed.samples[1].utilization_ratio - 0.3) < 1e-9);
    tear_down(&probed);
}

static void test_falling_iowait_takes_nothing_back(void **state)
{
    struct probed probed;

    (void)state;
    set_up_text(&probed, "cpu 100 0 0 1000 500\ncpu0 100 0 0 1000 500\n");
    advance(&probed, 1000, "cpu 110 0 0 1010 450\ncpu0 110 0 0 1010 450\n");
    assert_busy(&probed, 0, 100);
    advance(&probed, 1000, "cpu 110 0 0 1110 300\ncpu0 110 0 0 1110 300\n");
    assert_busy(&probed, 0, 100);
    tear_down(&probed);
}

static void test_busy_columns_that_go_back_are_a_new_start(void **state)
{
    struct probed probed;

    (void)state;
    set_up_text(&probed, "cpu 1000 0 0 1000\ncpu0 1000 0 0 1000\n");
    advance(&probed, 1000, "cpu 10 0 0 20\ncpu0 10 0 0 20\n");
    assert_busy(&probed, 0, 0);
    advance(&probed, 1000, "cpu 60 0 0 70\ncpu0 60 0 0 70\n");
    assert_busy(&probed, 0, 500);
    advance(&probed, 1000, "cpu 50 0 0 170\ncpu0 50 0 0 170\n"); /* the busy ones alone */
    assert_busy(&probed, 0, 500);
    tear_down(&probed);
}

static void test_a_cpu_that_goes_and_comes_is_not_counted_for_the_past(void **state)
{
    struct probed probed;

    (void)state;
    set_up(&probed, "xeon-2s-dram");
    advance(&probed, 1000, "cpu  0 0 0 0\ncpu0 74658 1260 24433 1117073 3088 0 2027 0 0 0\n");
    assert_busy(&probed, 0, 500);
    assert_busy(&probed, 1, 0);
    advance(&probed, 1000,
            "cpu  0 0 0 0\ncpu0 74658 1260 24433 1117073 3088 0 2027 0 0 0\n"
            "cpu1 99999 1260 24433 1117073 3088 0 2027 0 0 0\n");
    assert_busy(&probed, 1, 0);
    advance(&probed, 1000,
            "cpu  0 0 0 0\ncpu0 74658 1260 24433 1117073 3088 0 2027 0 0 0\n"
            "cpu1 100009 1260 24433 1117073 3088 0 2027 0 0 0\n");
    assert_busy(&probed, 1, 100);
    tear_down(&probed);
}

static void test_what_comes_after_standing_still_is_of_all_that_time(void **state)
{
    struct probed probed;

    (void)state;
    set_up_text(&probed, "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
    for (int i = 0; i < 30; i++) {
        advance(&probed, 100, NULL);
        assert_busy(&probed, 0, 0);
    }
    advance(&probed, 100, "cpu 300 0 0 110\ncpu0 300 0 0 110\n");
    assert_busy(&probed, 0, 2000);
    tear_down(&probed);
}

static void test_garbage_and_vanishing_are_gaps_that_are_bridged(void **state)
{
    static const char *const rubbish[] = { "", "rubbish\n", "cpu\n", "cpu a b c d\n", "intr 1\n" };
    struct probed probed;

    (void)state;
    set_up_text(&probed, "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
    for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
        advance(&probed, 100, rubbish[i]);
        assert_gap(&probed, -EBADMSG);
    }
    assert_int_equal(unlinkat(probed.machine.fd, "proc/stat", 0), 0);
    advance(&probed, 500, NULL);
    assert_gap(&probed, -ENOENT);
    tree_write(probed.machine.fd, "proc/stat", "cpu 170 0 0 30\ncpu0 170 0 0 30\n");
    advance(&probed, 0, NULL);
    assert_busy(&probed, 0, 700);
    tear_down(&probed);
}

static void test_a_renamed_file_is_followed(void **state)
{
    struct probed probed;

    (void)state;
    set_up_text(&probed, "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
    tree_write(probed.machine.fd, "proc/new", "cpu 140 0 0 60\ncpu0 140 0 0 60\n");
    assert_int_equal(renameat(probed.machine.fd, "proc/new", probed.machine.fd, "proc/stat"), 0);
    advance(&probed, 1000, NULL);
    assert_busy(&probed, 0, 400);
    tear_down(&probed);
}

static void test_utilization_waits_for_five_ticks(void **state)
{
    struct probed probed;

    (void)state;
    set_up_text(&probed, "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
    advance(&probed, 10, "cpu 101 0 0 0\ncpu0 101 0 0 0\n");
    assert_int_equal(probed.samples[0].valid & SAMPLE_UTILIZATION, 0);
    advance(&probed, 40, "cpu 101 0 0 4\ncpu0 101 0 0 4\n");
    assert_int_equal(probed.samples[0].valid & SAMPLE_UTILIZATION, SAMPLE_UTILIZATION);
    assert_true(fabs(probed.samples[0].utilization_ratio - 0.2) < 1e-9);
    tear_down(&probed);
}

/* Version 1's root group counts in nanoseconds what ticks only sample. */
static void test_root_control_group_is_believed_first(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_write(probed.machine.fd, "proc/stat", "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
    tree_write(probed.machine.fd, "sys/fs/cgroup/cpu,cpuacct/release_agent", "\n");
    tree_write(probed.machine.fd, "sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "5000000000\n");
    probe(&probed);
    assert_non_null(strstr(probed.reader->devices[0].note, "root control group"));
    tree_update(probed.machine.fd, "sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "5730000000\n");
    advance(&probed, 1000, "cpu 101 0 0 90\ncpu0 101 0 0 90\n");
    assert_busy(&probed, 0, 730);
    tear_down(&probed);
}

static void test_a_group_that_is_not_the_root_says_nothing_of_the_machine(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_write(probed.machine.fd, "proc/stat", "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
    tree_write(probed.machine.fd, "sys/fs/cgroup/cpuacct/cpuacct.usage", "5000000000\n");
    probe(&probed);
    advance(&probed, 1000, "cpu 130 0 0 70\ncpu0 130 0 0 70\n");
    assert_busy(&probed, 0, 300);
    tear_down(&probed);
}

static void test_no_cpus_online_is_one_package(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    tree_write(probed.machine.fd, "proc/stat", "cpu 1 2 3 4\nprocesses 1\n");
    tree_write(probed.machine.fd, "sys/devices/system/cpu/online", "\n");
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_true(probed.reader->devices[0].threads >= 1);
    advance(&probed, 1000, "cpu 51 2 3 54\nprocesses 1\n");
    assert_busy(&probed, 0, 500);
    tear_down(&probed);
}

static void add_line(char *text, size_t size, size_t *used, int cpu, int user)
{
    *used += (size_t)snprintf(text + *used, size - *used, "cpu%d %d 0 0 0\n", cpu, user);
}

static void write_300(int fd, int user)
{
    static char text[32768];
    size_t used = (size_t)snprintf(text, sizeof(text), "cpu  %d 0 0 0\n", user * 300);

    for (int cpu = 0; cpu < 300; cpu++)
        add_line(text, sizeof(text), &used, cpu, user);
    tree_write(fd, "proc/stat", text);
}

static void test_300_packages_of_one_thread(void **state)
{
    static struct sample samples[300];
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    write_300(probed.machine.fd, 100);
    for (int cpu = 0; cpu < 300; cpu++) {
        char path[96];
        char id[16];

        (void)snprintf(path, sizeof(path),
                       "sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu);
        (void)snprintf(id, sizeof(id), "%d\n", cpu * 3); /* sparse */
        tree_write(probed.machine.fd, path, id);
    }
    probe(&probed);
    assert_int_equal(probed.reader->device_count, 300);
    assert_int_equal(probed.reader->devices[299].index, 897);
    assert_string_equal(probed.reader->devices[299].id, "cpu299");
    probed.machine.time.now_ns += 1000 * MS;
    write_300(probed.machine.fd, 125);
    reader_proc_cpu.read(probed.reader, samples);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(samples[i].busy_ns, 250 * MS);
    tear_down(&probed);
}

static void test_absent_and_unusable_files_are_explained(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tree_write(probed.machine.fd, "proc/stat", "intr 1\n");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "no line of a CPU"));
    assert_int_equal(unlinkat(probed.machine.fd, "proc/stat", 0), 0);
    tree_mkdir(probed.machine.fd, "proc/stat");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    reader_proc_cpu.close(NULL);
    tear_down(&probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guest_steal_and_iowait_are_not_busy),
        cmocka_unit_test(test_sockets_are_told_apart),
        cmocka_unit_test(test_falling_iowait_takes_nothing_back),
        cmocka_unit_test(test_busy_columns_that_go_back_are_a_new_start),
        cmocka_unit_test(test_a_cpu_that_goes_and_comes_is_not_counted_for_the_past),
        cmocka_unit_test(test_what_comes_after_standing_still_is_of_all_that_time),
        cmocka_unit_test(test_garbage_and_vanishing_are_gaps_that_are_bridged),
        cmocka_unit_test(test_a_renamed_file_is_followed),
        cmocka_unit_test(test_utilization_waits_for_five_ticks),
        cmocka_unit_test(test_root_control_group_is_believed_first),
        cmocka_unit_test(test_a_group_that_is_not_the_root_says_nothing_of_the_machine),
        cmocka_unit_test(test_no_cpus_online_is_one_package),
        cmocka_unit_test(test_300_packages_of_one_thread),
        cmocka_unit_test(test_absent_and_unusable_files_are_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
