/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_cpuinfo.c - who a processor says it is */
#include "machine_tree.h"

#include <string.h>

#include "readers/cpuinfo.h"

static void test_first_processor_is_taken(void **state)
{
    struct cpuinfo info;

    (void)state;
    cpuinfo_parse("processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\n"
                  "model name\t: Intel(R) Xeon(R)  Gold 6330 CPU @ 2.00GHz\ncpu cores\t: 28\n"
                  "flags\t\t: fpu msr\n\n"
                  "processor\t: 1\nvendor_id\t: AuthenticAMD\nmodel name\t: another\n",
                  &info);
    assert_string_equal(info.vendor, "GenuineIntel");
    assert_string_equal(info.model_name, "Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz");
    assert_int_equal(info.family, 6);
    assert_int_equal(info.model, 106);
    assert_int_equal(info.cores_per_socket, 28);
    assert_int_equal(info.arm_implementer, -1);
    assert_true(info.has_flags);
    assert_false(info.hypervisor);
    assert_true(cpuinfo_is_intel_server(&info));
    assert_false(cpuinfo_is_amd(&info));
    assert_false(cpuinfo_is_early_intel(&info));
}

static void test_hypervisor_is_a_whole_word(void **state)
{
    struct cpuinfo info;

    (void)state;
    cpuinfo_parse("processor: 0\nflags: fpu hypervisor avx2\n", &info);
    assert_true(info.hypervisor);
    cpuinfo_parse("processor: 0\nflags: fpu hypervisor2 xhypervisor\n", &info);
    assert_true(info.has_flags);
    assert_false(info.hypervisor);
}

static void assert_arm(const char *text, int implementer, int part, const char *model)
{
    struct cpuinfo info;

    cpuinfo_parse(text, &info);
    assert_int_equal(info.arm_implementer, implementer);
    assert_int_equal(info.arm_part, part);
    assert_string_equal(info.model_name, model);
    assert_int_equal(info.family, -1);
    assert_false(info.has_flags);
}

static void test_arm_has_numbers_instead_of_a_name(void **state)
{
    (void)state;
    /* Neoverse V2: Grace, Graviton4 */
    assert_arm("processor\t: 0\nBogoMIPS\t: 62.50\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
               "CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd4f\nCPU revision\t: 0\n",
               0x41, 0xd4f, "implementer 0x41 part 0xd4f");
    /* Raspberry Pi 4: the board's name stands in a block of its own at the end */
    assert_arm("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\nHardware\t: BCM2835\n"
               "Model\t\t: Raspberry Pi 4 Model B Rev 1.4\n",
               0x41, 0xd08, "implementer 0x41 part 0xd08");
    /* 32-bit kernels do give a name */
    assert_arm(
        "processor\t: 0\nmodel name\t: ARMv7 Processor rev 3 (v7l)\nCPU implementer\t: 0x41\n"
        "CPU part\t: 0xd08\n",
        0x41, 0xd08, "ARMv7 Processor rev 3 (v7l)");
    /* Carmel of a Jetson Xavier; the 0x of the part is NVIDIA's */
    assert_arm("processor: 0\nmodel name: ARMv8 Processor rev 0 (v8l)\nCPU implementer: 0x4e\n"
               "CPU part: 0x004\n",
               0x4e, 4, "ARMv8 Processor rev 0 (v8l)");
}

static void test_trees_of_arm_machines(void **state)
{
    static const struct {
        const char *name;
        int part;
    } machines[] = { { "gh200", 0xd4f }, { "jetson-orin-nano", 0xd42 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct test_machine machine;
        struct cpuinfo info;

        machine_set_up(&machine, machines[i].name);
        cpuinfo_read(machine.env.proc_fd, &info);
        assert_int_equal(info.arm_implementer, 0x41);
        assert_int_equal(info.arm_part, machines[i].part);
        assert_string_equal(info.vendor, "0x41");
        machine_tear_down(&machine);
    }
}

static void test_names_are_made_fit_to_show(void **state)
{
    char text[400] = "processor: 0\nmodel name: ";
    struct cpuinfo info;
    size_t start = strlen(text);

    (void)state;
    memset(text + start, 'x', 300);
    text[start + 300] = '\n';
    cpuinfo_parse(text, &info);
    assert_int_equal(strlen(info.model_name), sizeof(info.model_name) - 1);

    cpuinfo_parse("processor: 0\nmodel name: A\xff\xfe"
                  "B\033[31m\n",
                  &info);
    for (const char *at = info.model_name; *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f);
    assert_int_equal(info.model_name[0], 'A');
}

static void test_nothing_is_known_of_nothing(void **state)
{
    static const char *const texts[] = {
        "",         "\n\n\n",       "rubbish",
        ":\n:::\n", "model name\n", "cpu family: six\nmodel: 0x\nCPU part: -1\n"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct cpuinfo info;

        cpuinfo_parse(texts[i], &info);
        assert_string_equal(info.vendor, "");
        assert_string_equal(info.model_name, "");
        assert_int_equal(info.family, -1);
        assert_int_equal(info.model, -1);
        assert_int_equal(info.arm_implementer, -1);
        assert_int_equal(info.cores_per_socket, 0);
    }
}

static void test_processors_and_sockets_are_counted(void **state)
{
    int processors;
    int sockets;

    (void)state;
    cpuinfo_count_text("processor: 0\nphysical id: 0\n\nprocessor: 1\nphysical id: 3\n\n"
                       "processor: 2\nphysical id: 3\n\nprocessor: x\nphysical id: 99999\n",
                       &processors, &sockets);
    assert_int_equal(processors, 3);
    assert_int_equal(sockets, 2);
    cpuinfo_count_text("", &processors, &sockets);
    assert_int_equal(processors, 0);
    assert_int_equal(sockets, 0);
}

static struct cpuinfo intel(int model, const char *name)
{
    struct cpuinfo info = { .vendor = "GenuineIntel", .family = 6, .model = model };

    strncpy(info.model_name, name, sizeof(info.model_name) - 1);
    return info;
}

static void test_servers_and_desktops_of_intel(void **state)
{
    struct cpuinfo ice_lake_sp = intel(106, "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz");
    struct cpuinfo xeon_e3 = intel(158, "Intel(R) Xeon(R) E-2288G CPU @ 3.70GHz");
    struct cpuinfo alder_lake = intel(151, "12th Gen Intel(R) Core(TM) i7-12700K");
    struct cpuinfo sandy_ep = intel(45, "Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz");
    struct cpuinfo unheard_of = intel(250, "Intel(R) Xeon(R) 7777P");
    struct cpuinfo amd = { .vendor = "AuthenticAMD", .family = 25, .model = 106 };
    struct cpuinfo hygon = { .vendor = "HygonGenuine", .family = 24, .model = 0 };

    (void)state;
    assert_true(cpuinfo_is_intel_server(&ice_lake_sp));
    assert_false(cpuinfo_is_intel_server(&xeon_e3)); /* desktop silicon under a server's name */
    assert_false(cpuinfo_is_intel_server(&alder_lake));
    assert_true(cpuinfo_is_intel_server(&unheard_of));
    assert_false(cpuinfo_is_intel_server(&amd));
    assert_true(cpuinfo_is_early_intel(&sandy_ep));
    assert_false(cpuinfo_is_early_intel(&ice_lake_sp));
    assert_true(cpuinfo_is_amd(&amd) && cpuinfo_is_amd(&hygon));
}

static void test_a_missing_file_leaves_all_unknown(void **state)
{
    struct cpuinfo info;

    (void)state;
    cpuinfo_read(-1, &info);
    assert_string_equal(info.model_name, "");
    assert_int_equal(info.family, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_processor_is_taken),
        cmocka_unit_test(test_hypervisor_is_a_whole_word),
        cmocka_unit_test(test_arm_has_numbers_instead_of_a_name),
        cmocka_unit_test(test_trees_of_arm_machines),
        cmocka_unit_test(test_names_are_made_fit_to_show),
        cmocka_unit_test(test_nothing_is_known_of_nothing),
        cmocka_unit_test(test_processors_and_sockets_are_counted),
        cmocka_unit_test(test_servers_and_desktops_of_intel),
        cmocka_unit_test(test_a_missing_file_leaves_all_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
