/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_cgroup_clock.c - the CPU time of a control group that a job has to itself */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution/cgroup_clock.h"
#include "base/clock.h"

enum { ROOT = 100, CHILD = 101 };

static int64_t own_ns;

static int64_t own_cpu_ns(void)
{
    return own_ns;
}

/* A tree with one process that is the root, and a group that it is alone in. */
struct group {
    struct test_machine machine;
    const char *path; /* of the group in the tree */
};

static void write_process(const struct group *group, int pid, int parent)
{
    char path[64];
    char text[256];

    (void)snprintf(path, sizeof(path), "proc/%d/stat", pid);
    (void)snprintf(text, sizeof(text),
                   "%d (python3 (x) S) S %d 1 1 0 -1 4194304 1 0 0 0 5 6 7 8 20 0 1 0 %d 0 0\n",
                   pid, parent, pid);
    tree_write(group->machine.fd, path, text);
}

static void write_file(const struct group *group, const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", group->path, name);
    tree_write(group->machine.fd, path, text);
}

static void set_up(struct group *group, bool version2)
{
    char mounts[512];

    machine_set_up(&group->machine, NULL);
    group->path = version2 ? "cg/job" : "cg/cpuacct/job";
    (void)snprintf(mounts, sizeof(mounts),
                   version2 ? "30 23 0:26 / %s/cg rw - cgroup2 cgroup2 rw\n"
                            : "30 23 0:26 / %s/cg/cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
                   group->machine.path);
    tree_write(group->machine.fd, "proc/self/mountinfo", mounts);
    tree_write(group->machine.fd, "proc/self/cgroup",
               version2 ? "0::/job\n" : "3:memory:/\n2:cpu,cpuacct:/job\n0::/\n");
    tree_link(group->machine.fd, "proc/self/ns/pid", "pid:[4026531836]");
    write_process(group, ROOT, 1);
    write_file(group, "cgroup.procs", "100\n");
    write_file(group, "cgroup.stat", "nr_descendants 0\nnr_dying_descendants 3\n");
    write_file(group, "cpu.stat", "usage_usec 1000000\nuser_usec 1\nsystem_usec 1\n");
    write_file(group, "cpuacct.usage", "1000000000\n");
    machine_reopen(&group->machine);
    own_ns = 5000;
}

static struct cgroup_clock *open_clock(const struct group *group)
{
    const struct cgroup_roots roots = { .proc_fd = group->machine.env.proc_fd, .sys_fd = -1 };

    return cgroup_clock_open(ROOT, CHILD, &roots, own_cpu_ns);
}

static int64_t read_clock(const struct cgroup_clock *clock)
{
    int64_t cpu_ns = -1;

    assert_int_equal(cgroup_clock_read(clock, &cpu_ns), 0);
    return cpu_ns;
}

/* 1.5 s of the group since it was opened, of which 0.2 s are ours: 1.3 s */
static void test_the_group_less_our_own_time(void **state)
{
    for (int version2 = 0; version2 <= 1; version2++) {
        struct group group;
        struct cgroup_clock *clock;

        (void)state;
        set_up(&group, version2);
        clock = open_clock(&group);
        assert_non_null(clock);
        assert_true(read_clock(clock) == 0);
        if (version2)
            tree_update(group.machine.fd, "cg/job/cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
        else
            tree_update(group.machine.fd, "cg/cpuacct/job/cpuacct.usage", "2500000000\n");
        own_ns = 200005000;
        assert_true(read_clock(clock) == 1300000000);
        own_ns = INT64_C(9000000000); /* clocks of the kernel may be apart: never below 0 */
        assert_true(read_clock(clock) == 0);
        cgroup_clock_free(clock);
        machine_tear_down(&group.machine);
    }
}

static void test_descendants_may_be_in_it(void **state)
{
    struct group group;
    struct cgroup_clock *clock;

    (void)state;
    set_up(&group, true);
    write_process(&group, CHILD, ROOT);
    write_file(&group, "cgroup.procs", "100\n101\n");
    clock = open_clock(&group);
    assert_non_null(clock);
    write_process(&group, 102, CHILD);
    write_file(&group, "cgroup.procs", "100\n102\n101\n");
    assert_true(cgroup_clock_is_alone(clock));
    assert_int_equal(cgroup_clock_members(clock), 3);
    /* its parent has ended, and it stays ours: it was seen before */
    assert_int_equal(unlinkat(group.machine.fd, "proc/101/stat", 0), 0);
    write_process(&group, 102, 1);
    write_file(&group, "cgroup.procs", "102\n100\n");
    assert_true(cgroup_clock_is_alone(clock));
    /* one that was gone before it could be looked at is nobody */
    write_file(&group, "cgroup.procs", "100\n103\n");
    assert_true(cgroup_clock_is_alone(clock));
    cgroup_clock_free(clock);
    machine_tear_down(&group.machine);
}

/* `work & exec aico2 run ...`: the root's child, and none of the job's. */
static void test_a_child_from_before_is_a_neighbour(void **state)
{
    struct group group;

    (void)state;
    set_up(&group, true);
    write_process(&group, CHILD, ROOT);
    write_process(&group, 99, ROOT);
    write_file(&group, "cgroup.procs", "99\n100\n101\n");
    assert_null(open_clock(&group));
    machine_tear_down(&group.machine);
}

static void assert_of_no_use(bool version2, const char *name, const char *text)
{
    struct group group;

    set_up(&group, version2);
    write_process(&group, 90, 1); /* our parent, and a neighbour */
    write_process(&group, 95, 90);
    write_file(&group, name, text);
    assert_null(open_clock(&group));
    machine_tear_down(&group.machine);
}

static void test_a_shared_group_is_of_no_use(void **state)
{
    (void)state;
    assert_of_no_use(true, "cgroup.procs", "100\n90\n");
    assert_of_no_use(false, "cgroup.procs", "95\n100\n");
    assert_of_no_use(true, "cgroup.procs", "0\n100\n"); /* of another namespace */
    assert_of_no_use(true, "cgroup.procs", "");         /* we are not in it ourselves */
    assert_of_no_use(true, "cgroup.procs", "100\nrubbish\n");
    assert_of_no_use(true, "cgroup.procs", "100\n-7\n99999999999\n");
    assert_of_no_use(true, "cgroup.stat", "nr_descendants 2\n");
    assert_of_no_use(true, "cgroup.stat", "");
    assert_of_no_use(true, "cpu.stat", "user_usec 1\n");
    assert_of_no_use(true, "cpu.stat", "usage_usec \n");
    assert_of_no_use(true, "cpu.stat", "usage_usec 99999999999999999999\n");
    assert_of_no_use(false, "cpuacct.usage", "-1\n");
    assert_of_no_use(false, "below/cgroup.procs", "");
}

/* What a group's files say, or that they are none, makes it of no use at any time. */
static void test_files_that_went_bad_are_noticed(void **state)
{
    struct group group;
    struct cgroup_clock *clock;
    int64_t cpu_ns = -7;

    (void)state;
    set_up(&group, true);
    clock = open_clock(&group);
    assert_non_null(clock);
    tree_update(group.machine.fd, "cg/job/cpu.stat", "user_usec  1000000\n");
    assert_int_equal(cgroup_clock_read(clock, &cpu_ns), -EBADMSG);
    assert_int_equal(cpu_ns, -7);
    write_process(&group, 99999, ROOT);
    write_file(&group, "cgroup.procs", "100\n99999\n99999999999\n"); /* past any pid */
    assert_false(cgroup_clock_is_alone(clock));
    write_file(&group, "cgroup.procs", "100\n99999\n");
    assert_true(cgroup_clock_is_alone(clock));
    assert_int_equal(unlinkat(group.machine.fd, "cg/job/cgroup.stat", 0), 0);
    assert_false(cgroup_clock_is_alone(clock));
    cgroup_clock_free(clock);
    machine_tear_down(&group.machine);
}

static void test_a_group_without_its_files_is_of_no_use(void **state)
{
    static const char *const files[] = { "cg/job/cpu.stat", "cg/job/cgroup.procs",
                                         "cg/job/cgroup.stat" };
    struct group group;

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        set_up(&group, true);
        assert_int_equal(unlinkat(group.machine.fd, files[i], 0), 0);
        assert_null(open_clock(&group));
        machine_tear_down(&group.machine);
    }
    set_up(&group, true);
    tree_write(group.machine.fd, "proc/self/cgroup", "0::/elsewhere\n");
    assert_null(open_clock(&group));
    machine_tear_down(&group.machine);
    machine_set_up(&group.machine, NULL); /* no control groups at all */
    machine_reopen(&group.machine);
    assert_null(open_clock(&group));
    machine_tear_down(&group.machine);
    cgroup_clock_free(NULL);
}

/* Version 1 does not list who is not of our process namespace: then there may be anybody. */
static void test_another_process_namespace(void **state)
{
    struct group group;
    struct cgroup_clock *clock;

    (void)state;
    for (int version2 = 0; version2 <= 1; version2++) {
        set_up(&group, version2);
        assert_int_equal(unlinkat(group.machine.fd, "proc/self/ns/pid", 0), 0);
        tree_link(group.machine.fd, "proc/self/ns/pid", "pid:[4026532177]");
        clock = open_clock(&group);
        assert_true((clock != NULL) == (version2 != 0));
        cgroup_clock_free(clock);
        assert_int_equal(unlinkat(group.machine.fd, "proc/self/ns/pid", 0), 0);
        tree_link(group.machine.fd, "proc/self/ns/pid", "pid:[40265]"); /* of another length */
        clock = open_clock(&group);
        assert_true((clock != NULL) == (version2 != 0));
        cgroup_clock_free(clock);
        machine_tear_down(&group.machine);
    }
}

static void test_who_comes_later_is_noticed(void **state)
{
    struct group group;
    struct cgroup_clock *clock;

    (void)state;
    set_up(&group, true);
    clock = open_clock(&group);
    assert_non_null(clock);
    write_process(&group, 95, 1); /* docker exec, from outside of the tree */
    write_file(&group, "cgroup.procs", "95\n100\n");
    assert_false(cgroup_clock_is_alone(clock));
    cgroup_clock_free(clock);

    write_file(&group, "cgroup.procs", "100\n");
    clock = open_clock(&group);
    assert_non_null(clock);
    write_file(&group, "cgroup.stat", "nr_descendants 1\n");
    assert_false(cgroup_clock_is_alone(clock));
    cgroup_clock_free(clock);
    machine_tear_down(&group.machine);
}

/* A chain of parents that goes round, as only a broken tree has it. */
static void test_parents_that_go_round(void **state)
{
    struct group group;
    struct cgroup_clock *clock;

    (void)state;
    set_up(&group, true);
    clock = open_clock(&group);
    assert_non_null(clock);
    write_process(&group, 201, 202);
    write_process(&group, 202, 201);
    write_file(&group, "cgroup.procs", "100\n201\n");
    assert_false(cgroup_clock_is_alone(clock));
    cgroup_clock_free(clock);
    machine_tear_down(&group.machine);
}

/* --- the kernel's own, where a test may make a group --- */

static bool make_group(char *path, size_t size)
{
    static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified",
                                          "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct" };

    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        char procs[128];

        (void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", mounts[i]);
        (void)snprintf(path, size, "%s/aico2-test-%d", mounts[i], (int)getpid());
        if (access(procs, W_OK) == 0 && mkdir(path, 0755) == 0)
            return true;
    }
    return false;
}

static void burn(int64_t nanoseconds)
{
    volatile uint64_t work = 0;
    int64_t end_ns = clock_process_cpu_ns() + nanoseconds;

    while (clock_process_cpu_ns() < end_ns)
        work++;
    (void)work;
}

/* What the kernel itself counted for the children we have waited for: starting and ending them included. */
static int64_t children_cpu_ns(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_CHILDREN, &usage) < 0)
        return -1;
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* In the group: 8 children of 20 ms that nobody looks at while they live, and 30 ms of our own. What a child costs
 * beside its 20 ms depends on the machine, so the truth is the kernel's own sum over them. The two may lie 10 ms apart
 * (a tick of 100 Hz): less than one child, and than our own time. */
static int run_in_group(const char *path)
{
    char procs[160];
    const struct cgroup_roots roots = { .proc_fd = open("/proc", O_RDONLY | O_DIRECTORY),
                                        .sys_fd = -1 };
    struct cgroup_clock *clock;
    int64_t cpu_ns = 0;
    int64_t truth_ns;
    int fd;

    (void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
    fd = open(procs, O_WRONLY);
    if (fd < 0 || write(fd, "0", 1) != 1)
        return 77;
    (void)close(fd);
    clock = cgroup_clock_open(getpid(), 0, &roots, clock_process_cpu_ns);
    if (clock == NULL)
        return 1;
    for (int i = 0; i < 8; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            burn(20 * NSEC_PER_MSEC);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            return 2;
    }
    burn(30 * NSEC_PER_MSEC);
    if (!cgroup_clock_is_alone(clock) || cgroup_clock_read(clock, &cpu_ns) < 0)
        return 3;
    cgroup_clock_free(clock);
    truth_ns = children_cpu_ns();
    if (truth_ns < 160 * NSEC_PER_MSEC)
        return 5;
    return llabs(cpu_ns - truth_ns) < 10 * NSEC_PER_MSEC ? 0 : 4;
}

static void test_a_group_of_the_kernel(void **state)
{
    char path[128];
    int status = 0;
    pid_t pid;

    (void)state;
    if (!make_group(path, sizeof(path))) {
        print_message("no control group may be made here: the kernel's own is not tested\n");
        skip();
    }
    pid = fork();
    if (pid == 0)
        _exit(run_in_group(path));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)rmdir(path);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_group_less_our_own_time),
        cmocka_unit_test(test_descendants_may_be_in_it),
        cmocka_unit_test(test_a_child_from_before_is_a_neighbour),
        cmocka_unit_test(test_a_shared_group_is_of_no_use),
        cmocka_unit_test(test_files_that_went_bad_are_noticed),
        cmocka_unit_test(test_a_group_without_its_files_is_of_no_use),
        cmocka_unit_test(test_another_process_namespace),
        cmocka_unit_test(test_who_comes_later_is_noticed),
        cmocka_unit_test(test_parents_that_go_round),
        cmocka_unit_test(test_a_group_of_the_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
