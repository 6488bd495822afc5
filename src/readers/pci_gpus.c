/* SPDX-License-Identifier: Apache-2.0 */
/* readers/pci_gpus.c - display and compute devices on the PCI bus, with a driver or without
 *
 * Linux Documentation/ABI/testing/sysfs-bus-pci; base class 03 is a display controller, which GPUs
 * without a display are too ("3D controller").
 */
#include "readers/pci_gpus.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"

enum { VENDOR_NVIDIA = 0x10de };

static bool has_driver(int devices_fd, const char *slot, const char *driver)
{
    char path[NAME_MAX + 16];
    char target[PATH_MAX];
    const char *name;
    ssize_t length;

    (void)snprintf(path, sizeof(path), "%s/driver", slot);
    length = readlinkat(devices_fd, path, target, sizeof(target) - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    name = strrchr(target, '/');
    return strcmp(name != NULL ? name + 1 : target, driver) == 0;
}

static bool starts_with(int devices_fd, const char *slot, const char *file, const char *start)
{
    char path[NAME_MAX + 16];
    char text[32];

    (void)snprintf(path, sizeof(path), "%s/%s", slot, file);
    return fs_read_text_at(devices_fd, path, text, sizeof(text), NULL) >= 0 &&
           strncmp(text, start, strlen(start)) == 0;
}

unsigned pci_gpus_count(int sys_fd, unsigned vendor_id, const char *driver)
{
    AICO2_CLEANUP(fs_closedirp) DIR *devices = fs_list_at(sys_fd, "bus/pci/devices");
    const struct dirent *entry;
    char vendor[16];
    unsigned count = 0;

    (void)snprintf(vendor, sizeof(vendor), "0x%04x", vendor_id);
    while (devices != NULL && (entry = readdir(devices)) != NULL) {
        int fd = dirfd(devices);

        count += entry->d_name[0] != '.' && starts_with(fd, entry->d_name, "vendor", vendor) &&
                 starts_with(fd, entry->d_name, "class", "0x03") &&
                 (driver == NULL || has_driver(fd, entry->d_name, driver));
    }
    return count;
}

unsigned pci_gpus_first_free(int sys_fd)
{
    return pci_gpus_count(sys_fd, VENDOR_NVIDIA, "nvidia");
}
