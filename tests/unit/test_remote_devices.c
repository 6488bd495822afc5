/* SPDX-License-Identifier: Apache-2.0 */
/* test_remote_devices.c - what a server tells of hosts and devices, as the meters take it */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/remote/band.h"
#include "session/remote/devices.h"
#include "session/remote/hosts.h"

#define XEON "Intel(R) Xeon(R) Platinum 8358 CPU @ 2.60GHz"

enum { HOSTS_MAX = 8, DEVICES_MAX = 8 };

struct fixture {
    struct remote_host hosts[HOSTS_MAX];
    struct remote_device devices[DEVICES_MAX];
    struct remote_answer answer;
};

static struct remote_host *add_host(struct fixture *fixture, const char *name, const char *cpu)
{
    struct remote_host *host = &fixture->hosts[fixture->answer.host_count++];

    *host = (struct remote_host){ .sockets = 1, .threads = 64, .boot_wall_seconds = NAN };
    (void)snprintf(host->name, sizeof(host->name), "%s", name);
    (void)snprintf(host->cpu_model, sizeof(host->cpu_model), "%s", cpu);
    fixture->answer.hosts = fixture->hosts;
    return host;
}

static struct remote_device *add_device(struct fixture *fixture, enum series_kind kind,
                                        enum device_kind of, int index, const char *metric)
{
    struct remote_device *device = &fixture->devices[fixture->answer.device_count++];

    *device = (struct remote_device){
        .host = (uint32_t)fixture->answer.host_count - 1,
        .kind = kind,
        .device_kind = of,
        .index = index,
        .limit_watts = NAN,
        .interval_seconds = 15,
    };
    (void)snprintf(device->exporter, sizeof(device->exporter), "x");
    (void)snprintf(device->metric, sizeof(device->metric), "%s", metric);
    fixture->answer.devices = fixture->devices;
    return device;
}

static struct remote_devices make(struct fixture *fixture, bool apart)
{
    struct remote_devices devices;

    assert_int_equal(remote_devices_make(&fixture->answer, NULL, apart, &devices, NULL), 0);
    return devices;
}

static void test_ids_are_unique_within_a_host_and_beyond(void **state)
{
    static const char *const wanted[] = { "gpu0@a",   "gpu1@a",   "board@a",
                                          "board1@a", "gpu3@b-c", "gpu0@b-c-2" };
    struct fixture fixture = { 0 };
    struct remote_devices devices;

    (void)state;
    (void)add_host(&fixture, "a", "");
    (void)add_device(&fixture, SERIES_POWER, DEVICE_GPU, 0, "w");
    (void)add_device(&fixture, SERIES_POWER, DEVICE_GPU, 0, "w"); /* of another exporter */
    (void)add_device(&fixture, SERIES_POWER, DEVICE_BOARD, -1, "w");
    (void)add_device(&fixture, SERIES_POWER, DEVICE_BOARD, -1, "w");
    (void)add_host(&fixture, "b_c", "");
    (void)add_device(&fixture, SERIES_POWER, DEVICE_GPU, 3, "w");
    (void)add_host(&fixture, "b-c", "");
    (void)add_device(&fixture, SERIES_POWER, DEVICE_GPU, -1, "w");
    devices = make(&fixture, true);
    assert_int_equal(devices.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(devices.items[i].device.id, wanted[i]);
    remote_devices_deinit(&devices);
    devices = make(&fixture, false);
    assert_string_equal(devices.items[0].device.id, "gpu0");
    remote_devices_deinit(&devices);
}

static void test_names_that_are_cut_alike_are_parted(void **state)
{
    struct fixture fixture = { 0 };
    char(*names)[REMOTE_NAME_SIZE];

    (void)state;
    (void)add_host(&fixture, "a", "");
    (void)add_host(&fixture, "a-2", "");
    (void)add_host(&fixture, "a", "");
    (void)add_host(&fixture, "a-very-long-name-of-a-machine-in-a-cluster-of-very-many-1", "");
    (void)add_host(&fixture, "a-very-long-name-of-a-machine-in-a-cluster-of-very-many-2", "");
    names = remote_host_names(fixture.hosts, 5);
    assert_non_null(names);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
    assert_string_equal(names[0], "a");
    free(names);
}

static void test_what_is_told_and_what_is_passed_over_stands_in_the_note(void **state)
{
    struct fixture fixture = { 0 };
    struct remote_devices devices;
    struct remote_device *gpu;

    (void)state;
    (void)add_host(&fixture, "a", "");
    gpu = add_device(&fixture, SERIES_COUNTER, DEVICE_GPU, 0, "E");
    (void)snprintf(gpu->passed_over, sizeof(gpu->passed_over), "P, Q");
    (void)snprintf(gpu->name, sizeof(gpu->name), "slot 3");
    gpu->limit_watts = 250;
    gpu->range_joules = 262143.328850;
    devices = make(&fixture, false);
    assert_string_equal(devices.items[0].device.note, "x: E (slot 3); not taken: P, Q");
    assert_string_equal(devices.items[0].device.reader, "prometheus");
    assert_true(devices.items[0].device.rated_watts == 250);
    assert_true(devices.items[0].device.counter_range_uj == 262143328850);
    assert_true(devices.items[0].from_zero);
    remote_devices_deinit(&devices);
}

static void test_memory_is_modelled_as_far_as_it_has_no_meter(void **state)
{
    struct fixture fixture = { 0 };
    struct remote_devices devices;
    struct remote_host *host;

    (void)state;
    host = add_host(&fixture, "a", XEON);
    host->sockets = 2;
    host->memory_bytes = UINT64_C(64) << 30;
    (void)add_device(&fixture, SERIES_UTILIZATION, DEVICE_MEMORY, -1, "m");
    devices = make(&fixture, false);
    assert_int_equal(devices.count, 1);
    assert_int_equal(devices.items[0].kind, SERIES_UTILIZATION);
    assert_true(devices.items[0].device.memory_bytes == UINT64_C(64) << 30);
    remote_devices_deinit(&devices);
    (void)add_device(&fixture, SERIES_COUNTER, DEVICE_DRAM, 0, "node_rapl_dram_joules_total");
    devices = make(&fixture, false);
    assert_int_equal(devices.count, 2);
    assert_true(devices.items[0].device.memory_bytes == UINT64_C(32) << 30);
    remote_devices_deinit(&devices);
    (void)add_device(&fixture, SERIES_COUNTER, DEVICE_DRAM, 1, "node_rapl_dram_joules_total");
    devices = make(&fixture, false);
    assert_int_equal(devices.count, 2);
    assert_true(devices.at[0] == SIZE_MAX);
    assert_true(devices.at[2] == 1);
    remote_devices_deinit(&devices);
    host->memory_bytes = 0; /* of nothing that is known nothing is modelled */
    fixture.answer.device_count = 1;
    devices = make(&fixture, false);
    assert_int_equal(devices.count, 0);
    remote_devices_deinit(&devices);
}

/* 64 threads a socket: a few of them are a guest's, half of them a machine without hyper-threading. */
static void test_a_few_threads_are_a_share(void **state)
{
    struct fixture fixture = { 0 };
    struct remote_host *host;

    (void)state;
    host = add_host(&fixture, "a", XEON);
    assert_false(remote_machine(host, NULL).virtualized);
    host->threads = 32;
    assert_false(remote_machine(host, NULL).virtualized);
    host->threads = 8;
    assert_true(remote_machine(host, NULL).virtualized);
    host->threads = 0;
    assert_false(remote_machine(host, NULL).virtualized);
    (void)snprintf(host->cpu_model, sizeof(host->cpu_model), "no such processor");
    host->threads = 2;
    assert_false(remote_machine(host, NULL).virtualized);
}

/* An exporter tells no processor, as node_exporter does unless asked: this machine knows its own. */
static void test_this_machine_knows_itself(void **state)
{
    const struct machine here = {
        .hostname = "a", .cpu_model = XEON, .sockets = 2, .threads = 128, .memory_bytes = 1 << 30
    };
    struct fixture fixture = { 0 };
    struct remote_devices devices;

    (void)state;
    add_host(&fixture, "a", "")->sockets = 0;
    (void)add_device(&fixture, SERIES_UTILIZATION, DEVICE_CPU, -1, "node_cpu_seconds_total");
    (void)add_device(&fixture, SERIES_UTILIZATION, DEVICE_MEMORY, -1, "m");
    assert_int_equal(remote_devices_make(&fixture.answer, &here, false, &devices, NULL), 0);
    assert_int_equal(devices.count, 3);
    assert_string_equal(devices.items[1].device.model, XEON);
    assert_int_equal(devices.items[1].device.basis, BASIS_MODELLED);
    assert_true(devices.items[2].device.memory_bytes == 1 << 30);
    remote_devices_deinit(&devices);
    assert_true(remote_host_is_here(&fixture.hosts[0], &here));
    (void)snprintf(fixture.hosts[0].cpu_model, sizeof(fixture.hosts[0].cpu_model), "another");
    assert_false(remote_host_is_here(&fixture.hosts[0], &here));
    (void)snprintf(fixture.hosts[0].cpu_model, sizeof(fixture.hosts[0].cpu_model), "%s", XEON);
    (void)snprintf(fixture.hosts[0].name, sizeof(fixture.hosts[0].name), "b");
    assert_false(remote_host_is_here(&fixture.hosts[0], &here));
}

static void test_unknown_processors_are_warned_of_once(void **state)
{
    struct fixture fixture = { 0 };
    struct remote_devices devices;

    (void)state;
    for (int i = 0; i < 3; i++) {
        (void)add_host(&fixture, "a", "no such processor");
        (void)add_device(&fixture, SERIES_UTILIZATION, DEVICE_CPU, 0, "c");
    }
    devices = make(&fixture, true);
    assert_int_equal(devices.note_count, 1);
    assert_non_null(strstr(devices.notes[0], "no such processor"));
    assert_int_equal(devices.items[0].device.basis, BASIS_ASSUMED);
    remote_devices_deinit(&devices);
}

static void test_a_load_of_all_processors_is_each_ones(void **state)
{
    struct fixture fixture = { 0 };
    struct remote_devices devices;

    (void)state;
    add_host(&fixture, "a", XEON)->sockets = 2;
    (void)add_device(&fixture, SERIES_UTILIZATION, DEVICE_CPU, -1, "node_cpu_seconds_total");
    (void)add_device(&fixture, SERIES_POWER, DEVICE_GPU, 0, "w");
    devices = make(&fixture, false);
    assert_int_equal(devices.count, 3);
    assert_int_equal(devices.copies[0], 2);
    assert_string_equal(devices.items[0].device.id, "cpu0");
    assert_string_equal(devices.items[1].device.id, "cpu1");
    assert_true(devices.items[1].device.threads == 32); /* 64 of the host */
    assert_int_equal(devices.at[1], 2);
    assert_int_equal(devices.copies[1], 1);
    remote_devices_deinit(&devices);
    fixture.devices[0].index = 1; /* a socket's own */
    devices = make(&fixture, false);
    assert_int_equal(devices.count, 2);
    assert_string_equal(devices.items[0].device.id, "cpu1");
    remote_devices_deinit(&devices);
}

/* 8 sockets' sum, a rack, a server with eight GPUs: none of them is a jump. */
static void test_what_is_many_may_draw_much(void **state)
{
    struct fixture fixture = { 0 };
    struct remote_devices devices;

    (void)state;
    add_host(&fixture, "a", XEON)->sockets = 8;
    (void)add_device(&fixture, SERIES_COUNTER, DEVICE_CPU, -1, "kepler_node_package_joules_total");
    (void)add_device(&fixture, SERIES_COUNTER, DEVICE_OTHER, -1, "rack_joules_total");
    (void)add_device(&fixture, SERIES_COUNTER, DEVICE_BOARD, -1, "scaph_host_energy_microjoules");
    devices = make(&fixture, false);
    assert_true(devices.items[0].device.burst_watts == 2 * 250 * 8); /* TDP 250 W */
    assert_true(devices.items[1].device.burst_watts >= 100000);
    assert_true(devices.items[2].device.burst_watts >= 20000);
    remote_devices_deinit(&devices);
}

static void test_bands_are_those_of_the_interface(void **state)
{
    static const struct {
        const char *exporter;
        const char *metric;
        enum device_kind kind;
        const char *model;
        const char *cpu;
        double band;
    } cases[] = {
        { "node_exporter", "node_rapl_package_joules_total", DEVICE_CPU, "", XEON, 0.06 },
        { "node_exporter", "node_rapl_dram_joules_total", DEVICE_DRAM, "", XEON, 0.20 },
        { "node_exporter", "node_rapl_psys_joules_total", DEVICE_BOARD, "", XEON, 0.40 },
        { "node_exporter", "node_rapl_package_joules_total", DEVICE_CPU, "",
          "AMD EPYC 7763 64-Core Processor", 0.20 },
        { "node_exporter", "node_rapl_package_joules_total", DEVICE_CPU, "",
          "Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz", 0.30 },
        { "kepler", "kepler_node_cpu_joules_total", DEVICE_CPU, "", XEON, 0.06 },
        { "scaphandre", "scaph_socket_energy_microjoules", DEVICE_CPU, "", "", 0.30 },
        { "dcgm", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", DEVICE_GPU, "NVIDIA A100-SXM4-80GB", "",
          0.20 },
        { "dcgm", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", DEVICE_GPU, "NVIDIA L4", "", 0.10 },
        { "amd_smi_exporter", "amd_gpu_power", DEVICE_GPU, "AMD Instinct MI210", "", 0.20 },
        { "node_exporter", "node_hwmon_power_average_watt", DEVICE_CPU, "", "", 0.10 },
        { "ipmi_exporter", "ipmi_dcmi_power_consumption_watts", DEVICE_BOARD, "", "", 0.10 },
        { "node_exporter", "node_power_supply_power_watt", DEVICE_BOARD, "", "", 0.30 },
        { "match", "rack_watts", DEVICE_OTHER, "", "", 0.20 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture = { 0 };
        struct remote_device *device;
        struct machine machine;
        double band;

        machine = remote_machine(add_host(&fixture, "a", cases[i].cpu), NULL);
        device = add_device(&fixture, SERIES_COUNTER, cases[i].kind, 0, cases[i].metric);
        (void)snprintf(device->exporter, sizeof(device->exporter), "%s", cases[i].exporter);
        (void)snprintf(device->model, sizeof(device->model), "%s", cases[i].model);
        band = remote_band_ratio(device, &machine);
        if (!(fabs(band - cases[i].band) < 1e-12))
            fail_msg("%s of '%s': %g is not %g", cases[i].metric, cases[i].cpu, band,
                     cases[i].band);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_are_unique_within_a_host_and_beyond),
        cmocka_unit_test(test_names_that_are_cut_alike_are_parted),
        cmocka_unit_test(test_what_is_told_and_what_is_passed_over_stands_in_the_note),
        cmocka_unit_test(test_memory_is_modelled_as_far_as_it_has_no_meter),
        cmocka_unit_test(test_a_few_threads_are_a_share),
        cmocka_unit_test(test_this_machine_knows_itself),
        cmocka_unit_test(test_unknown_processors_are_warned_of_once),
        cmocka_unit_test(test_a_load_of_all_processors_is_each_ones),
        cmocka_unit_test(test_what_is_many_may_draw_much),
        cmocka_unit_test(test_bands_are_those_of_the_interface),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
