/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_stack.c - how the services of `aico2 up` fare, as text, JSON and CSV */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "csv_check.h"
#include "json_check.h"
#include "writers/writer.h"

#define SET(field, text) (void)snprintf(field, sizeof(field), "%s", text)

static const struct text_style ascii = { .columns = 80 };
static struct stack_report report;

static struct stack_service *add(const char *name, enum stack_state state, int64_t pid, int port)
{
    struct stack_service *service = &report.services[report.count++];

    *service = (struct stack_service){ .state = state, .pid = pid, .port = port };
    SET(service->name, name);
    if (port > 0)
        (void)snprintf(service->url, sizeof(service->url), "http://127.0.0.1:%d", port);
    return service;
}

static int set_up(void **state)
{
    (void)state;
    report = (struct stack_report){ .count = 0 };
    SET(report.directory, "/home/ada/.local/share/aico2/stack");
    SET(add("prometheus", STACK_STARTED, 4711, 9090)->log, "/tmp/prometheus.log");
    return 0;
}

static void test_all_are_up_in_the_words_that_are_looked_for(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    add("node", STACK_FOREIGN, 0, 9100);
    add("dcgm", STACK_ABSENT, 0, 0);
    report.reloaded = true;
    write_stack_up_text(&out, &report, ascii);
    assert_string_equal(strbuf_text(&out),
                        "service     state        pid  address\n"
                        "prometheus  started     4711  http://127.0.0.1:9090\n"
                        "node        foreign        -  http://127.0.0.1:9100\n"
                        "dcgm        absent         -  -\n"
                        "configuration  /home/ada/.local/share/aico2/stack/prometheus.yml\n"
                        "logs           /home/ada/.local/share/aico2/stack/log\n"
                        "Prometheus has taken its new configuration.\n"
                        "All services started in the background.\n");
    strbuf_deinit(&out);
}

/* One that failed after it had begun shows where its log is; those that were to stay out are not counted. */
static void test_why_one_is_not_up_stands_below_it(void **state)
{
    struct stack_service *service;
    struct strbuf out = { 0 };

    (void)state;
    SET(report.directory, "/srv");
    service = add("node", STACK_FAILED, 4712, 9100);
    SET(service->reason, "ended with status 1\x1b[31m");
    SET(service->log, "/srv/log/node.log");
    service = add("dcgm", STACK_MISSING, 0, 0);
    SET(service->reason, "dcgm-exporter is not installed");
    add("ipmi", STACK_OFF, 0, 0);
    SET(report.services[0].note, "its port is open to other machines");
    write_stack_up_text(&out, &report, ascii);
    assert_string_equal(strbuf_text(&out), "service     state        pid  address\n"
                                           "prometheus  started     4711  http://127.0.0.1:9090\n"
                                           "    its port is open to other machines\n"
                                           "node        failed      4712  http://127.0.0.1:9100\n"
                                           "    ended with status 1 [31m\n"
                                           "    /srv/log/node.log\n"
                                           "dcgm        missing        -  -\n"
                                           "    dcgm-exporter is not installed\n"
                                           "ipmi        off            -  -\n"
                                           "configuration  /srv/prometheus.yml\n"
                                           "logs           /srv/log\n"
                                           "1 of 3 services are up.\n");
    strbuf_deinit(&out);
}

static void test_what_came_of_ending_them(void **state)
{
    struct strbuf out = { 0 };
    struct strbuf none = { 0 };

    (void)state;
    report.services[0].state = STACK_ENDED;
    write_stack_down_text(&out, &report, (struct text_style){ .unicode = true, .columns = 80 });
    assert_string_equal(strbuf_text(&out), "service     state        pid  address\n"
                                           "prometheus  ended       4711  http://127.0.0.1:9090\n");
    report.count = 0;
    write_stack_down_text(&none, &report, ascii);
    assert_string_equal(strbuf_text(&none),
                        "nothing to end: no service was started by `aico2 up`\n");
    strbuf_deinit(&out);
    strbuf_deinit(&none);
}

static void test_json_and_csv_have_null_for_what_there_is_not(void **state)
{
    struct strbuf json = { 0 };
    struct strbuf csv = { 0 };

    (void)state;
    SET(add("dcgm", STACK_MISSING, 0, 0)->reason, "=not \"here\"");
    write_stack_json(&json, &report);
    assert_true(json_is_valid(strbuf_text(&json), json.length));
    assert_json_at(strbuf_text(&json), "schema", "\"aico2.stack/1\"");
    assert_json_at(strbuf_text(&json), "all_up", "false");
    assert_json_at(strbuf_text(&json), "services.0.state", "\"started\"");
    assert_json_at(strbuf_text(&json), "services.0.pid", "4711");
    assert_json_at(strbuf_text(&json), "services.0.port", "9090");
    assert_json_at(strbuf_text(&json), "services.0.reason", "null");
    assert_json_at(strbuf_text(&json), "services.1.pid", "null");
    assert_json_at(strbuf_text(&json), "services.1.port", "null");
    assert_json_at(strbuf_text(&json), "services.1.url", "null");

    write_stack_csv(&csv, &report);
    assert_string_equal(csv_value(strbuf_text(&csv), 1, "pid"), "4711");
    assert_string_equal(csv_value(strbuf_text(&csv), 1, "log"), "/tmp/prometheus.log");
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "pid"), "");
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "port"), "");
    assert_string_equal(csv_value(strbuf_text(&csv), 2, "reason"), "'=not \"here\"");
    strbuf_deinit(&json);
    strbuf_deinit(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_are_up_in_the_words_that_are_looked_for, set_up),
        cmocka_unit_test_setup(test_why_one_is_not_up_stands_below_it, set_up),
        cmocka_unit_test_setup(test_what_came_of_ending_them, set_up),
        cmocka_unit_test_setup(test_json_and_csv_have_null_for_what_there_is_not, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
