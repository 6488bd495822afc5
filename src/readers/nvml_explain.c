/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_explain.c - why there is no NVML, or why it does not start, and what mends it */
#include "readers/nvml_explain.h"

#include <unistd.h>

#include "base/attributes.h"
#include "base/text.h"
#include "readers/pci_gpus.h"

static const char no_library[] = "no NVIDIA driver: libnvidia-ml.so.1 is not here";
const char nvml_not_under_sysroot[] =
    "under --sysroot this machine's own NVML is not asked; --nvml names one";

static bool has_pci_gpu(int sys_fd)
{
    return pci_gpus_count(sys_fd, 0x10de, NULL) > 0;
}

static bool has_nodes(const struct reader_env *env)
{
    return env->dev_fd >= 0 && faccessat(env->dev_fd, "nvidiactl", F_OK, 0) == 0;
}

void nvml_explain_no_library(const struct reader_env *env, struct reader_status *status)
{
    bool nodes = has_nodes(env);

    status->state = nodes ? READER_BROKEN : READER_ABSENT;
    if (nodes) {
        text_append(status->reason, sizeof(status->reason),
                    "NVIDIA's device nodes are here, libnvidia-ml.so.1 is not");
        text_append(
            status->fix, sizeof(status->fix),
            "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility ...  # in a "
            "container; on a host install the driver's package libnvidia-ml1 or libnvidia-compute");
    } else if (has_pci_gpu(env->sys_fd)) {
        text_append(status->reason, sizeof(status->reason),
                    "an NVIDIA GPU is on the PCI bus, but its driver is not installed here");
        text_append(
            status->fix, sizeof(status->fix),
            "docker run --gpus all ...  # in a container; on a host install NVIDIA's driver");
    } else {
        text_append(status->reason, sizeof(status->reason), "%s", no_library);
    }
}

/* Without device nodes and library in their places there is no driver; a search through all of the
 * loader's path would only confirm it. Nodes may be made by the library, when it starts. */
bool nvml_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (env->nvml_path != NULL)
        return false;
    if (env->sysroot) {
        text_append(status_out->reason, sizeof(status_out->reason), "%s", nvml_not_under_sysroot);
        return true;
    }
    if (has_nodes(env) || nvml_library_may_be_here() ||
        (env->dev_fd >= 0 && (faccessat(env->dev_fd, "dxg", F_OK, 0) == 0 ||   /* WSL */
                              faccessat(env->dev_fd, "nvmap", F_OK, 0) == 0))) /* Jetson */
        return false;
    text_append(status_out->reason, sizeof(status_out->reason), "%s", no_library);
    return true;
}

struct init_failure {
    int code;
    enum reader_state state;
    const char *reason;
    const char *fix;
};

static const struct init_failure init_failures[] = {
    { NVML_DRIVER_NOT_LOADED, READER_BROKEN, "NVIDIA's kernel driver is not loaded",
      "sudo modprobe nvidia  # if that fails: dkms status, and rebuild the module" },
    { NVML_LIB_RM_VERSION_MISMATCH, READER_BROKEN,
      "NVIDIA's library and kernel driver have different versions: one was updated",
      "sudo reboot  # or, with nothing using the GPU: sudo rmmod nvidia_uvm nvidia_drm "
      "nvidia_modeset "
      "nvidia && sudo modprobe nvidia" },
    { NVML_NO_PERMISSION, READER_DENIED, "no permission to open NVIDIA's device nodes",
      "ls -l /dev/nvidiactl /dev/nvidia0  # they should be rw for all, or for a group you are in" },
    { NVML_GPU_IS_LOST, READER_BROKEN, "the GPU has fallen off the bus", "sudo reboot" },
};

void nvml_explain_init(const struct reader_env *env, const struct nvml_library *library, int code,
                       struct reader_status *status)
{
    *status = (struct reader_status){ .state = READER_BROKEN };
    for (size_t i = 0; i < ARRAY_LENGTH(init_failures); i++) {
        if (init_failures[i].code != code)
            continue;
        status->state = init_failures[i].state;
        text_append(status->reason, sizeof(status->reason), "%s (NVML %d)", init_failures[i].reason,
                    code);
        text_append(status->fix, sizeof(status->fix), "%s", init_failures[i].fix);
    }
    if (status->reason[0] == '\0') {
        text_append(status->reason, sizeof(status->reason), "NVML does not start: %s (%d)",
                    nvml_code_text(library, code), code);
        text_append(status->fix, sizeof(status->fix),
                    "nvidia-smi  # should fail with the same words");
    }
    /* images for many machines carry the library: without a GPU nothing is amiss */
    if (code == NVML_DRIVER_NOT_LOADED && env->nvml_path == NULL && !has_pci_gpu(env->sys_fd))
        status->state = READER_ABSENT;
}

void nvml_name_library(const struct nvml_library *library, struct reader_status *status)
{
    char version[NVML_VERSION_SIZE + 1] = "";
    char clean[NVML_VERSION_SIZE];

    text_append(status->detail, sizeof(status->detail), "%s", library->path);
    if (library->driver_version == NULL || !library->initialised ||
        library->driver_version(version, NVML_VERSION_SIZE) != NVML_SUCCESS)
        return;
    text_copy_clean(clean, sizeof(clean), version);
    text_append(status->detail, sizeof(status->detail), ", driver %s", clean);
}
