/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_metrics_text.c - Prometheus text and OpenMetrics to the byte, and who gets which */
#include "support.h"

#include <locale.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "writers/metrics_text.h"

static void fill(struct metrics *metrics)
{
    const struct metric_label device[] = { { "device", "gpu0" }, { "kind", "gpu" } };
    const struct metric_label version[] = { { "version", "0.1.0" } };

    metrics_family(metrics, METRIC_COUNTER, "a_energy_joules_total", "joules", "Energy used.");
    metrics_sample(metrics, 1234.5, device, 2);
    metrics_sample(metrics, 0, device, 1);
    metrics_family(metrics, METRIC_GAUGE, "a_nothing_watts", "watts", "Not known: left out.");
    metrics_sample(metrics, NAN, device, 2);
    metrics_family(metrics, METRIC_GAUGE, "a_ratio", "ratio", "No labels.");
    metrics_sample(metrics, 1.0 / 3, NULL, 0);
    metrics_family(metrics, METRIC_INFO, "a_build_info", "", "What is \"running\".");
    metrics_sample(metrics, 1, version, 1);
}

static void expect(enum metrics_form form, const struct metrics *metrics, const char *expected)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };

    write_metrics(&out, metrics, form);
    assert_false(out.failed);
    assert_string_equal(strbuf_text(&out), expected);
}

static void test_prometheus_text_to_the_byte(void **state)
{
    struct metrics metrics = { 0 };

    (void)state;
    fill(&metrics);
    expect(METRICS_PROMETHEUS, &metrics,
           "# HELP a_energy_joules_total Energy used.\n"
           "# TYPE a_energy_joules_total counter\n"
           "a_energy_joules_total{device=\"gpu0\",kind=\"gpu\"} 1234.5\n"
           "a_energy_joules_total{device=\"gpu0\"} 0\n"
           "# HELP a_ratio No labels.\n"
           "# TYPE a_ratio gauge\n"
           "a_ratio 0.3333333333333333\n"
           "# HELP a_build_info What is \"running\".\n"
           "# TYPE a_build_info gauge\n"
           "a_build_info{version=\"0.1.0\"} 1\n");
    metrics_deinit(&metrics);
}

static void test_openmetrics_to_the_byte(void **state)
{
    struct metrics metrics = { 0 };

    (void)state;
    fill(&metrics);
    expect(METRICS_OPENMETRICS, &metrics,
           "# TYPE a_energy_joules counter\n"
           "# UNIT a_energy_joules joules\n"
           "# HELP a_energy_joules Energy used.\n"
           "a_energy_joules_total{device=\"gpu0\",kind=\"gpu\"} 1234.5\n"
           "a_energy_joules_total{device=\"gpu0\"} 0\n"
           "# TYPE a_ratio gauge\n"
           "# UNIT a_ratio ratio\n"
           "# HELP a_ratio No labels.\n"
           "a_ratio 0.3333333333333333\n"
           "# TYPE a_build info\n"
           "# HELP a_build What is \\\"running\\\".\n"
           "a_build_info{version=\"0.1.0\"} 1\n"
           "# EOF\n");
    metrics_deinit(&metrics);
}

/* Other programs' names: OpenMetrics has no counter without "_total", and no unit that ends no name. */
static void test_foreign_names_in_openmetrics(void **state)
{
    struct metrics metrics = { 0 };

    (void)state;
    metrics_family(&metrics, METRIC_COUNTER, "scaph_host_energy_microjoules", "joules", "H.");
    metrics_sample(&metrics, 7, NULL, 0);
    metrics_family(&metrics, METRIC_COUNTER, "_total", "", "A suffix alone.");
    metrics_sample(&metrics, 8, NULL, 0);
    expect(METRICS_OPENMETRICS, &metrics,
           "# TYPE scaph_host_energy_microjoules unknown\n"
           "# HELP scaph_host_energy_microjoules H.\n"
           "scaph_host_energy_microjoules 7\n"
           "# TYPE _total unknown\n"
           "# HELP _total A suffix alone.\n"
           "_total 8\n"
           "# EOF\n");
    metrics_deinit(&metrics);
}

static void test_no_metrics_at_all(void **state)
{
    struct metrics metrics = { 0 };

    (void)state;
    expect(METRICS_PROMETHEUS, &metrics, "");
    expect(METRICS_OPENMETRICS, &metrics, "# EOF\n");
}

static void test_what_is_escaped(void **state)
{
    const struct metric_label labels[] = {
        { "a", "back\\slash \"quoted\" two\nlines" },
        { "b", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\xB1" },
        { "c", "\xFFtorn \xC3" },
        { "d", "" },
        { "e", "\xED\xA0\x80" }, /* a surrogate is no character: each of its bytes is replaced */
    };
    struct metrics metrics = { 0 };

    (void)state;
    metrics_family(&metrics, METRIC_GAUGE, "g", "", "One\\two\nthree \"four\".");
    metrics_sample(&metrics, INFINITY, labels, ARRAY_LENGTH(labels));
    metrics_sample(&metrics, -INFINITY, NULL, 0);
    expect(METRICS_PROMETHEUS, &metrics,
           "# HELP g One\\\\two\\nthree \"four\".\n"
           "# TYPE g gauge\n"
           "g{a=\"back\\\\slash \\\"quoted\\\" two\\nlines\","
           "b=\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\xB1\","
           "c=\"\xEF\xBF\xBDtorn \xEF\xBF\xBD\",d=\"\","
           "e=\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"} +Inf\n"
           "g -Inf\n");
    metrics_deinit(&metrics);
}

static void test_a_decimal_comma_changes_nothing(void **state)
{
    struct metrics metrics = { 0 };
    char folder[64];
    int fd = temp_dir_open(folder);
    bool has_comma;

    (void)state;
    has_comma = locale_set_comma(folder);
    metrics_family(&metrics, METRIC_GAUGE, "g", "", "H.");
    metrics_sample(&metrics, 0.125, NULL, 0);
    metrics_sample(&metrics, 1.0 / 3, NULL, 0);
    expect(METRICS_PROMETHEUS, &metrics,
           "# HELP g H.\n# TYPE g gauge\ng 0.125\ng 0.3333333333333333\n");
    (void)setlocale(LC_ALL, "C");
    metrics_deinit(&metrics);
    (void)close(fd);
    temp_dir_remove(folder);
    if (!has_comma)
        skip();
}

/* --- Accept --- */

static const struct {
    const char *accept;
    enum metrics_form form;
} wishes[] = {
    { NULL, METRICS_PROMETHEUS },
    { "", METRICS_PROMETHEUS },
    { "*/*", METRICS_PROMETHEUS },
    { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", METRICS_PROMETHEUS },
    { "text/plain", METRICS_PROMETHEUS },
    { "text/plain;version=0.0.4", METRICS_PROMETHEUS },
    { "application/openmetrics-text", METRICS_OPENMETRICS },
    { "application/openmetrics-text; version=1.0.0; charset=utf-8", METRICS_OPENMETRICS },
    { "Application/OpenMetrics-Text;Version=\"1.0.0\"", METRICS_OPENMETRICS },
    /* not ours */
    { "application/openmetrics-text;version=0.0.1", METRICS_PROMETHEUS },
    { "application/openmetrics-text;version=2.0.0, */*;q=0.1", METRICS_PROMETHEUS },
    { "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
      METRICS_PROMETHEUS },
    /* Prometheus 2.42 */
    { "application/openmetrics-text;version=1.0.0,application/"
      "openmetrics-text;version=0.0.1;q=0.75,"
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      METRICS_OPENMETRICS },
    /* Prometheus 3 */
    { "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
      "application/openmetrics-text;version=0.0.1;q=0.5,"
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/"
      "*;q=0.2",
      METRICS_OPENMETRICS },
    { "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,"
      "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.4,*/*;q=0.2",
      METRICS_PROMETHEUS },
    /* weights */
    { "text/plain;q=0.9, application/openmetrics-text;q=1", METRICS_OPENMETRICS },
    { "text/plain;q=1, application/openmetrics-text;q=0.999", METRICS_PROMETHEUS },
    { "text/plain;q=0.001, application/openmetrics-text;q=0", METRICS_PROMETHEUS },
    { "text/plain;q=0, application/openmetrics-text;q=0.001", METRICS_OPENMETRICS },
    { "text/plain;q=0, application/openmetrics-text;q=0", METRICS_PROMETHEUS },
    { "*/*;q=0", METRICS_PROMETHEUS },
    /* as welcome as each other: named first */
    { "text/plain, application/openmetrics-text", METRICS_PROMETHEUS },
    { "application/openmetrics-text, text/plain", METRICS_OPENMETRICS },
    { "application/openmetrics-text, */*", METRICS_OPENMETRICS },
    { "application/*, text/*", METRICS_PROMETHEUS },
    /* the most specific range decides, wherever it stands */
    { "*/*;q=1, text/plain;q=0.1, application/openmetrics-text;q=0.2", METRICS_OPENMETRICS },
    { "application/openmetrics-text;q=0.1, */*", METRICS_PROMETHEUS },
    { "text/*;q=0.5, application/*;q=0.6", METRICS_OPENMETRICS },
    { "application/openmetrics-text;version=1.0.0;q=0.2, application/openmetrics-text;q=0.9, "
      "text/plain;q=0.5",
      METRICS_PROMETHEUS },
    /* blanks, empty ranges, quotes with commas in them */
    { " , ,\tapplication/openmetrics-text ; q = 1 , ;q=0.5", METRICS_OPENMETRICS },
    { "x/y;a=\",application/openmetrics-text,\", text/plain", METRICS_PROMETHEUS },
    { "x/y;a=\"\\\",application/openmetrics-text\\\"\", text/plain", METRICS_PROMETHEUS },
    { "application/openmetrics-text;q=nonsense", METRICS_OPENMETRICS },
    { "application/openmetrics-text;q=2, text/plain", METRICS_OPENMETRICS },
    { "application/openmetrics-text;;;", METRICS_OPENMETRICS },
    { "application/openmetrics-text;version", METRICS_OPENMETRICS },
    { "application/openmetrics-textual", METRICS_PROMETHEUS },
};

static void test_who_gets_which(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(wishes); i++) {
        if (metrics_accepted(wishes[i].accept) != wishes[i].form)
            fail_msg("'%s' gets the wrong form", wishes[i].accept);
    }
}

static void test_each_form_names_itself(void **state)
{
    (void)state;
    assert_string_equal(metrics_content_type(METRICS_PROMETHEUS),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_string_equal(metrics_content_type(METRICS_OPENMETRICS),
                        "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_int_equal(metrics_accepted(metrics_content_type(METRICS_OPENMETRICS)),
                     METRICS_OPENMETRICS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prometheus_text_to_the_byte),
        cmocka_unit_test(test_openmetrics_to_the_byte),
        cmocka_unit_test(test_foreign_names_in_openmetrics),
        cmocka_unit_test(test_no_metrics_at_all),
        cmocka_unit_test(test_what_is_escaped),
        cmocka_unit_test(test_a_decimal_comma_changes_nothing),
        cmocka_unit_test(test_who_gets_which),
        cmocka_unit_test(test_each_form_names_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
