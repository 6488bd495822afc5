/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/nvml.c - NVIDIA GPUs through the driver's management library
 *
 * NVML API reference. One device for each physical GPU: MIG instances draw through their parent and
 * are never added to it. A library that is not there is the normal case and no complaint; one that
 * is there and does not start is.
 */
#include "readers/nvml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/nvml_gpu.h"
#include "readers/nvml_library.h"
#include "readers/nvml_module.h"
#include "readers/nvml_quality.h"
#include "readers/pci_gpus.h"

/* More than any machine has: a count beyond it is garbage. */
enum { GPUS_MAX = 1024 };

/* With every GPU lost for so long the driver may have been loaded anew: the library is started
 * again. */
static const int64_t RESTART_NS = 10 * NSEC_PER_SEC;

struct nvml {
    struct reader base;
    const struct clock *clock;
    struct nvml_library library;
    struct nvml_gpu *gpus; /* one per device */
    int64_t restart_ns;    /* when to start the library again; 0: it is not needed */
};

/* --- why there is nothing --- */

static const char no_library[] = "no NVIDIA driver: libnvidia-ml.so.1 is not here";
static const char not_under_sysroot[] =
    "under --sysroot this machine's own NVML is not asked; --nvml names one";

static bool has_pci_gpu(int sys_fd)
{
    return pci_gpus_count(sys_fd, 0x10de, NULL) > 0;
}

static bool has_nodes(const struct reader_env *env)
{
    return env->dev_fd >= 0 && faccessat(env->dev_fd, "nvidiactl", F_OK, 0) == 0;
}

static void explain_no_library(const struct reader_env *env, struct reader_status *status)
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
static bool nvml_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (env->nvml_path != NULL)
        return false;
    if (env->sysroot) {
        text_append(status_out->reason, sizeof(status_out->reason), "%s", not_under_sysroot);
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

static void explain_init(const struct reader_env *env, const struct nvml_library *library, int code,
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

static void name_library(const struct nvml_library *library, struct reader_status *status)
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

/* --- probing --- */

static void nvml_close(struct reader *base)
{
    struct nvml *reader = (struct nvml *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        nvml_gpu_deinit(&reader->gpus[i]);
    nvml_library_close(&reader->library);
    free(reader->gpus);
    free(base->devices);
    free(reader);
}

static bool is_known(const struct nvml *reader, const struct device *device)
{
    for (size_t i = 0; device->uuid[0] != '\0' && i < reader->base.device_count; i++) {
        if (strcmp(reader->base.devices[i].uuid, device->uuid) == 0)
            return true;
    }
    return false;
}

/* The GPU of a Jetson, for whose energy another reader answers. */
static bool is_mute(const struct device *device)
{
    return (device->fields & (SAMPLE_ENERGY | SAMPLE_POWER | SAMPLE_UTILIZATION)) == 0 &&
           nvml_is_integrated(device->model);
}

/* Takes the GPUs that can be opened; what is said of the others goes into status. */
static void take_gpus(struct nvml *reader, unsigned count, const char *visible,
                      struct reader_status *status)
{
    struct reader *base = &reader->base;
    bool tells_nothing = false;

    for (unsigned i = 0; i < count; i++) {
        struct nvml_gpu *gpu = &reader->gpus[base->device_count];
        struct device *device = &base->devices[base->device_count];
        int code;

        *gpu = (struct nvml_gpu){ .index = i };
        code = reader->library.handle_by_index(i, &gpu->handle);
        if (code != NVML_SUCCESS) {
            text_append(status->reason, sizeof(status->reason), "%sgpu%u: %s",
                        status->reason[0] != '\0' ? "; " : "", i,
                        nvml_code_text(&reader->library, code));
            status->state = code == NVML_NO_PERMISSION ? READER_DENIED : READER_BROKEN;
            continue;
        }
        nvml_gpu_describe(&reader->library, gpu, visible, device);
        tells_nothing = tells_nothing || is_mute(device);
        if (is_known(reader, device) || is_mute(device))
            nvml_gpu_deinit(gpu);
        else
            base->device_count++;
    }
    if (status->state == READER_DENIED)
        text_append(status->fix, sizeof(status->fix),
                    "docker run --gpus all ...  # a container or cgroup withholds the device");
    if (base->device_count > 0)
        status->state = READER_USED;
    else if (count == 0)
        text_append(status->reason, sizeof(status->reason), "NVIDIA's driver shows no GPU");
    else if (tells_nothing && status->reason[0] == '\0')
        text_append(status->reason, sizeof(status->reason),
                    "NVML tells nothing of the use of an integrated GPU: it is a part of its "
                    "module, whose meters count");
}

static bool has_module(const struct nvml *reader, int number)
{
    for (size_t i = 0; i < reader->base.device_count; i++) {
        if (reader->base.devices[i].kind == DEVICE_MODULE &&
            reader->base.devices[i].index == number)
            return true;
    }
    return false;
}

/* Each GPU of a superchip tells the power of the whole module: it counts once. */
static void take_modules(struct nvml *reader, int sys_fd)
{
    struct reader *base = &reader->base;
    size_t gpu_count = base->device_count;

    for (size_t i = 0; i < gpu_count; i++) {
        struct nvml_gpu *gpu = &reader->gpus[i];
        struct device *device = &base->devices[i];

        if (gpu->meter.part != NVML_PART_SUPERCHIP_GPU)
            continue;
        /* what is inside which module is told by the number they share */
        device->index = nvml_module_number(&reader->library, gpu, device->model, sys_fd);
        if (!has_module(reader, device->index) &&
            nvml_module_describe(&reader->library, gpu, device, &reader->gpus[base->device_count],
                                 &base->devices[base->device_count]))
            base->device_count++;
    }
}

/* Return: 0 or -ENOMEM; *reader_out stays NULL when there is no GPU to read. */
static int open_reader(const struct reader_env *env, struct nvml_library *library,
                       struct reader **reader_out, struct reader_status *status)
{
    struct nvml *reader;
    unsigned count = 0;
    int code = library->count(&count);

    if (code != NVML_SUCCESS) {
        status->state = code == NVML_NO_PERMISSION ? READER_DENIED : READER_BROKEN;
        text_append(status->reason, sizeof(status->reason), "NVML cannot count the GPUs: %s (%d)",
                    nvml_code_text(library, code), code);
        return 0;
    }
    if (count > GPUS_MAX) {
        status->state = READER_BROKEN;
        text_append(status->reason, sizeof(status->reason), "NVML counts %u GPUs", count);
        return 0;
    }
    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return -ENOMEM;
    reader->base.driver = &reader_nvml;
    reader->clock = env->clock;
    reader->library = *library;
    *library = (struct nvml_library){ 0 };
    reader->base.devices = calloc(2 * (size_t)count + 1, sizeof(*reader->base.devices));
    reader->gpus = calloc(2 * (size_t)count + 1, sizeof(*reader->gpus));
    if (reader->base.devices == NULL || reader->gpus == NULL) {
        nvml_close(&reader->base);
        return -ENOMEM;
    }
    take_gpus(reader, count, env->visible_gpus, status);
    take_modules(reader, env->sys_fd);
    if (reader->base.device_count == 0) {
        nvml_close(&reader->base);
        return 0;
    }
    *reader_out = &reader->base;
    return 0;
}

static int nvml_probe(const struct reader_env *env, struct reader **reader_out,
                      struct reader_status *status_out, struct aico2_error *err)
{
    struct reader_status status = { .state = READER_ABSENT };
    struct nvml_library library = { 0 };
    struct aico2_error why = { 0 };
    int r;

    *reader_out = NULL;
    *status_out = status;
    if (env->nvml_path == NULL && env->sysroot) {
        text_append(status_out->reason, sizeof(status_out->reason), "%s", not_under_sysroot);
        return 0;
    }
    r = nvml_library_open(env->nvml_path, &library, &why);
    if (r == -ENOENT) {
        explain_no_library(env, status_out);
        return 0;
    }
    if (r < 0) {
        status_out->state = READER_BROKEN;
        text_append(status_out->reason, sizeof(status_out->reason), "%s", why.message);
        return 0;
    }
    r = library.init();
    library.initialised = r == NVML_SUCCESS;
    if (r != NVML_SUCCESS) {
        explain_init(env, &library, r, &status);
        r = 0;
    } else {
        name_library(&library, &status);
        r = open_reader(env, &library, reader_out, &status);
    }
    if (status.detail[0] == '\0' && library.handle != NULL)
        name_library(&library, &status);
    nvml_library_close(&library);
    *status_out = status;
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

/* --- reading --- */

static bool all_lost(const struct nvml *reader)
{
    for (size_t i = 0; i < reader->base.device_count; i++) {
        if (reader->gpus[i].error == 0)
            return false;
    }
    return true;
}

/* After a reset or a reload of the driver old handles are worth nothing: start again, find each
 * anew. */
static void restart(struct nvml *reader)
{
    struct nvml_library *library = &reader->library;

    if (library->shutdown != NULL && library->initialised)
        (void)library->shutdown();
    library->initialised = library->init() == NVML_SUCCESS;
    for (size_t i = 0; library->initialised && i < reader->base.device_count; i++)
        (void)nvml_gpu_find_again(library, &reader->gpus[i]);
}

static void nvml_read_one(struct reader *base, size_t at, struct sample *sample_out)
{
    struct nvml *reader = (struct nvml *)base;

    nvml_gpu_read(&reader->library, &reader->gpus[at], reader->clock, sample_out);
}

static void nvml_end_round(struct reader *base)
{
    struct nvml *reader = (struct nvml *)base;
    int64_t now = reader->clock->mono_ns(reader->clock->payload);

    if (!all_lost(reader)) {
        reader->restart_ns = 0;
    } else if (reader->restart_ns == 0) {
        reader->restart_ns = now + RESTART_NS;
    } else if (now >= reader->restart_ns) {
        restart(reader);
        reader->restart_ns = now + RESTART_NS;
    }
}

static void nvml_read(struct reader *base, struct sample *samples_out)
{
    for (size_t i = 0; i < base->device_count; i++)
        nvml_read_one(base, i, &samples_out[i]);
    nvml_end_round(base);
}

const struct reader_driver reader_nvml = {
    .name = "nvml",
    .summary = "energy, power, utilisation and processes of NVIDIA GPUs",
    .may_block = true,
    .is_absent = nvml_is_absent,
    .probe = nvml_probe,
    .read = nvml_read,
    .read_one = nvml_read_one,
    .end_round = nvml_end_round,
    .close = nvml_close,
    .domain = DEVICE_GPU,
    .band_ratio = 0.10,
};
