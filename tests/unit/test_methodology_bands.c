/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_methodology_bands.c - the table of half-widths in METHODOLOGY.md, by the code that has them */
#include "support.h"

#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "catalog/cpu_table.h"
#include "catalog/gpu_table.h"
#include "catalog/hardware.h"
#include "model/units.h"
#include "readers/acpi_meter.h"
#include "readers/amdgpu.h"
#include "readers/battery.h"
#include "readers/intel_gpu.h"
#include "readers/ipmi_dcmi.h"
#include "readers/jetson.h"
#include "readers/nvml_quality.h"
#include "readers/pm_counters.h"
#include "readers/rapl.h"
#include "readers/soc_power.h"
#include "session/plan.h"

enum { ROWS_MAX = 64, RATIOS_MAX = 4, TABLE_BYTES_MAX = 1 << 20 };

/* What the code has for a row of the table, in the order of its cell. */
struct ratios {
    double items[RATIOS_MAX];
    size_t count;
};

struct row {
    const char *source;
    const char *told;
};

static char *text;
static struct row rows[ROWS_MAX];
static size_t row_count;

static void add(struct ratios *ratios, double ratio)
{
    assert_true(ratios->count < RATIOS_MAX);
    ratios->items[ratios->count++] = ratio;
}

/* Intel's by their model numbers: 63 Haswell-EP, 158 Coffee Lake, 42 Sandy Bridge. */
static double rapl_of(enum device_kind kind, const char *vendor, int model)
{
    struct cpuinfo info = { .family = 6, .model = model };

    (void)snprintf(info.vendor, sizeof(info.vendor), "%s", vendor);
    return rapl_band_ratio(kind, &info);
}

static void rapl_package(struct ratios *ratios)
{
    add(ratios, rapl_of(DEVICE_CPU, "GenuineIntel", 63));
    add(ratios, rapl_of(DEVICE_CPU, "GenuineIntel", 158));
    add(ratios, rapl_of(DEVICE_CPU, "AuthenticAMD", 1));
    assert_true(rapl_of(DEVICE_CPU, "GenuineIntel", 42) == rapl_of(DEVICE_CPU, "", -1));
    add(ratios, rapl_of(DEVICE_CPU, "GenuineIntel", 42));
}

static void rapl_dram(struct ratios *ratios)
{
    add(ratios, rapl_of(DEVICE_DRAM, "GenuineIntel", 63));
    add(ratios, rapl_of(DEVICE_DRAM, "GenuineIntel", 158));
}

static void rapl_psys(struct ratios *ratios)
{
    add(ratios, rapl_of(DEVICE_BOARD, "GenuineIntel", 158));
}

static void arm_firmware(struct ratios *ratios)
{
    add(ratios, reader_soc_power.band_ratio);
}

static void machine_meters(struct ratios *ratios)
{
    add(ratios, reader_acpi_meter.band_ratio);
    add(ratios, reader_ipmi_dcmi.band_ratio);
}

static void cray_node(struct ratios *ratios)
{
    add(ratios, reader_pm_counters.band_ratio);
}

static void battery(struct ratios *ratios)
{
    struct device device = DEVICE_NULL;

    (void)snprintf(device.reader, sizeof(device.reader), "%s", reader_battery.name);
    device.band_ratio = reader_battery.band_ratio;
    plan_settle_board(&device, 299);
    add(ratios, device.band_ratio);
    plan_settle_board(&device, 300);
    add(ratios, device.band_ratio);
}

static void nvidia(struct ratios *ratios)
{
    const struct nvml_meter meter = { .part = NVML_PART_MODULE };
    struct device device = DEVICE_NULL;

    add(ratios, nvml_band_ratio("NVIDIA GeForce RTX 4090", 0));
    assert_true(nvml_band_ratio("NVIDIA H100 80GB HBM3", 0) ==
                nvml_band_ratio("NVIDIA A100-SXM4-40GB", 0));
    add(ratios, nvml_band_ratio("NVIDIA A100-SXM4-40GB", 0));
    nvml_quality_describe(&meter, 0, &device);
    add(ratios, device.band_ratio);
}

static void amd_card(struct ratios *ratios)
{
    add(ratios, reader_amdgpu.band_ratio);
}

static void intel_card(struct ratios *ratios)
{
    add(ratios, intel_gpu_band_ratio(false));
    add(ratios, intel_gpu_band_ratio(true));
}

static void jetson(struct ratios *ratios)
{
    add(ratios, reader_jetson.band_ratio);
}

static double cpu_named(const char *vendor, const char *name)
{
    const struct cpu_query query = { .model_name = name, .vendor_id = vendor, .arm_implementer = -1 };
    struct cpu_facts facts;

    catalog_cpu_find(&query, &facts);
    assert_int_equal(facts.basis, BASIS_MODELLED);
    return facts.band_ratio;
}

static void cpu_in_the_table(struct ratios *ratios)
{
    add(ratios, cpu_named("AuthenticAMD", "AMD EPYC 7742 64-Core Processor"));
    add(ratios, cpu_named("AuthenticAMD", "AMD A6-7480"));
    add(ratios, cpu_named("AuthenticAMD", "AMD EPYC 7V12 64-Core Processor"));
}

static void cpu_by_class(struct ratios *ratios)
{
    double least = INFINITY;
    double most = 0;

    for (int i = CPU_CLASS_NONE + 1; i <= CPU_CLASS_SNAPDRAGON; i++) {
        least = fmin(least, cpu_class_at(i)->band_ratio);
        most = fmax(most, cpu_class_at(i)->band_ratio);
    }
    assert_true(cpu_suffix_by_key("core*g")->band_ratio <= most);
    add(ratios, least);
    add(ratios, most);
}

/* What is added in quadrature. */
static void cpu_share(struct ratios *ratios)
{
    const struct cpu_query query = { .model_name = "AMD EPYC 7742 64-Core Processor",
                                     .vendor_id = "AuthenticAMD",
                                     .arm_implementer = -1,
                                     .threads = 2,
                                     .virtualized = true };
    struct cpu_facts facts;

    catalog_cpu_find(&query, &facts);
    add(ratios, sqrt(pow(facts.band_ratio, 2) - pow(cpu_named("AuthenticAMD", query.model_name), 2)));
}

static double gpu_named(const char *name)
{
    struct gpu_facts facts;

    catalog_gpu_find(name, 0, &facts);
    assert_int_equal(facts.basis, BASIS_MODELLED);
    return facts.band_ratio;
}

static void gpu_by_use(struct ratios *ratios)
{
    add(ratios, gpu_named("NVIDIA GeForce RTX 4090"));
    add(ratios, gpu_named("NVIDIA GeForce RTX 4090 Laptop GPU"));
    add(ratios, gpu_named("GRID T4-8Q"));
}

static void gpu_by_class(struct ratios *ratios)
{
    double least = INFINITY;
    double most = 0;

    for (int i = 0; i <= GPU_CLASS_ANY; i++) {
        least = fmin(least, gpu_class_at((enum gpu_class)i)->band_ratio);
        most = fmax(most, gpu_class_at((enum gpu_class)i)->band_ratio);
    }
    add(ratios, least);
    add(ratios, most);
}

static void gpu_of_a_module(struct ratios *ratios)
{
    struct device device = DEVICE_NULL;
    struct plan plan;

    (void)snprintf(device.product, sizeof(device.product), "Jetson Nano");
    plan_gpu(&device, &plan);
    add(ratios, device.band_ratio);
}

static double memory_of(enum memory_type type)
{
    const struct memory_modules modules = {
        .groups = { { .type = type, .count = 2, .bytes_each = UINT64_C(16) << 30 } },
        .group_count = 1,
    };
    struct memory_facts facts;

    catalog_memory_modules_find(&modules, 1, &facts);
    return facts.band_ratio;
}

static void memory(struct ratios *ratios)
{
    struct memory_facts facts;

    add(ratios, memory_of(MEMORY_DDR4));
    assert_true(memory_of(MEMORY_LPDDR4) == memory_of(MEMORY_LPDDR5));
    add(ratios, memory_of(MEMORY_LPDDR5));
    catalog_memory_find(UINT64_C(16) << 30, false, &facts);
    add(ratios, facts.band_ratio);
}

/* Where other pages have the figures. */
static void elsewhere(struct ratios *ratios)
{
    (void)ratios;
}

static const struct {
    const char *source; /* as the row begins */
    void (*compute)(struct ratios *ratios);
} kinds[] = {
    { "RAPL package", rapl_package },
    { "RAPL dram", rapl_dram },
    { "RAPL psys", rapl_psys },
    { "ARM server's firmware", arm_firmware },
    { "ACPI power meter", machine_meters },
    { "pm_counters", cray_node },
    { "battery", battery },
    { "NVML", nvidia },
    { "amdgpu", amd_card },
    { "i915 and xe", intel_card },
    { "Jetson module", jetson },
    { "CPU in the table", cpu_in_the_table },
    { "CPU by its class", cpu_by_class },
    { "CPU calibrated", elsewhere },
    { "share of a host", cpu_share },
    { "GPU from utilisation", gpu_by_use },
    { "GPU by its class", gpu_by_class },
    { "GPU of a Jetson", gpu_of_a_module },
    { "memory by its modules", memory },
    { "intensity", elsewhere },
    { "manufacture", elsewhere },
    { "readings of others", elsewhere },
};

static int read_table(void **state)
{
    static const char HEAD[] = "| source | half-width |\n|---|---|\n";
    const char *root = getenv("AICO2_TEST_SOURCE_ROOT");
    char *line;
    int dir;

    (void)state;
    assert_non_null(root);
    dir = fs_open_dir_at(AT_FDCWD, root, NULL);
    assert_true(dir >= 0);
    assert_true(fs_read_all_at(dir, "METHODOLOGY.md", TABLE_BYTES_MAX, &text, NULL) >= 0);
    fd_closep(&dir);
    line = strstr(text, HEAD);
    assert_non_null(line);
    for (line += sizeof(HEAD) - 1; strncmp(line, "| ", 2) == 0; line += strlen(line) + 1) {
        char *cell = strstr(line + 2, " | ");

        assert_true(row_count < ROWS_MAX && cell != NULL);
        line[strcspn(line, "\n")] = '\0';
        rows[row_count++] = (struct row){ line + 2, cell + 3 };
    }
    return 0;
}

static int forget_table(void **state)
{
    (void)state;
    free(text);
    return 0;
}

/* The numbers of a cell up to its first comma, semicolon or link: what follows is words. */
static struct ratios told_by(const char *cell)
{
    struct ratios told = { .count = 0 };

    while (*cell != '\0' && strchr(",;[|", *cell) == NULL) {
        char *end = (char *)cell + 1;

        if (isdigit((unsigned char)*cell))
            add(&told, strtod(cell, &end) / 100);
        cell = end;
    }
    return told;
}

static void test_every_half_width_is_the_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        struct ratios told = told_by(rows[i].told);
        struct ratios made = { .count = 0 };
        size_t kind = 0;

        while (kind < ARRAY_LENGTH(kinds) &&
               strncmp(rows[i].source, kinds[kind].source, strlen(kinds[kind].source)) != 0)
            kind++;
        if (kind == ARRAY_LENGTH(kinds))
            fail_msg("nothing computes the row: %s", rows[i].source);
        kinds[kind].compute(&made);
        if (made.count != told.count)
            fail_msg("%zu figures, not %zu: %s", made.count, told.count, rows[i].source);
        for (size_t j = 0; j < made.count; j++)
            if (fabs(made.items[j] - told.items[j]) > 0.005)
                fail_msg("%g, not %g: %s", made.items[j], told.items[j], rows[i].source);
    }
}

static void test_every_half_width_has_a_row(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++) {
        size_t found = 0;

        for (size_t i = 0; i < row_count; i++)
            found += strncmp(rows[i].source, kinds[kind].source, strlen(kinds[kind].source)) == 0;
        if (found != 1)
            fail_msg("METHODOLOGY.md has %zu rows of %s", found, kinds[kind].source);
    }
}

/* A reader with a meter of its own is in one of them: who adds one adds its row. */
static void test_every_driver_with_a_band_is_here(void **state)
{
    static const struct reader_driver *const here[] = {
        &reader_soc_power, &reader_jetson,     &reader_amdgpu,     &reader_intel_gpu,
        &reader_battery,   &reader_acpi_meter, &reader_pm_counters, &reader_ipmi_dcmi,
    };

    (void)state;
    for (size_t i = 0; reader_drivers[i] != NULL; i++) {
        size_t at = 0;

        while (at < ARRAY_LENGTH(here) && here[at] != reader_drivers[i])
            at++;
        if (at == ARRAY_LENGTH(here) && reader_drivers[i]->band_ratio > 0 &&
            strcmp(reader_drivers[i]->name, "nvml") != 0)
            fail_msg("no row computes the band of %s", reader_drivers[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_half_width_is_the_codes),
        cmocka_unit_test(test_every_half_width_has_a_row),
        cmocka_unit_test(test_every_driver_with_a_band_is_here),
    };

    return cmocka_run_group_tests(tests, read_table, forget_table);
}
