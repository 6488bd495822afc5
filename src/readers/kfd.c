/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/kfd.c - which processes compute on AMD GPUs through ROCm
 *
 * Linux drivers/gpu/drm/amd/amdkfd: kfd_topology.c (location_id: bus, device and function; above
 * them the part of a GPU that is used in parts) and kfd_process.c (vram_ID, stats_ID/cu_occupancy).
 * ROCm's queues are the user's own, so that no engine of the driver's counts them.
 */
#include "readers/kfd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"

#define FOLDER "class/kfd/kfd"
#define PROCESSES "class/kfd/kfd/proc"

enum { PROPERTIES_SIZE = 8192, NODES_MAX = 1024, USES_MAX = 8192, PATH_SIZE = 128 };
enum { SIMDS_PER_UNIT = 4 }; /* of every generation that does not tell */

static bool find_number(const char *text, const char *key, uint64_t *value_out)
{
    size_t length = strlen(key);

    for (const char *line = text; *line != '\0';) {
        size_t line_length = strcspn(line, "\n");

        if (line_length > length && strncmp(line, key, length) == 0 && line[length] == ' ') {
            char number[24];

            if (line_length - length - 1 >= sizeof(number))
                return false;
            memcpy(number, line + length + 1, line_length - length - 1);
            number[line_length - length - 1] = '\0';
            return number_parse_u64(number, value_out);
        }
        line += line_length;
        line += *line == '\n';
    }
    return false;
}

bool kfd_parse_properties(const char *text, struct kfd_node *node_out)
{
    uint64_t location;
    uint64_t domain = 0;
    uint64_t simds;
    uint64_t per_unit = SIMDS_PER_UNIT;
    struct kfd_node node = { .gpu_id = 0 };

    if (!find_number(text, "simd_count", &simds) || simds == 0 || simds > UINT32_MAX ||
        !find_number(text, "location_id", &location))
        return false;
    (void)find_number(text, "domain", &domain);
    if (!find_number(text, "simd_per_cu", &per_unit) || per_unit == 0)
        per_unit = SIMDS_PER_UNIT;
    node.compute_units = simds >= per_unit ? (unsigned)(simds / per_unit) : 1;
    (void)snprintf(node.slot, sizeof(node.slot), "%04x:%02x:%02x.%x", (unsigned)domain & 0xffffff,
                   (unsigned)(location >> 8) & 0xff, (unsigned)(location >> 3) & 0x1f,
                   (unsigned)location & 7);
    *node_out = node;
    return true;
}

static bool read_node(int sys_fd, const char *name, struct kfd_node *node_out)
{
    char path[PATH_SIZE];
    char text[PROPERTIES_SIZE];
    uint64_t gpu_id;

    (void)snprintf(path, sizeof(path), FOLDER "/topology/nodes/%.20s/gpu_id", name);
    if (fs_read_u64_at(sys_fd, path, &gpu_id, NULL) < 0 || gpu_id == 0)
        return false; /* a processor */
    (void)snprintf(path, sizeof(path), FOLDER "/topology/nodes/%.20s/properties", name);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) < 0 ||
        !kfd_parse_properties(text, node_out))
        return false;
    node_out->gpu_id = gpu_id;
    return true;
}

int kfd_open(struct kfd *kfd_out, int sys_fd)
{
    AICO2_CLEANUP(fs_closedirp) DIR *folder = fs_list_at(sys_fd, FOLDER "/topology/nodes");
    struct kfd kfd = { .sys_fd = sys_fd };
    const struct dirent *entry;

    while (folder != NULL && kfd.node_count < NODES_MAX && (entry = readdir(folder)) != NULL) {
        struct kfd_node node;

        if (entry->d_name[0] == '.' || !read_node(sys_fd, entry->d_name, &node))
            continue;
        if (array_reserve(&kfd.nodes, &kfd.node_capacity, kfd.node_count + 1, sizeof(*kfd.nodes)) <
            0) {
            kfd_close(&kfd);
            return -ENOMEM;
        }
        kfd.nodes[kfd.node_count++] = node;
    }
    *kfd_out = kfd;
    return 0;
}

void kfd_close(struct kfd *kfd)
{
    free(kfd->nodes);
    free(kfd->uses);
    *kfd = (struct kfd){ .sys_fd = -1 };
}

/* A process has the files of every GPU, those it does not use at all too. */
static void read_process(struct kfd *kfd, pid_t pid, size_t node)
{
    unsigned long long gpu_id = kfd->nodes[node].gpu_id;
    struct kfd_use use = { .pid = pid, .node = node };
    char path[PATH_SIZE];

    (void)snprintf(path, sizeof(path), PROCESSES "/%d/vram_%llu", (int)pid, gpu_id);
    use.memory_known = fs_read_u64_at(kfd->sys_fd, path, &use.memory_bytes, NULL) == 0;
    if (use.memory_known && use.memory_bytes == 0)
        return; /* without memory nothing runs */
    (void)snprintf(path, sizeof(path), PROCESSES "/%d/stats_%llu/cu_occupancy", (int)pid, gpu_id);
    use.units_known = fs_read_u64_at(kfd->sys_fd, path, &use.units, NULL) == 0;
    if ((!use.memory_known && !use.units_known) || kfd->use_count == USES_MAX ||
        array_reserve(&kfd->uses, &kfd->use_capacity, kfd->use_count + 1, sizeof(*kfd->uses)) < 0)
        return;
    kfd->uses[kfd->use_count++] = use;
}

void kfd_read(struct kfd *kfd)
{
    AICO2_CLEANUP(fs_closedirp) DIR *folder = NULL;
    const struct dirent *entry;

    kfd->use_count = 0;
    if (kfd->node_count == 0)
        return;
    folder = fs_list_at(kfd->sys_fd, PROCESSES);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        uint64_t pid;

        if (!number_parse_u64(entry->d_name, &pid) || pid == 0 || pid > INT32_MAX)
            continue;
        for (size_t i = 0; i < kfd->node_count; i++)
            read_process(kfd, (pid_t)pid, i);
    }
}
