/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_catalog_cpu.c - which CPU a name stands for, and what stands in for one it does
 * not */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "catalog/hardware.h"
#include "data_rows.h"

static const struct cpu_query nothing = {
    .family = -1,
    .model_number = -1,
    .arm_implementer = -1,
    .arm_part = -1,
};

static struct cpu_facts find(struct cpu_query query)
{
    struct cpu_facts facts;

    memset(&facts, 0xa5, sizeof(facts)); /* nothing may stay as it was */
    catalog_cpu_find(&query, &facts);
    return facts;
}

static struct cpu_facts named(const char *name)
{
    struct cpu_query query = nothing;

    query.model_name = name;
    return find(query);
}

static struct cpu_facts guest(const char *name, const char *vendor, int family, int model,
                              int threads)
{
    struct cpu_query query = nothing;

    query.model_name = name;
    query.vendor_id = vendor;
    query.family = family;
    query.model_number = model;
    query.threads = threads;
    query.virtualized = true;
    return find(query);
}

static struct cpu_facts arm(int implementer, int part, int threads)
{
    struct cpu_query query = nothing;

    query.arm_implementer = implementer;
    query.arm_part = part;
    query.threads = threads;
    return find(query);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-6 * fmax(1, fabs(expected))))
        fail_msg("%.9g is not %.9g", value, expected);
}

/* What holds for every answer, known or not. */
static void assert_sound(const struct cpu_facts *facts)
{
    assert_true(facts->tdp_watts > 0 && facts->tdp_watts < 2000);
    assert_true(facts->idle_watts > 0 && facts->idle_watts < facts->full_watts);
    assert_true(facts->host_share > 0 && facts->host_share <= 1);
    assert_true(facts->band_ratio >= 0.4 && facts->band_ratio <= 2.2);
    assert_true(facts->source[0] != '\0');
    assert_int_equal(facts->name[0] == '\0', facts->basis == BASIS_ASSUMED);
    assert_true(facts->curve.count >= 2 && facts->curve.count <= POWER_CURVE_MAX);
    assert_near(facts->curve.load_ratio[0], 0);
    assert_near(facts->curve.shape[0], 0);
    assert_near(facts->curve.load_ratio[facts->curve.count - 1], 1);
    assert_near(facts->curve.shape[facts->curve.count - 1], 1);
    for (size_t i = 1; i < facts->curve.count; i++) {
        assert_true(facts->curve.load_ratio[i] > facts->curve.load_ratio[i - 1]);
        assert_true(facts->curve.shape[i] >= facts->curve.shape[i - 1]);
    }
}

/* Pentium M of 1.6 GHz stands in the table twice, 24 and 24.5 W. */
static void assert_row_finds_itself(char *const *cells, size_t count)
{
    char whole[160];
    struct cpu_facts facts;

    assert_int_equal(count, 9);
    facts = named(cells[1]);
    if (facts.basis != BASIS_MODELLED || fabs(facts.tdp_watts - strtod(cells[2], NULL)) > 0.51)
        fail_msg("'%s' of %s W is '%s' of %g W", cells[1], cells[2], facts.name, facts.tdp_watts);
    assert_sound(&facts);
    (void)snprintf(whole, sizeof(whole), "%s  %s", cells[0], cells[1]);
    facts = named(whole);
    if (facts.basis != BASIS_MODELLED || fabs(facts.tdp_watts - strtod(cells[2], NULL)) > 0.51)
        fail_msg("'%s' is '%s' of %g W", whole, facts.name, facts.tdp_watts);
}

static void test_every_row_of_the_table_finds_itself(void **state)
{
    (void)state;
    assert_true(data_each_row("cpu_tdp.csv", assert_row_finds_itself) > 5000);
}

/* Brand strings as /proc/cpuinfo has them, with the row they stand for. */
static const struct {
    const char *name;
    const char *row;
    double tdp_watts;
} brand_strings[] = {
    { "Intel(R) Xeon(R) Platinum 8488C", "Xeon Platinum 8488C", 385 },
    { "Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "Xeon E5-2686 v4", 145 },
    { "Intel(R) Core(TM) i7-12700K", "Core i7-12700K", 125 },
    { "12th Gen Intel(R) Core(TM) i7-1260P", "Core i7-1260P", 28 },
    { "Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz", "Core 2 Duo E8400", 65 },
    { "Intel(R) Core(TM)2 CPU          6600  @ 2.40GHz", "Core 2 Duo E6600", 65 },
    { "Intel(R) Core(TM)2 CPU         T7200  @ 2.00GHz", "Core 2 Duo T7200", 34 },
    { "Intel(R) Core(TM) Ultra 7 155H", "Core Ultra 7 155H", 28 },
    { "INTEL(R) XEON(R) GOLD 6548Y+", "Xeon Gold 6548Y+", 250 },
    { "Intel(R) N100", "Processor N100", 6 },
    { "Intel(R) Pentium(R) Gold G5400 CPU @ 3.70GHz", "Pentium Gold G5400", 58 },
    { "Intel(R) Pentium(R) Dual-Core  CPU      E5300  @ 2.60GHz", "Pentium E5300", 65 },
    { "Intel(R) Atom(TM) CPU N270   @ 1.60GHz", "Atom N270", 2.5 },
    { "Intel(R) Atom(TM) x5-Z8350  CPU @ 1.44GHz", "Atom x5-Z8350", 4 },
    { "Intel(R) Celeron(R) J4125 CPU @ 2.00GHz", "Celeron J4125", 10 },
    { "Intel(R) Core(TM) i7 CPU         920  @ 2.67GHz", "Core i7-920", 130 },
    { "Intel(R) Core(TM) i7 CPU       M 620  @ 2.67GHz", "Core i7-620M", 35 },
    { "Intel(R) Core(TM) i7 CPU       Q 720  @ 1.60GHz", "Core i7-720QM", 45 },
    { "Intel(R) Core(TM) i5-1035G1 CPU @ 1.00GHz", "Core i5-1035G1", 15 },
    { "Intel(R) Core(TM) m3-7Y30 CPU @ 1.00GHz", "Core m3-7Y30", 4.5 },
    { "Intel(R) Core(TM) i9-9980XE CPU @ 3.00GHz", "Core i9-9980XE", 165 },
    { "Intel(R) Xeon(R) CPU           X5650  @ 2.67GHz", "Xeon X5650", 95 },
    { "Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz", "Xeon E3-1230 v2", 69 },
    { "Intel(R) Xeon(R) CPU E31230 @ 3.20GHz", "Xeon E3-1230", 80 },
    { "Genuine Intel(R) CPU           T2400  @ 1.83GHz", "Core Duo T2400", 31 },
    { "13th Gen Intel(R) Core(TM) i5-13500 To Be Filled By O.E.M. CPU @ 2.4GHz", "Core i5-13500",
      65 },
    { "AWS Graviton3 N/A CPU @ 2.6GHz", "Graviton3", 220 },
    { "Intel(R) Xeon(R) CPU D-1541 @ 2.10GHz", "Xeon D-1541", 45 },
    { "Intel(R) Xeon(R) W-2145 CPU @ 3.70GHz", "Xeon W-2145", 140 },
    { "Intel(R) Xeon(R) w9-3495X", "Xeon w9-3495X", 350 },
    { "Intel(R) Xeon(R) CPU Max 9480", "Xeon Max 9480", 350 },
    { "Intel(R) Xeon(R) 6980P", "Xeon 6980P", 500 },
    { "Intel(R) Xeon Phi(TM) CPU 7210 @ 1.30GHz", "Xeon Phi 7210", 215 },
    { "AMD Ryzen 7 5800X3D 8-Core Processor", "Ryzen 7 5800X3D", 105 },
    { "AMD Ryzen 7 PRO 4750U with Radeon Graphics", "Ryzen 7 PRO 4750U", 15 },
    { "AMD Ryzen AI 9 HX 370 w/ Radeon 890M", "Ryzen AI 9 HX 370", 28 },
    { "AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", "Ryzen AI Max+ 395", 55 },
    { "AMD EPYC 7R13 Processor", "EPYC 7R13", 225 },
    { "AMD EPYC 7B12", "EPYC 7B12", 240 },
    { "AMD EPYC 7763 64-Core Processor                ", "EPYC 7763", 280 },
    { "AMD Ryzen Threadripper PRO 3995WX 64-Cores", "Ryzen Threadripper PRO 3995WX", 280 },
    { "AMD FX(tm)-8350 Eight-Core Processor", "FX-8350", 125 },
    { "AMD A10-7850K Radeon R7, 12 Compute Cores 4C+8G", "A10-7850K", 95 },
    { "AMD PRO A10-8770 R7, 10 COMPUTE CORES 4C+6G", "PRO A10-8770", 65 },
    { "AMD A10-5800K APU with Radeon(tm) HD Graphics", "A10-5800K", 100 },
    { "AMD Opteron(tm) Processor 6376", "Opteron 6376", 115 },
    { "Quad-Core AMD Opteron(tm) Processor 2356", "Opteron 2356", 75 },
    { "AMD Phenom(tm) II X6 1090T Processor", "Phenom II X6 1090T", 125 },
    { "AMD Athlon(tm) 64 X2 Dual Core Processor 4600+", "Athlon 64 X2 Dual Core 4600+", 110 },
    { "AMD E-350 Processor", "E-350", 18 },
    { "AMD 3020e with Radeon Graphics", "3020e", 6 },
    { "AMD GX-412TC SOC", "GX-412TC SOC", 6 },
    { "Apple M1 Pro", "M1 Pro", 45 },
    { "Ampere(R) Altra(R) Processor Q80-30 CPU @ 3.0GHz", "Altra Q80-30", 210 },
    { "Cavium ThunderX2(R) CPU CN9980 v2.2 @ 2.20GHz", "ThunderX2 CN9980", 180 },
    { "Snapdragon(R) X Elite - X1E78100 - Qualcomm(R) Oryon(TM) CPU",
      "Snapdragon X Elite X1E-78-100", 80 },
    /* as people write them */
    { "Intel\xc2\xae Core\xe2\x84\xa2 i7-8700K CPU @ 3.70GHz", "Core i7-8700K", 95 },
    { "i7-8700K", "Core i7-8700K", 95 },
    { "xeon e5-2620v4", "Xeon E5-2620 v4", 85 },
    { "intel xeon e5-2620 v4 2.10GHz", "Xeon E5-2620 v4", 85 },
    { "Gold 6248", "Xeon Gold 6248", 150 },
    { "ryzen 9 5950x", "Ryzen 9 5950X", 105 },
    { "AWS Graviton3", "Graviton3", 220 },
};

static void test_brand_strings_find_their_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(brand_strings); i++) {
        struct cpu_facts facts = named(brand_strings[i].name);

        if (facts.basis != BASIS_MODELLED || strcmp(facts.name, brand_strings[i].row) != 0)
            fail_msg("'%s' is '%s', not '%s'", brand_strings[i].name, facts.name,
                     brand_strings[i].row);
        assert_near(facts.tdp_watts, brand_strings[i].tdp_watts);
        assert_non_null(strstr(facts.source, brand_strings[i].row));
        assert_sound(&facts);
    }
}

/* One letter or one digit makes another CPU. */
static void test_every_letter_of_a_number_counts(void **state)
{
    static const struct {
        const char *name;
        double tdp_watts;
    } neighbours[] = {
        { "Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz", 65 },
        { "Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz", 95 },
        { "Intel(R) Core(TM) i7-8700T CPU @ 2.40GHz", 35 },
        { "Intel(R) Xeon(R) CPU E5-2680 0 @ 2.70GHz",
          130 }, /* the 0: no version, as Sandy Bridge says */
        { "Intel(R) Xeon(R) CPU E5-2680 @ 2.70GHz", 130 },
        { "Intel(R) Xeon(R) CPU E5-2680 v2 @ 2.80GHz", 115 },
        { "Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz", 120 },
        { "Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz", 150 },
        { "Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz", 205 },
        { "AMD Ryzen 5 3600 6-Core Processor", 65 },
        { "AMD Ryzen 5 3600X 6-Core Processor", 95 },
        { "AMD Ryzen 7 5800H with Radeon Graphics", 45 },
        { "AMD Ryzen 7 5800HS with Radeon Graphics", 35 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(neighbours); i++) {
        struct cpu_facts facts = named(neighbours[i].name);

        assert_near(facts.tdp_watts, neighbours[i].tdp_watts);
        assert_int_equal(facts.basis, BASIS_MODELLED);
    }
    assert_string_equal(named("AMD EPYC 7702 64-Core Processor").name, "EPYC 7702");
    assert_string_equal(named("AMD EPYC 7702P 64-Core Processor").name, "EPYC 7702P");
    assert_string_equal(named("AMD EPYC 9654 96-Core Processor").name, "EPYC 9654");
    assert_string_equal(named("AMD EPYC 9654P 96-Core Processor").name, "EPYC 9654P");
}

/* No such CPU was ever made, or the name names none. */
static void test_what_is_not_there_is_assumed_and_never_anothers(void **state)
{
    static const char *const unknown[] = {
        "Intel(R) Core(TM) i7-12701K",
        "Intel(R) Core(TM) i7-12",
        "AMD Core i7-8700K",
        "Intel EPYC 7763",
        "Intel(R) Xeon(R) Silver 6248 CPU @ 2.50GHz",
        "AMD Ryzen 5 5800X",
        "Intel(R) Xeon(R) CPU E5-2680 v5 @ 2.00GHz",
        "QEMU Virtual CPU version 2.5+",
        "Common KVM processor",
        "AMD EPYC",
        "pc",
        "",
        "Genuine Intel(R) CPU 0000%@",
        "AMD Eng Sample: 100-000000053-04_32/20_N",
        "Hygon C86 7185 32-core Processor",
        "Intel(R) Core(TM) i7-8700K2",
        "8700K",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(unknown); i++) {
        struct cpu_facts facts = named(unknown[i]);

        if (facts.basis != BASIS_ASSUMED)
            fail_msg("'%s' is taken for '%s'", unknown[i], facts.name);
        assert_int_equal(strncmp(facts.source, "default: ", 9), 0);
        assert_true(facts.band_ratio >= 1);
        assert_sound(&facts);
    }
}

/* Athlon 64 X2 4600+ is 89 W and X2 Dual Core 4600+ 110 W: without "X2" it may be either. */
static void test_short_name_of_two_models_is_neither(void **state)
{
    (void)state;
    assert_int_equal(named("AMD Athlon 64 4600+").basis, BASIS_ASSUMED);
    assert_int_equal(named("POWER9, altivec supported").basis, BASIS_ASSUMED);
    assert_int_equal(named("AMD Athlon(tm) 64 X2 4600+").basis, BASIS_MODELLED);
}

static void test_near_names_are_shown(void **state)
{
    struct cpu_facts facts = named("Intel(R) Core(TM) i7-12701K");

    (void)state;
    assert_int_equal(strncmp(facts.nearest, "Core i7-12700K, ", 16), 0);
    assert_string_equal(named("Common KVM processor").nearest, "");
    assert_string_equal(named("Intel(R) Core(TM) i7-12700K").nearest, "");
}

/* A median of its letters' class: neither i7-12700K's 125 W nor the 65 W of plain ones. */
static void test_letters_behind_the_number_choose_the_default(void **state)
{
    (void)state;
    assert_non_null(
        strstr(named("Intel(R) Core(TM) i7-12701K").source, "with K behind the number"));
    assert_true(named("Intel(R) Core(TM) i7-12701K").tdp_watts > 80);
    assert_true(named("Intel(R) Core(TM) i7-12701U").tdp_watts < 20);
    assert_true(named("AMD Ryzen 9 9999X 16-Core Processor").tdp_watts > 80);
    assert_true(named("AMD Ryzen 9 9999U with Radeon Graphics").tdp_watts < 20);
}

/* Teads: 0.12, 0.32, 0.75, 1.02 of TDP at 0, 10, 50, 100 %; 145 W x 0.12 = 17.4, x 1.02 = 147.9.
 * shape = (share - 0.12) / 0.90: 0.2222, 0.7. */
static void test_power_follows_the_curve(void **state)
{
    struct cpu_facts facts = named("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz");

    (void)state;
    assert_near(facts.idle_watts, 17.4);
    assert_near(facts.full_watts, 147.9);
    assert_int_equal(facts.curve.count, 4);
    assert_near(facts.curve.load_ratio[1], 0.1);
    assert_true(fabs(facts.curve.shape[1] - 0.2222222) < 1e-6);
    assert_near(facts.curve.load_ratio[2], 0.5);
    assert_near(facts.curve.shape[2], 0.7);
    assert_near(facts.band_ratio, 0.70);
}

/* EPYC 8024P, 90 W, was measured: 0.548 of TDP at 80 %, 0.564 at 90 %, less above, so that is full.
 */
static void test_measured_curves_are_used_for_their_cpu_only(void **state)
{
    struct cpu_facts facts = named("AMD EPYC 8024P 8-Core Processor");

    (void)state;
    assert_near(facts.full_watts, 90 * 0.564);
    assert_int_equal(facts.curve.count, 11);
    assert_true(fabs(facts.curve.shape[8] - (0.548 - 0.12) / (0.564 - 0.12)) < 1e-5);
    assert_int_equal(named("AMD EPYC 8124P 16-Core Processor").curve.count, 4);
}

/* 2 of 96 threads of an EPYC 7R13 of 225 W: idle 225 x 0.12 / 48. */
static void test_guest_is_billed_for_its_share_of_the_host(void **state)
{
    struct cpu_facts facts = guest("AMD EPYC 7R13 Processor", "AuthenticAMD", 25, 1, 2);
    struct cpu_facts whole = guest("AMD EPYC 7R13 Processor", "AuthenticAMD", 25, 1, 192);

    (void)state;
    assert_int_equal(facts.basis, BASIS_MODELLED);
    assert_near(facts.tdp_watts, 225);
    assert_near(facts.host_share, 2.0 / 96);
    assert_near(facts.idle_watts, 225 * 0.12 * 2 / 96);
    assert_near(facts.full_watts, 225 * 1.02 * 2 / 96);
    assert_int_equal(strncmp(facts.note, "2 of 96 threads of the host", 27), 0);
    assert_near(whole.host_share, 1);
    assert_true(facts.band_ratio > 0.70);
}

/* EPYC 7D12 has no thread count in the table: a Rome of 2.2 W a thread, so its share is not all of
 * it. */
static void test_guest_of_a_host_of_unknown_size_is_billed_by_its_class(void **state)
{
    struct cpu_facts facts = guest("AMD EPYC 7D12 32-Core Processor", "AuthenticAMD", 23, 49, 2);

    (void)state;
    assert_int_equal(facts.basis, BASIS_MODELLED);
    assert_true(facts.full_watts > 2 && facts.full_watts < 10);
    assert_non_null(strstr(facts.note, "2 of about "));
    assert_true(facts.band_ratio > guest("AMD EPYC 7R32", "AuthenticAMD", 23, 49, 2).band_ratio);
    /* the host of the first large cloud instances: 18 cores */
    facts = guest("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "GenuineIntel", 6, 79, 2);
    assert_near(facts.host_share, 2.0 / 36);
}

static void test_real_machine_is_billed_whole(void **state)
{
    struct cpu_query query = nothing;
    struct cpu_facts facts;

    (void)state;
    query.model_name = "AMD EPYC 7763 64-Core Processor";
    query.threads = 64; /* SMT off: half of 128 */
    facts = find(query);
    assert_near(facts.host_share, 1);
    assert_string_equal(facts.note, "");
}

/* Clouds hide the number and leave family and model: 143 is Sapphire Rapids, 25/1 Milan, 23/49
 * Rome. */
static void test_family_and_model_choose_the_generation(void **state)
{
    struct cpu_facts facts = guest("Intel(R) Xeon(R) CPU @ 2.20GHz", "GenuineIntel", 6, 79, 2);

    (void)state;
    assert_int_equal(facts.basis, BASIS_ASSUMED);
    assert_non_null(strstr(facts.source, "Broadwell"));
    assert_true(facts.host_share < 0.2);
    assert_non_null(strstr(facts.note, "2 of about "));
    assert_non_null(
        strstr(guest("Intel(R) Xeon(R) Processor @ 2.90GHz", "GenuineIntel", 6, 143, 4).source,
               "Sapphire"));
    assert_non_null(strstr(guest("AMD EPYC", "AuthenticAMD", 25, 1, 4).source, "Milan"));
    assert_non_null(strstr(guest("AMD EPYC", "AuthenticAMD", 23, 49, 4).source, "Rome"));
    assert_non_null(strstr(guest("AMD EPYC", "AuthenticAMD", 26, 2, 4).source, "Turin"));
}

static void test_hypervisors_words_choose_the_generation(void **state)
{
    (void)state;
    assert_non_null(strstr(named("Intel Xeon Processor (Icelake)").source, "Ice Lake"));
    assert_non_null(strstr(named("Intel Xeon Processor (Skylake, IBRS)").source, "Skylake"));
    assert_non_null(strstr(named("AMD EPYC-Rome Processor").source, "Rome"));
    assert_non_null(strstr(named("Intel Xeon Processor (Cascadelake)").source, "Cascade Lake"));
    assert_non_null(strstr(named("AMD EPYC 7XY3 64-Core Processor").source, "Milan"));
    assert_non_null(strstr(named("Intel(R) Xeon(R) Gold 6499Q").source, "Sapphire"));
}

static void test_unknown_cpu_goes_by_its_threads(void **state)
{
    struct cpu_query query = nothing;

    (void)state;
    query.model_name = "Frobnicator 9000";
    query.threads = 8;
    assert_near(find(query).tdp_watts, 32); /* 4 W a thread */
    query.threads = 0;
    assert_near(find(query).tdp_watts, 64); /* 16 threads, when nothing is known */
}

/* V1 is in Graviton3 only; N1 in Graviton2 and Altra, V2 in Graviton4 and Grace: a class, not a
 * model. */
static void test_arm_parts_are_known_by_their_ids(void **state)
{
    struct cpu_facts facts = arm(0x41, 0xd40, 4);

    (void)state;
    assert_string_equal(facts.name, "Graviton3");
    assert_near(facts.host_share, 4.0 / 64); /* a guest, though ARM has no flag that says so */
    assert_near(facts.full_watts, 220 * 1.02 * 4 / 64);

    facts = arm(0x41, 0xd0c, 16);
    assert_int_equal(facts.basis, BASIS_ASSUMED);
    assert_non_null(strstr(facts.source, "Neoverse N1"));
    assert_true(facts.tdp_watts > 16 * 1.9 && facts.tdp_watts < 16 * 3);
    assert_non_null(strstr(arm(0x41, 0xd4f, 72).source, "Neoverse V2"));

    assert_string_equal(arm(0x61, 0x023, 8).name, "M1");
    assert_string_equal(arm(0x61, 0x029, 10).name, "M1 Max");
    assert_string_equal(arm(0x61, 0x029, 20).name, "M1 Ultra");
    assert_near(arm(0x41, 0xd08, 4).tdp_watts, 6);
    assert_non_null(strstr(arm(0x41, 0xd42, 12).source, "Cortex-A78AE"));
    assert_non_null(strstr(arm(0x48, 0xd01, 64).source, "Kunpeng"));
    assert_int_equal(arm(0x99, 0x123, 4).basis, BASIS_ASSUMED);
}

static void test_arm_designs_are_known_by_their_names(void **state)
{
    (void)state;
    assert_string_equal(named("Neoverse-V1").name, "Graviton3");
    assert_non_null(strstr(named("Neoverse-N1").source, "Neoverse N1"));
    assert_non_null(strstr(named("Cortex-A72").source, "Cortex-A72"));
    assert_non_null(strstr(named("Raspberry Pi 4 Model B Rev 1.4").source, "Cortex-A72"));
    assert_non_null(strstr(named("implementer 0x41 part 0xd4f").source, "Neoverse V2"));
    assert_non_null(strstr(named("Kunpeng-920").source, "Kunpeng"));
}

static void test_maker_that_publishes_nothing_widens_the_band(void **state)
{
    (void)state;
    assert_true(named("AMD EPYC 9R14").band_ratio > named("AMD EPYC 9654").band_ratio);
    assert_true(named("Apple M1").band_ratio > 0.8);
    /* 28 W base, 64 W at most: 64 / (1.02 x 28) - 1 */
    assert_near(named("12th Gen Intel(R) Core(TM) i7-1260P").band_ratio, 64 / (1.02 * 28) - 1);
}

static void test_no_text_whatever_makes_it_fail(void **state)
{
    char longest[301];
    char raw[64];

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(named(longest).basis, BASIS_ASSUMED);
    memset(longest, '-', sizeof(longest) - 1);
    assert_int_equal(named(longest).basis, BASIS_ASSUMED);
    for (size_t i = 0; i + 1 < sizeof(longest); i++)
        longest[i] = i % 2 == 0 ? 'a' : ' ';
    assert_int_equal(named(longest).basis, BASIS_ASSUMED);
    memcpy(longest, "Intel(R) Core(TM) i7-8700K ", 27); /* and 270 letters more: no i7-8700K */
    assert_int_equal(named(longest).basis, BASIS_ASSUMED);
    for (size_t i = 0; i < sizeof(raw) - 1; i++)
        raw[i] = (char)(0x80 + 2 * i);
    raw[sizeof(raw) - 1] = '\0';
    assert_int_equal(named(raw).basis, BASIS_ASSUMED);
    assert_int_equal(named("Core i7-8700K\xff").basis, BASIS_ASSUMED);
    assert_int_equal(named(NULL).basis, BASIS_ASSUMED);
    assert_int_equal(named("    ").basis, BASIS_ASSUMED);
    assert_int_equal(named("(R)(TM)@").basis, BASIS_ASSUMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_of_the_table_finds_itself),
        cmocka_unit_test(test_brand_strings_find_their_row),
        cmocka_unit_test(test_every_letter_of_a_number_counts),
        cmocka_unit_test(test_what_is_not_there_is_assumed_and_never_anothers),
        cmocka_unit_test(test_short_name_of_two_models_is_neither),
        cmocka_unit_test(test_near_names_are_shown),
        cmocka_unit_test(test_letters_behind_the_number_choose_the_default),
        cmocka_unit_test(test_power_follows_the_curve),
        cmocka_unit_test(test_measured_curves_are_used_for_their_cpu_only),
        cmocka_unit_test(test_guest_is_billed_for_its_share_of_the_host),
        cmocka_unit_test(test_guest_of_a_host_of_unknown_size_is_billed_by_its_class),
        cmocka_unit_test(test_real_machine_is_billed_whole),
        cmocka_unit_test(test_family_and_model_choose_the_generation),
        cmocka_unit_test(test_hypervisors_words_choose_the_generation),
        cmocka_unit_test(test_unknown_cpu_goes_by_its_threads),
        cmocka_unit_test(test_arm_parts_are_known_by_their_ids),
        cmocka_unit_test(test_arm_designs_are_known_by_their_names),
        cmocka_unit_test(test_maker_that_publishes_nothing_widens_the_band),
        cmocka_unit_test(test_no_text_whatever_makes_it_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
