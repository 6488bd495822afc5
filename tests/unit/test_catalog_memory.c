/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_catalog_memory.c - memory by its size, and what devices cost to make */
#include "support.h"

#include <math.h>
#include <string.h>

#include "catalog/hardware.h"

static const uint64_t GIB = UINT64_C(1) << 30;

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-4 * fmax(1, fabs(expected))))
        fail_msg("%.9g is not %.9g", value, expected);
}

/* The rates are 0.284, 0.3725, 0.375 and 0.392 W/GiB: the middle of four is (0.3725 + 0.375) / 2.
 */
static void test_memory_draws_by_its_size(void **state)
{
    struct memory_facts facts;

    (void)state;
    catalog_memory_find(64 * GIB, false, &facts);
    assert_near(facts.active_watts, 64 * 0.37375);
    assert_true(facts.idle_watts > 0.2 * facts.active_watts);
    assert_true(facts.idle_watts < 0.6 * facts.active_watts);
    assert_non_null(strstr(facts.source, "memory_power.csv"));
    /* every source lies within: 10 W for 96 GB by the data sheet, 0.392 by Cloud Carbon Footprint
     */
    assert_true(0.37375 * (1 - facts.band_ratio) <= 10.0 / 96);
    assert_true(0.37375 * (1 + facts.band_ratio) >= 0.392);
}

/* LPDDR of 0.16 to 0.25 W/GiB; 512 GiB on ARM is a server with DIMMs. */
static void test_soldered_memory_of_arm_draws_less(void **state)
{
    struct memory_facts board;
    struct memory_facts server;

    (void)state;
    catalog_memory_find(8 * GIB, true, &board);
    assert_near(board.active_watts, 8 * (0.16 + 0.25) / 2);
    assert_non_null(strstr(board.source, "LPDDR"));
    catalog_memory_find(512 * GIB, true, &server);
    assert_near(server.active_watts, 512 * 0.37375);
}

static struct memory_facts by_modules(enum memory_type type, unsigned count, uint64_t bytes,
                                      double share_ratio)
{
    const struct memory_modules modules = {
        .groups = { { .type = type, .count = count, .bytes_each = bytes } },
        .group_count = 1,
    };
    struct memory_facts facts;

    catalog_memory_modules_find(&modules, share_ratio, &facts);
    return facts;
}

/* Rows of the table: DDR4 16 GB 1.2 and 3.5 W, 32 GB 1.6 and 5 W; DDR5 96 GB 3.3 and 10 W, 128 GB 4
 * and 12.5 W; DDR4 8 GB 0.7 and 2.5 W; DDR3 8 and 16 GB 2 and 4.5 W; +-40 % (1 sigma) each. */
static void test_modules_draw_by_type_and_size(void **state)
{
    struct memory_facts facts = by_modules(MEMORY_DDR4, 8, 32 * GIB, 1);

    (void)state;
    assert_near(facts.idle_watts, 8 * 1.6);
    assert_near(facts.active_watts, 8 * 5);
    assert_near(facts.band_ratio, 0.8);
    assert_string_equal(facts.source, "memory_power.csv: 8 modules DDR4");
    /* half way between two rows; half of the smallest; beyond the largest along the last line:
     * 4 + 128 x 0.7 / 32 = 6.8 and 12.5 + 128 x 2.5 / 32 = 22.5 */
    assert_near(by_modules(MEMORY_DDR4, 1, 24 * GIB, 1).idle_watts, 1.4);
    assert_near(by_modules(MEMORY_DDR4, 1, 24 * GIB, 1).active_watts, 4.25);
    assert_near(by_modules(MEMORY_DDR4, 1, 4 * GIB, 1).active_watts, 1.25);
    assert_near(by_modules(MEMORY_DDR5, 1, 256 * GIB, 1).idle_watts, 6.8);
    assert_near(by_modules(MEMORY_DDR5, 1, 256 * GIB, 1).active_watts, 22.5);
    assert_near(by_modules(MEMORY_DDR3, 2, 32 * GIB, 1).active_watts, 9);
    /* soldered: 0.18 and 0.02 W/GiB, +-50 % (1 sigma) */
    assert_near(by_modules(MEMORY_LPDDR5, 4, 8 * GIB, 1).active_watts, 32 * 0.18);
    assert_near(by_modules(MEMORY_LPDDR5, 4, 8 * GIB, 1).band_ratio, 1);
    /* a type that nobody told: by its size, with the band of that */
    assert_near(by_modules(MEMORY_TYPE_UNKNOWN, 2, 8 * GIB, 1).active_watts, 16 * 0.37375);
    assert_near(by_modules(MEMORY_TYPE_UNKNOWN, 2, 8 * GIB, 1).band_ratio, 1);
    /* a quarter of the machine is ours */
    facts = by_modules(MEMORY_DDR4, 8, 32 * GIB, 0.25);
    assert_near(facts.active_watts, 10);
    assert_non_null(strstr(facts.source, "our share"));
}

/* 5 W at +-80 % and 8 x 0.37375 = 2.99 W at +-100 %: (4 + 2.99) / 7.99. */
static void test_modules_of_several_sorts_add_up(void **state)
{
    const struct memory_modules modules = {
        .groups = { { .type = MEMORY_DDR4, .count = 1, .bytes_each = 32 * GIB },
                    { .type = MEMORY_TYPE_UNKNOWN, .count = 1, .bytes_each = 8 * GIB } },
        .group_count = 2,
    };
    struct memory_facts facts;

    (void)state;
    catalog_memory_modules_find(&modules, 1, &facts);
    assert_near(facts.active_watts, 7.99);
    assert_near(facts.band_ratio, 6.99 / 7.99);
    assert_non_null(strstr(facts.source, "2 modules by type and size"));
}

static void test_no_memory_draws_nothing(void **state)
{
    struct memory_facts facts;

    (void)state;
    catalog_memory_find(0, false, &facts);
    assert_near(facts.active_watts, 0);
    assert_near(facts.idle_watts, 0);
    assert_true(isfinite(facts.band_ratio));
}

static struct embodied_facts embodied(enum device_kind kind, const char *model, uint64_t bytes,
                                      double share)
{
    struct embodied_facts facts;

    memset(&facts, 0xa5, sizeof(facts));
    assert_true(catalog_embodied_find(kind, model, bytes, share, &facts));
    assert_true(facts.kg_low > 0 && facts.kg_low <= facts.kgco2e);
    assert_true(facts.kgco2e <= facts.kg_high);
    assert_near(facts.lifetime_years, 4);
    assert_true(facts.source[0] != '\0');
    return facts;
}

static void test_gpu_has_its_own_figure_or_the_generic_one(void **state)
{
    struct embodied_facts facts = embodied(DEVICE_GPU, "NVIDIA H100 80GB HBM3", 0, 1);

    (void)state;
    assert_near(facts.kgco2e, 164);
    assert_near(facts.kg_high, 575);
    assert_near(embodied(DEVICE_GPU, "A100-SXM4-40GB", 0, 1).kgco2e, 127.6);
    assert_near(embodied(DEVICE_GPU, "NVIDIA A100-PCIE-40GB", 0, 1).kgco2e, 181);
    assert_near(embodied(DEVICE_GPU, "NVIDIA B200", 0, 1).kgco2e, 284.25 * 1.0);
    assert_near(embodied(DEVICE_GPU, "GeForce GTX 1080 Ti", 0, 1).kgco2e, 89.09);
    /* Teads: 150 kg of any; two devices of one board share it */
    facts = embodied(DEVICE_GPU, "NVIDIA GeForce RTX 4090", 0, 1);
    assert_near(facts.kgco2e, 150);
    assert_true(facts.kg_high > 500 && facts.kg_low < 50);
    assert_near(embodied(DEVICE_GPU, "Tesla K80", 0, 1).kgco2e, 75);
    assert_near(embodied(DEVICE_GPU, "Frobnicator", 0, 1).kgco2e, 150);
    assert_near(embodied(DEVICE_GPU, "", 0, 1).kgco2e, 150);
    assert_near(embodied(DEVICE_GPU, NULL, 0, 1).kgco2e, 150);
}

/* 20.96 kg by Boavizta for a server CPU; of a host's we have a share. */
static void test_share_of_a_host_is_a_share_of_its_manufacture(void **state)
{
    (void)state;
    assert_near(embodied(DEVICE_CPU, "", 0, 1).kgco2e, 20.96);
    assert_near(embodied(DEVICE_CPU, "", 0, 1).kg_low, 9.14); /* a laptop's has a small die */
    assert_near(embodied(DEVICE_CPU, "", 0, 2.0 / 96).kgco2e, 20.96 * 2 / 96);
    assert_near(embodied(DEVICE_CPU, "", 0, NAN).kgco2e, 20.96);
    assert_near(embodied(DEVICE_CPU, "", 0, 7).kgco2e, 20.96);
}

/* 1.768 (Boavizta), 1.39 (Teads), 0.065 (ACT) kg/GB: the middle one, and a band over all. */
static void test_memory_is_made_by_the_gigabyte(void **state)
{
    struct embodied_facts facts = embodied(DEVICE_MEMORY, "", 32 * GIB, 1);

    (void)state;
    assert_near(facts.kgco2e, 32 * 1.39);
    assert_near(facts.kg_low, 32 * 0.065);
    assert_near(facts.kg_high, 32 * 3.52);
    assert_near(embodied(DEVICE_DRAM, "", 32 * GIB, 1).kgco2e, 32 * 1.39);
}

/* What stands for a processor and 8 GiB was made as both: 20.96 + 8 x 1.39. */
static void test_module_is_made_of_processor_and_memory(void **state)
{
    struct embodied_facts facts = embodied(DEVICE_MODULE, "NVIDIA Jetson", 8 * GIB, 1);

    (void)state;
    assert_near(facts.kgco2e, 32.08);
    assert_near(facts.kg_low, 9.14 + 8 * 0.065);
    assert_near(facts.kg_high, 40.66 + 8 * 3.52);
}

static void test_what_has_no_figure_says_so(void **state)
{
    struct embodied_facts facts;

    (void)state;
    assert_false(catalog_embodied_find(DEVICE_MEMORY, "", 0, 1, &facts));
    assert_false(catalog_embodied_find(DEVICE_MODULE, "", 0, 1, &facts));
    assert_false(catalog_embodied_find(DEVICE_BOARD, "", 0, 1, &facts));
    assert_false(catalog_embodied_find(DEVICE_OTHER, "", 0, 1, &facts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_draws_by_its_size),
        cmocka_unit_test(test_soldered_memory_of_arm_draws_less),
        cmocka_unit_test(test_modules_draw_by_type_and_size),
        cmocka_unit_test(test_modules_of_several_sorts_add_up),
        cmocka_unit_test(test_no_memory_draws_nothing),
        cmocka_unit_test(test_gpu_has_its_own_figure_or_the_generic_one),
        cmocka_unit_test(test_share_of_a_host_is_a_share_of_its_manufacture),
        cmocka_unit_test(test_memory_is_made_by_the_gigabyte),
        cmocka_unit_test(test_module_is_made_of_processor_and_memory),
        cmocka_unit_test(test_what_has_no_figure_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
