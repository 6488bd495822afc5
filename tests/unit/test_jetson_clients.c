/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_jetson_clients.c - who holds memory of a Jetson's GPU, by nvmap's list */
#include "machine_tree.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "readers/jetson_clients.h"

static struct jetson_clients clients;

static void test_lines_of_processes_are_taken(void **state)
{
    (void)state;
    jetson_clients_parse("CLIENT          PROCESS      PID        SIZE\n"
                         "user               Xorg     6120      27136K\n"
                         "user        Web Content     7215       3072K  \r\n"
                         "user            python3    31415    1048576K\n"
                         "user            python3    31415       4096K\n"
                         "user          0x1 2 3 4        5          0K\n"
                         "total                                1082880K",
                         &clients);
    assert_int_equal(clients.count, 4);
    assert_int_equal(clients.items[0].pid, 6120);
    assert_true(clients.items[0].memory_bytes == UINT64_C(27136) * 1024);
    assert_true(clients.items[0].sm_ratio < 0);
    assert_int_equal(clients.items[1].pid, 7215);
    assert_int_equal(clients.items[2].pid, 31415); /* two clients, one process */
    assert_true(clients.items[2].memory_bytes == UINT64_C(1052672) * 1024);
    assert_int_equal(clients.items[3].pid, 5);
    assert_true(jetson_clients_bytes(&clients) == UINT64_C(1082880) * 1024);
}

static void test_other_lines_are_passed_over(void **state)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "user",
        "user \n",
        "user python3 42\n",
        "user python3 42 17\n",
        "user python3 42 17M\n",
        "user python3 x 17K\n",
        "user python3 -42 17K\n",
        "user python3 0 17K\n",
        "user python3 4294967296 17K\n",
        "user python3 42 9999999999999999K\n",
        "userpython3 42 17K\n",
        "kernel python3 42 17K\n",
        "user python342 17K\n",
        "total 17K\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        jetson_clients_parse(texts[i], &clients);
        assert_int_equal(clients.count, 0);
    }
}

static void test_more_than_fit_are_left_out(void **state)
{
    char text[300 * 24] = "";
    size_t length = 0;

    (void)state;
    for (int i = 1; i <= 300; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "user a %d 1K\n", i);
    jetson_clients_parse(text, &clients);
    assert_int_equal(clients.count, JETSON_CLIENTS_MAX);
    assert_int_equal(clients.items[JETSON_CLIENTS_MAX - 1].pid, JETSON_CLIENTS_MAX);
}

static void test_the_file_is_roots(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, "jetson-tx2");
    assert_int_equal(jetson_clients_read(machine.env.sys_fd, &clients), 0);
    assert_int_equal(clients.count, 3);
    assert_int_equal(unlinkat(machine.fd, "sys/" JETSON_CLIENTS, 0), 0);
    assert_int_equal(jetson_clients_read(machine.env.sys_fd, &clients), -ENOENT);
    tree_mkdir(machine.fd, "sys/" JETSON_CLIENTS);
    assert_int_equal(jetson_clients_read(machine.env.sys_fd, &clients), -EISDIR);
    machine_tear_down(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_processes_are_taken),
        cmocka_unit_test(test_other_lines_are_passed_over),
        cmocka_unit_test(test_more_than_fit_are_left_out),
        cmocka_unit_test(test_the_file_is_roots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
