/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_device.c - what a metered module holds */
#include "support.h"

#include <stdio.h>

#include "model/device.h"
#include "model/rails.h"

static bool inside(enum device_kind kind, size_t modules, bool same_index)
{
    struct device device = DEVICE_NULL;

    device.kind = kind;
    return device_is_inside_module(&device, modules, same_index);
}

static void test_without_a_module_nothing_is_inside(void **state)
{
    (void)state;
    assert_false(inside(DEVICE_CPU, 0, false));
    assert_false(inside(DEVICE_MEMORY, 0, false));
}

static void test_one_module_holds_all_parts_and_not_itself(void **state)
{
    (void)state;
    assert_true(inside(DEVICE_CPU, 1, false));
    assert_true(inside(DEVICE_GPU, 1, false));
    assert_true(inside(DEVICE_MEMORY, 1, false));
    assert_false(inside(DEVICE_MODULE, 1, true));
    assert_false(inside(DEVICE_OTHER, 1, true));
    assert_false(inside(DEVICE_BOARD, 1, true)); /* it is around the module */
}

static void test_of_several_modules_each_holds_those_of_its_index(void **state)
{
    (void)state;
    assert_true(inside(DEVICE_GPU, 2, true));
    assert_false(inside(DEVICE_GPU, 2, false));
    assert_true(inside(DEVICE_MEMORY, 2, false)); /* the machine's: of all of them */
}

static struct device of_machine(const char *id, const char *name)
{
    struct device device = DEVICE_NULL;

    (void)snprintf(device.id, sizeof(device.id), "%s", id);
    if (name != NULL)
        device_set_machine(&device, name);
    return device;
}

static void test_a_device_of_another_machine_bears_its_name(void **state)
{
    const struct device here = of_machine("cpu0", NULL);
    const struct device nano = of_machine("cpu0", "nano");
    const struct device nano_gpu = of_machine("gpu0", "nano");
    const struct device unknown = of_machine("module0", "");
    const struct device odd =
        of_machine("module0", "a b@c/a-very-long-name-of-a-machine-in-a-cluster-of-many-and-more");

    (void)state;
    assert_string_equal(nano.id, "cpu0@nano");
    assert_string_equal(unknown.id, "module0@other");
    assert_string_equal(odd.id, "module0@a-b-c-a-very-long-name-of-a-machine-in-a-cluster-of-man");
    assert_true(device_is_beside(&nano, &nano_gpu));
    assert_true(device_is_beside(&here, &here));
    assert_false(device_is_beside(&here, &nano));
    assert_false(device_is_beside(&unknown, &nano));
}

static void test_a_rail_of_another_machine_covers_the_same(void **state)
{
    (void)state;
    assert_int_equal(rails_covers("VDD_CPU_GPU_CV"), RAIL_CPU | RAIL_GPU | RAIL_CV);
    assert_int_equal(rails_covers("VDD_CPU_GPU_CV@a_CPU"), RAIL_CPU | RAIL_GPU | RAIL_CV);
    assert_int_equal(rails_covers("VDD_SOC@GPU"), RAIL_SOC);
    assert_int_equal(rails_covers("VDD_IN@CPU"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_module_nothing_is_inside),
        cmocka_unit_test(test_one_module_holds_all_parts_and_not_itself),
        cmocka_unit_test(test_of_several_modules_each_holds_those_of_its_index),
        cmocka_unit_test(test_a_device_of_another_machine_bears_its_name),
        cmocka_unit_test(test_a_rail_of_another_machine_covers_the_same),
    };

    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
