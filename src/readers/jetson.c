/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson.c - power of an NVIDIA Jetson module, by the monitors of its rails
 *
 * The monitors have no counter of energy: their power is integrated (jetson_power.c). Rails that lie
 * within others are never added (jetson_rails.c).
 */
#include "readers/jetson.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/jetson_board.h"
#include "readers/jetson_power.h"
#include "readers/jetson_rails.h"
#include "readers/proc_memory.h"

/* Rails that are gone are looked for no more often than this: the driver may be loaded again. */
static const int64_t REOPEN_NS = 100 * NSEC_PER_MSEC;
/* Twice the 5 % (1 sigma) of a monitor with its shunt, read in moments only. */
static const double BAND_RATIO = 0.10;

enum { DEVICES_MAX = 2, PROBES = 4 };

struct metered {
    struct jetson_sum sum;
    int64_t reopen_ns; /* not before */
};

struct jetson {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    bool captured;           /* not the kernel's files: they may be replaced */
    struct metered *metered; /* one per device */
};

static int64_t now_ns(const struct jetson *reader)
{
    return reader->clock->mono_ns(reader->clock->payload);
}

static void read_device(struct jetson *reader, struct metered *metered, struct sample *sample)
{
    double watts = 0;
    int r = jetson_sum_read(reader->sys_fd, reader->captured, &metered->sum, &watts, NULL);

    /* the driver was unloaded, or loaded again under another number */
    if (r == -ENODEV && now_ns(reader) >= metered->reopen_ns) {
        metered->reopen_ns = now_ns(reader) + REOPEN_NS;
        if (jetson_sum_open(reader->sys_fd, &metered->sum, NULL) == 0)
            r = jetson_sum_read(reader->sys_fd, reader->captured, &metered->sum, &watts, NULL);
    }
    *sample = (struct sample){ .mono_ns = now_ns(reader), .error = r };
    if (r < 0)
        return;
    sample->power_watts = watts;
    sample->valid = SAMPLE_POWER;
}

static void jetson_read(struct reader *base, struct sample *samples_out)
{
    struct jetson *reader = (struct jetson *)base;

    for (size_t i = 0; i < base->device_count; i++)
        read_device(reader, &reader->metered[i], &samples_out[i]);
}

static void jetson_close(struct reader *base)
{
    struct jetson *reader = (struct jetson *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        jetson_sum_close(&reader->metered[i].sum);
    fd_closep(&reader->sys_fd);
    free(reader->metered);
    free(base->devices);
    free(reader);
}

static void describe(const struct reader_env *env, const struct jetson_board *board,
                     enum device_kind kind, const struct jetson_total *total,
                     struct device *device_out)
{
    struct device device = DEVICE_NULL;
    struct meminfo meminfo;

    device.kind = kind;
    device.basis = BASIS_MEASURED;
    device.fields = SAMPLE_POWER;
    device.band_ratio = BAND_RATIO;
    (void)snprintf(device.reader, sizeof(device.reader), "jetson");
    (void)snprintf(device.id, sizeof(device.id), "%s", kind == DEVICE_BOARD ? "board" : "module0");
    (void)snprintf(device.model, sizeof(device.model), "%s", board->model);
    for (size_t i = 0; i < total->count; i++)
        text_append(device.note, sizeof(device.note), "%s%s", i > 0 ? " + " : "rail ",
                    total->rails[i]->label);
    if (kind == DEVICE_MODULE && meminfo_read(env->proc_fd, &meminfo))
        device.memory_bytes = meminfo.total_bytes;
    if (kind == DEVICE_BOARD)
        text_append(device.note, sizeof(device.note), ": the carrier board with the module");
    else
        text_append(device.note, sizeof(device.note),
                    ": CPU, GPU and memory; without the carrier board, fan and disks");
    *device_out = device;
}

/* "power monitors 1-0040: VDD_IN, VDD_SOC; ..." */
static void list_rails(const struct jetson_rails *rails, char *text, size_t size)
{
    for (size_t i = 0; i < rails->count; i++) {
        const struct jetson_rail *rail = &rails->items[i];

        if (i > 0 && strcmp(rail->chip, rails->items[i - 1].chip) == 0)
            text_append(text, size, ", %s", rail->label);
        else
            text_append(text, size, "%s%s: %s", i > 0 ? "; " : "power monitors ", rail->chip,
                        rail->label);
    }
}

/* What stands in the way of a total, and what would help. */
static void refuse(int sys_fd, const struct jetson_rail *rail, int code,
                   struct reader_status *status)
{
    struct jetson_monitor monitor = { .path = "" };
    struct aico2_error why = { 0 };
    char fix[sizeof(status->fix)] = "";

    (void)jetson_find_monitor(sys_fd, rail->chip, &monitor);
    status->state = READER_BROKEN;
    if (rail->off) {
        (void)aico2_error_set(&why, code, "the monitor of rail '%s' is off", rail->label);
        (void)snprintf(fix, sizeof(fix), "echo 1 | sudo tee /sys/%s/in%d_enable", monitor.path,
                       rail->channel);
    } else if (fs_is_denied(code)) {
        status->state = READER_DENIED;
        (void)aico2_error_set(&why, code, "no permission to read rail '%s'", rail->label);
        (void)snprintf(fix, sizeof(fix), "sudo chmod a+r /sys/%s/*_input", monitor.path);
    } else if (code == -EBADMSG) {
        (void)aico2_error_set(&why, code, "no number, or none that can be, for rail '%s'",
                              rail->label);
    } else {
        (void)aico2_error_set_errno(&why, -code, "cannot read rail '%s'", rail->label);
    }
    text_append_note(status->reason, sizeof(status->reason), why.message);
    if (status->fix[0] == '\0')
        (void)snprintf(status->fix, sizeof(status->fix), "%s", fix);
}

/* The bus is shared: a reading may fail that works a moment later. */
static bool may_pass(int code)
{
    return code == -EREMOTEIO || code == -EAGAIN || code == -EBUSY || code == -ETIMEDOUT ||
           code == -EIO || code == -ENXIO;
}

static int first_reading(struct jetson *reader, struct jetson_sum *sum,
                         const struct jetson_rail **failed_out)
{
    double watts;
    int r = 0;

    for (int i = 0; i < PROBES; i++) {
        r = jetson_sum_read(reader->sys_fd, reader->captured, sum, &watts, failed_out);
        if (!may_pass(r))
            break;
    }
    return r;
}

/* Makes a total a device, if each of its rails can be read. */
static void take_device(struct jetson *reader, const struct reader_env *env,
                        const struct jetson_board *board, enum device_kind kind,
                        const struct jetson_total *total, struct reader_status *status)
{
    struct jetson_sum *sum = &reader->metered[reader->base.device_count].sum;
    const struct jetson_rail *failed = NULL;
    int r = 0;

    sum->count = total->count;
    for (size_t i = 0; i < total->count; i++) {
        sum->rails[i].rail = *total->rails[i];
        if (total->rails[i]->off && failed == NULL)
            failed = total->rails[i];
    }
    r = failed != NULL ? -ENODATA : jetson_sum_open(reader->sys_fd, sum, &failed);
    if (r == 0)
        r = first_reading(reader, sum, &failed);
    if (r < 0) {
        refuse(reader->sys_fd, failed, r, status);
        jetson_sum_close(sum);
        *sum = (struct jetson_sum){ .count = 0 };
        return;
    }
    describe(env, board, kind, total, &reader->base.devices[reader->base.device_count++]);
}

static void explain_nothing(bool jetson, const struct jetson_rails *rails,
                            struct reader_status *status)
{
    status->state = READER_ABSENT;
    if (!jetson) {
        text_append(status->reason, sizeof(status->reason), "not an NVIDIA Jetson");
    } else if (rails->count == 0) {
        text_append(
            status->reason, sizeof(status->reason),
            "no power monitor (ina3221) on the I2C buses of this Jetson: a Nano of 2 GB has none");
    } else {
        text_append(status->reason, sizeof(status->reason),
                    "none of the rails is known to be all of the module");
        list_rails(rails, status->detail, sizeof(status->detail));
    }
}

static int jetson_probe(const struct reader_env *env, struct reader **reader_out,
                        struct reader_status *status_out, struct aico2_error *err)
{
    struct reader_status status = { .state = READER_USED };
    struct jetson_rails rails = { .count = 0 };
    struct jetson_total module;
    struct jetson_total carrier;
    struct jetson *reader;
    struct jetson_board board;
    bool jetson = jetson_read_board(env, &board);

    *reader_out = NULL;
    if (jetson)
        jetson_find_rails(env->sys_fd, &rails);
    jetson_choose_module(&rails, &module);
    jetson_choose_carrier(&rails, &carrier);
    if (module.count + carrier.count == 0) {
        *status_out = (struct reader_status){ .state = READER_ABSENT };
        explain_nothing(jetson, &rails, status_out);
        return 0;
    }

    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->base.driver = &reader_jetson;
    reader->clock = env->clock;
    reader->captured = env->sysroot;
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    reader->base.devices = calloc(DEVICES_MAX, sizeof(*reader->base.devices));
    reader->metered = calloc(DEVICES_MAX, sizeof(*reader->metered));
    if (reader->base.devices == NULL || reader->metered == NULL) {
        jetson_close(&reader->base);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    list_rails(&rails, status.detail, sizeof(status.detail));
    if (module.count > 0)
        take_device(reader, env, &board, DEVICE_MODULE, &module, &status);
    if (carrier.count > 0)
        take_device(reader, env, &board, DEVICE_BOARD, &carrier, &status);
    *status_out = status;
    if (reader->base.device_count == 0) {
        jetson_close(&reader->base);
        return 0;
    }
    if (reader->base.devices[0].kind == DEVICE_MODULE)
        status_out->state = READER_USED;
    *reader_out = &reader->base;
    return 0;
}

const struct reader_driver reader_jetson = {
    .name = "jetson",
    .summary = "power of the rails of an NVIDIA Jetson (INA3221, INA238)",
    .probe = jetson_probe,
    .read = jetson_read,
    .close = jetson_close,
    .domain = DEVICE_MODULE,
    .band_ratio = 0.10,
};
