/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_footprint.c - bands added up, joules to grams, manufacture: numbers worked out by
 * hand */
#include "support.h"

#include <math.h>

#include "carbon/footprint.h"

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

static void assert_band(struct band got, double value, double low, double high)
{
    assert_near(got.value, value);
    assert_near(got.low, low);
    assert_near(got.high, high);
}

static void test_kilowatt_hour_is_three_point_six_million_joules(void **state)
{
    (void)state;
    assert_near(kwh_from_joules(3.6e6), 1);
    assert_near(kwh_from_joules(900), 0.00025);
}

static void test_devices_of_one_class_err_alike(void **state)
{
    /* 100 +- 10 and 200 +- 20: 300 +- 30 */
    const struct class_part parts[] = {
        { DEVICE_GPU, band_relative(100, 0.1) },
        { DEVICE_GPU, band_relative(200, 0.1) },
    };

    (void)state;
    assert_band(footprint_add_bands(parts, 2), 300, 270, 330);
}

static void test_classes_err_independently(void **state)
{
    /* 100 +- 30 and 200 +- 40: 300 +- 50 */
    const struct class_part parts[] = {
        { DEVICE_CPU, { 100, 70, 130 } },
        { DEVICE_DRAM, { 200, 160, 240 } },
    };

    (void)state;
    assert_band(footprint_add_bands(parts, 2), 300, 250, 350);
}

static void test_classes_of_several_devices(void **state)
{
    /* CPUs (1 + 2) below and above; GPU 4: sqrt(9 + 16) = 5 */
    const struct class_part parts[] = {
        { DEVICE_CPU, { 10, 9, 11 } },
        { DEVICE_GPU, { 50, 46, 54 } },
        { DEVICE_CPU, { 20, 18, 22 } },
    };

    (void)state;
    assert_band(footprint_add_bands(parts, 3), 80, 75, 85);
}

static void test_sides_of_a_band_add_apart(void **state)
{
    const struct class_part parts[] = {
        { DEVICE_CPU, { 10, 7, 16 } },
        { DEVICE_GPU, { 10, 6, 18 } },
    };

    (void)state;
    /* below sqrt(9 + 16), above sqrt(36 + 64) */
    assert_band(footprint_add_bands(parts, 2), 20, 15, 30);
}

static void test_low_end_is_cut_at_nothing(void **state)
{
    const struct class_part part = { DEVICE_MEMORY, { 10, -20, 40 } };

    (void)state;
    assert_band(footprint_add_bands(&part, 1), 10, 0, 40);
    assert_band(footprint_add_bands(NULL, 0), 0, 0, 0);
    assert_band(band_relative(10, 1.5), 10, 0, 25);
}

static void test_grams_are_the_hull_of_the_products(void **state)
{
    /* 2 kWh (1.8 ... 2.4) x PUE 1.5 x 100 (50 ... 200) g/kWh */
    struct band grams = footprint_operational((struct band){ 7.2e6, 6.48e6, 8.64e6 }, 1.5,
                                              (struct band){ 100, 50, 200 });

    (void)state;
    assert_band(grams, 300, 135, 720);
}

static void test_pue_multiplies(void **state)
{
    const struct band exact = { 3.6e6, 3.6e6, 3.6e6 };
    const struct band intensity = { 44, 44, 44 };

    (void)state;
    assert_band(footprint_operational(exact, 1, intensity), 44, 44, 44);
    assert_band(footprint_operational(exact, 1.25, intensity), 55, 55, 55);
}

static void test_manufacture_is_spread_over_the_lifetime(void **state)
{
    const struct band kg = { 150, 100, 300 };

    (void)state;
    /* a year of 8760 h out of five, a quarter of the device: 150 000 g / 5 / 4 */
    assert_band(footprint_embodied(kg, 5, 8760 * 3600.0, 0.25), 7500, 5000, 15000);
    /* an hour of four years: 150 000 / 35 040 */
    assert_near(footprint_embodied(kg, 4, 3600, 1).value, 150000.0 / 35040);
    /* the example of ISO/IEC 21031: a server of 1000 kg and 4 years, for an hour: about 28 g */
    assert_near(footprint_embodied((struct band){ 1000, 1000, 1000 }, 4, 3600, 1).value,
                1000000.0 / 35040);
    assert_band(footprint_embodied(kg, 4, 3600, 0), 0, 0, 0);
}

static void test_unknown_stays_unknown(void **state)
{
    (void)state;
    assert_true(isnan(footprint_operational(BAND_NONE, 1, (struct band){ 1, 1, 1 }).value));
    assert_true(isnan(footprint_operational((struct band){ 1, 1, 1 }, 1, BAND_NONE).high));
    assert_false(band_is_known(BAND_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kilowatt_hour_is_three_point_six_million_joules),
        cmocka_unit_test(test_devices_of_one_class_err_alike),
        cmocka_unit_test(test_classes_err_independently),
        cmocka_unit_test(test_classes_of_several_devices),
        cmocka_unit_test(test_sides_of_a_band_add_apart),
        cmocka_unit_test(test_low_end_is_cut_at_nothing),
        cmocka_unit_test(test_grams_are_the_hull_of_the_products),
        cmocka_unit_test(test_pue_multiplies),
        cmocka_unit_test(test_manufacture_is_spread_over_the_lifetime),
        cmocka_unit_test(test_unknown_stays_unknown),
    };

    return cmocka_run_group_tests_name("footprint", tests, NULL, NULL);
}
