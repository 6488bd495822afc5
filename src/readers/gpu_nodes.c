/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gpu_nodes.c - memory of GPUs that the kernel counts as the machine's
 *
 * hwloc 2.11 (NEWS, "GPU NUMA node on NVIDIA Grace Hopper") shows them too, one for each slice of a
 * GPU. Files: Linux Documentation/ABI/stable/sysfs-devices-node.
 */
#include "readers/gpu_nodes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "readers/cpuinfo.h"
#include "readers/proc_memory.h"
#include "readers/topology.h"

enum { NODES_MAX = 64, NODE_MEMINFO_SIZE = 4096, ARM = 0x41, NEOVERSE_V2 = 0xd4f };

bool gpu_nodes_parse_total(const char *text, uint64_t *bytes_out)
{
    static const char key[] = " MemTotal:";
    const char *at = strstr(text, key);
    uint64_t kib;

    if (at == NULL || !meminfo_parse_kib(at + sizeof(key) - 1, &kib))
        return false;
    *bytes_out = kib * 1024;
    return true;
}

static bool is_grace_with_gpu(const struct reader_env *env)
{
    struct cpuinfo info;

    if (env->sys_fd < 0 || env->proc_fd < 0 ||
        faccessat(env->proc_fd, "driver/nvidia/version", F_OK, 0) != 0)
        return false;
    cpuinfo_read(env->proc_fd, &info);
    return info.arm_implementer == ARM && info.arm_part == NEOVERSE_V2;
}

static uint64_t node_bytes(int sys_fd, int node)
{
    char path[64];
    char text[NODE_MEMINFO_SIZE];
    struct cpu_mask cpus;
    uint64_t bytes = 0;

    (void)snprintf(path, sizeof(path), "devices/system/node/node%d/cpulist", node);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) < 0 ||
        !cpu_mask_parse(text, &cpus) || cpu_mask_count(&cpus) > 0)
        return 0;
    (void)snprintf(path, sizeof(path), "devices/system/node/node%d/meminfo", node);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) < 0 ||
        !gpu_nodes_parse_total(text, &bytes))
        return 0;
    return bytes;
}

uint64_t gpu_nodes_bytes(const struct reader_env *env)
{
    uint64_t total = 0;

    if (!is_grace_with_gpu(env))
        return 0;
    for (int node = 0; node < NODES_MAX; node++)
        total += node_bytes(env->sys_fd, node);
    return total;
}
