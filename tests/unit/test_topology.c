/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_topology.c - CPU lists, and which thread sits in which package */
#include "machine_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/topology.h"

static void assert_list(const char *text, int count, int first, int last)
{
    struct cpu_mask mask;

    assert_true(cpu_mask_parse(text, &mask));
    assert_int_equal(cpu_mask_count(&mask), count);
    if (count > 0) {
        assert_true(cpu_mask_has(&mask, first));
        assert_true(cpu_mask_has(&mask, last));
        assert_false(cpu_mask_has(&mask, last + 1));
    }
}

static void test_lists_of_the_kernel(void **state)
{
    (void)state;
    assert_list("", 0, 0, 0);
    assert_list("\n", 0, 0, 0);
    assert_list("0\n", 1, 0, 0);
    assert_list("0-3,8\n", 5, 0, 8);
    assert_list("0,2,4-7", 6, 0, 7);
    assert_list("63-64", 2, 63, 64);
    assert_list("0-8191", 8192, 0, 8191);
    assert_list("5-5", 1, 5, 5);
}

static void test_texts_that_are_no_lists_change_nothing(void **state)
{
    static const char *const bad[] = { "a",   "3-1",  "-1",   "0-",     "0--1",
                                       ",1",  "0 1",  "8192", "0-8192", "99999999999999999999",
                                       "0x3", "1,,2", "1-2-3" };
    struct cpu_mask mask = { { 42 } };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(cpu_mask_parse(bad[i], &mask));
    assert_true(mask.words[0] == 42);
}

static void test_asking_outside_the_mask_is_no(void **state)
{
    struct cpu_mask mask = { { 0 } };

    (void)state;
    assert_false(cpu_mask_has(&mask, -1));
    assert_false(cpu_mask_has(&mask, TOPOLOGY_CPUS_MAX));
}

static void write_package(int fd, int cpu, const char *id, const char *siblings)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/physical_package_id",
                   cpu);
    tree_write(fd, path, id);
    if (siblings == NULL)
        return;
    (void)snprintf(path, sizeof(path), "sys/devices/system/cpu/cpu%d/topology/package_cpus_list",
                   cpu);
    tree_write(fd, path, siblings);
}

static struct topology *read_topology(struct test_machine *machine, const char *cpus)
{
    struct topology *topology = calloc(1, sizeof(*topology));
    struct cpu_mask mask;

    assert_non_null(topology);
    assert_true(cpu_mask_parse(cpus, &mask));
    machine_reopen(machine);
    topology_read(machine->env.sys_fd, &mask, topology);
    return topology;
}

static void test_packages_are_in_order_and_may_be_sparse(void **state)
{
    struct test_machine machine;
    struct topology *topology;

    (void)state;
    machine_set_up(&machine, NULL);
    write_package(machine.fd, 0, "7\n", "0,2\n"); /* the siblings' own files are not needed */
    write_package(machine.fd, 1, "3\n", "1,3\n");
    topology = read_topology(&machine, "0-3");
    assert_int_equal(topology->package_count, 2);
    assert_int_equal(topology->package_ids[0], 3);
    assert_int_equal(topology->package_ids[1], 7);
    assert_int_equal(topology->package_of[0], 1);
    assert_int_equal(topology->package_of[1], 0);
    assert_int_equal(topology->package_of[2], 1);
    assert_int_equal(topology->package_of[3], 0);
    free(topology);
    machine_tear_down(&machine);
}

static void test_a_cpu_without_a_package_is_in_the_first(void **state)
{
    struct test_machine machine;
    struct topology *topology;

    (void)state;
    machine_set_up(&machine, NULL);
    write_package(machine.fd, 0, "-1\n", NULL); /* some ARM kernels */
    write_package(machine.fd, 1, "rubbish\n", NULL);
    topology = read_topology(&machine, "0-5");
    assert_int_equal(topology->package_count, 1);
    assert_int_equal(topology->package_ids[0], 0);
    for (int cpu = 0; cpu < 6; cpu++)
        assert_int_equal(topology->package_of[cpu], 0);
    free(topology);
    machine_tear_down(&machine);
}

static void test_no_cpus_have_no_packages(void **state)
{
    struct test_machine machine;
    struct topology *topology;

    (void)state;
    machine_set_up(&machine, NULL);
    topology = read_topology(&machine, "");
    assert_int_equal(topology->package_count, 0);
    free(topology);
    machine_tear_down(&machine);
}

static void test_threads_of_a_core(void **state)
{
    struct test_machine machine;
    struct cpu_mask cpus;

    (void)state;
    machine_set_up(&machine, NULL);
    tree_write(machine.fd, "sys/devices/system/cpu/cpu2/topology/thread_siblings_list", "2,66\n");
    machine_reopen(&machine);
    assert_true(cpu_mask_parse("2-3", &cpus));
    assert_int_equal(topology_threads_per_core(machine.env.sys_fd, &cpus), 2);
    tree_write(machine.fd, "sys/devices/system/cpu/cpu2/topology/core_cpus_list",
               "2\n"); /* newer name */
    assert_int_equal(topology_threads_per_core(machine.env.sys_fd, &cpus), 1);
    assert_int_equal(topology_threads_per_core(-1, &cpus), 0);
    machine_tear_down(&machine);
}

static void test_online_list_may_be_missing(void **state)
{
    struct test_machine machine;
    struct cpu_mask cpus;

    (void)state;
    machine_set_up(&machine, "xeon-2s-dram");
    assert_true(topology_online(machine.env.sys_fd, &cpus));
    assert_int_equal(cpu_mask_count(&cpus), 2);
    assert_false(topology_online(-1, &cpus));
    tree_update(machine.fd, "sys/devices/system/cpu/online", "rubbish\n");
    assert_false(topology_online(machine.env.sys_fd, &cpus));
    machine_tear_down(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_of_the_kernel),
        cmocka_unit_test(test_texts_that_are_no_lists_change_nothing),
        cmocka_unit_test(test_asking_outside_the_mask_is_no),
        cmocka_unit_test(test_packages_are_in_order_and_may_be_sparse),
        cmocka_unit_test(test_a_cpu_without_a_package_is_in_the_first),
        cmocka_unit_test(test_no_cpus_have_no_packages),
        cmocka_unit_test(test_threads_of_a_core),
        cmocka_unit_test(test_online_list_may_be_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
