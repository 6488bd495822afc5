/* SPDX-License-Identifier: Apache-2.0 */
/* readers/powercap.c - finding RAPL zones below /sys, in both layouts there are
 *
 * Linux Documentation/power/powercap/powercap.rst. The numbers in a node are hexadecimal and do not
 * tell the socket, so they are never parsed: `name` does.
 */
#include "readers/powercap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"

enum {
    DEPTH_MAX = 4, /* control type, package, sub-zone, and one to spare */
    ZONES_MAX = 4096,
};

/* "intel-rapl" or "intel-rapl-mmio", with or without ":0...". */
static bool is_rapl_node(const char *node)
{
    static const char control[] = "intel-rapl";

    if (strncmp(node, control, sizeof(control) - 1) != 0)
        return false;
    node += sizeof(control) - 1;
    if (strncmp(node, "-mmio", 5) == 0)
        node += 5;
    return *node == '\0' || *node == ':';
}

static bool is_known(const struct powercap_zones *zones, const char *node)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(zones->zones[i].node, node) == 0)
            return true;
    }
    return false;
}

static int add_zone(int sys_fd, struct powercap_zones *zones, const char *path, const char *node)
{
    struct powercap_zone zone;
    char name_path[POWERCAP_PATH_SIZE + 8];

    if (is_known(zones, node) || zones->count >= ZONES_MAX)
        return 0;

    (void)snprintf(zone.path, sizeof(zone.path), "%s", path);
    (void)snprintf(zone.node, sizeof(zone.node), "%s", node);
    (void)snprintf(name_path, sizeof(name_path), "%s/name", path);
    if (fs_read_text_at(sys_fd, name_path, zone.name, sizeof(zone.name), NULL) < 0)
        return 0;
    if (array_reserve(&zones->zones, &zones->capacity, zones->count + 1, sizeof(zone)) < 0)
        return -ENOMEM;

    zones->zones[zones->count++] = zone;
    return 0;
}

static int walk(int sys_fd, const char *path, int depth, struct powercap_zones *zones);

/* An entry of a directory that may be a zone: itself, or what lies below it. */
static int visit(int sys_fd, const char *child, const char *node, bool below, int depth,
                 struct powercap_zones *zones)
{
    AICO2_CLEANUP(fd_closep) int child_fd = openat(sys_fd, child, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (child_fd < 0) {
        zones->dangling += !below && errno == ENOENT;
        return 0;
    }
    if (below)
        return depth < DEPTH_MAX ? walk(sys_fd, child, depth + 1, zones) : 0;
    return strchr(node, ':') != NULL ? add_zone(sys_fd, zones, child, node) : 0;
}

/* Adds the zones among the entries of a directory, then those below them: where a copy has made
 * several files of one, the flat path is the zone's. A link that leads nowhere is counted. Entries
 * such as `device` and `subsystem`, which lead back up, are not RAPL nodes. */
static int walk(int sys_fd, const char *path, int depth, struct powercap_zones *zones)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, path);
    const struct dirent *entry;
    int r = 0;

    if (entries == NULL)
        return errno == ENOMEM ? -ENOMEM : 0;
    for (int below = 0; r == 0 && below < 2; below++) {
        rewinddir(entries);
        while (r == 0 && (entry = readdir(entries)) != NULL) {
            char child[POWERCAP_PATH_SIZE];

            if (is_rapl_node(entry->d_name) && strlen(entry->d_name) < POWERCAP_NAME_SIZE &&
                snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) < (int)sizeof(child))
                r = visit(sys_fd, child, entry->d_name, below == 1, depth, zones);
        }
    }
    return r;
}

int powercap_find(int sys_fd, struct powercap_zones *zones_out)
{
    struct powercap_zones zones = { 0 };
    int r = sys_fd < 0 ? 0 : walk(sys_fd, "class/powercap", 1, &zones);

    if (r == 0 && zones.count == 0 && sys_fd >= 0)
        r = walk(sys_fd, "devices/virtual/powercap", 1, &zones);
    if (r < 0) {
        powercap_zones_deinit(&zones);
        return r;
    }
    *zones_out = zones;
    return 0;
}

void powercap_zones_deinit(struct powercap_zones *zones)
{
    free(zones->zones);
    *zones = (struct powercap_zones){ 0 };
}

const struct powercap_zone *powercap_parent(const struct powercap_zones *zones,
                                            const struct powercap_zone *zone)
{
    const char *colon = strrchr(zone->node, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - zone->node);

    for (size_t i = 0; i < zones->count; i++) {
        const char *node = zones->zones[i].node;

        if (strlen(node) == length && memcmp(node, zone->node, length) == 0)
            return &zones->zones[i];
    }
    return NULL;
}

bool powercap_is_mmio(const struct powercap_zone *zone)
{
    return strncmp(zone->node, "intel-rapl-mmio", 15) == 0;
}
