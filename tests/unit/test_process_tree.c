/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_process_tree.c - CPU time of real processes: short children, daemons, unwaited
 * ones
 *
 * The job's processes do what a byte on a pipe tells them, so that nothing depends on how fast the
 * machine is. Truth is what each burner's own clock said.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution/job_cpu.h"
#include "attribution/process_tree.h"
#include "base/clock.h"
#include "base/fs.h"

/* cutime and cstime are told in whole ticks of 10 ms each */
static const int64_t TICKS_NS = 20 * NSEC_PER_MSEC;

static void burn(int64_t cpu_ns)
{
    volatile uint64_t work = 0;

    while (clock_process_cpu_ns() < cpu_ns)
        for (int i = 0; i < 1000; i++)
            work += (uint64_t)i;
    (void)work;
}

static void say(int fd)
{
    if (write(fd, "x", 1) != 1)
        _exit(99);
}

static void hear(int fd)
{
    char byte;

    if (read(fd, &byte, 1) != 1)
        _exit(98);
}

struct job {
    int proc_fd;
    struct process_tree *tree;
    int to_child[2];
    int from_child[2];
    bool adopts_orphans; /* an emulator's kernel may not let us */
};

static int set_up(void **state)
{
    struct job *job = calloc(1, sizeof(*job));

    assert_non_null(job);
    job->adopts_orphans = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
    assert_true(job->adopts_orphans || is_emulated());
    job->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(job->proc_fd >= 0);
    assert_int_equal(process_tree_new(&job->tree, getpid(), job->proc_fd, NULL), 0);
    assert_int_equal(pipe(job->to_child), 0);
    assert_int_equal(pipe(job->from_child), 0);
    *state = job;
    return 0;
}

static int tear_down(void **state)
{
    struct job *job = *state;

    process_tree_free(job->tree);
    (void)close(job->proc_fd);
    for (int i = 0; i < 2; i++) {
        (void)close(job->to_child[i]);
        (void)close(job->from_child[i]);
    }
    free(job);
    return 0;
}

static void needs_orphans(const struct job *job)
{
    if (job->adopts_orphans)
        return;
    print_message("# PR_SET_CHILD_SUBREAPER is not known here: orphans go to somebody else\n");
    skip();
}

static int64_t look(struct job *job)
{
    process_tree_scan(job->tree);
    return process_tree_update(job->tree, true, -1);
}

static int64_t reap(struct job *job, pid_t pid)
{
    struct rusage usage;
    int64_t cpu_ns;

    assert_int_equal(wait4(pid, NULL, 0, &usage), pid);
    cpu_ns = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
             ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
    process_tree_reaped(job->tree, pid, cpu_ns);
    return cpu_ns;
}

/* A parent that starts short children one after the other, waits for each, and then for us. */
static void test_short_children_between_two_looks_are_seen(void **state)
{
    struct job *job = *state;
    const int children = 20;
    int64_t truth_ns;
    int64_t seen_ns;
    pid_t parent = fork();

    if (parent == 0) {
        for (int i = 0; i < children; i++) {
            pid_t child = fork();

            if (child == 0) {
                burn(50 * NSEC_PER_MSEC);
                _exit(0);
            }
            (void)waitpid(child, NULL, 0);
        }
        say(job->from_child[1]);
        hear(job->to_child[0]);
        _exit(0);
    }
    (void)look(job);
    hear(job->from_child[0]);
    seen_ns = look(job); /* not one of the children is there to be seen */
    assert_true(seen_ns >= children * 50 * NSEC_PER_MSEC - TICKS_NS);
    say(job->to_child[1]);
    truth_ns = reap(job, parent);
    seen_ns = look(job);
    assert_true((double)seen_ns >= 0.995 * (double)truth_ns);
    assert_true((double)seen_ns <= 1.005 * (double)truth_ns + 1e6);
}

static void test_living_processes_are_read_to_the_nanosecond(void **state)
{
    struct job *job = *state;
    int64_t first_ns;
    pid_t child = fork();

    if (child == 0) {
        burn(30 * NSEC_PER_MSEC);
        say(job->from_child[1]);
        hear(job->to_child[0]);
        _exit(0);
    }
    hear(job->from_child[0]);
    first_ns = look(job);
    assert_true(first_ns >= 30 * NSEC_PER_MSEC);
    assert_true(process_tree_contains(job->tree, child));
    assert_false(process_tree_contains(job->tree, getpid()));
    assert_false(process_tree_contains(job->tree, 1));
    say(job->to_child[1]);
    (void)reap(job, child);
    assert_true(look(job) >= first_ns);
    assert_int_equal(process_tree_living(job->tree, NULL, 0), 0);
    /* a driver may still account for it */
    assert_true(process_tree_contains(job->tree, child));
    assert_false(process_tree_contains(job->tree, 1));
}

/* The one with the smaller pid ends: the other is still one process, not two. */
static void test_end_of_one_does_not_double_the_other(void **state)
{
    struct job *job = *state;
    int second_pipe[2];
    int64_t seen_ns;
    pid_t first;
    pid_t second;

    assert_int_equal(pipe(second_pipe), 0);
    first = fork();
    if (first == 0) {
        hear(job->to_child[0]);
        _exit(0);
    }
    second = fork();
    if (second == 0) {
        burn(100 * NSEC_PER_MSEC);
        say(job->from_child[1]);
        hear(second_pipe[0]);
        _exit(0);
    }
    hear(job->from_child[0]);
    (void)look(job);
    say(job->to_child[1]);
    assert_int_equal(waitpid(first, NULL, 0), first); /* not told to the tree: it vanishes */
    seen_ns = look(job);
    assert_true(seen_ns < 150 * NSEC_PER_MSEC);
    assert_int_equal(process_tree_living(job->tree, NULL, 0), 1);
    say(second_pipe[1]);
    (void)reap(job, second);
    assert_true(look(job) < 150 * NSEC_PER_MSEC);
    (void)close(second_pipe[0]);
    (void)close(second_pipe[1]);
}

static void test_daemon_that_forked_twice_belongs_to_the_job(void **state)
{
    struct job *job = *state;
    pid_t daemon_pid = -1;
    pid_t pids[4];
    pid_t child;

    needs_orphans(job);
    child = fork();
    if (child == 0) {
        pid_t pid = fork();

        if (pid == 0) {
            (void)setsid();
            burn(60 * NSEC_PER_MSEC);
            pid = getpid();
            if (write(job->from_child[1], &pid, sizeof(pid)) < 0)
                _exit(1);
            hear(job->to_child[0]);
        }
        _exit(0);
    }
    (void)reap(job, child);
    assert_int_equal(read(job->from_child[0], &daemon_pid, sizeof(daemon_pid)), sizeof(daemon_pid));
    assert_true(look(job) >= 60 * NSEC_PER_MSEC);
    assert_true(process_tree_contains(job->tree, daemon_pid));
    assert_int_equal(process_tree_living(job->tree, pids, 4), 1);
    assert_int_equal(pids[0], daemon_pid);
    say(job->to_child[1]);
    (void)reap(job, daemon_pid); /* it has become ours */
    assert_true(look(job) >= 60 * NSEC_PER_MSEC);
}

/* Children of a process that ignores SIGCHLD are waited for by nobody, and their time is in no
 * cutime. */
static void test_children_nobody_waits_for_are_not_forgotten(void **state)
{
    struct job *job = *state;
    int64_t seen_ns;
    pid_t parent = fork();

    if (parent == 0) {
        pid_t child;

        (void)signal(SIGCHLD, SIG_IGN);
        child = fork();
        if (child == 0) {
            burn(100 * NSEC_PER_MSEC);
            say(job->from_child[1]);
            hear(job->to_child[0]);
            _exit(0);
        }
        while (waitpid(child, NULL, 0) != -1)
            ; /* ECHILD when it has gone */
        say(job->from_child[1]);
        hear(job->to_child[0]);
        _exit(0);
    }
    hear(job->from_child[0]);
    assert_true(look(job) >= 100 * NSEC_PER_MSEC);
    say(job->to_child[1]);
    hear(job->from_child[0]);
    seen_ns = look(job);
    assert_true(seen_ns >= 100 * NSEC_PER_MSEC);
    /* and is kept as part of the sum, not only as its highest value: what comes now comes on top */
    say(job->to_child[1]);
    (void)reap(job, parent);
    assert_true(look(job) >= seen_ns);
}

static void test_chain_of_waiting_parents_counts_each_once(void **state)
{
    struct job *job = *state;
    int64_t truth_ns;
    int64_t seen_ns;
    pid_t outer = fork();

    if (outer == 0) {
        pid_t middle = fork();

        if (middle == 0) {
            pid_t inner = fork();

            if (inner == 0) {
                burn(60 * NSEC_PER_MSEC);
                say(job->from_child[1]);
                hear(job->to_child[0]);
                _exit(0);
            }
            (void)waitpid(inner, NULL, 0);
            burn(30 * NSEC_PER_MSEC);
            _exit(0);
        }
        (void)waitpid(middle, NULL, 0);
        say(job->from_child[1]);
        hear(job->to_child[0]);
        _exit(0);
    }
    hear(job->from_child[0]);
    (void)look(job);
    say(job->to_child[1]);
    hear(job->from_child[0]);
    seen_ns = look(job);
    assert_true(seen_ns >= 90 * NSEC_PER_MSEC - TICKS_NS);
    say(job->to_child[1]);
    truth_ns = reap(job, outer);
    seen_ns = look(job);
    assert_true(seen_ns >= truth_ns);
    assert_true(seen_ns <= truth_ns + TICKS_NS + NSEC_PER_MSEC);
}

/* A made-up /proc whose entry for a real process is taken away and made again: another process. */
static void test_pid_that_another_process_has_now(void **state)
{
    struct job *job = *state;
    struct process_tree *tree;
    char root[64];
    char path[32];
    char line[160];
    int64_t seen_ns;
    int fd = temp_dir_open(root);
    pid_t child = fork();

    if (child == 0) {
        burn(50 * NSEC_PER_MSEC);
        say(job->from_child[1]);
        hear(job->to_child[0]);
        _exit(0);
    }
    hear(job->from_child[0]);
    (void)snprintf(path, sizeof(path), "%d/stat", (int)child);
    (void)snprintf(line, sizeof(line), "%d (a) S %d 1 1 0 -1 1 1 2 0 0 1 1 0 0 20 0 1 0 100 1\n",
                   (int)child, (int)getpid());
    tree_write(fd, path, line);
    assert_int_equal(process_tree_new(&tree, getpid(), fd, NULL), 0);
    process_tree_scan(tree);
    seen_ns = process_tree_update(tree, true, -1);
    assert_true(seen_ns >= 50 * NSEC_PER_MSEC);

    (void)snprintf(line, sizeof(line), "%d", (int)child);
    assert_int_equal(renameat(fd, line, fd, "old"), 0); /* keeps its inode from being used again */
    (void)snprintf(line, sizeof(line), "%d (b) S %d 1 1 0 -1 1 1 2 0 0 1 1 0 0 20 0 1 0 900 1\n",
                   (int)child, (int)getpid());
    tree_write(fd, path, line);
    process_tree_scan(tree);
    /* the first one's time is kept (but for a tick), the second one's clock comes on top */
    assert_true(process_tree_update(tree, true, -1) >= 2 * seen_ns - 10 * NSEC_PER_MSEC);

    process_tree_free(tree);
    say(job->to_child[1]);
    (void)waitpid(child, NULL, 0);
    (void)close(fd);
    temp_dir_remove(root);
}

static void test_without_proc_only_what_was_waited_for_is_known(void **state)
{
    struct process_tree *tree;

    (void)state;
    assert_int_equal(process_tree_new(&tree, getpid(), -1, NULL), 0);
    process_tree_scan(tree);
    process_tree_reaped(tree, 4242, 7 * NSEC_PER_MSEC);
    assert_int_equal(process_tree_update(tree, true, -1), 7 * NSEC_PER_MSEC);
    process_tree_free(tree);
}

static pid_t fork_waiting(int hear_fd)
{
    pid_t pid = fork();

    if (pid == 0) {
        hear(hear_fd);
        _exit(0);
    }
    return pid;
}

/* Children of the program that were there before are nobody of the job's, also when they fork
 * later. */
static void test_who_was_there_before_is_not_the_jobs(void **state)
{
    struct job *job = *state;
    int before_pipe[2];
    pid_t grandchild = -1;
    pid_t child;
    pid_t before;

    assert_int_equal(pipe(before_pipe), 0);
    before = fork();
    if (before == 0) {
        hear(before_pipe[0]);
        grandchild = fork_waiting(before_pipe[0]);
        if (write(job->from_child[1], &grandchild, sizeof(grandchild)) < 0)
            _exit(1);
        hear(before_pipe[0]);
        _exit(0);
    }
    child = fork_waiting(job->to_child[0]);
    process_tree_begin(job->tree, child);
    say(before_pipe[1]);
    assert_int_equal(read(job->from_child[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
    process_tree_look(job->tree);
    process_tree_scan(job->tree);
    (void)process_tree_update(job->tree, true, -1);
    assert_true(process_tree_contains(job->tree, child));
    assert_false(process_tree_contains(job->tree, before));
    assert_false(process_tree_contains(job->tree, grandchild));
    assert_int_equal(process_tree_living(job->tree, NULL, 0), 1);
    say(job->to_child[1]);
    say(before_pipe[1]);
    say(before_pipe[1]);
    for (int i = 0; i < 3; i++)
        (void)wait(NULL);
    (void)close(before_pipe[0]);
    (void)close(before_pipe[1]);
}

static void test_excluded_child_stays_out_of_the_job(void **state)
{
    struct job *job = *state;
    pid_t child = fork_waiting(job->to_child[0]);

    process_tree_exclude(job->tree, child);
    process_tree_scan(job->tree);
    process_tree_scan(job->tree);
    assert_false(process_tree_contains(job->tree, child));
    say(job->to_child[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A child and its child, born between two looks, are found by their pids, and by a look only once.
 */
static void test_looks_find_who_was_born_since(void **state)
{
    struct job *job = *state;
    pid_t grandchild = -1;
    pid_t child = fork();
    int64_t seen_ns;

    if (child == 0) {
        hear(job->to_child[0]);
        grandchild = fork();
        if (grandchild == 0) {
            burn(40 * NSEC_PER_MSEC);
            grandchild = getpid();
            if (write(job->from_child[1], &grandchild, sizeof(grandchild)) < 0)
                _exit(1);
            hear(job->to_child[0]);
            _exit(0);
        }
        (void)waitpid(grandchild, NULL, 0);
        hear(job->to_child[0]);
        _exit(0);
    }
    process_tree_begin(job->tree, child);
    say(job->to_child[1]);
    assert_int_equal(read(job->from_child[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
    process_tree_look(job->tree);
    assert_true(process_tree_contains(job->tree, grandchild));
    seen_ns = process_tree_update(job->tree, true, -1);
    assert_true(seen_ns >= 40 * NSEC_PER_MSEC);
    for (int i = 0; i < 40; i++) /* with whole scans among them */
        process_tree_look(job->tree);
    assert_true(process_tree_update(job->tree, true, -1) < seen_ns + 40 * NSEC_PER_MSEC);
    assert_int_equal(process_tree_living(job->tree, NULL, 0), 2);
    say(job->to_child[1]);
    say(job->to_child[1]);
    (void)reap(job, child);
}

/* Without a child of ours nobody can be left, and /proc is not asked; a daemon is somebody. */
static void test_living_are_named_until_the_last_is_gone(void **state)
{
    struct job *job = *state;
    struct job_cpu *cpu;
    pid_t pids[2] = { 0, 0 };
    pid_t child;

    needs_orphans(job);
    assert_int_equal(job_cpu_new(&cpu, getpid(), job->proc_fd, NULL), 0);
    assert_int_equal(job_cpu_living(cpu, pids, 2), 0);
    child = fork();
    if (child == 0) {
        if (fork_waiting(job->to_child[0]) < 0)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(job_cpu_living(cpu, pids, 2), 1);
    say(job->to_child[1]);
    assert_int_equal(waitpid(pids[0], NULL, 0), pids[0]);
    assert_int_equal(job_cpu_living(cpu, pids, 2), 0);
    job_cpu_free(cpu);
}

/* --- the ladder --- */

/* perf starts to count at exec: so does this test's own burner. The wrapper is what
 * programs of another machine are started with. */
static void exec_burner(int fd)
{
    char self[512] = "";
    char text[32];

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        _exit(96);
    (void)snprintf(text, sizeof(text), "%d", fd);
    (void)execl("/bin/sh", "sh", "-c", "eval \"exec $AICO2_EXE_WRAPPER \\\"\\$0\\\" --burn \\$1\"",
                self, text, (char *)NULL);
    _exit(97);
}

/* What a hypervisor has taken from all CPUs: perf's clock goes on meanwhile, the kernel's account of a process does
 * not. In ticks of each CPU: one more for each may be on its way. */
static int64_t stolen_ns(const struct job *job)
{
    AICO2_CLEANUP(fd_closep) int fd = openat(job->proc_fd, "stat", O_RDONLY | O_CLOEXEC);
    char text[256] = "";
    unsigned long long ticks = 0;

    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    /* user, nice, system, idle, iowait, irq, softirq, steal */
    (void)sscanf(text, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks);
    return (int64_t)ticks * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
}

static void run_ladder(struct job *job, bool perf)
{
    int64_t stolen_before_ns = stolen_ns(job);
    struct job_cpu *cpu;
    int64_t most_ns;
    int64_t truth_ns;
    int64_t seen_ns;
    struct rusage usage;
    pid_t parent;

    assert_int_equal(job_cpu_new(&cpu, getpid(), job->proc_fd, NULL), 0);
    parent = fork();
    if (parent == 0) {
        hear(job->to_child[0]);
        exec_burner(job->from_child[1]);
    }
    if (perf)
        job_cpu_attach(cpu, parent);
    if (perf && !job_cpu_uses_perf(cpu))
        print_message(
            "perf_event_open is not allowed here: the ladder's first rung is not tested\n");
    say(job->to_child[1]);
    (void)job_cpu_read(cpu, 0, -1);
    hear(job->from_child[0]);
    seen_ns = job_cpu_read(cpu, 0, -1);
    assert_true(seen_ns >= 10 * 50 * NSEC_PER_MSEC - TICKS_NS);
    job_cpu_look(cpu, 0); /* with perf, the reading needs no tree */
    assert_true(job_cpu_contains(cpu, parent));
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(wait4(parent, NULL, 0, &usage), parent);
    truth_ns = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
               ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
    job_cpu_reaped(cpu, parent, truth_ns);
    seen_ns = job_cpu_final(cpu);
    most_ns = truth_ns + truth_ns / 100 + 10 * NSEC_PER_MSEC;
    if (perf && stolen_before_ns > 0) /* where nobody takes anything it is exact */
        most_ns += stolen_ns(job) - stolen_before_ns + sysconf(_SC_NPROCESSORS_ONLN) * TICKS_NS / 2;
    assert_true((double)seen_ns >= 0.995 * (double)truth_ns);
    assert_true(seen_ns <= most_ns);
    assert_true(job_cpu_read(cpu, 0, -1) >= seen_ns); /* never falls */
    job_cpu_free(cpu);
    job_cpu_free(NULL);
}

static void test_ladder_without_perf(void **state)
{
    run_ladder(*state, false);
}

static void test_ladder_with_perf(void **state)
{
    run_ladder(*state, true);
}

static int burn_children(int fd)
{
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();

        if (child == 0) {
            burn(50 * NSEC_PER_MSEC);
            _exit(0);
        }
        (void)waitpid(child, NULL, 0);
    }
    say(fd);
    for (;;)
        (void)pause();
}

#define TREE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* More than are all looked at each time; the first burns when told, the others sleep until the pipe closes. */
enum { MANY = 150 };

static void start_many(const struct job *job, pid_t *children, bool one_wakes)
{
    for (int i = 0; i < MANY; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] > 0)
            continue;
        burn(i == 1 ? 60 * NSEC_PER_MSEC : 0);
        say(job->from_child[1]);
        if (i == 0 && one_wakes) {
            hear(job->to_child[0]);
            burn(clock_process_cpu_ns() + 100 * NSEC_PER_MSEC);
            say(job->from_child[1]);
        }
        for (;;)
            (void)pause();
    }
    /* all of them: on a busy machine the start of those that come late costs more than what is looked for */
    for (int i = 0; i < MANY; i++)
        hear(job->from_child[0]);
}

static void end_many(const pid_t *children)
{
    for (int i = 0; i < MANY; i++) {
        (void)kill(children[i], SIGKILL);
        (void)waitpid(children[i], NULL, 0);
    }
}

static void test_of_many_that_sleep_one_that_wakes_is_seen(void **state)
{
    struct job *job = *state;
    pid_t children[MANY];
    int64_t asleep_ns;

    start_many(job, children, true);
    process_tree_scan(job->tree);
    (void)process_tree_update(job->tree, true, 0);
    for (int i = 0; i < 8; i++)
        asleep_ns = process_tree_update(job->tree, false, 0);
    say(job->to_child[1]);
    hear(job->from_child[0]);
    /* the machine's CPUs tell that somebody has woken */
    assert_true(process_tree_update(job->tree, false, 100 * NSEC_PER_MSEC) >=
                asleep_ns + 90 * NSEC_PER_MSEC);
    end_many(children);
}

static void test_of_many_that_sleep_all_are_looked_at_in_turns(void **state)
{
    struct job *job = *state;
    pid_t children[MANY];
    int64_t asleep_ns;
    int64_t seen_ns;

    start_many(job, children, true);
    process_tree_scan(job->tree);
    (void)process_tree_update(job->tree, true, 0);
    for (int i = 0; i < 8; i++)
        asleep_ns = process_tree_update(job->tree, false, 0);
    say(job->to_child[1]);
    hear(job->from_child[0]);
    for (int i = 0; i < 8; i++)
        seen_ns = process_tree_update(job->tree, false, 0);
    assert_true(seen_ns >= asleep_ns + 90 * NSEC_PER_MSEC);
    end_many(children);
}

/* A parent ends one that has used 60 ms before it slept, and waits for it: its cutime tells of them again. */
static void test_one_that_ends_asleep_is_not_counted_twice(void **state)
{
    struct job *job = *state;
    int64_t asleep_ns;
    int64_t seen_ns;
    pid_t parent = fork();

    if (parent == 0) {
        pid_t children[MANY];
        struct job own = *job; /* its children speak to it alone */

        assert_int_equal(pipe(own.from_child), 0);
        start_many(&own, children, false);
        say(job->from_child[1]);
        hear(job->to_child[0]);
        (void)kill(children[1], SIGKILL);
        (void)waitpid(children[1], NULL, 0);
        say(job->from_child[1]);
        hear(job->to_child[0]);
        end_many(children);
        _exit(0);
    }
    hear(job->from_child[0]);
    process_tree_scan(job->tree);
    (void)process_tree_update(job->tree, true, 0);
    for (int i = 0; i < 8; i++)
        asleep_ns = process_tree_update(job->tree, true, 0);
    say(job->to_child[1]);
    hear(job->from_child[0]);
    for (int i = 0; i < 8; i++)
        seen_ns = process_tree_update(job->tree, true, 0);
    assert_true(seen_ns < asleep_ns + 40 * NSEC_PER_MSEC);
    say(job->to_child[1]);
    (void)reap(job, parent);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(test_short_children_between_two_looks_are_seen),
        TREE_TEST(test_living_processes_are_read_to_the_nanosecond),
        TREE_TEST(test_end_of_one_does_not_double_the_other),
        TREE_TEST(test_daemon_that_forked_twice_belongs_to_the_job),
        TREE_TEST(test_children_nobody_waits_for_are_not_forgotten),
        TREE_TEST(test_chain_of_waiting_parents_counts_each_once),
        TREE_TEST(test_pid_that_another_process_has_now),
        cmocka_unit_test(test_without_proc_only_what_was_waited_for_is_known),
        TREE_TEST(test_who_was_there_before_is_not_the_jobs),
        TREE_TEST(test_excluded_child_stays_out_of_the_job),
        TREE_TEST(test_looks_find_who_was_born_since),
        TREE_TEST(test_living_are_named_until_the_last_is_gone),
        TREE_TEST(test_of_many_that_sleep_one_that_wakes_is_seen),
        TREE_TEST(test_of_many_that_sleep_all_are_looked_at_in_turns),
        TREE_TEST(test_one_that_ends_asleep_is_not_counted_twice),
        TREE_TEST(test_ladder_without_perf),
        TREE_TEST(test_ladder_with_perf),
    };

    if (argc == 3 && strcmp(argv[1], "--burn") == 0)
        return burn_children((int)strtol(argv[2], NULL, 10));
    return cmocka_run_group_tests_name("process_tree", tests, NULL, NULL);
}
