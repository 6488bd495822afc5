/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_report_metrics.c - which metrics a machine and its runs have, to the line */
#include "support.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "session/metrics/report.h"
#include "writers/metrics_text.h"

static void add_device(struct device_counters *counters, const char *id, enum device_kind kind,
                       const char *reader, double joules)
{
    struct device_counter *item = &counters->items[counters->count++];

    *item = (struct device_counter){
        .device = DEVICE_NULL,
        .added = kind != DEVICE_BOARD,
        .present = true,
        .joules = { 0, joules },
        .gco2e = { 0, NAN },
        .embodied = { 0, NAN },
        .gap_seconds = { 0, 0 },
        .active_joules = { 0, NAN },
        .watts = NAN,
        .utilization_ratio = NAN,
    };
    item->device.kind = kind;
    (void)snprintf(item->device.id, DEVICE_ID_SIZE, "%s", id);
    (void)snprintf(item->device.reader, DEVICE_READER_SIZE, "%s", reader);
}

static void expect_lines(const struct metrics_source *source, const char *expected)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct metrics metrics = { 0 };
    char *line;
    char *next;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf samples = { 0 };

    metrics_of_report(&metrics, source);
    assert_false(metrics.failed);
    write_metrics(&out, &metrics, METRICS_PROMETHEUS);
    for (line = out.text; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n') + 1;
        if (*line != '#' && strncmp(line, "aico2_build_info", 16) != 0)
            strbuf_add_bytes(&samples, line, (size_t)(next - line));
    }
    assert_string_equal(strbuf_text(&samples), expected);
    metrics_deinit(&metrics);
}

static void test_devices(void **state)
{
    struct device_counter items[4];
    struct device_counters counters = { .items = items,
                                        .late_ticks = { 1, 2 },
                                        .own_joules = { 1, 0.29 } };
    const struct metrics_source source = { .counters = &counters };

    (void)state;
    add_device(&counters, "cpu0", DEVICE_CPU, "rapl", 1234.56);
    items[0].gco2e = (struct rising){ 1, 0.23456 };
    items[0].watts = 99.96;
    items[0].utilization_ratio = 0.12345;
    items[0].gap_seconds = (struct rising){ 1, 0.5 };
    (void)snprintf(items[0].device.model, DEVICE_MODEL_SIZE, "Xeon");
    add_device(&counters, "gpu0", DEVICE_GPU, "nvml", NAN);
    add_device(&counters, "psys", DEVICE_BOARD, "rapl", 2000);
    items[2].watts = 150;
    expect_lines(
        &source,
        "aico2_energy_joules_total{device=\"cpu0\",kind=\"cpu\",reader=\"rapl\",basis=\"measured\"}"
        " 1234.5\n"
        "aico2_power_watts{device=\"cpu0\",kind=\"cpu\",reader=\"rapl\",basis=\"measured\"} 100\n"
        "aico2_overlap_energy_joules_total{device=\"psys\",kind=\"board\",reader=\"rapl\",basis="
        "\"measured\"} 2000\n"
        "aico2_overlap_power_watts{device=\"psys\",kind=\"board\",reader=\"rapl\",basis="
        "\"measured\"} 150\n"
        "aico2_emissions_gco2e_total{device=\"cpu0\",kind=\"cpu\"} 1.2345\n"
        "aico2_device_utilization_ratio{device=\"cpu0\",kind=\"cpu\"} 0.123\n"
        "aico2_device_info{device=\"cpu0\",kind=\"cpu\",model=\"Xeon\",uuid=\"\"} 1\n"
        "aico2_device_info{device=\"gpu0\",kind=\"gpu\",model=\"\",uuid=\"\"} 1\n"
        "aico2_device_info{device=\"psys\",kind=\"board\",model=\"\",uuid=\"\"} 1\n"
        "aico2_gap_seconds_total{device=\"cpu0\"} 1.5\n"
        "aico2_gap_seconds_total{device=\"gpu0\"} 0\n"
        "aico2_gap_seconds_total{device=\"psys\"} 0\n"
        "aico2_late_ticks_total 3\n"
        "aico2_own_energy_joules_total 1.2\n");
}

/* Whether by a sensor first and by a model later: energies are apart, what has no reader label is one. */
static void test_a_device_that_was_metered_in_two_ways(void **state)
{
    struct device_counter items[2];
    struct device_counters counters = { .items = items,
                                        .late_ticks = { 0, NAN },
                                        .own_joules = { 0, NAN } };
    const struct metrics_source source = { .counters = &counters };

    (void)state;
    add_device(&counters, "cpu0", DEVICE_CPU, "rapl", 100);
    items[0].gco2e = (struct rising){ 0, 1 };
    items[0].present = false;
    add_device(&counters, "cpu0", DEVICE_CPU, "proc_cpu", 50);
    items[1].device.basis = BASIS_MODELLED;
    items[1].gco2e = (struct rising){ 0, 0.5 };
    items[1].watts = 10;
    items[1].utilization_ratio = 1;
    expect_lines(&source, "aico2_energy_joules_total{device=\"cpu0\",kind=\"cpu\",reader=\"rapl\","
                          "basis=\"measured\"} 100\n"
                          "aico2_energy_joules_total{device=\"cpu0\",kind=\"cpu\",reader=\"proc_"
                          "cpu\",basis=\"modelled\"} 50\n"
                          "aico2_power_watts{device=\"cpu0\",kind=\"cpu\",reader=\"proc_cpu\","
                          "basis=\"modelled\"} 10\n"
                          "aico2_emissions_gco2e_total{device=\"cpu0\",kind=\"cpu\"} 1.5\n"
                          "aico2_device_utilization_ratio{device=\"cpu0\",kind=\"cpu\"} 1\n"
                          "aico2_device_info{device=\"cpu0\",kind=\"cpu\",model=\"\",uuid=\"\"} 1\n"
                          "aico2_gap_seconds_total{device=\"cpu0\"} 0\n");
}

static void test_runs_readers_and_the_grid(void **state)
{
    static char labels[] = "manager=slurm\njob_id=4711\nuser=ada\n";
    const struct metrics_run runs[] = {
        { .run = { .id = "01A",
                   .name = "a \"b\"",
                   .stage = "training",
                   .state = RUN_RUNNING,
                   .duration_ns = 1500 * NSEC_PER_MSEC,
                   .labels = labels },
          .total_joules = 10.19,
          .total_gco2e = 0.00019 },
        { .run = { .id = "01B", .state = RUN_FINISHED }, .total_joules = NAN, .total_gco2e = NAN },
    };
    const struct metrics_reader readers[] = { { "rapl", true }, { "nvml", false } };
    const struct intensity intensity = { .place = "FR",
                                         .source = "Ember, yearly data",
                                         .source_short = "Ember",
                                         .gco2e_per_kwh = { 44.18, 40, 50 } };
    const struct metrics_source source = {
        .intensity = &intensity,
        .runs = runs,
        .run_count = 2,
        .readers = readers,
        .reader_count = 2,
    };

    (void)state;
    expect_lines(
        &source,
        "aico2_grid_carbon_intensity_gco2e_per_kwh{place=\"FR\",source=\"Ember\"} 44.18\n"
        "aico2_run_info{run_id=\"01A\",name=\"a "
        "\\\"b\\\"\",stage=\"training\",job_id=\"4711\",pod=\"\","
        "namespace=\"\",container=\"\",user=\"ada\",manager=\"slurm\"} 1\n"
        "aico2_run_info{run_id=\"01B\",name=\"\",stage=\"\",job_id=\"\",pod=\"\",namespace=\"\","
        "container=\"\",user=\"\"} 1\n"
        "aico2_run_energy_joules_total{run_id=\"01A\"} 10.1\n"
        "aico2_run_emissions_gco2e_total{run_id=\"01A\"} 0.0001\n"
        "aico2_run_duration_seconds{run_id=\"01A\"} 1.5\n"
        "aico2_run_duration_seconds{run_id=\"01B\"} 0\n"
        "aico2_run_running{run_id=\"01A\"} 1\n"
        "aico2_run_running{run_id=\"01B\"} 0\n"
        "aico2_reader_up{reader=\"rapl\"} 1\n"
        "aico2_reader_up{reader=\"nvml\"} 0\n");
}

static void fill_node(struct device_counters *counters)
{
    struct device_counter *items = counters->items;

    add_device(counters, "cpu0", DEVICE_CPU, "rapl", 1000);
    items[0].watts = 100;
    items[0].utilization_ratio = 0.25;
    items[0].active_joules = (struct rising){ 0, 250 };
    add_device(counters, "cpu1", DEVICE_CPU, "rapl", 500.05);
    items[1].device.index = 1;
    items[1].watts = 50;
    items[1].utilization_ratio = 0.75;
    add_device(counters, "dram0", DEVICE_DRAM, "rapl", 100);
    items[2].watts = 10;
    add_device(counters, "gpu0", DEVICE_GPU, "nvml", 2000);
    items[3].watts = 300;
    (void)snprintf(items[3].device.model, DEVICE_MODEL_SIZE, "A100");
    (void)snprintf(items[3].device.uuid, DEVICE_UUID_SIZE, "GPU-1");
    add_device(counters, "psys", DEVICE_BOARD, "rapl", 4000);
}

/* Only the lines of the other program's names. */
static void expect_foreign(enum metrics_names names, const char *prefix, const char *expected)
{
    struct device_counter items[5];
    struct device_counters counters = { .items = items };
    const struct metrics_source source = { .counters = &counters, .node = "node7", .names = names };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf lines = { 0 };
    struct metrics metrics = { 0 };

    fill_node(&counters);
    metrics_of_report(&metrics, &source);
    write_metrics(&out, &metrics, METRICS_PROMETHEUS);
    assert_non_null(strstr(out.text, "aico2_energy_joules_total{")); /* beside our own */
    for (const char *line = out.text; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, prefix, strlen(prefix)) == 0)
            strbuf_add_bytes(&lines, line, (size_t)(strchr(line, '\n') - line) + 1);
    }
    assert_string_equal(strbuf_text(&lines), expected);
    metrics_deinit(&metrics);
}

static void test_names_of_kepler(void **state)
{
    (void)state;
    expect_foreign(
        METRICS_KEPLER, "kepler_",
        "kepler_node_cpu_joules_total{zone=\"package\",path=\"cpu0\",node_name=\"node7\"} 1000\n"
        "kepler_node_cpu_joules_total{zone=\"package\",path=\"cpu1\",node_name=\"node7\"} 500\n"
        "kepler_node_cpu_joules_total{zone=\"dram\",path=\"dram0\",node_name=\"node7\"} 100\n"
        "kepler_node_cpu_joules_total{zone=\"psys\",path=\"psys\",node_name=\"node7\"} 4000\n"
        "kepler_node_cpu_watts{zone=\"package\",path=\"cpu0\",node_name=\"node7\"} 100\n"
        "kepler_node_cpu_watts{zone=\"package\",path=\"cpu1\",node_name=\"node7\"} 50\n"
        "kepler_node_cpu_watts{zone=\"dram\",path=\"dram0\",node_name=\"node7\"} 10\n"
        "kepler_node_cpu_active_joules_total{zone=\"package\",path=\"cpu0\",node_name=\"node7\"} "
        "250\n"
        "kepler_node_cpu_active_watts{zone=\"package\",path=\"cpu0\",node_name=\"node7\"} 25\n"
        "kepler_node_cpu_active_watts{zone=\"package\",path=\"cpu1\",node_name=\"node7\"} 37.5\n"
        "kepler_node_cpu_idle_watts{zone=\"package\",path=\"cpu0\",node_name=\"node7\"} 75\n"
        "kepler_node_cpu_idle_watts{zone=\"package\",path=\"cpu1\",node_name=\"node7\"} 12.5\n"
        "kepler_node_cpu_usage_ratio{node_name=\"node7\"} 0.5\n"
        "kepler_node_gpu_joules_total{gpu=\"0\",gpu_uuid=\"GPU-1\",gpu_name=\"A100\",vendor="
        "\"nvidia\","
        "node_name=\"node7\"} 2000\n"
        "kepler_node_gpu_watts{gpu=\"0\",gpu_uuid=\"GPU-1\",gpu_name=\"A100\",vendor=\"nvidia\","
        "node_name=\"node7\"} 300\n");
}

static void test_names_of_scaphandre(void **state)
{
    (void)state;
    expect_foreign(
        METRICS_SCAPHANDRE, "scaph_",
        "scaph_host_energy_microjoules 3600000000\n"
        "scaph_host_power_microwatts 460000000\n"
        "scaph_socket_energy_microjoules{socket_id=\"0\"} 1000000000\n"
        "scaph_socket_energy_microjoules{socket_id=\"1\"} 500000000\n"
        "scaph_socket_power_microwatts{socket_id=\"0\"} 100000000\n"
        "scaph_socket_power_microwatts{socket_id=\"1\"} 50000000\n"
        "scaph_domain_energy_microjoules{domain_id=\"0\",domain_name=\"dram\",socket_id=\"0\"} "
        "100000000\n"
        "scaph_domain_power_microwatts{domain_id=\"0\",domain_name=\"dram\",socket_id=\"0\"} "
        "10000000\n");
}

static void test_own_process(void **state)
{
    int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct own_process process = { 0 };
    double start;
    int more;

    (void)state;
    own_process_read(proc_fd, &process);
    start = process.start_wall_seconds;
    assert_true(process.cpu_seconds > 0 && process.cpu_seconds < 100);
    assert_true(process.resident_bytes > 1e5 && process.resident_bytes < process.virtual_bytes);
    assert_true(start < seconds_from_ns(clock_wall_ns()) &&
                start > seconds_from_ns(clock_wall_ns()) - 600);
    assert_true(process.max_fds > process.open_fds);
    more = (int)process.open_fds;
    assert_true(more >= 1);
    {
        AICO2_CLEANUP(fd_closep) int fd = dup(proc_fd);

        own_process_read(proc_fd, &process);
        assert_int_equal((int)process.open_fds, more + 1);
    }
    assert_true(process.start_wall_seconds == start);
    own_process_read(-1, &process);
    assert_true(isnan(process.resident_bytes) && isnan(process.open_fds));
    (void)close(proc_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_a_device_that_was_metered_in_two_ways),
        cmocka_unit_test(test_runs_readers_and_the_grid),
        cmocka_unit_test(test_names_of_kepler),
        cmocka_unit_test(test_names_of_scaphandre),
        cmocka_unit_test(test_own_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
