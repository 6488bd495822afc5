/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_jetson_mode.c - the power mode of a Jetson out of nvpmodel's files */
#include "machine_tree.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "readers/jetson_mode.h"

static void test_the_status_has_the_number_of_the_mode(void **state)
{
    static const struct {
        const char *text;
        int id; /* -1: none */
    } cases[] = {
        { "pmode:0003", 3 },
        { "pmode:0003\n", 3 },
        { "pmode:0008 fmode:quiet\n", 8 },
        { "fmode:cool pmode:0012", 12 },
        { "pmode:0000", 0 },
        { "", -1 },
        { "pmode:", -1 },
        { "pmode:x", -1 },
        { "pmode:3x", -1 },
        { "pmode:-1", -1 },
        { "xpmode:0003", -1 },
        { "pmode:99999999999999999999", -1 },
        { "pmode:0010000", -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int id = -1;

        assert_int_equal(jetson_mode_parse_status(cases[i].text, &id), cases[i].id >= 0);
        assert_int_equal(id, cases[i].id);
    }
}

static void test_the_configuration_has_its_name(void **state)
{
    static const char conf[] = "# < POWER_MODEL ID=1 NAME=COMMENT >\n"
                               "< PARAM TYPE=FILE NAME=CPU_ONLINE >\n"
                               "CORE_0 /sys/devices/system/cpu/cpu0/online\n"
                               "< POWER_MODEL ID=0 NAME=MAXN >\n"
                               "CPU_ONLINE CORE_0 1\r\n"
                               "  <POWER_MODEL ID=1 NAME=MODE_15W_6CORE >\n"
                               "<\tPOWER_MODEL NAME=25W ID=2>\n"
                               "< POWER_MODEL ID=10 NAME=TEN >\n"
                               "< POWER_MODELS ID=4 NAME=OTHER >\n"
                               "< POWER_MODEL ID=5 NAME= >\n"
                               "< POWER_MODEL ID=6x NAME=SIX >\n"
                               "< POWER_MODEL XID=7 NAME=SEVEN >\n"
                               "< PM_CONFIG DEFAULT=1 >\n"
                               "< POWER_MODEL ID=8 NAME=LAST >";
    static const struct {
        int id;
        const char *name;
    } cases[] = { { 0, "MAXN" }, { 1, "MODE_15W_6CORE" },
                  { 2, "25W" },  { 10, "TEN" },
                  { 3, NULL },   { 4, NULL },
                  { 5, NULL },   { 6, NULL },
                  { 7, NULL },   { 8, "LAST" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[JETSON_MODE_SIZE] = "none";

        assert_int_equal(jetson_mode_find_name(conf, cases[i].id, name), cases[i].name != NULL);
        assert_string_equal(name, cases[i].name != NULL ? cases[i].name : "none");
    }
    assert_false(jetson_mode_find_name("", 0, (char[JETSON_MODE_SIZE]){ 0 }));
}

static void test_a_name_tells_the_budget_or_does_not(void **state)
{
    static const struct {
        const char *name;
        double watts; /* 0: none */
    } cases[] = {
        { "15W", 15 },
        { "MODE_30W_ALL", 30 },
        { "MODE_15W_6CORE", 15 },
        { "7.5W", 7.5 },
        { "MAXN", 0 },
        { "MAXN_SUPER", 0 },
        { "MODE_2CORE", 0 },
        { "W", 0 },
        { "15", 0 },
        { "X15W", 0 },
        { "15WATTS", 0 },
        { "0W", 0 },
        { "1.2.3W", 0 },
        { "99999W", 0 },
        { "", 0 },
        { "mode 3", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double watts = jetson_mode_watts(cases[i].name);

        if (cases[i].watts > 0)
            assert_true(watts == cases[i].watts);
        else
            assert_true(isnan(watts));
    }
}

static void test_the_mode_is_found_where_its_files_are(void **state)
{
    char name[JETSON_MODE_SIZE];
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, "jetson-tx2");
    assert_true(jetson_mode_read(&machine.env, name));
    assert_string_equal(name, "MAXP_CORE_ARM");
    tree_update(machine.fd, "var/lib/nvpmodel/status", "pmode:0001\n");
    assert_true(jetson_mode_read(&machine.env, name));
    assert_string_equal(name, "MAXQ");
    tree_update(machine.fd, "var/lib/nvpmodel/status", "pmode:0077\n"); /* nothing names it */
    assert_true(jetson_mode_read(&machine.env, name));
    assert_string_equal(name, "mode 77");
    assert_int_equal(unlinkat(machine.fd, "etc/nvpmodel.conf", 0), 0);
    tree_link(machine.fd, "etc/nvpmodel.conf", "nvpmodel.conf"); /* round in a circle */
    assert_true(jetson_mode_read(&machine.env, name));
    assert_string_equal(name, "mode 77");
    tree_update(machine.fd, "var/lib/nvpmodel/status", "");
    assert_false(jetson_mode_read(&machine.env, name));
    assert_int_equal(unlinkat(machine.fd, "var/lib/nvpmodel/status", 0), 0);
    assert_false(jetson_mode_read(&machine.env, name));
    tree_mkdir(machine.fd, "var/lib/nvpmodel/status");
    assert_false(jetson_mode_read(&machine.env, name));
    machine_tear_down(&machine);

    machine_set_up(&machine, "jetson-xavier-nx"); /* nvpmodel has never run */
    assert_false(jetson_mode_read(&machine.env, name));
    machine_tear_down(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_status_has_the_number_of_the_mode),
        cmocka_unit_test(test_the_configuration_has_its_name),
        cmocka_unit_test(test_a_name_tells_the_budget_or_does_not),
        cmocka_unit_test(test_the_mode_is_found_where_its_files_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
