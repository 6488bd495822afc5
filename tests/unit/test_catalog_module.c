/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_catalog_module.c - what a module may draw in its power mode */
#include "support.h"

#include <stdio.h>

#include "catalog/hardware.h"
#include "readers/jetson_board.h"

static void assert_budget(const char *product, const char *mode, double watts, const char *source)
{
    struct module_facts facts;

    assert_true(catalog_module_find(product, mode, &facts));
    assert_true(facts.watts == watts);
    assert_string_equal(facts.source, source);
}

static void test_a_name_stands_for_a_budget(void **state)
{
    (void)state;
    assert_budget("Jetson TX2", "MAXN", 15, "jetson_power_modes.csv: Jetson TX2, MAXN");
    assert_budget("Jetson TX2", "MAXP_CORE_ARM", 15,
                  "jetson_power_modes.csv: Jetson TX2, MAXP_CORE_ARM");
    assert_budget("Jetson TX2", "MAXQ", 7.5, "jetson_power_modes.csv: Jetson TX2, MAXQ");
    assert_budget("Jetson Nano", "MAXN", 10, "jetson_power_modes.csv: Jetson Nano, MAXN");
    assert_budget("Jetson Orin Nano Super 8GB", "MAXN_SUPER", 25,
                  "jetson_power_modes.csv: Jetson Orin Nano Super 8GB, MAXN_SUPER");
    assert_budget("Jetson AGX Thor T5000", "MAXN", 130,
                  "jetson_power_modes.csv: Jetson AGX Thor T5000, MAXN");
}

static void test_an_unknown_mode_is_the_most_there_is(void **state)
{
    static const char *const modes[] = { "", "mode 0", "MY_OWN", "maxn", "MAXQUIET" };

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        assert_budget("Jetson Xavier NX", modes[i], 20,
                      "jetson_power_modes.csv: Jetson Xavier NX, the most of its modes");
}

static void test_an_unknown_module_has_none(void **state)
{
    static const char *const products[] = { "", "Jetson", "Jetson Xavier", "jetson nano",
                                            "Jetson Nano 2GB" };
    struct module_facts facts = { .watts = 1 };

    (void)state;
    for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++)
        assert_false(catalog_module_find(products[i], "MAXN", &facts));
    assert_true(facts.watts == 1);
}

/* Every module that the reader can tell is in the table. */
static void test_what_the_reader_tells_is_in_the_table(void **state)
{
    static const char *const parts[] = { "p2180-1000", "p3448-0000", "p3310-1000", "p3489-0888",
                                         "p3489-0000", "p3636-0001", "p2888-0001", "p2888-0008",
                                         "p3668-0000", "p3668-0003", "p3701-0000", "p3701-0004",
                                         "p3701-0005", "p3701-0008", "p3767-0000", "p3767-0001",
                                         "p3767-0003", "p3767-0004", "p3767-0005", "p3834-0008" };

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (int super = 0; super < 2; super++) {
            struct module_facts facts;
            char word[64];
            int length =
                snprintf(word, sizeof(word), "nvidia,%s%s", parts[i], super != 0 ? "-super" : "");
            const char *product = jetson_product(word, (size_t)length);

            assert_non_null(product);
            assert_true(catalog_module_find(product, "", &facts));
            assert_true(facts.watts >= 10 && facts.watts <= 130);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_stands_for_a_budget),
        cmocka_unit_test(test_an_unknown_mode_is_the_most_there_is),
        cmocka_unit_test(test_an_unknown_module_has_none),
        cmocka_unit_test(test_what_the_reader_tells_is_in_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
