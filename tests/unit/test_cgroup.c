/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_cgroup.c - where the files of our control group are */
#include "machine_tree.h"

#include <string.h>

#include "base/cgroup.h"

static void test_mount_lines(void **state)
{
    static const char *const others[] = {
        "30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
        "36 32 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct",
        "36 32 0:31 / /sys/fs/cgroup/x rw - cgroup cgroup rw,memoryless",
        "36 32 0:31 / /sys/fs/cgroup rw",
        "",
        "-",
        "a b c d e f - cgroup2",
    };
    const char *with_options =
        "36 32 0:31 /x /mnt/y rw shared:1 master:2 - cgroup cgroup rw,memory";
    struct cgroup_mount mount;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(cgroup_parse_mount(others[i], strlen(others[i]), "memory", &mount));
    assert_true(cgroup_parse_mount(with_options, strlen(with_options), "memory", &mount));
    assert_string_equal(mount.root, "/x");
    assert_string_equal(mount.point, "/mnt/y");
    assert_false(mount.version2);
}

static void test_paths_of_groups(void **state)
{
    char path[16];

    (void)state;
    assert_true(
        cgroup_parse_path("1:cpu:/a\n2:memory:/b\n0::/c\n", false, "memory", path, sizeof(path)));
    assert_string_equal(path, "/b");
    assert_true(
        cgroup_parse_path("1:cpu:/a\n2:memory:/b\n0::/c", true, "memory", path, sizeof(path)));
    assert_string_equal(path, "/c");
    assert_false(cgroup_parse_path("1:cpu:/a\n", true, "memory", path, sizeof(path)));
    assert_false(
        cgroup_parse_path("0::/longer/than/the/buffer\n", true, "memory", path, sizeof(path)));
}

static void test_both_versions_have_a_place(void **state)
{
    /* as Slurm leaves a machine that has both mounted: the job is in version 1 */
    const char *groups = "4:cpu,cpuacct:/slurm/uid_1000/job_17/step_0\n0::/\n";
    const char *mounts =
        "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    struct test_machine machine;
    struct cgroup_place places[4];

    (void)state;
    machine_set_up(&machine, NULL);
    tree_mkdir(machine.fd, "sys");
    tree_write(machine.fd, "proc/self/cgroup", groups);
    tree_write(machine.fd, "proc/self/mountinfo", mounts);
    machine_reopen(&machine);
    {
        const struct cgroup_roots roots = { machine.env.proc_fd, machine.env.sys_fd, true };

        assert_int_equal(cgroup_places(&roots, "cpuacct", places, 4), 2);
        assert_string_equal(places[0].path, "fs/cgroup/cpu,cpuacct/slurm/uid_1000/job_17/step_0");
        assert_string_equal(places[0].path + places[0].top, "/slurm/uid_1000/job_17/step_0");
        assert_false(places[0].version2);
        assert_string_equal(places[1].path, "fs/cgroup/unified");
        assert_true(places[1].version2);
        assert_int_equal(cgroup_places(&roots, "cpuacct", places, 1), 1);
        assert_int_equal(cgroup_places(&roots, "memory", places, 4),
                         1); /* version 2 has them all */
    }
    machine_tear_down(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mount_lines),
        cmocka_unit_test(test_paths_of_groups),
        cmocka_unit_test(test_both_versions_have_a_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
