/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_powercap.c - finding RAPL zones, each once */
#include "machine_tree.h"

#include <stdio.h>
#include <string.h>

#include "readers/powercap.h"

static struct powercap_zones find(struct test_machine *machine)
{
    struct powercap_zones zones;

    machine_reopen(machine);
    assert_int_equal(powercap_find(machine->env.sys_fd, &zones), 0);
    return zones;
}

static const struct powercap_zone *by_node(const struct powercap_zones *zones, const char *node)
{
    const struct powercap_zone *found = NULL;

    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(zones->zones[i].node, node) != 0)
            continue;
        assert_null(found); /* once only */
        found = &zones->zones[i];
    }
    return found;
}

/* The class directory holds flat links, and the control type with all of them again. */
static void test_flat_links_and_the_tree_behind_them_are_the_same_zones(void **state)
{
    struct test_machine machine;
    struct powercap_zones zones;

    (void)state;
    machine_set_up(&machine, "laptop");
    zones = find(&machine);
    assert_int_equal(zones.count, 5);
    assert_int_equal(zones.dangling, 0);
    assert_string_equal(by_node(&zones, "intel-rapl:0")->name, "package-0");
    assert_string_equal(by_node(&zones, "intel-rapl:0:2")->name, "dram");
    assert_string_equal(by_node(&zones, "intel-rapl:1")->name, "psys");
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

/* A copy that followed the links has each zone three times over, as files of their own. */
static void test_of_copies_the_flat_one_is_the_zone(void **state)
{
    static const char *const copies[] = {
        "sys/class/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0/name",
        "sys/class/powercap/intel-rapl/intel-rapl:0/name",
        "sys/class/powercap/intel-rapl:0/intel-rapl:0:0/name",
        "sys/class/powercap/intel-rapl:0/name",
        "sys/class/powercap/intel-rapl:0:0/name",
    };
    struct test_machine machine;
    struct powercap_zones zones;

    (void)state;
    machine_set_up(&machine, NULL);
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
        tree_write(machine.fd, copies[i],
                   strstr(copies[i], ":0:0") != NULL ? "dram\n" : "package-0\n");
    zones = find(&machine);
    assert_int_equal(zones.count, 2);
    assert_string_equal(by_node(&zones, "intel-rapl:0")->path, "class/powercap/intel-rapl:0");
    assert_string_equal(by_node(&zones, "intel-rapl:0:0")->path, "class/powercap/intel-rapl:0:0");
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

static void test_a_zone_knows_its_parent_and_its_door(void **state)
{
    struct test_machine machine;
    struct powercap_zones zones;

    (void)state;
    machine_set_up(&machine, "core-psys");
    zones = find(&machine);
    assert_int_equal(zones.count, 5);
    assert_ptr_equal(powercap_parent(&zones, by_node(&zones, "intel-rapl:0:1")),
                     by_node(&zones, "intel-rapl:0"));
    assert_null(powercap_parent(&zones, by_node(&zones, "intel-rapl:0")));
    assert_null(powercap_parent(&zones, by_node(&zones, "intel-rapl-mmio:0")));
    assert_true(powercap_is_mmio(by_node(&zones, "intel-rapl-mmio:0")));
    assert_false(powercap_is_mmio(by_node(&zones, "intel-rapl:0")));
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

static void test_masked_zones_are_counted_as_dangling(void **state)
{
    struct test_machine machine;
    struct powercap_zones zones;

    (void)state;
    machine_set_up(&machine, "container-masked");
    zones = find(&machine);
    assert_int_equal(zones.count, 0);
    assert_int_equal(zones.dangling, 3);
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

static void test_other_control_types_are_not_rapl(void **state)
{
    struct test_machine machine;
    struct powercap_zones zones;

    (void)state;
    machine_set_up(&machine, NULL);
    tree_write(machine.fd, "sys/class/powercap/dtpm/dtpm:0/name", "soc\n");
    tree_write(machine.fd, "sys/class/powercap/arm-scmi:0/name", "package-0\n");
    tree_write(machine.fd, "sys/class/powercap/intel-rapl2:0/name", "package-0\n");
    tree_write(machine.fd, "sys/class/powercap/intel-rapl-xyz:0/name", "package-0\n");
    tree_write(machine.fd, "sys/class/powercap/intel-rapl:0", "a file, no directory\n");
    zones = find(&machine);
    assert_int_equal(zones.count, 0);
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

/* `device` and `subsystem` lead back up, and a bind mount may make a circle of zones themselves. */
static void test_circles_end(void **state)
{
    struct test_machine machine;
    struct powercap_zones zones;

    (void)state;
    machine_set_up(&machine, NULL);
    machine_add_zone(machine.fd, "intel-rapl:0", "package-0", "1\n", NULL);
    tree_link(machine.fd, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/subsystem",
              "../../../../../class/powercap");
    tree_link(machine.fd, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl", "..");
    tree_link(machine.fd, "sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0", ".");
    zones = find(&machine);
    assert_int_equal(zones.count, 1);
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

static void test_odd_names_are_passed_over(void **state)
{
    struct test_machine machine;
    struct powercap_zones zones;
    char path[300] = "sys/class/powercap/intel-rapl:";
    size_t length = strlen(path);

    (void)state;
    machine_set_up(&machine, NULL);
    memset(path + length, '1', 100);
    (void)snprintf(path + length + 100, sizeof(path) - length - 100, "/name");
    tree_write(machine.fd, path, "package-0\n");
    tree_mkdir(machine.fd, "sys/class/powercap/intel-rapl:1/name");             /* a directory */
    tree_write(machine.fd, "sys/class/powercap/intel-rapl:2/energy_uj", "1\n"); /* no name */
    machine_reopen(&machine);
    memset(path, 'x', 200);
    path[200] = '\0';
    tree_write(machine.fd, "sys/class/powercap/intel-rapl:3/name", path); /* 200 characters */
    zones = find(&machine);
    assert_int_equal(zones.count, 0);
    powercap_zones_deinit(&zones);
    machine_tear_down(&machine);
}

static void test_no_sysfs_has_no_zones(void **state)
{
    struct powercap_zones zones;

    (void)state;
    assert_int_equal(powercap_find(-1, &zones), 0);
    assert_int_equal(zones.count, 0);
    powercap_zones_deinit(&zones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flat_links_and_the_tree_behind_them_are_the_same_zones),
        cmocka_unit_test(test_of_copies_the_flat_one_is_the_zone),
        cmocka_unit_test(test_a_zone_knows_its_parent_and_its_door),
        cmocka_unit_test(test_masked_zones_are_counted_as_dangling),
        cmocka_unit_test(test_other_control_types_are_not_rapl),
        cmocka_unit_test(test_circles_end),
        cmocka_unit_test(test_odd_names_are_passed_over),
        cmocka_unit_test(test_no_sysfs_has_no_zones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
