/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_machine.c - the facts of a computer that do not change */
#include "machine_tree.h"

#include <stdio.h>
#include <string.h>

#include "readers/machine.h"

static void read_tree(struct test_machine *machine, const char *name, struct machine *facts)
{
    machine_set_up(machine, name);
    machine_read(&machine->env, facts);
}

static void test_two_sockets_of_bare_metal(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    read_tree(&machine, "xeon-2s-dram", &facts);
    assert_string_equal(facts.arch, "x86_64");
    assert_string_equal(facts.cpu_vendor, "GenuineIntel");
    assert_string_equal(facts.cpu_model, "Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz");
    assert_int_equal(facts.cpu_family, 6);
    assert_int_equal(facts.cpu_model_number, 106);
    assert_int_equal(facts.sockets, 2);
    assert_int_equal(facts.threads, 2);
    assert_int_equal(facts.cores, 2);
    assert_true(facts.memory_bytes == UINT64_C(527910000) * 1024);
    assert_true(facts.memory_limit_bytes == 0);
    assert_false(facts.virtualized);
    assert_false(facts.container);
    machine_tear_down(&machine);
}

static void test_a_guest_says_so(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    read_tree(&machine, "vm", &facts);
    assert_true(facts.virtualized);
    assert_false(facts.container);
    assert_int_equal(facts.threads, 2);
    assert_int_equal(facts.sockets, 1);
    machine_tear_down(&machine);
}

static void test_arm_machines(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    read_tree(&machine, "gh200", &facts);
    assert_string_equal(facts.arch, "aarch64");
    assert_int_equal(facts.arm_implementer, 0x41);
    assert_int_equal(facts.arm_part, 0xd4f);
    assert_int_equal(facts.threads, 4);
    assert_int_equal(facts.cores, 4);
    assert_false(facts.virtualized);
    machine_tear_down(&machine);

    read_tree(&machine, "jetson-orin-nano", &facts);
    assert_int_equal(facts.threads, 6);
    assert_int_equal(facts.sockets, 1);
    machine_tear_down(&machine);
}

/* RISC-V and others name neither model nor part: the board's name is better than nothing. */
static void test_the_board_names_a_processor_without_a_name(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, NULL);
    tree_write(machine.fd, "proc/cpuinfo", "processor\t: 0\nhart\t\t: 1\nisa\t\t: rv64imafdc\n");
    tree_write(machine.fd, "proc/device-tree/model", "StarFive VisionFive 2 v1.2A");
    machine_reopen(&machine);
    machine_read(&machine.env, &facts);
    assert_string_equal(facts.cpu_model, "StarFive VisionFive 2 v1.2A");
    machine_tear_down(&machine);
}

static void test_an_empty_machine_is_one_unknown_processor(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    read_tree(&machine, NULL, &facts);
    assert_string_equal(facts.cpu_model, "");
    assert_string_equal(facts.cpu_vendor, "");
    assert_string_equal(facts.hostname, "");
    assert_int_equal(facts.cpu_family, -1);
    assert_int_equal(facts.arm_part, -1);
    assert_int_equal(facts.sockets, 1);
    assert_int_equal(facts.cores, 1);
    assert_int_equal(facts.threads, 1);
    assert_true(facts.memory_bytes == 0);
    machine_tear_down(&machine);
}

static void test_no_cpus_listed_is_no_crash(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, NULL);
    tree_write(machine.fd, "proc/cpuinfo", "\n");
    tree_write(machine.fd, "sys/devices/system/cpu/online", "\n");
    machine_reopen(&machine);
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.threads, 1);
    assert_int_equal(facts.sockets, 1);
    machine_tear_down(&machine);
}

/* Two sockets of two cores. */
static void test_without_sysfs_cpuinfo_counts(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, NULL);
    tree_write(
        machine.fd, "proc/cpuinfo",
        "processor: 0\nvendor_id: GenuineIntel\ncpu family: 6\nphysical id: 0\ncpu cores: 2\n\n"
        "processor: 1\nphysical id: 0\n\nprocessor: 2\nphysical id: 1\n\n"
        "processor: 3\nphysical id: 1\n");
    machine_reopen(&machine);
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.threads, 4);
    assert_int_equal(facts.sockets, 2);
    assert_int_equal(facts.cores, 4);
    machine_tear_down(&machine);
}

static bool is_container(const char *path, const char *content)
{
    struct test_machine machine;
    struct machine facts;

    machine_set_up(&machine, "vm");
    if (path != NULL)
        tree_write(machine.fd, path, content);
    machine_read(&machine.env, &facts);
    machine_tear_down(&machine);
    return facts.container;
}

static void test_marks_of_containers(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    assert_false(is_container(NULL, NULL));
    assert_true(is_container(".dockerenv", ""));
    assert_true(is_container("run/.containerenv", ""));
    assert_true(is_container("run/systemd/container", "docker\n"));
    assert_true(is_container("proc/self/cgroup", "0::/system.slice/docker-0123abcd.scope\n"));
    assert_true(is_container("proc/self/cgroup",
                             "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-9f.scope\n"));
    assert_false(is_container("proc/self/cgroup", "0::/system.slice/docker.service\n"));
    assert_false(
        is_container("proc/self/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n"));

    read_tree(&machine, "container-masked", &facts); /* no proc/ at all */
    assert_true(facts.container);
    machine_tear_down(&machine);
}

static void test_the_first_pid_namespace_is_the_hosts(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "vm");
    tree_link(machine.fd, "proc/self/ns/pid", "pid:[4026531836]");
    machine_read(&machine.env, &facts);
    assert_false(facts.container);
    machine_tear_down(&machine);
    machine_set_up(&machine, "vm");
    tree_link(machine.fd, "proc/self/ns/pid", "pid:[4026532301]");
    machine_read(&machine.env, &facts);
    assert_true(facts.container);
    machine_tear_down(&machine);
}

/* ARM has no flag: the BIOS is asked, and clouds put their name on bare machines too. */
static bool arm_is_virtual(const char *vendor, const char *product)
{
    struct test_machine machine;
    struct machine facts;

    machine_set_up(&machine, "gh200");
    tree_write(machine.fd, "sys/class/dmi/id/sys_vendor", vendor);
    tree_write(machine.fd, "sys/class/dmi/id/product_name", product);
    machine_read(&machine.env, &facts);
    machine_tear_down(&machine);
    return facts.virtualized;
}

static void test_a_guest_without_a_flag_is_told_by_its_bios(void **state)
{
    (void)state;
    assert_true(arm_is_virtual("Amazon EC2\n", "m7g.large\n"));
    assert_false(arm_is_virtual("Amazon EC2\n", "m7g.metal\n"));
    assert_true(arm_is_virtual("QEMU\n", "KVM Virtual Machine\n"));
    assert_true(arm_is_virtual("Microsoft Corporation\n", "Virtual Machine\n"));
    assert_false(arm_is_virtual("Microsoft Corporation\n", "Surface Pro X\n"));
    assert_false(arm_is_virtual("Ampere(R)\n", "Mt. Jade\n"));
    assert_false(arm_is_virtual("", ""));
}

static void test_x86_without_the_flag_is_bare_whatever_the_bios_says(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "epyc-2s");
    tree_write(machine.fd, "sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
    machine_read(&machine.env, &facts);
    assert_false(facts.virtualized);
    machine_tear_down(&machine);
}

static void test_a_limit_above_what_there_is_does_not_limit(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "vm");
    tree_write(machine.fd, "proc/self/cgroup", "0::/\n");
    tree_write(machine.fd, "proc/self/mountinfo",
               "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    tree_write(machine.fd, "sys/fs/cgroup/memory.max", "999999999999\n");
    machine_read(&machine.env, &facts);
    assert_true(facts.memory_limit_bytes == 0);
    tree_update(machine.fd, "sys/fs/cgroup/memory.max", "1000000\n");
    machine_read(&machine.env, &facts);
    assert_true(facts.memory_limit_bytes == 1000000);
    machine_tear_down(&machine);
}

static void test_names_come_from_the_tree_not_from_here(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "vm");
    tree_write(machine.fd, "proc/sys/kernel/hostname", "node\n");
    tree_write(machine.fd, "proc/sys/kernel/osrelease", "6.8.0-45-generic\n");
    machine_read(&machine.env, &facts);
    assert_string_equal(facts.hostname, "node");
    assert_string_equal(facts.os_release, "6.8.0-45-generic");
    assert_string_equal(facts.os, "Linux");
    machine_tear_down(&machine);
}

/* A core's design is shared by chips of several makers: the machine's maker tells which it is. */
static void test_the_maker_names_the_chip_of_an_arm_core(void **state)
{
    static const struct {
        const char *vendor;
        const char *part;
        const char *model;
    } cases[] = {
        { "Amazon EC2\n", "0xd0c", "AWS Graviton2" },
        { "Amazon EC2\n", "0xd40", "AWS Graviton3" },
        { "Amazon EC2\n", "0xd4f", "AWS Graviton4" },
        { "Google\n", "0xd4f", "Google Axion" },
        { "NVIDIA\n", "0xd4f", "NVIDIA Grace" },
        { "Microsoft Corporation\n", "0xd49", "Azure Cobalt 100" },
        { "Amazon EC2\n", "0xd8e", "implementer 0x41 part 0xd8e" },
        { "Somebody\n", "0xd0c", "implementer 0x41 part 0xd0c" },
        { "", "0xd0c", "implementer 0x41 part 0xd0c" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_machine machine;
        struct machine facts;
        char text[128];

        machine_set_up(&machine, NULL);
        (void)snprintf(text, sizeof(text),
                       "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: %s\n", cases[i].part);
        tree_write(machine.fd, "proc/cpuinfo", text);
        tree_write(machine.fd, "sys/class/dmi/id/sys_vendor", cases[i].vendor);
        machine_reopen(&machine);
        machine_read(&machine.env, &facts);
        assert_string_equal(facts.cpu_model, cases[i].model);
        machine_tear_down(&machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_sockets_of_bare_metal),
        cmocka_unit_test(test_a_guest_says_so),
        cmocka_unit_test(test_arm_machines),
        cmocka_unit_test(test_the_maker_names_the_chip_of_an_arm_core),
        cmocka_unit_test(test_the_board_names_a_processor_without_a_name),
        cmocka_unit_test(test_an_empty_machine_is_one_unknown_processor),
        cmocka_unit_test(test_no_cpus_listed_is_no_crash),
        cmocka_unit_test(test_without_sysfs_cpuinfo_counts),
        cmocka_unit_test(test_marks_of_containers),
        cmocka_unit_test(test_the_first_pid_namespace_is_the_hosts),
        cmocka_unit_test(test_a_guest_without_a_flag_is_told_by_its_bios),
        cmocka_unit_test(test_x86_without_the_flag_is_bare_whatever_the_bios_says),
        cmocka_unit_test(test_a_limit_above_what_there_is_does_not_limit),
        cmocka_unit_test(test_names_come_from_the_tree_not_from_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
