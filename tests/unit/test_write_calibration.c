/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_calibration.c - what a machine was seen to draw, as text and JSON */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "json_check.h"
#include "writers/writer.h"

#define SET(field, text) (void)snprintf(field, sizeof(field), "%s", text)

static const struct text_style rich = { .unicode = true, .columns = 80 };

static struct calibration calibration;
static char warning[] = "others kept 2 CPUs busy";
static char *warnings[] = { warning };
static struct calibration_document document;

/* A CPU by its own meter, at rest alone. */
static int set_up(void **state)
{
    struct calibrated_device *device;

    (void)state;
    calibration = CALIBRATION_NULL;
    calibration.wall_ns = INT64_C(1795487328123) * NSEC_PER_MSEC;
    calibration.basis = (struct calibration_basis){ .sockets = 1, .threads = 64, .memory_gib = 24 };
    SET(calibration.basis.hostname, "node7");
    SET(calibration.basis.cpu_model, "EPYC 7R13");
    SET(calibration.basis.kernel, "6.1");
    calibration.idle_seconds = 30;
    calibration.idle_busy_cpus = 0.25;
    device = calibration_add(&calibration);
    assert_non_null(device);
    SET(device->id, "cpu0");
    SET(device->meter, "rapl");
    device->kind = DEVICE_CPU;
    device->idle_watts = 12.3;
    device->band_ratio = 0.06;
    document = (struct calibration_document){ .calibration = &calibration,
                                              .path = "/var/lib/aico2/node7.csv",
                                              .hash = "0123abcd" };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    calibration_deinit(&calibration);
    return 0;
}

/* With full load, and the machine's own meter. */
static void load_it(void)
{
    struct calibrated_device *device = calibration_add(&calibration);

    assert_non_null(device);
    SET(device->id, "cpu1");
    SET(device->meter, "board");
    device->kind = DEVICE_CPU;
    device->range_watts = 50;
    calibration.devices[0].full_watts = 65.4;
    calibration.load_seconds = 30;
    calibration.load_busy_cpus = 64;
    calibration.board = (struct calibrated_board){ .meter = "csv",
                                                   .idle_watts = 100,
                                                   .full_watts = 200,
                                                   .fixed_watts = 20,
                                                   .per_watt = 1.1,
                                                   .band_ratio = 0.03 };
    SET(calibration.basis.governor, "performance");
    SET(calibration.basis.boost, "on");
    document.warnings = warnings;
    document.warning_count = 1;
}

static void test_without_load_it_says_what_would_find_the_rest(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    write_calibration_text(&out, &document, rich);
    assert_string_equal(
        strbuf_text(&out),
        "what this machine was seen to draw                      2026-11-24T02:28:48.123Z\n"
        "  cpu0    12.3 W idle, by rapl (±6 %)\n"
        "  stored  /var/lib/aico2/node7.csv\n"
        "          only the idle power is known: --load keeps all CPUs busy for a while\n"
        "          and finds the full-load point\n");
    strbuf_deinit(&out);
}

static void test_with_load_and_a_meter_of_the_whole_machine(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    load_it();
    write_calibration_text(&out, &document, rich);
    assert_string_equal(
        strbuf_text(&out),
        "what this machine was seen to draw                      2026-11-24T02:28:48.123Z\n"
        "  cpu0    12.3 W idle, 65.4 W at full load, by rapl (±6 %)\n"
        "  cpu1    50.0 W more at full load than idle, by board\n"
        "  board   100 W idle, 200 W at full load, by csv (±3 %)\n"
        "          20 W + 1.1 x what its parts draw\n"
        "  warning: others kept 2 CPUs busy\n"
        "  stored  /var/lib/aico2/node7.csv\n");
    strbuf_deinit(&out);
}

static void test_json_has_null_for_what_was_not_seen(void **state)
{
    struct strbuf out = { 0 };
    struct strbuf loaded = { 0 };

    (void)state;
    write_calibration_json(&out, &document);
    assert_true(json_is_valid(strbuf_text(&out), out.length));
    assert_json_at(strbuf_text(&out), "schema", "\"aico2.calibration/1\"");
    assert_json_at(strbuf_text(&out), "calibrated_at", "\"2026-11-24T02:28:48.123Z\"");
    assert_json_at(strbuf_text(&out), "machine.hash", "\"0123abcd\"");
    assert_json_at(strbuf_text(&out), "machine.governor", "null");
    assert_json_at(strbuf_text(&out), "machine.boost", "null");
    assert_json_at(strbuf_text(&out), "idle.seconds", "30");
    assert_json_at(strbuf_text(&out), "idle.busy_cpus", "0.25");
    assert_json_at(strbuf_text(&out), "load", "null");
    assert_json_at(strbuf_text(&out), "devices.0.idle_watts", "12.3");
    assert_json_at(strbuf_text(&out), "devices.0.full_watts", "null");
    assert_json_at(strbuf_text(&out), "board", "null");
    assert_json_at(strbuf_text(&out), "warnings", "[]");

    load_it();
    write_calibration_json(&loaded, &document);
    assert_true(json_is_valid(strbuf_text(&loaded), loaded.length));
    assert_json_at(strbuf_text(&loaded), "machine.governor", "\"performance\"");
    assert_json_at(strbuf_text(&loaded), "machine.boost", "\"on\"");
    assert_json_at(strbuf_text(&loaded), "load.busy_cpus", "64");
    assert_json_at(strbuf_text(&loaded), "devices.0.full_watts", "65.4");
    assert_json_at(strbuf_text(&loaded), "devices.1.range_watts", "50");
    assert_json_at(strbuf_text(&loaded), "devices.1.band_ratio", "null");
    assert_json_at(strbuf_text(&loaded), "board.per_watt", "1.1");
    assert_json_at(strbuf_text(&loaded), "warnings.0", "\"others kept 2 CPUs busy\"");
    strbuf_deinit(&out);
    strbuf_deinit(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_load_it_says_what_would_find_the_rest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_with_load_and_a_meter_of_the_whole_machine, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_json_has_null_for_what_was_not_seen, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
