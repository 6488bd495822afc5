/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_stack_choose.c - which services a machine is given, by what is installed and what is there */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "stack/choose.h"
#include "stack/process.h"
#include "stack/service.h"

struct bench {
    char path[64];
    int fd;
    struct stack_plan plan;
    struct record record;
    struct stack_report report;
    bool begin[STACK_SERVICES_MAX];
    struct aico2_error err;
};

static int set_up(void **state)
{
    static struct bench bench;

    bench = (struct bench){ 0 };
    bench.fd = temp_dir_open(bench.path);
    tree_mkdir(bench.fd, "dev");
    bench.plan = (struct stack_plan){
        .proc_fd = fs_open_dir_at(AT_FDCWD, "/proc", NULL),
        .sys_fd = -1,
        .dev_fd = fs_open_dir_at(bench.fd, "dev", NULL),
        .directory = "/state",
        .path = bench.path,
    };
    for (size_t i = 0; i < STACK_SERVICES_MAX; i++)
        bench.plan.wishes[i].port = 0; /* any that is free */
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    (void)close(bench->plan.proc_fd);
    (void)close(bench->plan.dev_fd);
    (void)close(bench->fd);
    temp_dir_remove(bench->path);
    return 0;
}

static void install(const struct bench *bench, const char *program)
{
    tree_write(bench->fd, program, "#!/bin/sh\n");
    assert_int_equal(fchmodat(bench->fd, program, 0755, 0), 0);
}

static struct stack_wish *wish(struct bench *bench, const char *service)
{
    return &bench->plan.wishes[service_find(service)];
}

static int choose(struct bench *bench)
{
    memset(&bench->report, 0, sizeof(bench->report));
    return stack_choose(&bench->plan, &bench->record, &bench->report, bench->begin, &bench->err);
}

static void assert_begins(const struct bench *bench, const char *service, bool begins)
{
    int index = service_find(service);

    if (bench->begin[index] != begins)
        fail_msg("%s: %s", service, bench->report.services[index].reason);
}

static void assert_state(const struct bench *bench, const char *service, enum stack_state state,
                         const char *reason)
{
    const struct stack_service *found = &bench->report.services[service_find(service)];

    assert_string_equal(stack_state_name(found->state), stack_state_name(state));
    if (strstr(found->reason, reason) == NULL)
        fail_msg("%s: %s", service, found->reason);
    assert_begins(bench, service, false);
}

static void test_what_is_not_installed_is_named_with_its_package(void **state)
{
    struct bench *bench = *state;

    install(bench, "node_exporter");
    assert_int_equal(choose(bench), 0);
    assert_state(bench, "prometheus", STACK_MISSING, "not installed: package prometheus (Debian");
    assert_state(bench, "prometheus", STACK_MISSING, "or --prometheus PATH");
    assert_begins(bench, "node", true);
    assert_state(bench, "aico2", STACK_MISSING, "package aico2-serve, which is built where libmicrohttpd");
    bench->plan.own_program = "/usr/libexec/aico2/aico2-serve";
    assert_int_equal(choose(bench), 0);
    assert_begins(bench, "aico2", true);
    assert_state(bench, "nvidia_gpu_exporter", STACK_ABSENT, "no NVIDIA GPU here");
    assert_state(bench, "dcgm", STACK_ABSENT, "no NVIDIA GPU here");
}

static void test_names_of_distributions_come_before_upstreams(void **state)
{
    struct bench *bench = *state;
    char expected[128];

    install(bench, "node_exporter");
    install(bench, "prometheus-node-exporter");
    assert_int_equal(choose(bench), 0);
    (void)snprintf(expected, sizeof(expected), "%s/prometheus-node-exporter", bench->path);
    assert_string_equal(bench->report.services[service_find("node")].program, expected);
    assert_string_equal(bench->report.services[service_find("node")].log, "/state/log/node.log");
    assert_true(bench->report.services[service_find("node")].port >= 1024);
}

static void test_a_gpu_without_an_exporter_is_missing_one(void **state)
{
    struct bench *bench = *state;

    tree_write(bench->fd, "dev/nvidia0", "");
    assert_int_equal(choose(bench), 0);
    assert_state(bench, "nvidia_gpu_exporter", STACK_MISSING, "not installed");
    assert_state(bench, "dcgm", STACK_ABSENT, "not installed: nvidia_gpu_exporter instead");
}

static void test_one_exporter_for_a_gpu_is_enough(void **state)
{
    struct bench *bench = *state;

    tree_write(bench->fd, "dev/nvidia0", "");
    install(bench, "nvidia_gpu_exporter");
    assert_int_equal(choose(bench), 0);
    assert_begins(bench, "nvidia_gpu_exporter", true);
    assert_state(bench, "dcgm", STACK_ABSENT, "nvidia_gpu_exporter instead");

    install(bench, "dcgm-exporter");
    assert_int_equal(choose(bench), 0);
    assert_begins(bench, "dcgm", true);
    assert_state(bench, "nvidia_gpu_exporter", STACK_OFF, "dcgm measures the same, and better");

    /* who names one gets it, and who wants none of the other says so */
    wish(bench, "nvidia_gpu_exporter")->program = "nvidia_gpu_exporter";
    wish(bench, "dcgm")->program = "none";
    assert_int_equal(choose(bench), 0);
    assert_begins(bench, "nvidia_gpu_exporter", true);
    assert_state(bench, "dcgm", STACK_OFF, "");
}

static void test_a_program_given_needs_no_gpu(void **state)
{
    struct bench *bench = *state;

    install(bench, "mine");
    wish(bench, "nvidia_gpu_exporter")->program = "mine";
    assert_int_equal(choose(bench), 0);
    assert_begins(bench, "nvidia_gpu_exporter", true);
    wish(bench, "nvidia_gpu_exporter")->program = "other";
    assert_int_equal(choose(bench), -EINVAL);
    assert_string_equal(bench->err.message,
                        "--nvidia-gpu-exporter 'other': no program of that name in PATH");
}

static void test_two_services_do_not_share_a_port(void **state)
{
    struct bench *bench = *state;

    install(bench, "prometheus");
    install(bench, "node_exporter");
    wish(bench, "prometheus")->port = 65123;
    wish(bench, "node")->port = 65123;
    assert_int_equal(choose(bench), -EINVAL);
    assert_string_equal(bench->err.message,
                        "--port: prometheus and node are both to have port 65123");
}

/* We stand for a service that was started: our pid and our start are on record. */
static void test_what_runs_already_is_not_started_again(void **state)
{
    struct bench *bench = *state;
    struct record_entry entry = { .name = "node", .pid = getpid(), .port = 9100, .program = "/n" };

    install(bench, "node_exporter");
    entry.start_ticks = process_start_ticks(bench->plan.proc_fd, getpid());
    assert_int_equal(record_put(&bench->record, &entry), 0);
    wish(bench, "node")->port = 9101;
    assert_int_equal(choose(bench), 0);
    assert_state(bench, "node", STACK_RUNNING, "");
    assert_int_equal(bench->report.services[service_find("node")].port, 9100);
    assert_string_equal(bench->report.services[service_find("node")].note,
                        "stays on port 9100: `aico2 down` first, to have it on 9101");

    /* somebody else has the pid now */
    record_find(&bench->record, "node")->start_ticks--;
    assert_int_equal(choose(bench), 0);
    assert_begins(bench, "node", true);
    assert_null(record_find(&bench->record, "node"));
}

#define AICO2_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AICO2_TEST(test_what_is_not_installed_is_named_with_its_package),
        AICO2_TEST(test_names_of_distributions_come_before_upstreams),
        AICO2_TEST(test_a_gpu_without_an_exporter_is_missing_one),
        AICO2_TEST(test_one_exporter_for_a_gpu_is_enough),
        AICO2_TEST(test_a_program_given_needs_no_gpu),
        AICO2_TEST(test_two_services_do_not_share_a_port),
        AICO2_TEST(test_what_runs_already_is_not_started_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
