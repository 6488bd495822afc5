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

#include "base/attributes.h"
#include "base/text.h"
#include "readers/nvml_explain.h"
#include "readers/nvml_gpu.h"
#include "readers/nvml_library.h"
#include "readers/nvml_module.h"
#include "readers/nvml_quality.h"
#include "readers/nvml_roll.h"

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
    bool left_behind;      /* a call hangs in the library since the probe: it must stay */
    int64_t restart_ns;    /* when to start the library again; 0: it is not needed */
};

/* --- probing --- */

static void nvml_close(struct reader *base)
{
    struct nvml *reader = (struct nvml *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        nvml_gpu_deinit(&reader->gpus[i]);
    if (!reader->left_behind)
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

/* Says of one GPU why it is not counted. */
static void complain(const struct nvml *reader, unsigned index, const struct nvml_answer *answer,
                     struct reader_status *status)
{
    text_append(status->reason, sizeof(status->reason), "%sgpu%u: %s",
                status->reason[0] != '\0' ? "; " : "", index,
                answer->hung ? "does not answer" : nvml_code_text(&reader->library, answer->code));
    status->state =
        !answer->hung && answer->code == NVML_NO_PERMISSION ? READER_DENIED : READER_BROKEN;
}

/* Takes the GPUs that answered; what is said of the others goes into status. */
static void take_gpus(struct nvml *reader, struct nvml_answer *answers, unsigned count,
                      struct reader_status *status)
{
    struct reader *base = &reader->base;
    bool tells_nothing = false;

    for (unsigned i = 0; i < count; i++) {
        struct nvml_answer *answer = &answers[i];

        if (answer->hung || answer->code != NVML_SUCCESS) {
            complain(reader, i, answer, status);
            continue;
        }
        tells_nothing = tells_nothing || is_mute(&answer->device);
        if (is_known(reader, &answer->device) || is_mute(&answer->device)) {
            nvml_gpu_deinit(&answer->gpu);
            continue;
        }
        reader->gpus[base->device_count] = answer->gpu;
        base->devices[base->device_count++] = answer->device;
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
    struct nvml_answer *answers = NULL;
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
    if (reader->base.devices == NULL || reader->gpus == NULL ||
        nvml_roll_call(&reader->library, env->visible_gpus, count, &answers, &reader->left_behind) <
            0) {
        nvml_close(&reader->base);
        return -ENOMEM;
    }
    take_gpus(reader, answers, count, status);
    for (size_t i = 0; i < reader->base.device_count; i++)
        reader->gpus[i].watched = env->watched;
    free(answers);
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
        text_append(status_out->reason, sizeof(status_out->reason), "%s", nvml_not_under_sysroot);
        return 0;
    }
    r = nvml_library_open(env->nvml_path, &library, &why);
    if (r == -ENOENT) {
        nvml_explain_no_library(env, status_out);
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
        nvml_explain_init(env, &library, r, &status);
        r = 0;
    } else {
        nvml_name_library(&library, &status);
        r = open_reader(env, &library, reader_out, &status);
    }
    if (status.detail[0] == '\0' && library.handle != NULL)
        nvml_name_library(&library, &status);
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

    if (reader->left_behind || !all_lost(reader)) {
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
