/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/test_drm_real.c - what this kernel tells of a graphics device that we open
 * ourselves */
#include "../unit/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "readers/drm_clients.h"

static int open_any_node(void)
{
    for (int minor = 128; minor < 192; minor++) {
        char path[32];
        int fd;

        (void)snprintf(path, sizeof(path), "/dev/dri/renderD%d", minor);
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

/* What the kernel tells of it. false: nothing (NVIDIA's driver, an old kernel), or it is no PCI device. */
static bool is_told(int fd, struct drm_fdinfo *info)
{
    char path[64];
    char text[DRM_FDINFO_SIZE];

    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    return fs_read_text_at(AT_FDCWD, path, text, sizeof(text), NULL) > 0 &&
           drm_fdinfo_parse(text, info) && info->slot[0] != '\0';
}

static void test_our_own_client_is_found(void **state)
{
    int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open_any_node();
    pid_t own = getpid();
    struct shared_pids *job = shared_pids_new();
    struct drm_clients clients;
    struct drm_fdinfo info;
    bool found = false;

    (void)state;
    assert_non_null(job);
    assert_true(proc_fd >= 0 && is_told(fd, &info));
    assert_int_equal(shared_pids_set(job, &own, 1), 0);
    assert_int_equal(drm_clients_open(&clients, proc_fd, job), 0);
    assert_int_equal(drm_clients_watch(&clients, info.slot), 0);
    drm_clients_look(&clients, clock_mono_ns(), DRM_SEARCH_STEADY);
    for (size_t i = 0; i < clients.client_count; i++)
        found = found || (clients.clients[i].pid == own && clients.clients[i].id == info.client_id);
    assert_true(found);
    drm_clients_close(&clients);
    shared_pids_free(job);
    (void)close(fd);
    (void)close(proc_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_our_own_client_is_found) };
    struct drm_fdinfo info;
    int fd = open_any_node();
    bool told = fd >= 0 && is_told(fd, &info);

    if (fd >= 0)
        (void)close(fd);
    if (!told) {
        (void)printf("1..0 # SKIP no graphics device that tells of its clients\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
