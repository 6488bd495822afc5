/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_device.c - what a metered module holds */
#include "support.h"

#include "model/device.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_module_nothing_is_inside),
        cmocka_unit_test(test_one_module_holds_all_parts_and_not_itself),
        cmocka_unit_test(test_of_several_modules_each_holds_those_of_its_index),
    };

    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
