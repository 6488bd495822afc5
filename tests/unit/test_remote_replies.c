/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_remote_replies.c - what a time-series server answers, as captured from Prometheus 2.42 */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "fetch/prometheus/promql.h"
#include "fetch/prometheus/reply.h"

static json_t *open_text(const char *text, struct reply_said *said)
{
    return reply_open(text, strlen(text), said);
}

static int write_row(const struct reply_row *row, void *payload)
{
    struct strbuf *out = payload;

    strbuf_printf(out, "%s gpu=%s:", label_of(row->labels, "__name__"),
                  label_of(row->labels, "gpu"));
    for (size_t i = 0; i < json_array_size(row->values); i++) {
        static const char *const names[] = { "good", "not finite", "wrong" };
        int64_t wall_ns = 0;
        double value = 0;
        enum reply_sample is = reply_sample(json_array_get(row->values, i), &wall_ns, &value);

        if (is == SAMPLE_GOOD)
            strbuf_printf(out, " %lld=%g", (long long)(wall_ns / 1000000), value);
        else
            strbuf_printf(out, " %s", names[is]);
    }
    strbuf_add(out, "\n");
    return 0;
}

/* "!" and the code where it is no answer with rows. */
static void assert_rows(const char *text, const char *expected)
{
    struct strbuf out = { 0 };
    struct reply_said said;
    json_t *root = open_text(text, &said);
    int r = root != NULL ? reply_each_row(root, write_row, &out) : -EBADMSG;

    if (r < 0)
        strbuf_printf(&out, "!%d", r == -EBADMSG);
    assert_string_equal(strbuf_text(&out), expected);
    strbuf_deinit(&out);
    json_decref(root);
}

static void test_rows(void **state)
{
    (void)state;
    assert_rows(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
        "\"__name__\":\"fake_energy_joules_total\",\"gpu\":\"0\",\"instance\":\"127.0.0.1:19101\","
        "\"job\":\"fake\"},\"values\":[[1795486801.309,\"6428.199\"],[1795486802.309,"
        "\"6728.386\"],[1795486803,\"7027.784\"]]}]}}",
        "fake_energy_joules_total gpu=0: 1795486801309=6428.2 1795486802309=6728.39 "
        "1795486803000=7027.78\n");
    assert_rows(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1795486803.925,"
        "\"2\"]}}",
        " gpu=: 1795486803925=2\n");
    assert_rows(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{"
        "\"__name__\":\"a\"},\"value\":[1,\"+Inf\"]},{\"metric\":{\"__name__\":\"b\"},\"value\":[1,"
        "\"NaN\"]},{\"metric\":{\"__name__\":\"c\"},\"value\":[1,\"1.5e3\"]}]}}",
        "a gpu=: not finite\nb gpu=: not finite\nc gpu=: 1000=1500\n");
    /* absent is no error */
    assert_rows("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "");
    assert_rows(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,\"abc\"]}}",
        "!1");
    assert_rows("{\"status\":\"success\",\"data\":[]}", "!1");
    assert_rows(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
        "\"a\":1},\"values\":[]}]}}",
        "!1");
}

static void test_samples(void **state)
{
    (void)state;
    assert_rows(
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
        "\"values\":[[\"1\",\"2\"],[1,2],[1],[],7,[-1,\"2\"],[1e300,\"2\"],[2,\"0x10\"],[2,\"\"],"
        "[2,\"-3\"],[2,\"-Inf\"]]}]}}",
        " gpu=: wrong wrong wrong wrong wrong wrong wrong wrong wrong 2000=-3 not finite\n");
}

static void test_errors(void **state)
{
    struct reply_said said;
    json_t *root = open_text("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"invalid "
                             "parameter \\\"query\\\": 1:4: parse\\u0007 error\"}",
                             &said);

    (void)state;
    assert_false(said.success);
    assert_string_equal(said.error_type, "bad_data");
    assert_string_equal(said.error, "invalid parameter \"query\": 1:4: parse error");
    json_decref(root);
    root = open_text(
        "{\"status\":\"success\",\"data\":[],\"warnings\":[\"store b is not there\",\"x\"]}",
        &said);
    assert_true(said.success);
    assert_string_equal(said.warning, "store b is not there");
    json_decref(root);
    assert_null(open_text("404 page not found", &said));
    assert_null(open_text("{\"status\":\"ok\"}", &said));
    assert_null(open_text("[1]", &said));
    assert_null(open_text("{\"status\":\"success\",\"data\":[", &said));
}

static void test_plain(void **state)
{
    char text[120];

    (void)state;
    reply_plain("Unauthorized\n", 13, text);
    assert_string_equal(text, "Unauthorized");
    assert_true(reply_is_page("\n <!doctype html>", 17));
    reply_plain("<html>login</html>", 18, text);
    assert_string_equal(text, "");
}

static int count_series(struct label_set *labels, void *payload)
{
    struct strbuf *out = payload;

    strbuf_printf(out, "%s/%s ", label_of(labels, "__name__"), label_of(labels, "instance"));
    return 0;
}

static void test_series(void **state)
{
    struct strbuf out = { 0 };
    struct reply_said said;
    json_t *root =
        open_text("{\"status\":\"success\",\"data\":[{\"__name__\":\"up\",\"instance\":\"a:1\"},"
                  "{\"instance\":\"b:1\",\"__name__\":\"up\",\"empty\":\"\"}]}",
                  &said);

    (void)state;
    assert_int_equal(reply_each_series(root, count_series, &out), 0);
    assert_string_equal(strbuf_text(&out), "up/a:1 up/b:1 ");
    strbuf_deinit(&out);
    json_decref(root);
}

static void test_label_sets(void **state)
{
    json_t *one = json_pack("{s:s, s:s, s:s}", "b", "2", "a", "1", "none", "");
    json_t *other = json_pack("{s:s, s:s, s:s}", "a", "1", "b", "2", "__name__", "m");
    struct label_set a = { 0 };
    struct label_set b = { 0 };

    (void)state;
    assert_int_equal(label_set_of(one, &a), 0);
    assert_int_equal(label_set_of(other, &b), 0);
    assert_string_equal(label_of(&a, "b"), "2");
    assert_string_equal(label_of(&a, "2"), ""); /* a value is no name */
    assert_false(label_set_equal(&a, &b));
    assert_true(label_set_equal_but(&a, &b, "zone")); /* the metric's name is left out */
    json_object_set_new(other, "b", json_stringn("3", 1));
    label_set_deinit(&b);
    assert_int_equal(label_set_of(other, &b), 0);
    assert_false(label_set_equal_but(&a, &b, "a"));
    assert_true(label_set_equal_but(&a, &b, "b"));
    label_set_deinit(&a);
    label_set_deinit(&b);
    json_object_set_new(one, "n", json_integer(1));
    assert_int_equal(label_set_of(one, &a), -EBADMSG);
    json_decref(one);
    json_decref(other);
}

static void test_server_names(void **state)
{
    static const struct {
        const char *text;
        const char *name;
    } rows[] = {
        { "{\"status\":\"success\",\"data\":{\"version\":\"2.42.0+ds\",\"revision\":\"x\","
          "\"goVersion\":\"go1.19.8\"}}",
          "Prometheus 2.42.0" },
        { "{\"status\":\"success\",\"data\":{\"application\":\"Grafana "
          "Mimir\",\"version\":\"2.10.0\"}}",
          "Grafana Mimir 2.10.0" },
        { "{\"status\":\"success\",\"data\":{\"version\":\"0.31.0\",\"revision\":\"x\"}}",
          "Thanos 0.31.0" },
        { "{\"status\":\"success\",\"data\":{}}", "VictoriaMetrics" },
        { "{\"status\":\"success\",\"data\":{\"version\":\"2.24.0\"}}", "VictoriaMetrics" },
        { "{\"status\":\"success\",\"data\":[]}", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct reply_said said;
        char name[64];
        json_t *root = open_text(rows[i].text, &said);

        reply_server_name(root, name);
        assert_string_equal(name, rows[i].name);
        json_decref(root);
    }
}

static int write_target(const char *instance, const char *job, double interval_seconds,
                        void *payload)
{
    strbuf_printf(payload, "%s %s %g;", instance, job, interval_seconds);
    return 0;
}

static void test_targets(void **state)
{
    struct strbuf out = { 0 };
    struct reply_said said;
    json_t *root = open_text("{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"labels\":{"
                             "\"instance\":\"127.0.0.1:19999\","
                             "\"job\":\"down\"},\"health\":\"down\",\"scrapeInterval\":\"1m30s\"},{"
                             "\"labels\":{\"instance\":"
                             "\"old\"}}],\"droppedTargets\":[]}}",
                             &said);

    (void)state;
    assert_int_equal(reply_each_target(root, write_target, &out), 0);
    assert_string_equal(strbuf_text(&out), "127.0.0.1:19999 down 90;");
    strbuf_deinit(&out);
    json_decref(root);
}

static void test_durations(void **state)
{
    (void)state;
    assert_true(reply_duration_seconds("15s") == 15);
    assert_true(reply_duration_seconds("1h30m") == 5400);
    assert_true(reply_duration_seconds("1500ms") == 1.5);
    assert_true(reply_duration_seconds("15d") == 1296000);
    assert_true(reply_duration_seconds("15") == 0);
    assert_true(reply_duration_seconds("s") == 0);
    assert_true(reply_duration_seconds("1.5s") == 0);
    assert_true(reply_duration_seconds("9999999999999s") == 0);
}

static void test_questions_are_escaped(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    promql_add_text(&out, "a\"b\\c\nd");
    strbuf_add(&out, " ");
    promql_add_pattern(&out, "10.0.0.1:9100");
    strbuf_add(&out, " ");
    promql_add_range(&out, INT64_C(90000999999));
    assert_string_equal(strbuf_text(&out), "\"a\\\"b\\\\c\\nd\" 10\\.0\\.0\\.1:9100 90000ms");
    strbuf_deinit(&out);
    form_add(&out, "query", "up{a=\"b\"}");
    form_add_time(&out, "time", INT64_C(1795486803896000000));
    assert_string_equal(strbuf_text(&out), "query=up%7Ba%3D%22b%22%7D&time=1795486803.896");
    strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_samples),
        cmocka_unit_test(test_errors),       cmocka_unit_test(test_plain),
        cmocka_unit_test(test_series),       cmocka_unit_test(test_label_sets),
        cmocka_unit_test(test_server_names), cmocka_unit_test(test_targets),
        cmocka_unit_test(test_durations),    cmocka_unit_test(test_questions_are_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
