/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_gpu.c - where the load and the clocks of a Jetson's graphics are told
 *
 * The devfreq device of the GPU is told by its node in the device tree, or by its name: on Thor the
 * clocks are devices of their own. The load stands beside the GPU; two links lead there as well.
 */
#include "readers/jetson_gpu.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"

#define DEVFREQ "class/devfreq"

enum { ENTRY_SIZE = 64 };

bool jetson_gpu_is_node(const char *name)
{
    static const char *const names[] = { "gpu", "gp10b", "gv11b", "ga10b", "gb10b" };

    return text_index(name, names, ARRAY_LENGTH(names)) >= 0;
}

/* "17000000.ga10b", where a container hides the device tree, and "gpu-gpc-0" of Thor. */
static bool is_gpu_entry(const char *entry)
{
    const char *dot = strrchr(entry, '.');

    return (dot != NULL && jetson_gpu_is_node(dot + 1)) || strncmp(entry, "gpu-gpc", 7) == 0 ||
           strncmp(entry, "gpu-nvd", 7) == 0;
}

static bool exists(int sys_fd, const char *path)
{
    return sys_fd >= 0 && faccessat(sys_fd, path, F_OK, 0) == 0;
}

static void take_entry(int sys_fd, const char *entry, struct jetson_gpu *gpu)
{
    char path[JETSON_GPU_PATH_SIZE];
    char node[ENTRY_SIZE] = "";

    (void)snprintf(path, sizeof(path), DEVFREQ "/%.60s/device/of_node/name", entry);
    (void)fs_read_text_at(sys_fd, path, node, sizeof(node), NULL);
    if (!jetson_gpu_is_node(node) && !is_gpu_entry(entry))
        return;
    (void)snprintf(path, sizeof(path), DEVFREQ "/%.60s/device/load", entry);
    if (gpu->load[0] == '\0' && exists(sys_fd, path))
        (void)snprintf(gpu->load, sizeof(gpu->load), "%s", path);
    if (gpu->clock_count == JETSON_GPU_CLOCKS_MAX)
        return;
    (void)snprintf(path, sizeof(path), DEVFREQ "/%.60s", entry);
    for (size_t i = gpu->clock_count++;; i--) { /* in the order of their names */
        if (i == 0 || strcmp(gpu->clocks[i - 1], path) <= 0) {
            (void)snprintf(gpu->clocks[i], sizeof(gpu->clocks[i]), "%s", path);
            return;
        }
        memcpy(gpu->clocks[i], gpu->clocks[i - 1], sizeof(gpu->clocks[i]));
    }
}

void jetson_gpu_find(int sys_fd, struct jetson_gpu *gpu_out)
{
    static const char *const links[] = { "devices/gpu.0/load", "devices/platform/gpu.0/load" };
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, DEVFREQ);
    const struct dirent *entry;

    *gpu_out = (struct jetson_gpu){ .clock_count = 0 };
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] != '.' && strlen(entry->d_name) < ENTRY_SIZE)
            take_entry(sys_fd, entry->d_name, gpu_out);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(links) && gpu_out->load[0] == '\0'; i++) {
        if (exists(sys_fd, links[i]))
            (void)snprintf(gpu_out->load, sizeof(gpu_out->load), "%s", links[i]);
    }
    if (gpu_out->load[0] != '\0')
        (void)snprintf(gpu_out->folder, sizeof(gpu_out->folder), "%.*s",
                       (int)(strrchr(gpu_out->load, '/') - gpu_out->load), gpu_out->load);
}
