/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_metric_floor.c - what was written before is read again, and counters do not fall below it */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "session/metrics/floor.h"
#include "writers/metrics_text.h"

static const struct metric_label odd[] = { { "a", "back\\slash \"q\"\nline, }" },
                                           { "b", "caf\xC3\xA9" } };
static const struct metric_label run[] = { { "run_id", "01A" } };

static void fill(struct metrics *metrics, double counter, double of_run, double gauge)
{
    metrics_clear(metrics);
    metrics_family(metrics, METRIC_COUNTER, "x_total", "", "H.");
    metrics_sample(metrics, counter, odd, 2);
    metrics_sample(metrics, 5, NULL, 0);
    metrics_family(metrics, METRIC_COUNTER, "r_total", "", "H.");
    metrics_sample(metrics, of_run, run, 1);
    metrics_family(metrics, METRIC_GAUGE, "g", "", "H.");
    metrics_sample(metrics, gauge, odd, 2);
}

static void test_what_the_writer_wrote_is_found_again(void **state)
{
    struct metrics metrics = { 0 };
    struct strbuf out = { 0 };
    struct metric_floor floor;
    double value = -1;

    (void)state;
    fill(&metrics, 1234.5, 7, 0.25);
    write_metrics(&out, &metrics, METRICS_PROMETHEUS);
    strbuf_add(&out, METRIC_FLOOR_NOTE "note{run_id=\"01A\"} 1e-05\n");
    assert_int_equal(metric_floor_parse(out.text, &floor), 0);
    assert_int_equal(floor.count, 5);
    assert_true(metric_floor_get(&floor, "x_total", odd, 2, &value) && value == 1234.5);
    assert_true(metric_floor_get(&floor, "x_total", NULL, 0, &value) && value == 5);
    assert_true(metric_floor_get(&floor, "g", odd, 2, &value) && value == 0.25);
    assert_true(metric_floor_get(&floor, "note", run, 1, &value) && value == 1e-05);
    /* one label more or less, another name, another value */
    value = 77;
    assert_false(metric_floor_get(&floor, "x_total", odd, 1, &value));
    assert_false(metric_floor_get(&floor, "y_total", odd, 2, &value));
    assert_false(metric_floor_get(&floor, "r_total", odd + 1, 1, &value));
    assert_true(value == 77);
    metric_floor_deinit(&floor);
    strbuf_deinit(&out);
    metrics_deinit(&metrics);
}

static void expect_after(double told, double now, double expected)
{
    struct metrics metrics = { 0 };
    struct strbuf out = { 0 };
    struct metric_floor floor;

    fill(&metrics, told, told, told);
    write_metrics(&out, &metrics, METRICS_PROMETHEUS);
    assert_int_equal(metric_floor_parse(out.text, &floor), 0);
    fill(&metrics, now, now, now);
    metric_floor_apply(&floor, &metrics);
    assert_true(metrics.samples[0].value == expected);
    assert_true(metrics.samples[2].value == (now < told ? told : now)); /* a run never */
    assert_true(metrics.samples[3].value == now);                       /* a gauge may */
    metric_floor_deinit(&floor);
    strbuf_deinit(&out);
    metrics_deinit(&metrics);
}

static void test_counters_do_not_fall(void **state)
{
    (void)state;
    expect_after(1000, 1000, 1000);
    expect_after(1000, 1001, 1001);
    expect_after(1000, 999, 1000);
    expect_after(1000, 990, 1000);
    /* so much less is another history: it counts anew */
    expect_after(1000, 989, 989);
    expect_after(1000, 0, 0);
}

static void test_lines_that_are_none_are_passed_over(void **state)
{
    static const char *const lines[] = {
        "",
        "# HELP x H.",
        "#:",
        "x",
        "x{",
        "x{a",
        "x{a=\"",
        "x{a=\"b",
        "x{a=\"b\"",
        "x{a=\"b\",",
        "x{a=\"b\"}",
        "x{a=\"b\"} ",
        "x{a=\"b\"}1",
        "x{a=\"b\"} nonsense",
        "x{a=\"b\"} 1 2",
        "x{a=\"\\x\"} 1",
        "x{a=\"b\"c=\"d\"} 1",
        "x{} 1",
        "x NaN",
        "x 1111111111111111111111111111111111111111111111111111",
        " x 1",
        "{a=\"b\"} 1",
    };
    struct strbuf text = { 0 };
    struct metric_floor floor;
    double value = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(metric_floor_parse(lines[i], &floor), 0);
        if (floor.count != 0)
            fail_msg("'%s' is taken for a sample", lines[i]);
        metric_floor_deinit(&floor);
        strbuf_add(&text, lines[i]);
        strbuf_add(&text, "\n");
    }
    strbuf_add(&text, "good 3"); /* and no line end */
    assert_int_equal(metric_floor_parse(text.text, &floor), 0);
    assert_int_equal(floor.count, 1);
    assert_true(metric_floor_get(&floor, "good", NULL, 0, &value) && value == 3);
    metric_floor_deinit(&floor);
    strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_writer_wrote_is_found_again),
        cmocka_unit_test(test_counters_do_not_fall),
        cmocka_unit_test(test_lines_that_are_none_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
