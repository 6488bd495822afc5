/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_stack_parts.c - the stack's texts: record, configuration, command lines, answers, listeners */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "stack/find.h"
#include "stack/listener.h"
#include "stack/probe.h"
#include "stack/prometheus_yml.h"
#include "stack/record.h"
#include "stack/service.h"

/* Two lines of a real /proc/net/tcp: 127.0.0.1:9090 listens for user 113; a connection to port 9090 of it. */
#define TCP_HEAD                                                                                  \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout " \
    "inode\n"
#define TCP_LISTEN                                                                                \
    "   0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000   113        0 " \
    "48213 1 0000000000000000 100 0 0 10 0\n"
#define TCP_TALK                                                                                  \
    "   1: 0100007F:2383 0100007F:2382 01 00000000:00000000 02:000004F2 00000000     0        0 " \
    "48999 2 0000000000000000 20 4 30 10 -1\n"
#define TCP6_LISTEN                                                                         \
    "   0: 00000000000000000000000000000000:238C 00000000000000000000000000000000:0000 0A " \
    "00000000:00000000 00:00000000 00000000  1000        0 51000 1 0 100 0 0 10 0\n"

static void test_a_listener_is_known_by_its_port_and_its_state(void **state)
{
    struct listener found = { 0 };

    (void)state;
    assert_true(listener_parse(TCP_HEAD TCP_TALK TCP_LISTEN, 9090, &found)); /* 0x2382 */
    assert_int_equal(found.inode, 48213);
    assert_int_equal(found.uid, 113);
    assert_false(listener_parse(TCP_HEAD TCP_LISTEN TCP_TALK, 9091, &found)); /* a talker's port */
    assert_false(listener_parse(TCP_HEAD TCP_LISTEN, 2382, &found));          /* hexadecimal */
    assert_true(listener_parse(TCP_HEAD TCP6_LISTEN, 9100, &found));
    assert_int_equal(found.inode, 51000);
    assert_int_equal(found.uid, 1000);
}

static void test_what_is_no_table_of_sockets_has_no_listener(void **state)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        TCP_HEAD,
        "   0: 0100007F:2382 00000000:0000 0A",
        "0: a b c d e f g h i j k",
        "   0: 0100007F2382 00000000:0000 0A 0:0 0:0 0 113 0 48213",
        "   0: 0100007F:2382 00000000:0000 0A 0:0 0:0 0 -1 0 48213",
        "   0: 0100007F:2382 00000000:0000 0A 0:0 0:0 0 113 0 inode",
        "   0: 0100007F:2382x 00000000:0000 0A 0:0 0:0 0 113 0 48213",
    };
    struct listener found = { .inode = 7, .uid = 7 };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(listener_parse(texts[i], 9090, &found));
    assert_int_equal(found.inode, 7);
}

/* On this very machine: a socket of our own is found, and so are we. */
static void test_a_taken_port_names_its_owner(void **state)
{
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(place);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int proc_fd = fs_open_dir_at(AT_FDCWD, "/proc", NULL);
    char text[96], expected[96];
    int port;

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&place, &size), 0);
    port = ntohs(place.sin_port);
    assert_int_equal(port_take("127.0.0.1", port), -EADDRINUSE);
    if (port_owner(proc_fd, port, text, sizeof(text)) != 0) { /* not where an emulator runs us */
        assert_int_equal(port_owner(proc_fd, port, text, sizeof(text)), getpid());
        (void)snprintf(expected, sizeof(expected), "(pid %d)", (int)getpid());
        assert_non_null(strstr(text, expected));
    }
    (void)close(fd);
    assert_int_equal(port_take("127.0.0.1", port), port);
    assert_int_equal(port_owner(proc_fd, port, text, sizeof(text)), 0);
    assert_string_equal(text, "somebody");
    assert_true(port_take("127.0.0.1", 0) >= 1024);
    (void)close(proc_fd);
}

static void test_a_status_is_that_of_http(void **state)
{
    (void)state;
    assert_int_equal(http_status_parse("HTTP/1.1 200 OK\r\n"), 200);
    assert_int_equal(http_status_parse("HTTP/1.0 503 Service Unavailable\r\n"), 503);
    assert_int_equal(http_status_parse("HTTP/1.1 404\r\n"), 404);
    assert_int_equal(http_status_parse(""), 0);
    assert_int_equal(http_status_parse("HTTP/1.1 20"), 0);
    assert_int_equal(http_status_parse("HTTP/1.1 2000 OK"), 0);
    assert_int_equal(http_status_parse("HTTP/1.1 999 OK"), 0);
    assert_int_equal(http_status_parse("HTTP/1.1 099 OK"), 0);
    assert_int_equal(http_status_parse("HTTP/2 200 OK"), 0);
    assert_int_equal(http_status_parse("SSH-2.0-OpenSSH_9.2p1"), 0);
    assert_string_equal(http_body("HTTP/1.1 200 OK\r\nA: b\r\n\r\nup 1\n"), "up 1\n");
    assert_null(http_body("HTTP/1.1 200 OK\r\nA: b\r\n"));
}

static void test_a_sign_is_looked_for_where_lines_begin(void **state)
{
    static const char text[] = "# HELP node_rapl_x\nnode_cpu 1\nnode_rapl_package_joules_total 2\n";

    (void)state;
    assert_true(text_has_line(text, "node_rapl_"));
    assert_true(text_has_line(text, "# HELP"));
    assert_false(text_has_line(text, "rapl_"));
    assert_false(text_has_line("# HELP node_rapl_x\n", "node_rapl_"));
    assert_false(text_has_line("", "a"));
}

static const char record_text[] = "aico2-stack 1\n"
                                  "host node1\n"
                                  "boot 2d2e3c8e-5b7a-4f2b-9d7e-2d3f4a5b6c7d\n"
                                  "service prometheus 4711 123456 9090 /opt/my tools/prometheus\n"
                                  "service node 4712 123457 9100 /usr/bin/node_exporter\n";

static void test_a_record_comes_back_as_it_was(void **state)
{
    struct strbuf text = { 0 };
    struct record record;

    (void)state;
    assert_int_equal(record_parse(record_text, &record, NULL), 0);
    assert_string_equal(record.host, "node1");
    assert_string_equal(record.boot, "2d2e3c8e-5b7a-4f2b-9d7e-2d3f4a5b6c7d");
    assert_int_equal(record.count, 2);
    assert_int_equal(record.entries[0].pid, 4711);
    assert_int_equal(record.entries[0].start_ticks, 123456);
    assert_int_equal(record.entries[1].port, 9100);
    assert_string_equal(record.entries[0].program, "/opt/my tools/prometheus");
    record_format(&record, &text);
    assert_string_equal(strbuf_text(&text), record_text);
    strbuf_deinit(&text);
}

static void test_a_record_keeps_one_entry_a_service(void **state)
{
    struct record record;
    struct record_entry entry = { .name = "node", .pid = 9, .start_ticks = 8, .port = 7 };

    (void)state;
    assert_int_equal(record_parse(record_text, &record, NULL), 0);
    assert_int_equal(record_put(&record, &entry), 0);
    assert_int_equal(record.count, 2);
    assert_int_equal(record_find(&record, "node")->pid, 9);
    record_drop(&record, "prometheus");
    record_drop(&record, "prometheus");
    assert_int_equal(record.count, 1);
    assert_null(record_find(&record, "prometheus"));
    assert_non_null(record_find(&record, "node"));
    for (int i = 0; record.count < STACK_SERVICES_MAX; i++) {
        (void)snprintf(entry.name, sizeof(entry.name), "s%d", i);
        assert_int_equal(record_put(&record, &entry), 0);
    }
    (void)snprintf(entry.name, sizeof(entry.name), "more");
    assert_int_equal(record_put(&record, &entry), -ENOSPC);
}

#define HEAD "aico2-stack 1\nhost a\nboot b\n"
static void test_what_is_no_record_is_quoted(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        { "", "without its host" },
        { "aico2-stack 1\n", "without its host" },
        { "aico2-stack 2\nhost a\nboot b\n", "line 1 is none of a record: 'aico2-stack 2'" },
        { HEAD "service node 1 2 3 /x", "line 4" }, /* torn: no end of line */
        { HEAD "service node 0 2 3 /x\n", "'service node 0 2 3 /x'" },
        { HEAD "service node -5 2 3 /x\n", "line 4" }, /* a group, to kill(2) */
        { HEAD "service node 1 -2 3 /x\n", "line 4" },
        { HEAD "service node 1 2 70000 /x\n", "line 4" },
        { HEAD "service node 1 2 3 x\n", "line 4" },
        { HEAD "service node 1 2 3\n", "line 4" },
        { HEAD "service node 4294967297 2 3 /x\n", "line 4" },
        { HEAD "service node 1 2 3 /x\nservice node 2 3 4 /x\n", "line 5" },
        { HEAD "host c\n", "line 4" },
        { HEAD "\n", "line 4" },
        { HEAD "service aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd 1 2 3 /x\n", "line 4" },
    };
    struct record record = { .count = 3 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aico2_error err = { 0 };

        assert_int_equal(record_parse(rows[i].text, &record, &err), -EBADMSG);
        if (strstr(err.message, rows[i].message) == NULL)
            fail_msg("%s: %s", rows[i].text, err.message);
    }
    assert_int_equal(record.count, 3);
}

static void test_the_configuration_has_the_seeds_jobs(void **state)
{
    static const struct scrape_target targets[] = {
        { "prometheus", "/metrics", 9090 },
        { "node", "/metrics", 9100 },
        { "nvidia_gpu_exporter", "/metrics", 9835 },
        { "odd", "/other", 1 },
    };
    struct strbuf text = { 0 };

    (void)state;
    prometheus_yml_write(&text, "127.0.0.1", targets, 4, INT64_C(15000000000), NULL);
    assert_string_equal(
        strbuf_text(&text),
        "# Written by `aico2 up` each time it is called: what is changed here is lost.\n"
        "global:\n  scrape_interval: 15s\n  evaluation_interval: 15s\n\nscrape_configs:\n"
        "  - job_name: prometheus\n    static_configs:\n      - targets: [\"127.0.0.1:9090\"]\n"
        "  - job_name: node\n    static_configs:\n      - targets: [\"127.0.0.1:9100\"]\n"
        "  - job_name: nvidia_gpu_exporter\n    static_configs:\n"
        "      - targets: [\"127.0.0.1:9835\"]\n"
        "  - job_name: odd\n    metrics_path: /other\n    static_configs:\n"
        "      - targets: [\"127.0.0.1:1\"]\n");
    strbuf_deinit(&text);
}

static void test_the_interval_of_a_configuration_is_read_again(void **state)
{
    struct strbuf text = { 0 };

    (void)state;
    prometheus_yml_write(&text, "127.0.0.1", NULL, 0, INT64_C(2000000000), NULL);
    assert_int_equal(prometheus_yml_interval_ns(strbuf_text(&text)), INT64_C(2000000000));
    assert_int_equal(prometheus_yml_interval_ns("global:\n  scrape_interval: 500ms\n"), 500000000);
    assert_int_equal(prometheus_yml_interval_ns(""), 0);
    assert_int_equal(prometheus_yml_interval_ns("global:\n  scrape_interval: 1m30s\n"), 0);
    assert_int_equal(prometheus_yml_interval_ns("global:\n  scrape_interval: 0s\n"), 0);
    assert_int_equal(prometheus_yml_interval_ns("global:\n  scrape_interval: 99999999999999999s\n"),
                     0);
    assert_int_equal(prometheus_yml_interval_ns("global:\n  scrape_interval: 5"), 0);
    strbuf_deinit(&text);
}

static void test_short_intervals_have_a_shorter_time_out_and_paths_are_quoted(void **state)
{
    struct strbuf text = { 0 };

    (void)state;
    prometheus_yml_write(&text, "127.0.0.1", NULL, 0, INT64_C(500000000), "/a \"b\"\\c\t: #d");
    assert_non_null(strstr(strbuf_text(&text), "  scrape_interval: 500ms\n"
                                               "  scrape_timeout: 500ms\n"
                                               "  evaluation_interval: 500ms\n"));
    assert_non_null(
        strstr(strbuf_text(&text), "rule_files:\n  - \"/a \\\"b\\\"\\\\c\\x09: #d\"\n"));
    strbuf_deinit(&text);
}

static void assert_call(const char *service, const char *expected)
{
    const struct service_call call = { .directory = "/d", .address = "127.0.0.1", .port = 1234 };
    struct service_words words = { 0 };
    int index = service_find(service);

    assert_true(index >= 0);
    service_rows[index].call(&call, &words);
    for (size_t i = 0; i + 1 < words.text.length; i++) {
        if (words.text.text[i] == '\0')
            words.text.text[i] = ' ';
    }
    assert_string_equal(strbuf_text(&words.text), expected);
    strbuf_deinit(&words.text);
}

static void test_services_listen_for_this_machine_alone(void **state)
{
    (void)state;
    assert_call("prometheus", "--config.file=/d/prometheus.yml --storage.tsdb.path=/d/data "
                              "--web.listen-address=127.0.0.1:1234");
    assert_call("node", "--web.listen-address=127.0.0.1:1234 --collector.cpu.info "
                        "--collector.textfile.directory=/d/textfile");
    assert_call("nvidia_gpu_exporter", "--web.listen-address=127.0.0.1:1234");
    assert_call("dcgm", "--address=127.0.0.1:1234");
    assert_call("aico2", "--listen=127.0.0.1:1234");
    assert_int_equal(service_find("nothing"), -1);
}

static void put_program(int dirfd, const char *path, mode_t mode)
{
    tree_write(dirfd, path, "#!/bin/sh\n");
    assert_int_equal(fchmodat(dirfd, path, mode, 0), 0);
}

static void test_programs_are_found_in_absolute_folders_only(void **state)
{
    static const char *const names[] = { "aico2-test-a", "aico2-test-b", NULL };
    char folder[64], path[512], found[512], expected[512];
    int dirfd = temp_dir_open(folder);

    (void)state;
    put_program(dirfd, "one/aico2-test-b", 0755);
    put_program(dirfd, "two/aico2-test-a", 0755);
    put_program(dirfd, "three/aico2-test-a", 0644); /* may not be executed: root may all but that */
    tree_mkdir(dirfd, "four/aico2-test-a");
    (void)snprintf(path, sizeof(path), "%s/three:%s/four:%s/one:%s/two", folder, folder, folder,
                   folder);
    assert_int_equal(program_find(names, 3, path, found, sizeof(found)), 0);
    (void)snprintf(expected, sizeof(expected), "%s/two/aico2-test-a", folder);
    assert_string_equal(found, expected); /* the first name wins, wherever it is */
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(program_find(names, 3, "two:.:", found, sizeof(found)), -ENOENT);
    assert_string_equal(found, "");
    assert_int_equal(program_find(names, 3, NULL, found, sizeof(found)), -ENOENT);
    assert_int_equal(chdir("/"), 0);
    (void)close(dirfd);
    temp_dir_remove(folder);
}

static void test_a_program_given_is_one(void **state)
{
    char folder[64], path[128], found[512];
    struct aico2_error err = { 0 };
    int dirfd = temp_dir_open(folder);

    (void)state;
    put_program(dirfd, "good", 0755);
    put_program(dirfd, "bad", 0644);
    (void)snprintf(path, sizeof(path), "%s/../%s/good", folder, strrchr(folder, '/') + 1);
    assert_int_equal(program_given("--p", path, NULL, found, sizeof(found), &err), 0);
    (void)snprintf(path, sizeof(path), "%s/good", folder);
    assert_string_equal(found, path);
    (void)snprintf(path, sizeof(path), "%s/bad", folder);
    assert_int_equal(program_given("--p", path, NULL, found, sizeof(found), &err), -EINVAL);
    assert_non_null(strstr(err.message, "not a program that may be executed"));
    assert_int_equal(program_given("--p", folder, NULL, found, sizeof(found), &err), -EINVAL);
    assert_int_equal(program_given("--p", "./no", NULL, found, sizeof(found), &err), -EINVAL);
    assert_string_equal(err.message, "--p './no': No such file or directory");
    assert_int_equal(program_given("--p", "aico2-no", "/", found, sizeof(found), &err), -EINVAL);
    assert_string_equal(err.message, "--p 'aico2-no': no program of that name in PATH");
    (void)close(dirfd);
    temp_dir_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_listener_is_known_by_its_port_and_its_state),
        cmocka_unit_test(test_what_is_no_table_of_sockets_has_no_listener),
        cmocka_unit_test(test_a_taken_port_names_its_owner),
        cmocka_unit_test(test_a_status_is_that_of_http),
        cmocka_unit_test(test_a_sign_is_looked_for_where_lines_begin),
        cmocka_unit_test(test_a_record_comes_back_as_it_was),
        cmocka_unit_test(test_a_record_keeps_one_entry_a_service),
        cmocka_unit_test(test_what_is_no_record_is_quoted),
        cmocka_unit_test(test_the_configuration_has_the_seeds_jobs),
        cmocka_unit_test(test_the_interval_of_a_configuration_is_read_again),
        cmocka_unit_test(test_short_intervals_have_a_shorter_time_out_and_paths_are_quoted),
        cmocka_unit_test(test_services_listen_for_this_machine_alone),
        cmocka_unit_test(test_programs_are_found_in_absolute_folders_only),
        cmocka_unit_test(test_a_program_given_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
