/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_catalog_machine.c - what a machine costs to make beside its devices */
#include "support.h"

#include <math.h>
#include <string.h>

#include "catalog/hardware.h"

static void assert_band(struct band got, double value, double low, double high)
{
    if (!(fabs(got.value - value) <= 1e-3) || !(fabs(got.low - low) <= 1e-3) ||
        !(fabs(got.high - high) <= 1e-3))
        fail_msg("%.6g (%.6g ... %.6g) is not %.6g (%.6g ... %.6g)", got.value, got.low, got.high,
                 value, low, high);
}

static void assert_part(const struct embodied_part *part, const char *component, double years)
{
    assert_string_equal(part->component, component);
    assert_true(part->lifetime_years == years);
    assert_true(strncmp(part->source, "embodied.csv: ", 14) == 0);
    assert_true(part->kgco2e.low > 0 && part->kgco2e.low <= part->kgco2e.value &&
                part->kgco2e.value <= part->kgco2e.high);
    assert_true(part->device[0] == '\0');
}

static size_t machine(enum chassis chassis, struct drives drives,
                      struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX])
{
    struct machine facts = { .chassis = chassis, .drives = drives };

    memset(parts, 0xa5, EMBODIED_MACHINE_PARTS_MAX * sizeof(*parts));
    return catalog_embodied_machine(&facts, parts);
}

/* Board 66.1 and assembly 6.68; chassis 150 and two supplies of 72.657; low a blade's 30.9 and 880 / 16. Teads' server
 * without a CPU of 20.96 and 16 GB of 1.39 is 956.8 kg, 2.599336 times the 368.094. */
static void test_a_server_is_board_and_chassis(void **state)
{
    struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX];
    struct embodied_facts whole;

    (void)state;
    assert_int_equal(machine(CHASSIS_SERVER, (struct drives){ 0 }, parts), 2);
    assert_part(&parts[0], "board", 4);
    assert_band(parts[0].kgco2e, 72.78, 72.78, 189.18);
    assert_part(&parts[1], "chassis", 4);
    assert_band(parts[1].kgco2e, 295.314, 85.9, 767.62);
    catalog_embodied_server(&whole);
    assert_band((struct band){ whole.kgco2e, whole.kg_low, whole.kg_high }, 368.094, 158.68, 956.8);

    assert_int_equal(machine(CHASSIS_BLADE, (struct drives){ 0 }, parts), 2);
    assert_band(parts[0].kgco2e, 72.78, 72.78, 189.18);
    assert_part(&parts[1], "chassis", 4);
    assert_band(parts[1].kgco2e, 85.9, 85.9, 85.9 * 956.8 / 368.094);
}

/* 277 and 181 kg less 20.96 and 16 x 1.39; the low ends less 40.66 and 16 x 3.52, of the lighter laptop's 175. */
static void test_a_desktop_and_a_laptop_are_one_part(void **state)
{
    static const struct drives drives = { .solid = 1, .solid_bytes = 1000000000000, .unknown = 1 };
    struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX];

    (void)state;
    assert_int_equal(machine(CHASSIS_DESKTOP, drives, parts), 1); /* its disk is in it */
    assert_part(&parts[0], "computer", 5);
    assert_band(parts[0].kgco2e, 233.8, 180.02, 277);
    assert_int_equal(machine(CHASSIS_LAPTOP, drives, parts), 1);
    assert_part(&parts[0], "computer", 4);
    assert_band(parts[0].kgco2e, 137.8, 78.02, 181);
}

/* SSD: 6.34 and 0.0401 a GB; low 0.0063 a GB, high 0.16 a GB or 6.34 and 0.1341 a GB. Disks: 31.11 (15.8 ... 50). */
static void test_drives_count_by_number_and_size(void **state)
{
    static const struct drives large = { .solid = 2, .solid_bytes = 2000000000000, .spinning = 3 };
    static const struct drives small = { .solid = 1, .solid_bytes = 100000000000 };
    struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX];

    (void)state;
    assert_int_equal(machine(CHASSIS_SERVER, large, parts), 4);
    assert_part(&parts[2], "storage", 4);
    assert_band(parts[2].kgco2e, 12.68 + 80.2, 12.6, 320);
    assert_string_equal(parts[2].source, "embodied.csv: 2 SSD of 2000 GB together");
    assert_part(&parts[3], "storage", 4);
    assert_band(parts[3].kgco2e, 93.33, 47.4, 150);
    assert_int_equal(machine(CHASSIS_SERVER, small, parts), 3);
    assert_band(parts[2].kgco2e, 6.34 + 4.01, 0.63, 6.34 + 13.41);
}

static void test_what_is_not_known_has_no_part(void **state)
{
    static const struct drives disk = { .spinning = 1, .unknown = 3 };
    struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX];

    (void)state;
    assert_int_equal(machine(CHASSIS_UNKNOWN, (struct drives){ .unknown = 3 }, parts), 0);
    assert_int_equal(machine(CHASSIS_UNKNOWN, disk, parts), 1); /* a disk is one in any machine */
    assert_string_equal(parts[0].component, "storage");
    assert_string_equal(parts[0].source, "embodied.csv: 1 hard disk of any size");
}

/* A quarter of a processor: an eighth of a host of two, at most a quarter of one of one. */
static void test_a_guest_has_its_part_of_a_host(void **state)
{
    struct embodied_part parts[EMBODIED_MACHINE_PARTS_MAX];

    (void)state;
    assert_int_equal(catalog_embodied_host("Intel(R) Xeon(R) Processor", 0.25, parts), 2);
    assert_part(&parts[0], "board", 4);
    assert_band(parts[0].kgco2e, 72.78 / 8, 72.78 / 8, 189.18 / 4);
    assert_part(&parts[1], "chassis", 4);
    assert_band(parts[1].kgco2e, 295.314 / 8, 85.9 / 8, 767.62 / 4);
    assert_non_null(strstr(parts[1].source, "taken for"));
    /* all of it at most */
    assert_int_equal(catalog_embodied_host("AMD EPYC 7R13 Processor", 4, parts), 2);
    assert_band(parts[0].kgco2e, 72.78, 72.78, 189.18);
    /* names that hypervisors make up are those of servers */
    assert_int_equal(catalog_embodied_host("Intel Core Processor (Haswell, no TSX)", 1, parts), 2);
    assert_int_equal(catalog_embodied_host("", 1, parts), 2);
    /* somebody's own computer, of which nothing is known */
    assert_int_equal(catalog_embodied_host("Intel(R) Core(TM) i7-8650U", 1, parts), 0);
    assert_int_equal(catalog_embodied_host("AMD Ryzen 9 5950X 16-Core Processor", 1, parts), 0);
    assert_int_equal(catalog_embodied_host("Apple M1", 1, parts), 0);
    assert_int_equal(catalog_embodied_host("Intel(R) Xeon(R) Processor", 0, parts), 0);
    assert_int_equal(catalog_embodied_host("Intel(R) Xeon(R) Processor", NAN, parts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_is_board_and_chassis),
        cmocka_unit_test(test_a_desktop_and_a_laptop_are_one_part),
        cmocka_unit_test(test_drives_count_by_number_and_size),
        cmocka_unit_test(test_what_is_not_known_has_no_part),
        cmocka_unit_test(test_a_guest_has_its_part_of_a_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
