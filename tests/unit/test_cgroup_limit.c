/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_cgroup_limit.c - the memory our control group may use, versions 1 and 2 */
#include "machine_tree.h"

#include <string.h>

#include "readers/cgroup_limit.h"

#define V2_MOUNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
#define V1_MOUNT "36 32 0:31 / /sys/fs/cgroup/memory rw shared:16 - cgroup cgroup rw,memory\n"

struct limit_file {
    const char *path;
    const char *content;
};

static uint64_t limit_of(const char *groups, const char *mounts, const struct limit_file *files)
{
    struct test_machine machine;
    uint64_t limit;

    machine_set_up(&machine, NULL);
    tree_mkdir(machine.fd, "sys");
    if (groups != NULL)
        tree_write(machine.fd, "proc/self/cgroup", groups);
    if (mounts != NULL)
        tree_write(machine.fd, "proc/self/mountinfo", mounts);
    for (; files->path != NULL; files++)
        tree_write(machine.fd, files->path, files->content);
    machine_reopen(&machine);
    limit = cgroup_memory_limit(&machine.env);
    machine_tear_down(&machine);
    return limit;
}

static void test_the_smallest_limit_on_the_way_up_counts(void **state)
{
    const struct limit_file files[] = {
        { "sys/fs/cgroup/user.slice/memory.max", "1073741824\n" },
        { "sys/fs/cgroup/user.slice/session-3.scope/memory.max", "2147483648\n" },
        { "sys/fs/cgroup/other/memory.max", "1\n" },
        { NULL, NULL },
    };

    (void)state;
    assert_true(limit_of("0::/user.slice/session-3.scope\n", V2_MOUNT, files) == 1073741824);
}

static void test_max_is_no_limit(void **state)
{
    const struct limit_file files[] = {
        { "sys/fs/cgroup/a/memory.max", "max\n" },
        { NULL, NULL },
    };

    (void)state;
    assert_true(limit_of("0::/a\n", V2_MOUNT, files) == 0);
}

/* A container with a group namespace of its own is at the root of what it sees. */
static void test_own_namespace(void **state)
{
    const struct limit_file files[] = {
        { "sys/fs/cgroup/memory.max", "536870912\n" },
        { NULL, NULL },
    };

    (void)state;
    assert_true(limit_of("0::/\n", V2_MOUNT, files) == 536870912);
}

static void test_version_1_writes_no_limit_as_a_huge_number(void **state)
{
    const struct limit_file none[] = {
        { "sys/fs/cgroup/memory/slurm/job_17/memory.limit_in_bytes", "9223372036854771712\n" },
        { NULL, NULL },
    };
    const struct limit_file some[] = {
        { "sys/fs/cgroup/memory/slurm/job_17/memory.limit_in_bytes", "9223372036854771712\n" },
        { "sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "4294967296\n" },
        { NULL, NULL },
    };
    const char *groups = "9:name=systemd:/\n4:cpuset,memory:/slurm/job_17\n0::/\n";

    (void)state;
    assert_true(limit_of(groups, V1_MOUNT, none) == 0);
    assert_true(limit_of(groups, V1_MOUNT, some) == 4294967296);
}

/* Docker without a group namespace: the path is the host's, the mount shows our part of it. */
static void test_a_mount_of_our_own_part(void **state)
{
    const struct limit_file files[] = {
        { "sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n" },
        { NULL, NULL },
    };

    (void)state;
    assert_true(
        limit_of("4:memory:/docker/abc\n",
                 "36 32 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                 files) == 268435456);
    assert_true(
        limit_of("4:memory:/elsewhere\n",
                 "36 32 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                 files) == 268435456);
}

static void test_odd_files_are_no_limit(void **state)
{
    const struct limit_file files[] = {
        { "sys/fs/cgroup/a/memory.max", "rubbish\n" },
        { "sys/fs/cgroup/memory.max", "-1\n" },
        { NULL, NULL },
    };
    const struct limit_file nothing[] = { { NULL, NULL } };

    (void)state;
    assert_true(limit_of("0::/a\n", V2_MOUNT, files) == 0);
    assert_true(limit_of(NULL, V2_MOUNT, files) == 0);
    assert_true(limit_of("0::/a\n", NULL, files) == 0);
    assert_true(limit_of("", "", nothing) == 0);
    assert_true(limit_of("rubbish\n0:\n0::no-slash\n", "1 2 3\n- - -\n", nothing) == 0);
    assert_true(limit_of("0::/gone\n", V2_MOUNT, nothing) == 0);
    /* below another root, a mount outside its sys/ is not ours to follow */
    assert_true(limit_of("0::/\n", "30 23 0:26 / /elsewhere rw - cgroup2 cgroup2 rw\n", nothing) ==
                0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_smallest_limit_on_the_way_up_counts),
        cmocka_unit_test(test_max_is_no_limit),
        cmocka_unit_test(test_own_namespace),
        cmocka_unit_test(test_version_1_writes_no_limit_as_a_huge_number),
        cmocka_unit_test(test_a_mount_of_our_own_part),
        cmocka_unit_test(test_odd_files_are_no_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
