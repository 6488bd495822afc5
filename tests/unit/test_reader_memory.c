/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_reader_memory.c - R13: probing while each allocation in turn fails (uses --wrap) */
#include "machine_tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "fake_ipmi.h"
#include "readers/acpi_meter.h"
#include "readers/amdgpu.h"
#include "readers/battery.h"
#include "readers/gauges.h"
#include "readers/intel_gpu.h"
#include "readers/ipmi_dcmi.h"
#include "readers/jetson.h"
#include "readers/machine.h"
#include "readers/pm_counters.h"
#include "readers/proc_cpu.h"
#include "readers/proc_memory.h"
#include "readers/rapl.h"
#include "readers/tegra_gpu.h"

enum { ALLOCATIONS_MOST = 1000 };

/* How many allocations still succeed; negative: all. */
static int left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool is_refused(void)
{
    if (left < 0)
        return false;
    if (left == 0)
        return true;
    left--;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

/* Fails at the first, second, ... allocation until there is one more than the probe makes. */
static void probe_with_less(const struct reader_driver *driver, const char *machine_name,
                            size_t devices)
{
    static struct fake_ipmi controllers;
    struct test_machine machine;
    bool done = false;
    int failures = 0;

    machine_set_up(&machine, machine_name);
    tree_write(machine.fd, "sys/cray/pm_counters/energy", "5 J 1 us");
    tree_write(machine.fd, "dev/ipmi0", "");
    machine_reopen(&machine);
    fake_ipmi_init(&controllers, NULL);
    controllers.bmcs[0].watts = 300;
    machine.env.ipmi = &controllers.io;
    for (int allowed = 0; !done; allowed++) {
        struct aico2_error err = { 0 };
        struct reader_status status = { 0 };
        struct reader *reader = (struct reader *)&err; /* must be set, whatever happens */
        int r;

        assert_true(allowed < ALLOCATIONS_MOST);
        left = allowed;
        r = driver->probe(&machine.env, &reader, &status, &err);
        done = left > 0;
        left = -1;
        if (r < 0) {
            assert_int_equal(r, -ENOMEM);
            assert_int_equal(err.code, -ENOMEM);
            assert_null(reader);
            assert_false(done);
            failures++;
        } else if (done) {
            assert_non_null(reader);
            assert_int_equal(reader->device_count, devices);
        }
        driver->close(reader);
    }
    assert_true(failures > 0);
    machine_tear_down(&machine);
}

static void test_rapl(void **state)
{
    (void)state;
    probe_with_less(&reader_rapl, "xeon-2s-dram", 4);
    probe_with_less(&reader_rapl, "xeon-2s-msr", 4);
}

static void test_proc_cpu(void **state)
{
    (void)state;
    probe_with_less(&reader_proc_cpu, "xeon-2s-dram", 2);
}

static void test_proc_memory(void **state)
{
    (void)state;
    probe_with_less(&reader_proc_memory, "xeon-2s-dram", 1);
}

static void test_boards(void **state)
{
    (void)state;
    probe_with_less(&reader_acpi_meter, "xeon-2s-dram", 1);
    probe_with_less(&reader_battery, "laptop", 1);
    probe_with_less(&reader_pm_counters, "xeon-2s-dram", 1);
    probe_with_less(&reader_ipmi_dcmi, "xeon-2s-dram", 1);
}

/* The directories of the chips are listed with what can be had; without, there is nothing. */
static void test_jetson(void **state)
{
    struct test_machine machine;
    struct aico2_error err;
    int failures = 0;

    (void)state;
    machine_set_up(&machine, "jetson-agx-orin-jp5");
    for (int allowed = 0; allowed < 100; allowed++) {
        struct reader_status status = { 0 };
        struct reader *reader = (struct reader *)&err;
        int r;

        left = allowed;
        r = reader_jetson.probe(&machine.env, &reader, &status, &err);
        left = -1;
        failures += r < 0;
        if (r < 0)
            assert_null(reader);
        if (allowed == 99)
            assert_non_null(reader);
        reader_jetson.close(reader);
    }
    assert_true(failures >= 3); /* the reader, its devices, their files */
    machine_tear_down(&machine);
}

static void test_gpus(void **state)
{
    (void)state;
    probe_with_less(&reader_amdgpu, "mi250", 2);
    probe_with_less(&reader_intel_gpu, "arc-a770", 1);
    probe_with_less(&reader_tegra_gpu, "jetson-nano", 1);
}

/* What could not be remembered is left out, and said. */
static void test_gauges(void **state)
{
    struct test_machine machine;
    size_t most = 0;
    int failures = 0;

    (void)state;
    machine_set_up(&machine, "jetson-tx2");
    for (int allowed = 0; allowed < 100; allowed++) {
        struct gauges *gauges = NULL;
        const struct gauge *items = NULL;
        size_t count = 0;
        int r;

        left = allowed;
        r = gauges_new(&machine.env, &gauges);
        if (r == 0)
            r = gauges_read(gauges, &items, &count);
        left = -1;
        assert_true(r == 0 || r == -ENOMEM);
        failures += r < 0;
        for (size_t i = 0; i < count; i++)
            assert_true(items[i].name[0] != '\0');
        most = count > most ? count : most;
        gauges_free(gauges);
    }
    assert_true(failures >= 4 && most > 30);
    machine_tear_down(&machine);
}

/* It never fails: what could not be read is unknown. */
static void test_machine(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, "xeon-2s-dram");
    for (int allowed = 0; allowed < 8; allowed++) {
        struct machine facts;

        left = allowed;
        machine_read(&machine.env, &facts);
        left = -1;
        assert_int_equal(facts.cpu_model_number, 106);
        assert_true(facts.threads >= 1 && facts.sockets >= 1);
    }
    machine_tear_down(&machine);
}

/* "Allocates nothing" is what reader.h says of reading. */
static void test_reading_allocates_nothing(void **state)
{
    static const struct {
        const struct reader_driver *driver;
        const char *machine;
    } cases[] = {
        { &reader_rapl, "xeon-2s-dram" },        { &reader_proc_cpu, "xeon-2s-dram" },
        { &reader_proc_memory, "xeon-2s-dram" }, { &reader_amdgpu, "mi250" },
        { &reader_acpi_meter, "xeon-2s-dram" },  { &reader_battery, "xeon-2s-dram" },
        { &reader_pm_counters, "xeon-2s-dram" }, { &reader_intel_gpu, "arc-a770" },
        { &reader_jetson, "jetson-tx2" },        { &reader_tegra_gpu, "jetson-nano" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct reader_driver *driver = cases[i].driver;
        struct test_machine machine;
        struct sample samples[8];
        struct reader_status status;
        struct aico2_error err;
        struct reader *reader;

        machine_set_up(&machine, cases[i].machine);
        tree_write(machine.fd, "sys/cray/pm_counters/energy", "5 J 1 us");
        tree_write(machine.fd, "sys/class/power_supply/BAT0/type", "Battery\n");
        tree_write(machine.fd, "sys/class/power_supply/BAT0/status", "Discharging\n");
        tree_write(machine.fd, "sys/class/power_supply/BAT0/power_now", "5000000\n");
        assert_int_equal(driver->probe(&machine.env, &reader, &status, &err), 0);
        left = 0;
        machine.time.now_ns += NSEC_PER_SEC;
        driver->read(reader, samples);
        left = -1;
        assert_int_equal(samples[0].error, 0);
        assert_true(samples[0].valid != 0);
        driver->close(reader);
        machine_tear_down(&machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rapl),
        cmocka_unit_test(test_proc_cpu),
        cmocka_unit_test(test_proc_memory),
        cmocka_unit_test(test_boards),
        cmocka_unit_test(test_jetson),
        cmocka_unit_test(test_gpus),
        cmocka_unit_test(test_gauges),
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_reading_allocates_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
