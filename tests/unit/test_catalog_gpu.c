/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_catalog_gpu.c - which GPU a name stands for, one of several, a part of one, or
 * none */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "catalog/hardware.h"
#include "data_rows.h"

static const uint64_t GIB = UINT64_C(1) << 30;

static struct gpu_facts with_memory(const char *name, uint64_t memory_bytes)
{
    struct gpu_facts facts;

    memset(&facts, 0xa5, sizeof(facts));
    catalog_gpu_find(name, memory_bytes, &facts);
    return facts;
}

static struct gpu_facts named(const char *name)
{
    return with_memory(name, 0);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-4 * fmax(1, fabs(expected))))
        fail_msg("%.9g is not %.9g", value, expected);
}

static void assert_sound(const struct gpu_facts *facts)
{
    assert_true(facts->board_watts > 0 && facts->board_watts < 3000);
    assert_true(facts->typical_watts > 0 && facts->typical_watts <= facts->board_watts);
    assert_true(facts->idle_watts >= 0 && facts->idle_watts < facts->board_watts);
    assert_true(facts->band_ratio >= 0.7 && facts->band_ratio <= 2.5);
    assert_true(facts->devices >= 1 && facts->devices <= 8);
    assert_true(isnan(facts->memory_gib) || facts->memory_gib > 0);
    assert_true(facts->source[0] != '\0');
    assert_int_equal(facts->name[0] == '\0', facts->basis == BASIS_ASSUMED);
}

static void assert_row_finds_itself(char *const *cells, size_t count)
{
    struct gpu_facts facts;
    double watts;

    assert_int_equal(count, 9);
    watts = strtod(cells[2], NULL) / strtod(cells[8], NULL);
    facts = named(cells[1]);
    if (facts.basis != BASIS_MODELLED || strcmp(facts.name, cells[1]) != 0)
        fail_msg("'%s' is '%s'", cells[1], facts.name);
    assert_near(facts.board_watts, watts);
    assert_sound(&facts);

    /* drivers before 470 omit the maker */
    if (strncmp(cells[1], "NVIDIA ", 7) == 0)
        assert_string_equal(named(cells[1] + 7).name, cells[1]);
}

static void test_every_row_of_the_table_finds_itself(void **state)
{
    (void)state;
    assert_true(data_each_row("gpu_tdp.csv", assert_row_finds_itself) > 700);
}

static void test_names_of_drivers_find_their_row(void **state)
{
    static const struct {
        const char *name;
        const char *row;
        double watts;
    } names[] = {
        /* NVML */
        { "NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB", 400 },
        { "A100-SXM4-40GB", "NVIDIA A100-SXM4-40GB", 400 },
        { "NVIDIA A100 80GB PCIe", "NVIDIA A100 80GB PCIe", 300 },
        { "NVIDIA A100-PCIE-40GB", "NVIDIA A100-PCIE-40GB", 250 },
        { "Tesla V100-SXM2-16GB", "Tesla V100-SXM2-16GB", 300 },
        { "Tesla V100-PCIE-16GB", "Tesla V100-PCIE-16GB", 250 },
        { "NVIDIA H100 80GB HBM3", "NVIDIA H100 80GB HBM3", 700 },
        { "NVIDIA H100 PCIe", "NVIDIA H100 PCIe", 350 },
        { "NVIDIA H100 NVL", "NVIDIA H100 NVL", 400 },
        { "NVIDIA H200", "NVIDIA H200", 700 },
        { "NVIDIA GH200 480GB", "NVIDIA GH200 480GB", 900 },
        { "NVIDIA T4", "Tesla T4", 70 },
        { "NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA GeForce RTX 4090 Laptop GPU", 150 },
        { "NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090", 450 },
        { "GeForce GTX 1080 Ti", "NVIDIA GeForce GTX 1080 Ti", 250 },
        { "GeForce GTX 1080", "NVIDIA GeForce GTX 1080", 180 },
        { "Quadro RTX 6000", "Quadro RTX 6000", 260 },
        { "NVIDIA RTX 6000 Ada Generation", "NVIDIA RTX 6000 Ada Generation", 300 },
        { "NVIDIA RTX A6000", "NVIDIA RTX A6000", 300 },
        /* a board of two, each with half */
        { "Tesla K80", "Tesla K80", 150 },
        { "Tesla M60", "Tesla M60", 150 },
        { "AMD Instinct MI250X", "Instinct MI250X", 250 },
        /* ROCm, oneAPI */
        { "AMD Radeon RX 7900 XTX", "Radeon RX 7900 XTX", 355 },
        { "AMD Radeon PRO W7900", "Radeon Pro W7900", 295 },
        { "AMD Instinct MI50", "Radeon Instinct MI50", 300 },
        { "AMD Instinct MI300X OAM", "Instinct MI300X", 750 },
        { "Intel(R) Data Center GPU Max 1550", "Data Center GPU Max 1550", 600 },
        { "Intel(R) Arc(TM) A770 Graphics", "Arc A770", 225 },
        /* lspci */
        { "NVIDIA Corporation GA100 [A100 PCIe 40GB] (rev a1)", "NVIDIA A100-PCIE-40GB", 250 },
        { "01:00.0 3D controller: NVIDIA Corporation GH100 [H100 SXM5 80GB] (rev a1)",
          "NVIDIA H100 80GB HBM3", 700 },
        { "NVIDIA Corporation GA104M [GeForce RTX 3070 Mobile / Max-Q] (rev a1)",
          "NVIDIA GeForce RTX 3070 Laptop GPU", 125 },
        { "NVIDIA Corporation Device 2684 (rev a1)", "NVIDIA GeForce RTX 4090", 450 },
        { "01:00.0 VGA compatible controller [0300]: NVIDIA Corporation TU102 [GeForce RTX 2080 "
          "Ti] "
          "[10de:1e04] (rev a1)",
          "NVIDIA GeForce RTX 2080 Ti", 250 },
        { "NVIDIA Corporation [10de:2204]", "NVIDIA GeForce RTX 3090", 350 },
        { "Advanced Micro Devices, Inc. [AMD/ATI] Vega 20 [Radeon VII]", "Radeon VII", 300 },
        { "Intel Corporation DG2 [Arc A770] (rev 08)", "Arc A770", 225 },
        /* people */
        { "RTX 3090", "NVIDIA GeForce RTX 3090", 350 },
        { "rtx3090", "NVIDIA GeForce RTX 3090", 350 },
        { "GTX 1080 Ti", "NVIDIA GeForce GTX 1080 Ti", 250 },
        { "A6000", "NVIDIA RTX A6000", 300 },
        { "p4000", "Quadro P4000", 105 },
        { "T4", "Tesla T4", 70 },
        { "P4", "Tesla P4", 75 },
        { "MI300X", "Instinct MI300X", 750 },
        { "H100 SXM", "NVIDIA H100 80GB HBM3", 700 },
        { "RTX 4090 24GB", "NVIDIA GeForce RTX 4090", 450 },
        { "Gaudi 2", "Gaudi2 HL-225", 600 },
        { "A100 SXM4 80 GB", "NVIDIA A100-SXM4-80GB", 400 },
        { "AGX Xavier", "Jetson AGX Xavier", 30 },
        { "AMD RX480", "Radeon RX 480", 150 },
        { "AMD Radeon RX 580 Series (POLARIS10, DRM 3.42.0)", "Radeon RX 580", 185 },
        { "TPUv3 Chip", "TPU v3", 450 },
        { "TPUv3", "TPU v3", 450 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct gpu_facts facts = named(names[i].name);

        if (facts.basis != BASIS_MODELLED || strcmp(facts.name, names[i].row) != 0)
            fail_msg("'%s' is '%s', not '%s'", names[i].name, facts.name, names[i].row);
        assert_near(facts.board_watts, names[i].watts);
        assert_sound(&facts);
    }
}

/* One NVML name, two boards: 10 GiB 320 W, 12 GiB 350 W (reported a little short of it). */
static void test_memory_tells_boards_of_one_name_apart(void **state)
{
    (void)state;
    assert_near(with_memory("NVIDIA GeForce RTX 3080", 10 * GIB).board_watts, 320);
    assert_near(with_memory("NVIDIA GeForce RTX 3080", 12 * GIB - 40000000).board_watts, 350);
    assert_near(with_memory("NVIDIA GeForce RTX 3080", 0).board_watts, 320);
    assert_near(with_memory("NVIDIA GeForce RTX 2060", 12 * GIB).board_watts, 185);
    assert_near(with_memory("NVIDIA GeForce RTX 3050", 6 * GIB).board_watts, 70);
    /* a size the table does not have stays with the name: 8 GiB of the 3060 draws the same */
    assert_near(with_memory("NVIDIA GeForce RTX 3060", 8 * GIB).board_watts, 170);
    /* but a size in the name is part of it */
    assert_int_equal(named("GeForce RTX 4090 48GB").basis, BASIS_ASSUMED);
    assert_int_equal(named("NVIDIA A100-SXM4-81GB").basis, BASIS_ASSUMED);
    assert_near(named("B200 192GB").board_watts, 1000); /* as sold; a driver shows 180 */
    assert_near(named("K80 12GB").board_watts, 150);
    assert_near(with_memory("Tesla K80", 11 * GIB + GIB / 2).board_watts, 150);
}

/* A100: 250 W by PCIe to 400 W by SXM. Published trainings ran on SXM; the band holds the other. */
static void test_open_variant_is_the_data_centres_with_a_band_over_all(void **state)
{
    struct gpu_facts facts = named("A100");

    (void)state;
    assert_int_equal(facts.basis, BASIS_MODELLED);
    assert_near(facts.board_watts, 400);
    assert_near(facts.band_ratio, hypot(0.70, 1 - 250.0 / 400));
    assert_non_null(strstr(facts.note, "250 to 400 W"));
    assert_near(named("V100").board_watts, 300);
    assert_near(named("P100").board_watts, 250);
    assert_near(named("h100").board_watts, 700);
    assert_true(named("h100").band_ratio > named("NVIDIA H100 80GB HBM3").band_ratio);
    assert_near(with_memory("A100", 80 * GIB).band_ratio, hypot(0.70, 1 - 300.0 / 400));
    assert_near(named("A100 PCIe").board_watts, 275); /* 250 or 300 W */
    assert_near(named("A100 PCIe 40/80GB").board_watts, 275);
    assert_near(named("NVIDIA RTX PRO 6000 Blackwell").board_watts, 600);
    assert_true(600 * (1 - named("NVIDIA RTX PRO 6000 Blackwell").band_ratio) <= 300);
}

/* pci.ids names four products, 180 to 355 W: their middle, assumed, unless the memory tells. */
static void test_list_of_products_is_none_of_them_silently(void **state)
{
    static const char *const name = "Advanced Micro Devices, Inc. [AMD/ATI] Navi 31 [Radeon RX "
                                    "7900 XT/7900 XTX/7900 GRE/7900M]";
    struct gpu_facts facts = named(name);

    (void)state;
    assert_int_equal(facts.basis, BASIS_ASSUMED);
    assert_near(facts.board_watts, (180 + 355) / 2.0);
    assert_true(facts.board_watts * (1 + facts.band_ratio) >= 355);
    assert_true(facts.board_watts * (1 - facts.band_ratio) <= 180);
    assert_non_null(strstr(facts.nearest, "Radeon RX 7900 XT"));
    assert_string_equal(with_memory(name, 24 * GIB).name, "Radeon RX 7900 XTX");
    /* a list that pci.ids does not have */
    assert_near(named("Radeon RX 7900 XT/7900 XTX").board_watts, (315 + 355) / 2.0);
    assert_near(named("AMD Instinct MI250X / MI250").board_watts, 250);
}

static void test_slices_are_told_as_such(void **state)
{
    struct gpu_facts facts = named("NVIDIA A100-SXM4-40GB MIG 1g.5gb");

    (void)state;
    assert_string_equal(facts.name, "NVIDIA A100-SXM4-40GB");
    assert_near(facts.board_watts, 400);
    assert_non_null(strstr(facts.note, "MIG"));
    facts = named("GRID T4-8Q"); /* 8 of 16 GiB of 70 W */
    assert_string_equal(facts.name, "Tesla T4");
    assert_near(facts.board_watts, 35);
    assert_near(facts.memory_gib, 8);
    assert_non_null(strstr(facts.note, "8 of 16 GiB"));
    assert_near(named("NVIDIA A10-24Q").board_watts, 150);
    assert_near(named("NVIDIA A40-12Q").board_watts, 75);
    /* what looks like it and is none */
    assert_string_equal(named("Tesla K10.G1.8GB").name, "Tesla K10.G1.8GB");
    assert_string_equal(named("GRID K1").name, "GRID K1");
}

static void test_measured_mean_of_tpus_is_told_beside_the_limit(void **state)
{
    struct gpu_facts facts = named("TPU v3");

    (void)state;
    assert_near(facts.board_watts, 450);
    assert_near(facts.typical_watts, 283);
    assert_true(283 * (1 + facts.band_ratio) >= 450);
    assert_near(named("NVIDIA L4").typical_watts, 72);
}

/* "Max" and "Flex" are Intel's before a number; Apple's is no data-centre card. Figures stand as they are in the
 * table, 133.8 and not the nearest single-precision number. */
static void test_words_of_several_makers_need_their_number(void **state)
{
    (void)state;
    assert_true(strstr(named("M1 Max").source, "Intel") == NULL);
    assert_true(strstr(named("Data Center GPU Max 9999").source, "Intel data-centre") != NULL);
    assert_true(named("M1 Max").board_watts == round(named("M1 Max").board_watts * 100) / 100);
}

static void test_what_is_not_there_is_assumed_and_never_anothers(void **state)
{
    static const char *const unknown[] = {
        "NVIDIA GeForce RTX 3095",
        "NVIDIA GeForce RTX 6090",
        "GeForce GTX 1080 Ti Super",
        "NVIDIA H123",
        "AMD A100",
        "Intel Arc A999",
        "AMD Radeon RX 9990 XT",
        "GRID V100D-8Q",
        "gfx90a",
        "TPU v5e",
        "llvmpipe",
        "",
        "Intel UHD Graphics 630",
        "AMD Radeon Graphics",
        "Device 2684",
        "NVIDIA Corporation Device ffff",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
        struct gpu_facts facts = named(unknown[i]);

        if (facts.basis != BASIS_ASSUMED)
            fail_msg("'%s' is taken for '%s'", unknown[i], facts.name);
        assert_int_equal(strncmp(facts.source, "default: ", 9), 0);
        assert_true(facts.band_ratio >= 1);
        assert_sound(&facts);
    }
    assert_int_equal(named(NULL).basis, BASIS_ASSUMED);
    assert_non_null(strstr(named("NVIDIA GeForce RTX 3095").nearest, "RTX 3090"));
    assert_non_null(strstr(named("NVIDIA GeForce RTX 6090").source, "..90"));
}

static const char *maker_of(const char *vendor_id)
{
    if (strcmp(vendor_id, "10de") == 0)
        return "NVIDIA";
    return strcmp(vendor_id, "1002") == 0 ? "AMD" : "Intel";
}

/* As the readers name a card of which nothing but the ids is known. */
static void assert_pci_row(char *const *cells, size_t count)
{
    struct gpu_facts facts;
    char ids[32];

    assert_int_equal(count, 6);
    assert_int_equal(named(cells[3]).basis, BASIS_MODELLED);
    (void)snprintf(ids, sizeof(ids), "%s GPU [%s:%s]", maker_of(cells[0]), cells[0], cells[1]);
    facts = named(ids);
    if (cells[4][0] != '\0') { /* several products: which is not told */
        assert_true(facts.board_watts > 0);
        return;
    }
    if (facts.basis != BASIS_MODELLED || strcmp(facts.name, cells[3]) != 0)
        fail_msg("%s is '%s', not '%s'", ids, facts.name, cells[3]);
}

static void test_pci_ids_lead_to_models(void **state)
{
    (void)state;
    assert_true(data_each_row("gpu_pci_ids.csv", assert_pci_row) > 700);
    assert_int_equal(named("NVIDIA GPU [10de:ffff]").basis, BASIS_ASSUMED);
}

/* A reader gives a card such a name, and leaves a processor's graphics out: newer than the table, it is no part of a
 * processor, which idles at 0 W of its own. */
static void test_a_reader_s_card_is_no_graphics_of_a_processor(void **state)
{
    struct gpu_facts card = named("Intel GPU [8086:fffe]");

    (void)state;
    assert_int_equal(card.basis, BASIS_ASSUMED);
    assert_null(strstr(card.source, "graphics of a CPU"));
    assert_true(card.idle_watts > 0 && card.idle_watts < card.board_watts);
    assert_non_null(strstr(named("Intel GPU").source, "graphics of a CPU"));
    assert_non_null(strstr(named("Intel UHD Graphics [8086:a780]").source, "graphics of a CPU"));
}

/* One chip, four products: 24 GiB is the XTX (355 W), 20 GiB the XT (315 W); without a size it is all. */
static void test_memory_tells_products_of_one_id_apart(void **state)
{
    struct gpu_facts facts;

    (void)state;
    catalog_gpu_find("AMD GPU [1002:744c]", UINT64_C(25753026560), &facts);
    assert_string_equal(facts.name, "Radeon RX 7900 XTX");
    assert_true(facts.board_watts == 355);
    catalog_gpu_find("AMD GPU [1002:744c]", UINT64_C(20) << 30, &facts);
    assert_string_equal(facts.name, "Radeon RX 7900 XT");
    catalog_gpu_find("AMD GPU [1002:744c]", 0, &facts);
    assert_int_equal(facts.basis, BASIS_ASSUMED);
    assert_true(facts.board_watts == (355 + 180) / 2.0);
}

/* The name of the board's own EEPROM is in no table; its ids are. 137.4 GB are both dies: 500 W. */
static void test_memory_of_both_dies_is_the_whole_board(void **state)
{
    static const char name[] = "AMD INSTINCT MI250 (MCM) OAM AC MBA [1002:740c]";
    struct embodied_facts half;
    struct embodied_facts whole;
    struct gpu_facts facts;

    (void)state;
    catalog_gpu_find(name, UINT64_C(68702699520), &facts);
    assert_true(facts.board_watts == 250);
    assert_int_equal(facts.devices, 2);
    catalog_gpu_find(name, 2 * UINT64_C(68702699520), &facts);
    assert_true(facts.board_watts == 500);
    assert_int_equal(facts.devices, 1);
    assert_true(facts.memory_gib == 128);
    assert_true(catalog_embodied_find(DEVICE_GPU, name, UINT64_C(68702699520), 1, &half));
    assert_true(catalog_embodied_find(DEVICE_GPU, name, 2 * UINT64_C(68702699520), 1, &whole));
    assert_true(whole.kgco2e == 2 * half.kgco2e);
}

static void test_no_text_whatever_makes_it_fail(void **state)
{
    char text[301];

    (void)state;
    memset(text, '[', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(named(text).basis, BASIS_ASSUMED);
    memset(text, '/', sizeof(text) - 1);
    assert_int_equal(named(text).basis, BASIS_ASSUMED);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        text[i] = (char)(i % 7 == 0 ? '/' : 0x80 + (int)(i % 100));
    assert_int_equal(named(text).basis, BASIS_ASSUMED);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        text[i] = i % 2 == 0 ? '8' : ' ';
    assert_int_equal(named(text).basis, BASIS_ASSUMED);
    assert_int_equal(with_memory("NVIDIA GeForce RTX 3080", UINT64_MAX).basis, BASIS_MODELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_of_the_table_finds_itself),
        cmocka_unit_test(test_names_of_drivers_find_their_row),
        cmocka_unit_test(test_memory_tells_boards_of_one_name_apart),
        cmocka_unit_test(test_open_variant_is_the_data_centres_with_a_band_over_all),
        cmocka_unit_test(test_list_of_products_is_none_of_them_silently),
        cmocka_unit_test(test_slices_are_told_as_such),
        cmocka_unit_test(test_measured_mean_of_tpus_is_told_beside_the_limit),
        cmocka_unit_test(test_words_of_several_makers_need_their_number),
        cmocka_unit_test(test_what_is_not_there_is_assumed_and_never_anothers),
        cmocka_unit_test(test_pci_ids_lead_to_models),
        cmocka_unit_test(test_a_reader_s_card_is_no_graphics_of_a_processor),
        cmocka_unit_test(test_memory_tells_products_of_one_id_apart),
        cmocka_unit_test(test_memory_of_both_dies_is_the_whole_board),
        cmocka_unit_test(test_no_text_whatever_makes_it_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
