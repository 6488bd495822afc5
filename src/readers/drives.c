/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/drives.c - the disks that are a part of the machine
 *
 * Linux Documentation/ABI/stable/sysfs-block: `size` in sectors of 512 bytes, `removable`, `queue/rotational`. Where
 * a block device's link leads tells what it hangs on. NVMe of the PCI bus and SATA by libata are drives as
 * they were bought. A SCSI adapter shows drives, volumes of its own or those of a network alike: unknown. What
 * is of USB, of a network without an adapter, or made by software is no part of the machine.
 */
#include "readers/drives.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"

/* More than any machine has; bounds what a start may cost. */
enum { DRIVES_MAX = 256, NAME_SIZE = 32 };

static const uint64_t SECTOR_BYTES = 512;
/* 1 PiB: no drive is larger, and garbage in a captured machine is. */
static const uint64_t DRIVE_BYTES_MAX = UINT64_C(1) << 50;

enum place { ELSEWHERE, OF_THE_MACHINE, BEHIND_SOMETHING };

/* "nvme0n1": the controller's number. -1: another name. */
static int nvme_number(const char *name)
{
    char *end;
    long number;

    if (strncmp(name, "nvme", 4) != 0 || name[4] < '0' || name[4] > '9')
        return -1;
    number = strtol(name + 4, &end, 10);
    return end[0] == 'n' && number <= INT_MAX ? (int)number : -1;
}

/* Several paths may lead to one drive; its block device then hangs on none of them. */
static bool is_local_nvme(int sys_fd, int number)
{
    char path[64];
    char transport[16];

    (void)snprintf(path, sizeof(path), "class/nvme/nvme%d/transport", number);
    return fs_read_text_at(sys_fd, path, transport, sizeof(transport), NULL) > 0 &&
           strcmp(transport, "pcie") == 0;
}

static enum place place_of(int sys_fd, const char *name)
{
    char path[64];
    char target[PATH_MAX];
    ssize_t length;

    (void)snprintf(path, sizeof(path), "block/%.31s", name);
    length = readlinkat(sys_fd, path, target, sizeof(target) - 1);
    if (length <= 0)
        return ELSEWHERE;
    target[length] = '\0';
    if (strstr(target, "/usb") != NULL)
        return ELSEWHERE;
    if (nvme_number(name) >= 0)
        return strstr(target, "/pci") != NULL || is_local_nvme(sys_fd, nvme_number(name))
                   ? OF_THE_MACHINE
                   : ELSEWHERE;
    if (strncmp(name, "mmcblk", 6) == 0) /* its boot areas are devices beside it */
        return strstr(name, "boot") == NULL && strstr(name, "rpmb") == NULL ? BEHIND_SOMETHING
                                                                            : ELSEWHERE;
    if (strncmp(name, "sd", 2) != 0 || strstr(target, "/virtual/") != NULL)
        return ELSEWHERE;
    if (strstr(target, "/ata") != NULL)
        return OF_THE_MACHINE;
    return strstr(target, "/pci") != NULL ? BEHIND_SOMETHING : ELSEWHERE;
}

static bool read_number(int sys_fd, const char *name, const char *file, uint64_t *value_out)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "block/%.31s/%s", name, file);
    return fs_read_u64_at(sys_fd, path, value_out, NULL) >= 0;
}

/* A drive that is cut into several name spaces is one. */
static bool is_first_of_drive(const char *name)
{
    const char *part = nvme_number(name) >= 0 ? strrchr(name, 'n') : NULL;

    return part == NULL || strcmp(part, "n1") == 0;
}

static void add_drive(int sys_fd, const char *name, struct drives *drives)
{
    uint64_t removable = 0;
    uint64_t rotational = 0;
    uint64_t sectors = 0;
    enum place place = place_of(sys_fd, name);

    if (place == ELSEWHERE ||
        (read_number(sys_fd, name, "removable", &removable) && removable != 0))
        return;
    if (!read_number(sys_fd, name, "size", &sectors) || sectors == 0) /* a reader without a card */
        return;
    if (place == BEHIND_SOMETHING || !read_number(sys_fd, name, "queue/rotational", &rotational) ||
        sectors > DRIVE_BYTES_MAX / SECTOR_BYTES) {
        drives->unknown++;
    } else if (rotational != 0) {
        drives->spinning++;
    } else {
        drives->solid += is_first_of_drive(name);
        drives->solid_bytes += sectors * SECTOR_BYTES;
    }
}

void drives_read(int sys_fd, struct drives *drives_out)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, "block");
    struct drives drives = { 0 };
    const struct dirent *entry;

    for (int i = 0; i < DRIVES_MAX && entries != NULL && (entry = readdir(entries)) != NULL;) {
        if (strlen(entry->d_name) >= NAME_SIZE ||
            (strncmp(entry->d_name, "sd", 2) != 0 && strncmp(entry->d_name, "nvme", 4) != 0 &&
             strncmp(entry->d_name, "mmcblk", 6) != 0))
            continue;
        i++;
        add_drive(sys_fd, entry->d_name, &drives);
    }
    *drives_out = drives;
}
