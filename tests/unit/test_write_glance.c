/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_glance.c - what is seen of the machine at a tick, in each form */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "csv_check.h"
#include "json_check.h"
#include "writers/writer.h"

#define SET(field, text) (void)snprintf(field, sizeof(field), "%s", text)

/* 2026-11-24T02:28:48.123Z */
#define NOW_NS (INT64_C(1795487328123) * NSEC_PER_MSEC)

enum { PROCESSES = 12 };

static struct glance_device devices[2];
static struct glance_process processes[PROCESSES];
static struct glance glance;

/* A CPU that is measured at 139 W, and a board, which is not added to it. */
static void fill_devices(void)
{
    devices[0] = (struct glance_device){
        .kind = DEVICE_CPU,
        .basis = BASIS_MEASURED,
        .added = true,
        .watts = { 139, 120, 158 },
        .idle_watts = 39,
        .utilization_ratio = 0.5,
        .joules = 7200,
        .memory_used_bytes = NAN,
        .memory_total_bytes = NAN,
        .celsius = 61.5,
    };
    SET(devices[0].id, "cpu0");
    SET(devices[0].model, "EPYC\x1b[31m 7R13");
    SET(devices[0].reader, "rapl");
    devices[1] = (struct glance_device){
        .kind = DEVICE_BOARD,
        .basis = BASIS_MEASURED,
        .watts = { NAN, NAN, NAN },
        .idle_watts = NAN,
        .utilization_ratio = NAN,
        .joules = NAN,
        .memory_used_bytes = NAN,
        .memory_total_bytes = NAN,
        .celsius = NAN,
    };
    SET(devices[1].id, "board0");
    SET(devices[1].model, "BMC");
    SET(devices[1].reader, "ipmi");
}

/* Each of a higher number has used one joule less, but for the last two, which have used the same as the first. */
static void fill_processes(void)
{
    for (int i = 0; i < PROCESSES; i++) {
        struct machine_process *process = &processes[i].process;

        *process = (struct machine_process){
            .pid = 100 + i, .cpu_ratio = 0.25, .watts = 2, .joules = i < PROCESSES - 2 ? 50 - i : 50
        };
        SET(process->name, "worker");
        SET(processes[i].user, "ada");
    }
    SET(processes[0].process.command, "python3 train.py");
}

static int set_up(void **state)
{
    (void)state;
    fill_devices();
    fill_processes();
    glance = (struct glance){
        .wall_ns = NOW_NS,
        .interval_seconds = 1,
        .elapsed_seconds = 52,
        .cpu_ratio = 0.25,
        .memory_used_bytes = 1073741824,
        .memory_total_bytes = NAN,
        .watts = { 139, 120, 158 },
        .measured_watts = 139,
        .active_watts = 100,
        .idle_watts = 39,
        .joules = 7200,
        .measured_ratio = 1,
        .idle_joules = 2000,
        .seen_joules = 4000,
        .ended_joules = 200,
        .others_joules = 1000,
        .seen_watts = 80,
        .others_watts = 20,
        .gco2e = { 0.33, 0.25, 0.46 },
        .gco2e_per_hour = { 6.2, 5, 8 },
        .pue = 1,
        .intensity = { .gco2e_per_kwh = { 44.18, 37.6, 50.8 } },
        .devices = devices,
        .device_count = 2,
        .processes = processes,
        .process_count = PROCESSES,
        .process_total = 300,
        .own_cpu_ratio = 0.001,
        .own_energy = { 0.5, 0.4, 0.6 },
        .own_resident_bytes = 4096,
        .late_ticks = 1,
    };
    SET(glance.intensity.place, "FR");
    glance.closed_count = 1;
    SET(glance.closed[0].reader, "rapl");
    SET(glance.closed[0].reason, "root alone");
    return 0;
}

static void test_lines_have_columns_that_hold(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    write_glance_text(&out, &glance, (struct text_style){ .unicode = true, .columns = 80 });
    assert_string_equal(
        strbuf_text(&out),
        "02:28:48Z  machine    139 W  (120 … 158)         active 100 W, idle 39.0 W; 2.00 Wh, "
        "330 mgCO2e, 6.20 gCO2e/h\n"
        "02:28:48Z  cpu0       139 W  (120 … 158)         measured, rapl        50 %  "
        "EPYC [31m 7R13\n"
        "02:28:48Z  board0         –                      measured, ipmi (+)          BMC\n");
    strbuf_deinit(&out);
}

static void test_lines_have_names_to_the_last_letter(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    SET(devices[0].id, "VDDQ_VDD2_1V8AO");
    SET(devices[1].reader, "proc_memory");
    glance.idle_watts = 0; /* none is known */
    write_glance_text(&out, &glance, (struct text_style){ .unicode = true, .columns = 80 });
    assert_string_equal(strbuf_text(&out), "02:28:48Z  machine           139 W  (120 … 158)        "
                                           " active 100 W, idle –; 2.00 Wh, "
                                           "330 mgCO2e, 6.20 gCO2e/h\n"
                                           "02:28:48Z  VDDQ_VDD2_1V8AO   139 W  (120 … 158)        "
                                           " measured, rapl             50 %  "
                                           "EPYC [31m 7R13\n"
                                           "02:28:48Z  board0                –                     "
                                           " measured, proc_memory (+)        "
                                           "BMC\n");
    strbuf_deinit(&out);
}

static void test_a_row_for_the_machine_and_each_device(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    write_glance_csv_header(&out);
    write_glance_csv(&out, &glance);
    assert_string_equal(
        strbuf_text(&out),
        "time,device,kind,reader,basis,added,watts,low_watts,high_watts,idle_watts,"
        "utilization_ratio,joules,gco2e\r\n"
        "2026-11-24T02:28:48.123Z,machine,,,,,139,120,158,39,0.25,7200,0.33\r\n"
        "2026-11-24T02:28:48.123Z,cpu0,cpu,rapl,measured,true,139,120,158,39,0.5,7200,\r\n"
        "2026-11-24T02:28:48.123Z,board0,board,ipmi,measured,false,,,,,,,\r\n");
    strbuf_deinit(&out);
}

/* Ten of the twelve, the hungriest first; of equals the one with the lower number. */
static void test_an_object_on_one_line(void **state)
{
    static const struct {
        const char *path;
        const char *raw;
    } fields[] = {
        { "schema", "\"aico2.monitor/1\"" },
        { "time", "\"2026-11-24T02:28:48.123Z\"" },
        { "hostname", "null" },
        { "memory_used_bytes", "1073741824" },
        { "memory_total_bytes", "null" },
        { "watts", "139" },
        { "low_watts", "120" },
        { "high_watts", "158" },
        { "joules.machine", "7200" },
        { "joules.processes", "4000" },
        { "joules.ended", "200" },
        { "joules.others", "1000" },
        { "joules.idle", "2000" },
        { "carbon.gco2e", "0.33" },
        { "carbon.gco2e_per_hour", "6.2" },
        { "carbon.place", "\"FR\"" },
        { "carbon.hourly", "false" },
        { "devices.0.id", "\"cpu0\"" },
        { "devices.0.added", "true" },
        { "devices.0.temperature_celsius", "61.5" },
        { "devices.1.added", "false" },
        { "devices.1.watts", "null" },
        { "processes.0.pid", "100" },
        { "processes.0.command", "\"python3 train.py\"" },
        { "processes.1.pid", "110" },
        { "processes.1.command", "\"worker\"" },
        { "processes.2.pid", "111" },
        { "processes.3.pid", "101" },
        { "processes.9.pid", "107" },
        { "processes.9.joules", "43" },
        { "process_count", "300" },
        { "closed.0.reason", "\"root alone\"" },
        { "self.energy_joules", "0.5" },
        { "self.late_ticks", "1" },
    };
    struct strbuf out = { 0 };
    char value[64];

    (void)state;
    write_glance_line(&out, &glance);
    assert_true(json_is_valid(strbuf_text(&out), out.length));
    assert_ptr_equal(strchr(strbuf_text(&out), '\n'), out.text + out.length - 1);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert_json_at(strbuf_text(&out), fields[i].path, fields[i].raw);
    assert_false(json_find(strbuf_text(&out), "processes.10", value, sizeof(value)));
    strbuf_deinit(&out);
}

/* A tick tells the memory of cards alone, in whole bytes. */
static void test_a_tick_on_one_line(void **state)
{
    struct tick_device of[2] = {
        { .id = "gpu0",
          .kind = DEVICE_GPU,
          .basis = BASIS_MEASURED,
          .added = true,
          .watts = 250,
          .low_watts = 237.5,
          .high_watts = 262.5,
          .utilization_ratio = 0.75,
          .joules = 1000,
          .memory_used_bytes = 1e9,
          .memory_total_bytes = NAN },
        { .id = "memory",
          .kind = DEVICE_MEMORY,
          .basis = BASIS_MODELLED,
          .watts = NAN,
          .low_watts = NAN,
          .high_watts = NAN,
          .utilization_ratio = NAN,
          .joules = NAN },
    };
    const struct tick tick = {
        .id = 7,
        .wall_ns = NOW_NS,
        .interval_seconds = 1,
        .devices = of,
        .device_count = 2,
        .memory_used_bytes = NAN,
        .memory_total_bytes = 0,
    };
    struct strbuf out = { 0 };

    (void)state;
    write_tick_line(&out, &tick);
    assert_string_equal(
        strbuf_text(&out),
        "{\"id\":7,\"time\":\"2026-11-24T02:28:48.123Z\",\"interval_seconds\":1,\"devices\":["
        "{\"id\":\"gpu0\",\"kind\":\"gpu\",\"basis\":\"measured\",\"added\":true,\"watts\":250,"
        "\"low_watts\":237.5,\"high_watts\":262.5,\"utilization_ratio\":0.75,\"joules\":1000,"
        "\"memory_used_bytes\":1000000000,\"memory_total_bytes\":null},"
        "{\"id\":\"memory\",\"kind\":\"memory\",\"basis\":\"modelled\",\"added\":false,"
        "\"watts\":null,\"low_watts\":null,\"high_watts\":null,\"utilization_ratio\":null,"
        "\"joules\":null}],\"memory_used_bytes\":null,\"memory_total_bytes\":null}");
    strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines_have_columns_that_hold, set_up),
        cmocka_unit_test_setup(test_lines_have_names_to_the_last_letter, set_up),
        cmocka_unit_test_setup(test_a_row_for_the_machine_and_each_device, set_up),
        cmocka_unit_test_setup(test_an_object_on_one_line, set_up),
        cmocka_unit_test(test_a_tick_on_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
