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

static void assert_picture(double gco2e, const char *key, double count)
{
    struct equivalent picture = equivalent_to_picture(gco2e);

    assert_string_equal(picture.key, key);
    if (isnan(count))
        assert_true(isnan(picture.count));
    else
        assert_true(fabs(picture.count - count) < 1e-9);
    assert_true((picture.source[0] != '\0') == (key[0] != '\0'));
}

/* 12.4 g a charge, 2347.697 g a litre, 50 and 570 kg a flight, 4290 kg a year of driving. */
static void test_a_third_thing_is_chosen_by_size(void **state)
{
    (void)state;
    assert_picture(NAN, "", NAN);
    assert_picture(0, "", NAN);
    assert_picture(12.39, "", NAN);
    assert_picture(12.4, "phone_charge_epa", 1);
    assert_picture(124, "phone_charge_epa", 10);
    assert_picture(2347.697, "gasoline_litre_epa", 1);
    assert_picture(23476.97, "gasoline_litre_epa", 10);
    assert_picture(100e3, "flight_par_lon", 2);
    assert_picture(1140e3, "flight_nyc_sfo", 2);
    assert_picture(4290e3 * 100, "car_year_epa", 100);
}

/* What a person can picture: from one to a thousand of it, from 12.4 g to 4290 t. */
static void test_the_number_can_be_pictured(void **state)
{
    (void)state;
    for (double gco2e = 12.4; gco2e < 4290e6; gco2e *= 1.01) {
        struct equivalent picture = equivalent_to_picture(gco2e);

        assert_true(picture.count >= 1 && picture.count < 1000);
        assert_true(fabs(picture.count * picture.gco2e_each - gco2e) <= 1e-9 * gco2e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grams_become_everyday_things),
        cmocka_unit_test(test_a_third_thing_is_chosen_by_size),
        cmocka_unit_test(test_the_number_can_be_pictured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
