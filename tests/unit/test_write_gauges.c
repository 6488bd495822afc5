/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_gauges.c - live figures as lines for people and as JSON */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/strbuf.h"
#include "json_check.h"
#include "writers/gauges.h"

static struct gauge make(const char *name, enum gauge_unit unit, double value, double limit)
{
    struct gauge gauge = { .unit = unit, .value = value, .limit = limit };

    (void)snprintf(gauge.name, sizeof(gauge.name), "%s", name);
    return gauge;
}

static void write_text(struct strbuf *text, const struct gauge *gauges, size_t count, bool unicode)
{
    struct text_out out =
        text_out_begin(text, (struct text_style){ .columns = 80, .unicode = unicode });

    gauges_text(&out, gauges, count);
    assert_false(text->failed);
}

static void test_a_line_for_each_thing(void **state)
{
    struct gauge gauges[] = {
        make("module0.mode", GAUGE_WORD, NAN, NAN),
        make("rail.VDD_IN", GAUGE_WATTS, 4.942464, NAN),
        make("rail.VDD_SOC", GAUGE_WATTS, 1.377408, NAN),
        make("gpu.load", GAUGE_RATIO, 0.127, 1),
        make("gpu.frequency", GAUGE_HERTZ, 306e6, 1020e6),
        make("cpus.online", GAUGE_COUNT, 4, 6),
        make("cpu0.load", GAUGE_RATIO, 0.25, 1),
        make("cpu1.load", GAUGE_RATIO, 0.75, 1),
        make("cpu2.load", GAUGE_RATIO, NAN, 1),
        make("cpu1.frequency", GAUGE_HERTZ, 729.6e6, 1510.4e6),
        make("memory.used", GAUGE_BYTES, 2147483648.0, 8589934592.0),
        make("swap.used", GAUGE_BYTES, 0, 0),
        make("emc.frequency", GAUGE_HERTZ, NAN, NAN),
        make("emc.load", GAUGE_RATIO, NAN, 1),
        make("temperature.cpu-thermal", GAUGE_CELSIUS, 48.312, NAN),
        make("temperature.cv0-thermal", GAUGE_CELSIUS, NAN, NAN),
        make("fan0.duty", GAUGE_RATIO, 0.25, 1),
        make("fan0.speed", GAUGE_RPM, 1180, NAN),
    };
    size_t count = sizeof(gauges) / sizeof(gauges[0]);
    struct strbuf text = { 0 };

    (void)state;
    (void)snprintf(gauges[0].word, sizeof(gauges[0].word), "15W");
    (void)snprintf(gauges[1].label, sizeof(gauges[1].label), "all of the module");
    (void)snprintf(gauges[2].inside, sizeof(gauges[2].inside), "module0");
    (void)snprintf(gauges[2].label, sizeof(gauges[2].label), "SoC");
    (void)snprintf(gauges[13].reason, sizeof(gauges[13].reason), "root alone may enter");
    (void)snprintf(gauges[13].fix, sizeof(gauges[13].fix), "sudo aico2 devices");
    (void)snprintf(gauges[14].label, sizeof(gauges[14].label), "cpu-thermal");
    (void)snprintf(gauges[15].label, sizeof(gauges[15].label), "cv0-thermal");
    write_text(&text, gauges, count, false);
    assert_string_equal(strbuf_text(&text),
                        "  mode    power mode 15W\n"
                        "  rails   VDD_IN 4.94 W (all of the module)\n"
                        "          inside the module: VDD_SOC 1.38 W (SoC)\n"
                        "  GPU     13 % busy at 306 MHz of 1.02 GHz\n"
                        "  CPU     4 of 6 cores on; 50 % busy, the busiest 75 %; up to 730 MHz "
                        "of\n          1.51 GHz\n"
                        "  RAM     2.00 of 8.00 GiB used; no swap\n"
                        "  EMC     memory controller: root alone may enter: sudo aico2 devices\n"
                        "  temp    in degC: cpu-thermal 48.3; off: cv0-thermal\n"
                        "  fan     25 %, 1180 rpm\n");
    strbuf_deinit(&text);
}

static void test_nothing_known_is_no_line_or_a_reason(void **state)
{
    struct gauge gauges[] = { make("module0.mode", GAUGE_WORD, NAN, NAN),
                              make("gpu.load", GAUGE_RATIO, NAN, 1),
                              make("cpu0.load", GAUGE_RATIO, NAN, 1) };
    struct strbuf text = { 0 };

    (void)state;
    (void)snprintf(gauges[0].reason, sizeof(gauges[0].reason), "nobody says");
    (void)snprintf(gauges[1].reason, sizeof(gauges[1].reason), "it is off, or asleep");
    write_text(&text, gauges, 3, true);
    assert_string_equal(strbuf_text(&text), "  mode    power mode unknown: nobody says\n"
                                            "  GPU     load unknown: it is off, or asleep\n");
    strbuf_deinit(&text);
    write_text(&text, NULL, 0, true);
    assert_string_equal(strbuf_text(&text), "");
    strbuf_deinit(&text);
}

/* Names come from firmware and device trees. */
static void test_json_holds_whatever_a_machine_is_called(void **state)
{
    struct gauge gauges[] = { make("rail.\"\\\x1b[31m", GAUGE_WATTS, -0.026, NAN),
                              make("temperature.\xff\xfe", GAUGE_CELSIUS, NAN, NAN),
                              make("module0.mode", GAUGE_WORD, NAN, NAN) };
    struct strbuf text = { 0 };
    struct json_out json;

    (void)state;
    (void)snprintf(gauges[1].reason, sizeof(gauges[1].reason), "off");
    (void)snprintf(gauges[2].word, sizeof(gauges[2].word), "MAXN");
    json_out_init(&json, &text);
    json_object_begin(&json, NULL);
    gauges_json(&json, gauges, 3);
    json_object_end(&json);
    assert_true(json_is_valid(strbuf_text(&text), text.length));
    assert_true(json_number_at(strbuf_text(&text), "gauges.0.value") == -0.026);
    assert_json_at(strbuf_text(&text), "gauges.0.unit", "\"W\"");
    assert_json_at(strbuf_text(&text), "gauges.0.limit", "null");
    assert_json_at(strbuf_text(&text), "gauges.1.value", "null");
    assert_json_at(strbuf_text(&text), "gauges.1.reason", "\"off\"");
    assert_json_at(strbuf_text(&text), "gauges.2.value", "\"MAXN\"");
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_for_each_thing),
        cmocka_unit_test(test_nothing_known_is_no_line_or_a_reason),
        cmocka_unit_test(test_json_holds_whatever_a_machine_is_called),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
