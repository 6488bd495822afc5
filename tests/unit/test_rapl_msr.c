/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_rapl_msr.c - RAPL from the processor's registers: units, wraps, refusals */
#include "rapl_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "energy/counter.h"
#include "readers/rapl_msr.h"
#include "readers/rapl_msr_plan.h"

/* Four bytes of a register; what follows belongs to the next ones. */
static void write_register(struct test_machine *machine, int cpu, off_t address, uint32_t value)
{
    char path[32];
    unsigned char bytes[4];
    int fd;

    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    (void)snprintf(path, sizeof(path), "dev/cpu/%d/msr", cpu);
    fd = openat(machine->fd, path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, bytes, sizeof(bytes), address), sizeof(bytes));
    (void)close(fd);
}

static void test_a_server_has_packages_dram_and_ratings(void **state)
{
    static const char *const ids[] = { "cpu0", "cpu1", "dram0", "dram1" };
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "xeon-2s-msr");
    machine.env.explain = true;
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_string_equal(probed.status.reason, "");
    assert_string_equal(probed.status.detail, "the processor's registers");
    assert_int_equal(probed.status.doors[2].state, READER_USED);
    assert_int_equal(probed.reader->device_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(rapl_device_at(&probed, i)->id, ids[i]);
        assert_int_equal(rapl_device_at(&probed, i)->index, i % 2);
        assert_string_equal(rapl_device_at(&probed, i)->note, "through the processor's registers");
    }
    /* 0x668 and 0x6ff eighths of a watt */
    assert_true(rapl_device_at(&probed, 0)->rated_watts == 205);
    assert_true(rapl_device_at(&probed, 1)->rated_watts == 223.875);
    assert_string_equal(rapl_device_at(&probed, 0)->rated_source, "MSR_PKG_POWER_INFO");
    assert_true(isnan(rapl_device_at(&probed, 2)->rated_watts));
    /* 2^32 counts of 2^-14 J are 262,144 J; of 15.3 uJ 65,712.9996288 J, to the nearest
     * microjoule */
    assert_int_equal(rapl_device_at(&probed, 0)->counter_range_uj, 262143999999);
    assert_int_equal(rapl_device_at(&probed, 2)->counter_range_uj, 65712999628);
    rapl_read_all(&probed);
    /* 0x68123456 = 1,746,023,510 counts / 16384 = 106,568.8177... J */
    rapl_assert_energy(&probed, 0, UINT64_C(1746023510) * 1000000 / 16384);
    /* 0x071ac0e0 = 119,193,824 counts x 15.3 uJ */
    rapl_assert_energy(&probed, 2, 1823665507);
    rapl_tear_down(&machine, &probed);
}

/* 256 below the wrap, and 256 above it: 512 counts of 61.03515625 uJ are 31,250 uJ, of 15.3 uJ
 * 7,833.6 uJ. */
static void test_a_wrap_is_counted_once(void **state)
{
    struct test_machine machine;
    struct probed probed;
    uint64_t deltas[4] = { 0 };

    (void)state;
    machine_set_up(&machine, "xeon-2s-msr");
    rapl_probe_machine(&machine, &probed);
    for (size_t i = 1; i < 4; i += 2) {
        struct energy_counter counter = {
            .range_uj = rapl_device_at(&probed, i)->counter_range_uj,
            .rated_watts = 200,
        };
        int64_t since_ns;

        write_register(&machine, 1, i == 1 ? 0x611 : 0x619, 0xffffff00);
        rapl_read_after(&machine, &probed, 1);
        (void)energy_counter_advance(&counter, probed.samples[i].energy_uj,
                                     probed.samples[i].mono_ns, &deltas[i], &since_ns);
        write_register(&machine, 1, i == 1 ? 0x611 : 0x619, 0x100);
        rapl_read_after(&machine, &probed, 1);
        assert_int_equal(energy_counter_advance(&counter, probed.samples[i].energy_uj,
                                                probed.samples[i].mono_ns, &deltas[i], &since_ns),
                         COUNTER_ENERGY);
    }
    assert_int_equal(deltas[1], 31250);
    assert_in_range(deltas[3], 7833, 7834);
    rapl_tear_down(&machine, &probed);
}

static void test_amd_has_one_counter_a_socket(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "epyc-msr");
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    assert_int_equal(rapl_device_at(&probed, 0)->counter_range_uj, 65535999999); /* 65,536 J */
    assert_true(isnan(rapl_device_at(&probed, 0)->rated_watts));
    assert_true(rapl_device_at(&probed, 0)->burst_watts == 60);
    rapl_read_all(&probed);
    /* 0x12345678 = 305,419,896 counts / 65536 */
    rapl_assert_energy(&probed, 0, UINT64_C(305419896) * 1000000 / 65536);
    write_register(&machine, 0, 0xc001029b, 0x12345678 + 65536);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, UINT64_C(305419896) * 1000000 / 65536 + 1000000);
    rapl_tear_down(&machine, &probed);
}

static struct cpuinfo cpu(const char *vendor, int family, int model)
{
    struct cpuinfo info = { .family = family, .model = model };

    (void)snprintf(info.vendor, sizeof(info.vendor), "%s", vendor);
    return info;
}

static void test_what_a_count_is_worth(void **state)
{
    static const struct {
        const char *vendor;
        int family;
        int model;
        uint64_t unit;
        double package_uj;
        double dram_uj; /* 0: not read */
    } cases[] = {
        { "GenuineIntel", 6, 0x2a, 0xa1003, 15.2587890625, 15.2587890625 }, /* Sandy Bridge */
        { "GenuineIntel", 6, 0x9e, 0xa0e03, 61.03515625, 61.03515625 },     /* Coffee Lake */
        { "GenuineIntel", 6, 0x3f, 0xa0e03, 61.03515625, 15.3 },            /* Haswell-EP */
        { "GenuineIntel", 6, 0x4f, 0xa0e03, 61.03515625, 15.3 },            /* Broadwell-EP */
        { "GenuineIntel", 6, 0x55, 0xa0e03, 61.03515625, 15.3 },            /* Skylake-SP */
        { "GenuineIntel", 6, 0x6a, 0xa0e03, 61.03515625, 15.3 },            /* Ice Lake-SP */
        { "GenuineIntel", 6, 0x6c, 0xa0e03, 61.03515625, 15.3 },            /* Ice Lake-D */
        { "GenuineIntel", 6, 0x57, 0xa0e03, 61.03515625, 15.3 },            /* Knights Landing */
        { "GenuineIntel", 6, 0x85, 0xa0e03, 61.03515625, 15.3 },            /* Knights Mill */
        { "GenuineIntel", 6, 0x8f, 0xa0e03, 61.03515625, 61.03515625 },     /* Sapphire Rapids */
        { "GenuineIntel", 6, 0x56, 0xa0e03, 61.03515625, 0 },               /* Broadwell-DE */
        { "GenuineIntel", 6, 0x37, 0x00505, 32, 0 },                        /* Silvermont */
        { "GenuineIntel", 6, 0x4c, 0x00505, 32, 0 },                        /* Airmont */
        { "AuthenticAMD", 0x17, 0x31, 0xa1003, 15.2587890625, 0 },
        { "AuthenticAMD", 0x19, 0x01, 0xa1003, 15.2587890625, 0 },
        { "AuthenticAMD", 0x1a, 0x02, 0xa1003, 15.2587890625, 0 },
        { "HygonGenuine", 0x18, 0x00, 0xa1003, 15.2587890625, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpuinfo info = cpu(cases[i].vendor, cases[i].family, cases[i].model);
        struct rapl_msr_plan plan;

        assert_true(rapl_msr_plan(&info, &plan));
        assert_true(rapl_msr_unit_uj(&plan, cases[i].unit, false) == cases[i].package_uj);
        assert_int_equal(plan.dram_address != 0, cases[i].dram_uj > 0);
        if (cases[i].dram_uj > 0)
            assert_true(rapl_msr_unit_uj(&plan, cases[i].unit, true) == cases[i].dram_uj);
        assert_true(rapl_msr_unit_uj(&plan, 0, false) == 0);
    }
    assert_true(rapl_msr_rated_watts(0xa0e03, 0x668) == 205);
    /* PL1 15 W enabled, PL2 115 W enabled, in eighths */
    assert_true(rapl_msr_burst_watts(0xa0e03, 0x0000839800008078) == 115);
}

static void test_processors_without_known_registers(void **state)
{
    static const struct {
        const char *vendor;
        int family;
        int model;
    } cases[] = {
        { "GenuineIntel", 15, 6 },
        { "GenuineIntel", 6, 0x4d },
        { "AuthenticAMD", 0x15, 2 },
        { "CentaurHauls", 7, 0x3b },
        { "", -1, -1 },
        { "0x41", -1, -1 },
        { "GenuineIntel", -1, 0x6a },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpuinfo info = cpu(cases[i].vendor, cases[i].family, cases[i].model);
        struct rapl_msr_plan plan;

        assert_false(rapl_msr_plan(&info, &plan));
    }
}

/* As in a virtual machine: registers that say 0, or that are not there. */
static void test_zeros_and_missing_registers_are_no_counters(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "xeon-2s-msr"); /* one DRAM counter says 0 */
    write_register(&machine, 1, 0x619, 0);
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 3);
    assert_string_equal(probed.status.reason, "");
    rapl_tear_down(&machine, &probed);

    machine_set_up(&machine, "xeon-2s-msr"); /* the units say nothing */
    machine.env.explain = true;
    for (int i = 0; i < 2; i++) {
        write_register(&machine, i, 0x606, 0);
        write_register(&machine, i, 0x60a, 0);
    }
    rapl_probe_machine(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    assert_int_equal(probed.status.doors[2].state, READER_ABSENT);
    assert_non_null(strstr(probed.status.doors[2].reason, "say 0"));
    rapl_tear_down(&machine, &probed);

    machine_set_up(&machine, "xeon-2s-msr"); /* files without them */
    machine.env.explain = true;
    tree_write(machine.fd, "dev/cpu/0/msr", "");
    tree_write(machine.fd, "dev/cpu/1/msr", "");
    rapl_probe_machine(&machine, &probed);
    assert_null(probed.reader);
    assert_non_null(strstr(probed.status.doors[2].reason, "do not include"));
    rapl_tear_down(&machine, &probed);
}

static void test_each_refusal_has_its_reason(void **state)
{
    static const struct {
        int code;
        bool locked_down;
        enum reader_state state;
        const char *reason;
    } cases[] = {
        { -ENOENT, false, READER_ABSENT, "not loaded" },
        { -EACCES, false, READER_DENIED, "root only" },
        { -EPERM, false, READER_DENIED, "CAP_SYS_RAWIO" },
        { -EPERM, true, READER_DENIED, "lockdown" },
        { -ENXIO, false, READER_BROKEN, "a CPU that is not there" },
        { -EIO, false, READER_ABSENT, "do not include the energy counters" },
        { -ENODATA, false, READER_ABSENT, "say 0" },
        { -EMFILE, false, READER_BROKEN, "cannot be read" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rapl_closed closed = { .state = READER_USED };

        rapl_msr_explain(cases[i].code, cases[i].locked_down, &closed);
        assert_int_equal(closed.state, cases[i].state);
        assert_non_null(strstr(closed.reason, cases[i].reason));
    }
}

static void test_lockdown_is_read_from_sysfs(void **state)
{
    static const struct {
        const char *text;
        bool locked;
    } cases[] = { { "[none] integrity confidentiality\n", false },
                  { "none [integrity] confidentiality\n", true },
                  { "none integrity [confidentiality]\n", true },
                  { "", false } };
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, "vm");
    assert_false(rapl_msr_is_locked_down(machine.env.sys_fd));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tree_write(machine.fd, "sys/kernel/security/lockdown", cases[i].text);
        assert_int_equal(rapl_msr_is_locked_down(machine.env.sys_fd), cases[i].locked);
    }
    machine_tear_down(&machine);
}

static void test_a_forbidden_register_file_is_told(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "epyc-msr");
    machine.env.explain = true;
    for (int i = 0; i < 2; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "dev/cpu/%d/msr", i);
        assert_int_equal(unlinkat(machine.fd, path, 0), 0);
        tree_mkdir(machine.fd, path);
    }
    rapl_probe_machine(&machine, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.doors[2].state, READER_DENIED);
    assert_int_equal(probed.status.remedy, REMEDY_RAPL_MODULE);
    rapl_tear_down(&machine, &probed);
}

/* Nobody who has powercap reads registers; who asks is told that they would do. */
static void test_registers_are_left_alone_where_powercap_gives_all(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    for (int explain = 0; explain < 2; explain++) {
        machine_set_up(&machine, "epyc-msr");
        machine_add_zone(machine.fd, "intel-rapl:0", "package-0", "5000000\n", RANGE);
        machine_add_zone(machine.fd, "intel-rapl:1", "package-1", "6000000\n", RANGE);
        machine.env.explain = explain;
        rapl_probe_machine(&machine, &probed);
        assert_int_equal(probed.reader->device_count, 2);
        rapl_read_all(&probed);
        rapl_assert_energy(&probed, 0, 5000000);
        rapl_assert_energy(&probed, 1, 6000000);
        assert_string_equal(probed.status.detail, "powercap");
        assert_int_equal(probed.status.door_count, explain ? 3 : 0);
        if (explain)
            assert_int_equal(probed.status.doors[2].state, READER_AVAILABLE);
        rapl_tear_down(&machine, &probed);
    }
}

/* A server whose powercap has lost a DRAM zone, as it does when the counter was 0 at boot. */
static void test_registers_fill_in_for_a_missing_zone(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "xeon-2s-msr");
    machine_add_zone(machine.fd, "intel-rapl:0", "package-0", "5000000\n", RANGE);
    machine_add_zone(machine.fd, "intel-rapl:1", "package-1", "6000000\n", RANGE);
    machine_add_zone(machine.fd, "intel-rapl:0/intel-rapl:0:0", "dram", "7000000\n", RANGE);
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 4);
    rapl_read_all(&probed);
    rapl_assert_energy(&probed, 0, 5000000);
    rapl_assert_energy(&probed, 1, 6000000);
    rapl_assert_energy(&probed, 2, 7000000);
    assert_string_equal(rapl_device_at(&probed, 2)->note, "");
    assert_string_equal(rapl_device_at(&probed, 3)->id, "dram1");
    assert_string_equal(rapl_device_at(&probed, 3)->note, "through the processor's registers");
    /* 0xffffff00 = 4,294,967,040 counts x 15.3 uJ */
    rapl_assert_energy(&probed, 3, 65712995712);
    assert_string_equal(probed.status.detail, "powercap: package-0, package-1, dram of package-0; "
                                              "the processor's registers: dram of package-1");
    rapl_tear_down(&machine, &probed);
}

/* The first CPU is switched off in mid-run: another one of the package sees the same counter. */
static void test_a_counter_is_found_on_another_cpu(void **state)
{
    struct test_machine machine;
    struct probed probed;
    int fd;

    (void)state;
    machine_set_up(&machine, "epyc-msr");
    tree_write(machine.fd, "sys/devices/system/cpu/cpu2/topology/physical_package_id", "0\n");
    rapl_probe_machine(&machine, &probed);
    rapl_read_all(&probed);
    tree_update(machine.fd, "sys/devices/system/cpu/online", "1-2\n");
    fd = openat(machine.fd, "dev/cpu/0/msr", O_WRONLY | O_TRUNC | O_CLOEXEC); /* reads fail now */
    (void)close(fd);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_gap(&probed, 0, -ENOENT);
    tree_write(machine.fd, "dev/cpu/2/msr", "");
    write_register(&machine, 2, 0xc0010299, 0xa1003);
    write_register(&machine, 2, 0xc001029b, 0x12345678 + 3 * 65536);
    write_register(&machine, 2, 0xc001029f, 0);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, UINT64_C(305419896) * 1000000 / 65536 + 3000000);
    assert_int_equal(probed.samples[0].epoch, 0); /* it is the same counter */
    assert_int_equal(probed.samples[1].valid, SAMPLE_ENERGY);
    rapl_tear_down(&machine, &probed);
}

/* Several CPUs of a package are one package; dies of Intel are not. */
static void test_one_cpu_a_package_is_read(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "xeon-2s-msr");
    tree_update(machine.fd, "sys/devices/system/cpu/cpu1/topology/physical_package_id", "0\n");
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    rapl_tear_down(&machine, &probed);
    machine_set_up(&machine, "xeon-2s-msr");
    tree_update(machine.fd, "sys/devices/system/cpu/cpu1/topology/physical_package_id", "0\n");
    tree_update(machine.fd, "sys/devices/system/cpu/cpu1/topology/die_id", "1\n");
    rapl_probe_machine(&machine, &probed);
    assert_int_equal(probed.reader->device_count, 4);
    assert_string_equal(rapl_device_at(&probed, 1)->id, "cpu0-die1");
    rapl_tear_down(&machine, &probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_has_packages_dram_and_ratings),
        cmocka_unit_test(test_a_wrap_is_counted_once),
        cmocka_unit_test(test_amd_has_one_counter_a_socket),
        cmocka_unit_test(test_what_a_count_is_worth),
        cmocka_unit_test(test_processors_without_known_registers),
        cmocka_unit_test(test_zeros_and_missing_registers_are_no_counters),
        cmocka_unit_test(test_each_refusal_has_its_reason),
        cmocka_unit_test(test_lockdown_is_read_from_sysfs),
        cmocka_unit_test(test_a_forbidden_register_file_is_told),
        cmocka_unit_test(test_registers_are_left_alone_where_powercap_gives_all),
        cmocka_unit_test(test_registers_fill_in_for_a_missing_zone),
        cmocka_unit_test(test_a_counter_is_found_on_another_cpu),
        cmocka_unit_test(test_one_cpu_a_package_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
