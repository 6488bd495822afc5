/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_metrics.c - the snapshot every exposition format goes over */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/metrics.h"

static void test_samples_belong_to_the_family_before_them(void **state)
{
    const struct metric_label one[] = { { "device", "cpu0" }, { "kind", "cpu" } };
    struct metrics metrics = { 0 };

    (void)state;
    metrics_family(&metrics, METRIC_COUNTER, "a_joules_total", "joules", "Energy.");
    metrics_sample(&metrics, 1.5, one, 2);
    metrics_sample(&metrics, 2.5, one, 1);
    metrics_family(&metrics, METRIC_GAUGE, "empty", "", "Nothing.");
    metrics_family(&metrics, METRIC_GAUGE, "plain", "", "No labels.");
    metrics_sample(&metrics, -3, NULL, 0);

    assert_false(metrics.failed);
    assert_int_equal(metrics.family_count, 3);
    assert_int_equal(metrics.families[0].first_sample, 0);
    assert_int_equal(metrics.families[0].sample_count, 2);
    assert_int_equal(metrics.families[1].sample_count, 0);
    assert_int_equal(metrics.families[2].first_sample, 2);
    assert_int_equal(metrics.families[2].sample_count, 1);
    assert_int_equal(metrics.samples[1].first_label, 2);
    assert_string_equal(metrics.labels[metrics.samples[1].first_label].value, "cpu0");
    assert_int_equal(metrics.samples[2].label_count, 0);
    assert_true(metrics.samples[2].value == -3);
    metrics_deinit(&metrics);
}

static void test_what_is_unavailable_has_no_sample(void **state)
{
    struct metrics metrics = { 0 };

    (void)state;
    metrics_family(&metrics, METRIC_GAUGE, "power_watts", "watts", "Power.");
    metrics_sample(&metrics, NAN, NULL, 0);
    assert_int_equal(metrics.families[0].sample_count, 0);
    metrics_deinit(&metrics);
}

static void test_values_are_the_snapshots_own(void **state)
{
    struct metrics metrics = { 0 };
    char value[8192];

    (void)state;
    metrics_family(&metrics, METRIC_GAUGE, "g", "", "Many long values.");
    for (int i = 0; i < 200; i++) {
        const struct metric_label label = { "v", value };
        const int length = i % 7 == 0 ? 8000 : i * 13 % 900; /* longer than a block, too */

        (void)snprintf(value, sizeof(value), "%0*d", length, i);
        metrics_sample(&metrics, i, &label, 1);
    }
    memset(value, 'x', sizeof(value));
    assert_false(metrics.failed);
    for (int i = 0; i < 200; i++) {
        char expected[8192];

        (void)snprintf(expected, sizeof(expected), "%0*d", i % 7 == 0 ? 8000 : i * 13 % 900, i);
        assert_string_equal(metrics.labels[i].value, expected);
    }
    metrics_deinit(&metrics);
}

static void test_the_next_snapshot_needs_no_memory(void **state)
{
    struct metrics metrics = { 0 };
    const struct metric_text *texts = NULL;
    const struct metric_sample *samples = NULL;
    char value[900];

    (void)state;
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    for (int round = 0; round < 3; round++) {
        const struct metric_label label = { "v", value };

        metrics_clear(&metrics);
        metrics_family(&metrics, METRIC_GAUGE, "g", "", "Round after round.");
        for (int i = 0; i < 50; i++)
            metrics_sample(&metrics, i, &label, 1);
        assert_int_equal(metrics.family_count, 1);
        assert_int_equal(metrics.sample_count, 50);
        assert_int_equal(metrics.text_count, 13); /* four of 900 bytes in a block of 4096 */
        if (round > 0) {
            assert_ptr_equal(metrics.texts, texts);
            assert_ptr_equal(metrics.samples, samples);
        }
        texts = metrics.texts;
        samples = metrics.samples;
    }
    metrics_deinit(&metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_belong_to_the_family_before_them),
        cmocka_unit_test(test_what_is_unavailable_has_no_sample),
        cmocka_unit_test(test_values_are_the_snapshots_own),
        cmocka_unit_test(test_the_next_snapshot_needs_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
