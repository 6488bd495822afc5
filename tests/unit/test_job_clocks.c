/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_job_clocks.c - which clock a job's CPU time is by, rung by rung, on a kernel that refuses one after the other */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "attribution/cgroup_usage.h"
#include "attribution/job_cpu.h"
#include "attribution/job_files.h"
#include "attribution/perf_clock.h"
#include "base/clock.h"

#define MS NSEC_PER_MSEC

enum { CHILD = 100 };

static struct job_cpu *job;

static int set_up(void **state)
{
    (void)state;
    fake_kernel_begin();
    fake_kernel.mono_ns = 1000 * MS;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    job_cpu_free(job);
    job = NULL;
    fake_kernel_end();
    return 0;
}

static void begin(pid_t root)
{
    assert_int_equal(job_cpu_new(&job, root, fake_kernel.proc_fd, NULL), 0);
}

static int64_t read_ms(void)
{
    int64_t cpu_ns = job_cpu_read(job, 0, -1);

    assert_int_equal(cpu_ns % MS, 0);
    return cpu_ns / MS;
}

static void later(int64_t ms)
{
    fake_kernel.mono_ns += ms * MS;
}

/* --- perf --- */

/* A descriptor that tells these values one after the other, and then nothing. */
static int perf_of(const void *values, size_t size)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(write(ends[1], values, size), (ssize_t)size);
    (void)close(ends[1]);
    return ends[0];
}

static void test_perf_is_taken_where_it_is_allowed(void **state)
{
    static const uint64_t values[] = { 5 * MS, 9 * MS, 8 * MS };

    (void)state;
    fake_process_set(CHILD, getpid(), 30 * MS, 0);
    fake_kernel.perf_first = perf_of(values, sizeof(values));
    begin(getpid());
    job_cpu_attach(job, CHILD);
    assert_true(job_cpu_uses_perf(job));
    assert_false(job_cpu_uses_cgroup(job));
    assert_int_equal(fake_kernel.perf_calls, 1);
    assert_int_equal(read_ms(), 5);
    assert_int_equal(read_ms(), 9);
    assert_int_equal(read_ms(), 9);  /* never falls */
    assert_int_equal(read_ms(), 30); /* it tells nothing any more: by the processes */
    job_cpu_reaped(job, CHILD, 31 * MS);
    fake_process_end(CHILD);
    assert_int_equal(job_cpu_final(job), 31 * MS);
}

static void test_perf_has_the_last_word_where_it_knows_more(void **state)
{
    static const uint64_t value = 50 * MS;

    (void)state;
    fake_process_set(CHILD, getpid(), 30 * MS, 0);
    fake_kernel.perf_first = perf_of(&value, sizeof(value));
    begin(getpid());
    job_cpu_attach(job, CHILD);
    assert_int_equal(job_cpu_final(job), 50 * MS);
}

/* Of 2 s in which somebody wanted to run the hypervisor took 0.4: of the job's 1000 ms by perf 200. Then nothing, then half. */
static void test_perf_is_told_without_what_was_stolen(void **state)
{
    static const uint64_t values[] = { 1000 * MS, 1500 * MS, 2000 * MS };

    (void)state;
    fake_kernel.perf_first = perf_of(values, sizeof(values));
    begin(getpid());
    job_cpu_attach(job, CHILD);
    job_cpu_see_machine(job, 1600 * MS, 400 * MS);
    assert_int_equal(read_ms(), 800);
    job_cpu_see_machine(job, 2600 * MS, 400 * MS);
    assert_int_equal(read_ms(), 1300);
    assert_int_equal(job_cpu_final(job), 1800 * MS); /* as far as is known yet */
    job_cpu_see_machine(job, 3000 * MS, 800 * MS);
    assert_int_equal(job_cpu_settle(job), 1550 * MS);
    job_cpu_see_machine(job, 3100 * MS, 900 * MS);
    assert_int_equal(job_cpu_settle(job), 1550 * MS); /* perf has gained nothing since */
    job_cpu_reaped(job, CHILD, 1580 * MS);            /* what wait4 says has nothing stolen in it */
    (void)job_cpu_final(job);
    assert_int_equal(job_cpu_settle(job), 1580 * MS);
}

/* The kernel leaves it out of the clocks of processes by itself. */
static void test_processes_are_taken_at_their_word_where_time_is_stolen(void **state)
{
    (void)state;
    fake_process_set(CHILD, getpid(), 30 * MS, 0);
    begin(getpid());
    job_cpu_attach(job, CHILD);
    job_cpu_see_machine(job, 40 * MS, 40 * MS);
    assert_int_equal(read_ms(), 30);
    (void)job_cpu_final(job);
    assert_int_equal(job_cpu_settle(job), 30 * MS);
}

static void test_perf_of_user_space_is_asked_where_all_is_denied(void **state)
{
    static const int refusals[] = { EACCES, EPERM };
    static const uint64_t value = 5 * MS;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int fd;

        fake_kernel.perf_calls = 0;
        fake_kernel.perf_first = -refusals[i];
        fake_kernel.perf_fd = perf_of(&value, sizeof(value));
        fd = perf_clock_open(CHILD, NULL);
        assert_int_equal(fd, fake_kernel.perf_fd);
        assert_int_equal(fake_kernel.perf_calls, 2);
        (void)close(fd);
    }
}

static void test_perf_that_is_not_there_is_asked_once(void **state)
{
    struct aico2_error err = { 0 };

    (void)state;
    fake_kernel.perf_first = -ENOSYS;
    assert_int_equal(perf_clock_open(CHILD, &err), -ENOSYS);
    assert_int_equal(fake_kernel.perf_calls, 1);
    assert_string_equal(err.message, "perf_event_open (task-clock): Function not implemented");
}

static void test_half_a_value_of_perf_is_none(void **state)
{
    int fd = perf_of("half", 4);
    int64_t cpu_ns = -7;

    (void)state;
    assert_int_equal(perf_clock_read(fd, &cpu_ns), -EIO);
    (void)close(fd);
    assert_int_equal(perf_clock_read(fd, &cpu_ns), -EBADF);
    assert_int_equal(cpu_ns, -7);
}

/* --- a control group that the job has to itself --- */

static void write_group(const char *members, const char *usage)
{
    char text[200];
    int group_fd;

    (void)snprintf(text, sizeof(text), "30 23 0:26 / %s/cg rw - cgroup2 cgroup2 rw\n",
                   fake_kernel.path);
    tree_write(fake_kernel.proc_fd, "self/mountinfo", text);
    tree_write(fake_kernel.proc_fd, "self/cgroup", "0::/job\n");
    tree_mkdir(fake_kernel.proc_fd, "cg/job");
    group_fd = openat(fake_kernel.proc_fd, "cg/job", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(group_fd >= 0);
    tree_write(group_fd, "cgroup.procs", members);
    tree_write(group_fd, "cgroup.stat", "nr_descendants 0\n");
    tree_write(group_fd, "cpu.stat", usage);
    (void)close(group_fd);
}

static void group_has(const char *members)
{
    tree_write(fake_kernel.proc_fd, "cg/job/cgroup.procs", members);
}

/* In place, as the kernel does; of the same length. */
static void group_used(const char *usage)
{
    tree_update(fake_kernel.proc_fd, "cg/job/cpu.stat", usage);
}

/* This test's process is the root, whose own time comes off: some real microseconds. */
static void assert_about_ms(int64_t ms)
{
    int64_t cpu_ns = job_cpu_read(job, 0, -1);

    if (cpu_ns > ms * MS || cpu_ns < ms * MS - 5000 * MS)
        fail_msg("%lld ns are not about %lld ms", (long long)cpu_ns, (long long)ms);
}

static void attach_in_group(void)
{
    char members[64];

    fake_process_set(CHILD, getpid(), 30 * MS, 0);
    fake_process_set(70, 1, 1 * MS, 0);
    fake_process_set(getpid(), 1, 1 * MS, 0);
    (void)snprintf(members, sizeof(members), "%d\n100\n", (int)getpid());
    write_group(members, "usage_usec 1000000000000\n");
    begin(getpid());
    job_cpu_attach(job, CHILD);
}

/* 100 s of the group are far above whatever this test uses itself. */
static void test_the_group_is_taken_where_perf_is_not(void **state)
{
    (void)state;
    attach_in_group();
    assert_true(job_cpu_uses_cgroup(job));
    assert_false(job_cpu_uses_perf(job));
    group_used("usage_usec 1000100000000\n");
    assert_about_ms(100000);
    later(999); /* who is in it is not asked again so soon */
    group_has("70\n100\n");
    group_used("usage_usec 1000200000000\n");
    assert_about_ms(200000);
    later(2); /* a second after the start: somebody else has come */
    group_used("usage_usec 1000300000000\n");
    assert_about_ms(200000); /* by the processes, which have used less */
    assert_false(job_cpu_uses_cgroup(job));
}

static void test_the_group_is_asked_again_as_long_as_the_job_is_alone(void **state)
{
    (void)state;
    attach_in_group();
    later(1001);
    group_used("usage_usec 1000100000000\n");
    assert_about_ms(100000);
    assert_true(job_cpu_uses_cgroup(job));
    group_used("rubbish rubbish rubbish!\n");
    assert_about_ms(100000);
    assert_true(job_cpu_uses_cgroup(job)); /* one bad reading costs itself */
    group_used("usage_usec 1000200000000\n");
    assert_true(job_cpu_final(job) > 190000 * MS);
}

/* Version 1: what cannot be looked at may have groups below. And a list of who is in it wants room. */
static void test_a_group_that_cannot_be_looked_at_is_nobodys_alone(void **state)
{
    char text[300];
    int group_fd;

    (void)state;
    for (int turn = 0; turn < 3; turn++) {
        fake_process_set(CHILD, getpid(), 30 * MS, 0);
        (void)snprintf(text, sizeof(text), "30 23 0:26 / %s/cg rw - cgroup cgroup rw,cpu,cpuacct\n",
                       fake_kernel.path);
        tree_write(fake_kernel.proc_fd, "self/mountinfo", text);
        tree_write(fake_kernel.proc_fd, "self/cgroup", "2:cpu,cpuacct:/job\n");
        if (turn == 0)
            tree_link(fake_kernel.proc_fd, "self/ns/pid", "pid:[4026531836]");
        tree_mkdir(fake_kernel.proc_fd, "cg/job");
        group_fd = openat(fake_kernel.proc_fd, "cg/job", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        tree_write(group_fd, "cgroup.procs", "100\n");
        tree_write(group_fd, "cpuacct.usage", "1000000000\n");
        (void)close(group_fd);
        begin(getpid());
        fake_kernel.fstat_fails = turn == 1;
        fake_kernel.allocations_left =
            turn == 2 ? 2 : -1; /* the tree's list and the clock; not its list of members */
        job_cpu_attach(job, CHILD);
        assert_true(job_cpu_uses_cgroup(job) == (turn == 0));
        fake_kernel.fstat_fails = false;
        fake_kernel.allocations_left = -1;
        job_cpu_free(job);
        job = NULL;
    }
}

static void test_at_the_end_the_group_counts_if_the_job_is_still_alone(void **state)
{
    (void)state;
    attach_in_group();
    group_used("usage_usec 1000200000000\n");
    group_has("70\n100\n");
    assert_int_equal(job_cpu_final(job), 30 * MS);
    job_cpu_free(job);
    job = NULL;
    attach_in_group();
    group_used("rubbish rubbish rubbish!\n");
    assert_int_equal(job_cpu_final(job), 30 * MS);
}

/* 65 members take long to look through: half a minute goes by before it is done again. */
static void test_a_large_group_is_looked_through_less_often(void **state)
{
    char members[1024];
    size_t used = 0;

    (void)state;
    attach_in_group();
    for (pid_t pid = 200; pid < 265; pid++) {
        fake_process_set(pid, CHILD, 0, 0);
        used += (size_t)snprintf(members + used, sizeof(members) - used, "%d\n", (int)pid);
    }
    group_has(members);
    later(1001);
    group_used("usage_usec 1000100000000\n");
    assert_about_ms(100000);
    group_has("70\n");
    later(29000);
    assert_about_ms(100000);
    assert_true(job_cpu_uses_cgroup(job));
    later(1001);
    (void)job_cpu_read(job, 0, -1);
    assert_false(job_cpu_uses_cgroup(job));
}

/* Our own time is none of a group's that somebody else is the root of. */
static void test_another_root_has_no_group(void **state)
{
    (void)state;
    fake_process_set(50, 1, 0, 0);
    fake_process_set(CHILD, 50, 30 * MS, 0);
    write_group("50\n100\n", "usage_usec 1000000000000\n");
    begin(50);
    job_cpu_attach(job, CHILD);
    assert_false(job_cpu_uses_cgroup(job));
    assert_int_equal(read_ms(), 30);
}

/* Those who know of the root's children only are given up when somebody joins who is none. */
static void test_one_that_joins_ends_group_and_perf(void **state)
{
    (void)state;
    attach_in_group();
    job_cpu_adopt(job, 70, 0);
    assert_false(job_cpu_uses_cgroup(job));
    assert_int_equal(read_ms(), 31);
    job_cpu_adopt(job, 70, 0); /* it is one of us already */
    job_cpu_adopt(job, 4242, 0);
    assert_int_equal(read_ms(), 31);
    assert_true(job_cpu_contains(job, 70));
    assert_false(job_cpu_contains(job, 4242));
    assert_false(job_cpu_knows(job, 4242));
    assert_true(job_cpu_knows(job, 70));
}

/* What it had used before it came is not the job's: 40 of 100 ms, and never more than it had. */
static void test_what_a_joiner_had_used_comes_off(void **state)
{
    (void)state;
    fake_process_set(70, 1, 100 * MS, 0);
    fake_process_set(71, 1, 20 * MS, 0);
    begin(50);
    job_cpu_adopt(job, 70, 40 * MS);
    assert_int_equal(read_ms(), 60);
    job_cpu_adopt(job, 71, 900 * MS);
    later(200);
    assert_int_equal(read_ms(), 60);
}

/* --- looks, and who is left --- */

static void test_nobody_is_looked_for_while_nobody_was_started(void **state)
{
    (void)state;
    begin(50);
    fake_process_set(CHILD, 50, 10 * MS, 0);
    assert_int_equal(job_cpu_read(job, 7, -1), 10 * MS);
    fake_process_set(101, 50, 5 * MS, 0);
    later(1000);
    assert_int_equal(job_cpu_read(job, 7, -1),
                     10 * MS); /* 7 processes were ever started, then and now */
    assert_int_equal(job_cpu_read(job, 8, -1), 15 * MS);
    fake_process_set(102, 50, 2 * MS, 0);
    assert_int_equal(job_cpu_read(job, 9, -1), 15 * MS); /* the last look is not 0.1 s ago */
    later(100);
    assert_int_equal(job_cpu_read(job, 9, -1), 17 * MS);
    fake_process_set(103, 50, 1 * MS, 0);
    later(100);
    assert_int_equal(job_cpu_read(job, 0, -1), 18 * MS); /* how many is not known */
}

static void expect_living(size_t count, int subreaper, int waitid_errnum)
{
    pid_t pids[4] = { 0 };

    fake_kernel.subreaper = subreaper;
    fake_kernel.waitid_errnum = waitid_errnum;
    assert_int_equal(job_cpu_living(job, pids, 4), count);
}

/* Without a child nobody can be left, if orphans come back to us; else /proc has to be asked. */
static void test_who_is_left_is_asked_of_the_kernel_where_it_knows(void **state)
{
    (void)state;
    begin(getpid());
    fake_process_set(CHILD, getpid(), 10 * MS, 0);
    expect_living(0, 1, ECHILD);
    expect_living(1, 1, 0);
    expect_living(1, 1, EINVAL);
    expect_living(1, 0, ECHILD);
    expect_living(1, -1, ECHILD);
    job_cpu_free(job);
    begin(50); /* another root's children are not ours */
    fake_process_set(CHILD, 50, 10 * MS, 0);
    expect_living(1, 1, ECHILD);
}

static int64_t no_time(void *payload)
{
    (void)payload;
    return 0;
}

/* A job that is this process is one of its own members, where its number has it. */
static void test_the_root_stands_among_its_members(void **state)
{
    const pid_t self = getpid();
    pid_t pids[4];

    (void)state;
    assert_int_equal(job_cpu_new_self(&job, fake_kernel.proc_fd, no_time, NULL, NULL, NULL), 0);
    assert_int_equal(job_cpu_living(job, pids, 4), 1);
    assert_int_equal(pids[0], self);
    fake_process_set(2, self, 0, 0);
    fake_process_set(self + 7, self, 0, 0);
    for (size_t limit = 0; limit <= 4; limit++) {
        const pid_t expected[] = { 2, self, self + 7 };

        for (size_t i = 0; i < 4; i++)
            pids[i] = -1;
        assert_int_equal(job_cpu_living(job, pids, limit), 3);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(pids[i], i < limit && i < 3 ? expected[i] : -1);
    }
    assert_true(job_cpu_contains(job, self));
    assert_true(job_cpu_knows(job, self));
    assert_false(job_cpu_contains(job, self + 1));
    assert_false(job_cpu_knows(job, self + 1));
    assert_true(job_cpu_knows(job, 2));
    fake_process_set(self + 9, self, 0, 0);
    job_cpu_exclude(job, self + 9);
    assert_int_equal(job_cpu_living(job, pids, 4), 3);
    assert_int_equal(job_cpu_final(job), 0);
}

static void test_without_memory_there_is_no_job(void **state)
{
    struct aico2_error err = { 0 };

    (void)state;
    for (int i = 0; i < 2; i++) { /* the job, then its tree */
        fake_kernel.allocations_left = i;
        assert_int_equal(job_cpu_new(&job, 50, fake_kernel.proc_fd, &err), -ENOMEM);
        fake_kernel.allocations_left = i;
        assert_int_equal(job_cpu_new_self(&job, fake_kernel.proc_fd, no_time, NULL, NULL, &err),
                         -ENOMEM);
        assert_null(job);
    }
    /* and without memory for a group the processes tell */
    fake_kernel.allocations_left = -1;
    fake_process_set(CHILD, getpid(), 30 * MS, 0);
    write_group("100\n", "usage_usec 1000000000000\n");
    begin(getpid());
    fake_kernel.allocations_left = 0;
    job_cpu_attach(job, CHILD);
    assert_false(job_cpu_uses_cgroup(job));
}

/* --- the control group's counter --- */

static int usage_of(const char *text, int64_t *usage_ns_out)
{
    const struct cgroup_roots roots = { .proc_fd = fake_kernel.proc_fd, .sys_fd = -1 };
    struct cgroup_usage usage = CGROUP_USAGE_NULL;
    int r;

    write_group("1\n", text);
    r = cgroup_usage_open(&roots, &usage);
    if (r < 0) {
        assert_int_equal(usage.fd, -1);
        return r;
    }
    r = cgroup_usage_read(&usage, usage_ns_out);
    cgroup_usage_close(&usage);
    return r;
}

static void test_the_usage_of_our_own_group(void **state)
{
    const struct cgroup_roots roots = { .proc_fd = fake_kernel.proc_fd, .sys_fd = -1 };
    struct cgroup_usage usage = CGROUP_USAGE_NULL;
    int64_t usage_ns = -7;

    (void)state;
    assert_int_equal(cgroup_usage_open(&roots, &usage), -ENOENT); /* no control groups at all */
    assert_int_equal(usage_of("usage_usec 1234\nuser_usec 1\n", &usage_ns), 0);
    assert_int_equal(usage_ns, 1234000);
    assert_int_equal(usage_of("usage_usec 9223372036854775\n", &usage_ns), 0);
    assert_int_equal(usage_ns, INT64_C(9223372036854775000));
    usage_ns = -7;
    assert_int_equal(usage_of("usage_usec 9223372036854776\n", &usage_ns),
                     -ENOENT); /* no nanoseconds in 63 bits */
    assert_int_equal(usage_of("user_usec 1\n", &usage_ns), -ENOENT);
    assert_int_equal(usage_of("usage_usec x\n", &usage_ns), -ENOENT);
    assert_int_equal(usage_ns, -7);
    /* one that became unreadable, and a directory in its place */
    write_group("1\n", "usage_usec 5\n");
    assert_int_equal(cgroup_usage_open(&roots, &usage), 0);
    tree_update(fake_kernel.proc_fd, "cg/job/cpu.stat", "rubbish_usec\n");
    assert_int_equal(cgroup_usage_read(&usage, &usage_ns), -EBADMSG);
    cgroup_usage_close(&usage);
    assert_int_equal(unlinkat(fake_kernel.proc_fd, "cg/job/cpu.stat", 0), 0);
    assert_int_equal(cgroup_usage_open(&roots, &usage), -ENOENT);
    tree_mkdir(fake_kernel.proc_fd, "cg/job/cpu.stat");
    assert_int_equal(cgroup_usage_open(&roots, &usage), -ENOENT);
    tree_write(fake_kernel.proc_fd, "self/cgroup", "0::/none\n");
    assert_int_equal(cgroup_usage_open(&roots, &usage), -ENOENT);
    assert_int_equal(usage_ns, -7);
}

static int looked_at;

static bool count(const char *target)
{
    looked_at += target[0] == 'x';
    return false;
}

/* A server of a hundred thousand connections: what looking through them costs has an end. */
static void test_of_very_many_files_some_are_looked_at(void **state)
{
    (void)state;
    tree_link(fake_kernel.proc_fd, "7/fd/0", "x");
    fake_kernel.folders_have_no_end = true;
    assert_int_equal(job_files_any(fake_kernel.proc_fd, 7, count), 0);
    assert_int_equal(looked_at, 65536);
    fake_kernel.folders_have_no_end = false;
}

int main(void)
{
#define CLOCK_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(test_perf_is_taken_where_it_is_allowed),
        CLOCK_TEST(test_perf_has_the_last_word_where_it_knows_more),
        CLOCK_TEST(test_perf_is_told_without_what_was_stolen),
        CLOCK_TEST(test_processes_are_taken_at_their_word_where_time_is_stolen),
        CLOCK_TEST(test_perf_of_user_space_is_asked_where_all_is_denied),
        CLOCK_TEST(test_perf_that_is_not_there_is_asked_once),
        CLOCK_TEST(test_half_a_value_of_perf_is_none),
        CLOCK_TEST(test_the_group_is_taken_where_perf_is_not),
        CLOCK_TEST(test_the_group_is_asked_again_as_long_as_the_job_is_alone),
        CLOCK_TEST(test_a_group_that_cannot_be_looked_at_is_nobodys_alone),
        CLOCK_TEST(test_at_the_end_the_group_counts_if_the_job_is_still_alone),
        CLOCK_TEST(test_a_large_group_is_looked_through_less_often),
        CLOCK_TEST(test_another_root_has_no_group),
        CLOCK_TEST(test_one_that_joins_ends_group_and_perf),
        CLOCK_TEST(test_what_a_joiner_had_used_comes_off),
        CLOCK_TEST(test_nobody_is_looked_for_while_nobody_was_started),
        CLOCK_TEST(test_who_is_left_is_asked_of_the_kernel_where_it_knows),
        CLOCK_TEST(test_the_root_stands_among_its_members),
        CLOCK_TEST(test_without_memory_there_is_no_job),
        CLOCK_TEST(test_the_usage_of_our_own_group),
        CLOCK_TEST(test_of_very_many_files_some_are_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
