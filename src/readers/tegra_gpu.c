/* SPDX-License-Identifier: Apache-2.0 */
/* readers/tegra_gpu.c - the graphics of an NVIDIA Jetson by their load, where no rail can be read
 *
 * A Nano of 2 GB has no power monitor, and a container may not see it. Without this the graphics would
 * silently be counted by nobody; a module that is measured has them in its figure.
 */
#include "readers/tegra_gpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/text.h"
#include "readers/jetson_board.h"
#include "readers/jetson_gpu.h"
#include "readers/jetson_mode.h"
#include "readers/live_file.h"

static const uint64_t LOAD_MAX = 1000;

struct tegra_gpu {
    struct reader base;
    struct device device;
    const struct clock *clock;
    int sys_fd;
    struct live_file load;
};

static void tegra_gpu_close(struct reader *base)
{
    struct tegra_gpu *reader = (struct tegra_gpu *)base;

    if (reader == NULL)
        return;
    live_file_close(&reader->load);
    fd_closep(&reader->sys_fd);
    free(reader);
}

static void tegra_gpu_read(struct reader *base, struct sample *samples_out)
{
    struct tegra_gpu *reader = (struct tegra_gpu *)base;
    int64_t now_ns = reader->clock->mono_ns(reader->clock->payload);
    uint64_t load = 0;
    int r = live_file_read_u64(&reader->load, reader->sys_fd, now_ns, &load);

    if (r == 0 && load > LOAD_MAX)
        r = -EBADMSG;
    *samples_out = (struct sample){ .mono_ns = now_ns, .error = r };
    if (r < 0)
        return;
    samples_out->utilization_ratio = (double)load / (double)LOAD_MAX;
    samples_out->valid = SAMPLE_UTILIZATION;
}

static void describe(const struct reader_env *env, const struct jetson_board *board,
                     struct device *device_out)
{
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_GPU;
    device.basis = BASIS_ASSUMED; /* what it draws is told by nobody */
    device.fields = SAMPLE_UTILIZATION;
    device.host_share = 0; /* it was made with the processor */
    (void)snprintf(device.id, sizeof(device.id), "gpu0");
    (void)snprintf(device.reader, sizeof(device.reader), "tegra_gpu");
    (void)snprintf(device.model, sizeof(device.model), "GPU of %.140s", board->model);
    (void)snprintf(device.product, sizeof(device.product), "%s",
                   board->product[0] != '\0' ? board->product : "Jetson");
    if (!jetson_mode_read(env, device.power_mode))
        device.power_mode[0] = '\0';
    *device_out = device;
}

static int tegra_gpu_probe(const struct reader_env *env, struct reader **reader_out,
                           struct reader_status *status_out, struct aico2_error *err)
{
    struct jetson_board board;
    struct jetson_gpu gpu;
    struct tegra_gpu *reader;

    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (!jetson_may_be(env) || !jetson_read_board(env, &board)) {
        text_append(status_out->reason, sizeof(status_out->reason), "not an NVIDIA Jetson");
        return 0;
    }
    jetson_gpu_find(env->sys_fd, &gpu);
    if (gpu.load[0] == '\0') {
        text_append(status_out->reason, sizeof(status_out->reason),
                    "the kernel of this Jetson does not tell the load of its GPU in sysfs");
        return 0;
    }
    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->base.driver = &reader_tegra_gpu;
    reader->base.devices = &reader->device;
    reader->base.device_count = 1;
    reader->clock = env->clock;
    reader->load = LIVE_FILE_NULL;
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    live_file_set(&reader->load, gpu.folder, "load");
    describe(env, &board, &reader->device);
    status_out->state = READER_USED;
    text_append(status_out->detail, sizeof(status_out->detail), "%s", gpu.load);
    *reader_out = &reader->base;
    return 0;
}

const struct reader_driver reader_tegra_gpu = {
    .name = "tegra_gpu",
    .summary = "load of the GPU of an NVIDIA Jetson, for a model of its power",
    .probe = tegra_gpu_probe,
    .read = tegra_gpu_read,
    .close = tegra_gpu_close,
    .domain = DEVICE_GPU,
};
