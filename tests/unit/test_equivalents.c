/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_equivalents.c - grams as kilometres and months */
#include "support.h"

#include <math.h>

#include "carbon/equivalents.h"

/* 1088 g at 217.6 g/km: 5 km; 0.28 g: 1.29 m; 1009 g at 504.5 g a month: 2 months. */
static void test_grams_become_everyday_things(void **state)
{
    (void)state;
    assert_true(fabs(equivalent_car_km(1088) - 5) < 1e-12);
    assert_true(fabs(equivalent_car_km(0.28) - 0.00128676) < 1e-8);
    assert_true(fabs(equivalent_tree_seedling_months(1009) - 2) < 1e-12);
    assert_true(equivalent_car_km(0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grams_become_everyday_things),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
