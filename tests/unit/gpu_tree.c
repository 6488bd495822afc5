/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/gpu_tree.c - graphics cards for tests that name each file themselves */
#include "gpu_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 256 };

static void card_path(unsigned number, const char *file, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "sys/devices/pci0000:00/%04x:%02x:00.0/%s", number / 256,
                   number % 256, file);
}

void gpu_tree_add(int dirfd, unsigned number, const char *driver, const char *vendor,
                  const char *device)
{
    char text[PATH_SIZE];
    char link[PATH_SIZE];

    (void)snprintf(text, sizeof(text), "%s\n", vendor);
    gpu_tree_write(dirfd, number, "vendor", text);
    (void)snprintf(text, sizeof(text), "%s\n", device);
    gpu_tree_write(dirfd, number, "device", text);
    gpu_tree_write(dirfd, number, "class", "0x030000\n");
    (void)snprintf(text, sizeof(text), "DRIVER=%s\nPCI_SLOT_NAME=%04x:%02x:00.0\n", driver,
                   number / 256, number % 256);
    gpu_tree_write(dirfd, number, "uevent", text);
    card_path(number, "driver", link);
    (void)snprintf(text, sizeof(text), "../../../bus/pci/drivers/%s", driver);
    tree_link(dirfd, link, text);
    (void)snprintf(link, sizeof(link), "sys/class/drm/card%u/device", number);
    (void)snprintf(text, sizeof(text), "../../../devices/pci0000:00/%04x:%02x:00.0", number / 256,
                   number % 256);
    tree_link(dirfd, link, text);
    (void)snprintf(link, sizeof(link), "sys/bus/pci/devices/%04x:%02x:00.0", number / 256,
                   number % 256);
    tree_link(dirfd, link, text);
    (void)snprintf(link, sizeof(link), "sys/class/drm/card%u-DP-1/status", number);
    tree_write(dirfd, link, "connected\n");
}

void gpu_tree_write(int dirfd, unsigned number, const char *file, const char *text)
{
    char path[PATH_SIZE];

    card_path(number, file, path);
    (void)unlinkat(dirfd, path, 0);
    (void)unlinkat(dirfd, path, AT_REMOVEDIR);
    if (text == NULL)
        tree_mkdir(dirfd, path);
    else
        tree_write(dirfd, path, text);
}

void gpu_tree_write_bytes(int dirfd, unsigned number, const char *file, const void *bytes,
                          size_t size)
{
    char path[PATH_SIZE];
    int fd;

    gpu_tree_write(dirfd, number, file, "");
    card_path(number, file, path);
    fd = openat(dirfd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (int)size);
    (void)close(fd);
}

void gpu_tree_remove(int dirfd, unsigned number, const char *file)
{
    char path[PATH_SIZE];

    card_path(number, file, path);
    assert_int_equal(unlinkat(dirfd, path, 0), 0);
}

void gpu_tree_probe(struct test_machine *machine, const struct reader_driver *driver,
                    struct probed_gpus *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(machine);
    *probed = (struct probed_gpus){ .driver = driver };
    assert_int_equal(driver->probe(&machine->env, &probed->reader, &probed->status, &err), 0);
}

void gpu_tree_read(struct test_machine *machine, struct probed_gpus *probed, double seconds)
{
    assert_non_null(probed->reader);
    assert_true(probed->reader->device_count <= 8);
    machine->time.now_ns = (int64_t)(seconds * 1e9);
    probed->driver->read(probed->reader, probed->samples);
}

void gpu_tree_tear_down(struct test_machine *machine, struct probed_gpus *probed)
{
    probed->driver->close(probed->reader);
    machine_tear_down(machine);
}

const struct device *gpu_tree_device(const struct probed_gpus *probed, size_t at)
{
    assert_non_null(probed->reader);
    assert_true(at < probed->reader->device_count);
    return &probed->reader->devices[at];
}
