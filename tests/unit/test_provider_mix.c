/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_provider_mix.c - intensities computed from generation by fuel, by hand */
#include "provider_check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/providers/mix.h"

struct world {
    struct provider_query query;
    struct intensity_series series;
    struct aico2_error err;
    struct answer answer;
    struct mix mix;
};

static void world_init(struct world *world)
{
    *world = (struct world){ .query = { .now_ns = time_at("2026-10-06T12:00Z") } };
    world->answer =
        (struct answer){ &world->query, INT64_C(3600000000000), &world->series, &world->err };
}

static void add(struct world *world, const char *time, int series, enum mix_fuel fuel, double mw)
{
    assert_int_equal(mix_add(&world->answer, &world->mix, time_at(time), series, fuel, mw), 0);
}

static void finish(struct world *world, size_t count)
{
    assert_int_equal(mix_finish(&world->answer, &world->mix), 0);
    assert_int_equal(world->series.count, count);
}

static void world_end(struct world *world)
{
    mix_deinit(&world->mix);
    free(world->series.points);
}

#define FIRST "2026-10-06T01:00Z"
#define SECOND "2026-10-06T02:00Z"

static void test_factors(void **state)
{
    (void)state;
    /* data/fuel_factors.csv */
    assert_true(mix_factor_of(MIX_COAL).gco2e_per_kwh == 820);
    assert_true(mix_factor_of(MIX_GAS).low == 410 && mix_factor_of(MIX_GAS).high == 650);
    assert_true(mix_factor_of(MIX_OIL).gco2e_per_kwh == 650);
    assert_true(mix_factor_of(MIX_HYDRO).high == 147);
    assert_true(mix_factor_of(MIX_WIND).gco2e_per_kwh == 11);
    assert_true(mix_factor_of(MIX_WIND_OFFSHORE).gco2e_per_kwh == 12);
    /* gas: 650 / 490 - 1 = 0.3265...; coal 90 / 820 = 0.1098 */
    assert_true(fabs(mix_band_ratio() - 16.0 / 49) < 1e-12);
}

static void test_a_mix_by_hand(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    /* (100 x 820 + 300 x 490 + 600 x 12) / 1000 = (82000 + 147000 + 7200) / 1000 = 236.2 */
    add(&world, FIRST, 0, MIX_COAL, 100);
    add(&world, FIRST, 1, MIX_GAS, 300);
    add(&world, FIRST, 2, MIX_NUCLEAR, 600);
    finish(&world, 1);
    assert_true(fabs(world.series.points[0].gco2e_per_kwh - 236.2) < 1e-9);
    assert_true(world.series.points[0].wall_ns == time_at(FIRST));
    assert_int_equal(world.series.points[0].quality, POINT_MEASURED);
    world_end(&world);
}

static void test_storage_and_negative_output(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    /* what comes back out of a store was counted before; a solar park's own need at night is 0: gas alone, 490 */
    add(&world, FIRST, 0, MIX_GAS, 50);
    add(&world, FIRST, 1, MIX_STORAGE, 1000);
    add(&world, FIRST, 2, MIX_SOLAR, -3);
    /* nothing at all: no value */
    add(&world, SECOND, 0, MIX_GAS, 0);
    add(&world, SECOND, 1, MIX_STORAGE, -1000);
    add(&world, SECOND, 2, MIX_SOLAR, -3);
    finish(&world, 1);
    assert_true(world.series.points[0].gco2e_per_kwh == 490);
    world_end(&world);
}

static void test_a_series_that_is_late(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    /* gas has not reported its second hour: without it the mix would be coal alone */
    add(&world, SECOND, 0, MIX_COAL, 100);
    add(&world, FIRST, 1, MIX_GAS, 100);
    add(&world, FIRST, 0, MIX_COAL, 100);
    finish(&world, 1);
    assert_true(world.series.points[0].wall_ns == time_at(FIRST));
    assert_true(world.series.points[0].gco2e_per_kwh == 655); /* (820 + 490) / 2 */
    world_end(&world);
}

static void test_of_two_the_later(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    add(&world, FIRST, 0, MIX_COAL, 1e6);
    add(&world, FIRST, 1, MIX_WIND, 100);
    add(&world, FIRST, 0, MIX_COAL, 100);
    finish(&world, 1);
    assert_true(world.series.points[0].gco2e_per_kwh == 415.5); /* (820 + 11) / 2 */
    /* two series of one fuel are added, not overwritten */
    world_end(&world);
    world_init(&world);
    add(&world, FIRST, 0, MIX_COAL, 100);
    add(&world, FIRST, 1, MIX_COAL, 100);
    add(&world, FIRST, 2, MIX_WIND, 200);
    finish(&world, 1);
    assert_true(world.series.points[0].gco2e_per_kwh == 415.5);
    world_end(&world);
}

static void test_no_numbers(void **state)
{
    struct world world;

    (void)state;
    world_init(&world);
    assert_int_equal(mix_add(&world.answer, &world.mix, time_at(FIRST), 0, MIX_COAL, NAN),
                     -EBADMSG);
    assert_int_equal(mix_add(&world.answer, &world.mix, time_at(FIRST), 0, MIX_COAL, 1e30),
                     -EBADMSG);
    assert_non_null(strstr(world.err.message, "2026-10-06T01:00:00.000Z"));
    finish(&world, 0);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factors),
        cmocka_unit_test(test_a_mix_by_hand),
        cmocka_unit_test(test_storage_and_negative_output),
        cmocka_unit_test(test_a_series_that_is_late),
        cmocka_unit_test(test_of_two_the_later),
        cmocka_unit_test(test_no_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
