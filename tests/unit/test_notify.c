/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_notify.c - what systemd is told, as datagrams to the socket it has named */
#include "support.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/notify.h"

/* A manager's socket; the name as NOTIFY_SOCKET has it. */
static int listen_as(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_true(fd >= 0 && strlen(name) < sizeof(address.sun_path));
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void assert_heard(int fd, const char *expected)
{
    char text[128] = "";
    ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

    if (expected == NULL) {
        assert_int_equal(length, -1);
        return;
    }
    assert_int_equal(length, strlen(expected));
    assert_string_equal(text, expected);
}

static void talk(int manager_fd)
{
    int fd = notify_open();

    assert_true(fd >= 0);
    notify_send(fd, "READY=1");
    notify("STATUS=one\nWATCHDOG=1");
    assert_heard(manager_fd, "READY=1");
    assert_heard(manager_fd, "STATUS=one\nWATCHDOG=1");
    assert_heard(manager_fd, NULL);
    (void)close(fd);
    (void)close(manager_fd);
}

static void test_a_socket_of_a_path_and_an_abstract_one(void **state)
{
    char path[64];
    char name[100];
    int folder_fd = temp_dir_open(path);

    (void)state;
    (void)snprintf(name, sizeof(name), "%s/notify", path);
    talk(listen_as(name));
    (void)snprintf(name, sizeof(name), "@aico2-test-notify-%d", (int)getpid());
    talk(listen_as(name));
    (void)close(folder_fd);
    temp_dir_remove(path);
}

static void test_a_reload_has_its_time(void **state)
{
    char name[100];
    char text[128] = "";
    int64_t before_us = clock_mono_ns() / 1000;
    int64_t told_us = 0;
    int fd;

    (void)state;
    (void)snprintf(name, sizeof(name), "@aico2-test-reload-%d", (int)getpid());
    fd = listen_as(name);
    notify_reloading();
    assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
    assert_int_equal(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%" SCNd64, &told_us), 1);
    assert_true(told_us >= before_us && told_us <= clock_mono_ns() / 1000);
    (void)close(fd);
}

/* Nobody is there, or the name is none: nothing is told, and nothing else happens. */
static void test_without_a_manager_nothing_is_told(void **state)
{
    static const char *const names[] = { "", "/", "@", "relative/path",
                                         "/nonexistent/aico2/notify" };
    char longest[200];

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
        assert_int_equal(notify_open(), -1);
        notify("READY=1");
    }
    assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
    assert_int_equal(notify_open(), -1);
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_int_equal(notify_open(), -1);
    notify_send(-1, "READY=1");
}

/* One that has stopped reading: what is told is lost, and who tells does not wait. */
static void test_a_manager_that_does_not_read_is_not_waited_for(void **state)
{
    char name[100];
    int manager_fd;
    int fd;

    (void)state;
    (void)snprintf(name, sizeof(name), "@aico2-test-full-%d", (int)getpid());
    manager_fd = listen_as(name);
    fd = notify_open();
    assert_true(fd >= 0);
    (void)alarm(60);
    for (int i = 0; i < 10000; i++)
        notify_send(fd, "WATCHDOG=1");
    (void)alarm(0);
    assert_heard(manager_fd, "WATCHDOG=1");
    (void)close(fd);
    (void)close(manager_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_socket_of_a_path_and_an_abstract_one),
        cmocka_unit_test(test_a_reload_has_its_time),
        cmocka_unit_test(test_without_a_manager_nothing_is_told),
        cmocka_unit_test(test_a_manager_that_does_not_read_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
