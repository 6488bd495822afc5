/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson.c - power of an NVIDIA Jetson module, by the monitors of its rails
 *
 * The monitors have no counter of energy: their power is integrated (jetson_power.c). Rails that lie
 * within others are never added (jetson_rails.c): they are parts, devices that say whose the module's
 * energy was. Those that feed the graphics tell their load as well.
 */
#include "readers/jetson.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "model/rails.h"
#include "readers/jetson_board.h"
#include "readers/jetson_clients.h"
#include "readers/jetson_gpu.h"
#include "readers/jetson_mode.h"
#include "readers/jetson_power.h"
#include "readers/jetson_rails.h"
#include "readers/jetson_status.h"
#include "readers/live_file.h"
#include "readers/patience.h"
#include "readers/proc_memory.h"

/* Rails that are gone are looked for no more often than this: the driver may be loaded again. */
static const int64_t REOPEN_NS = 100 * NSEC_PER_MSEC;
/* Twice the 5 % (1 sigma) of a monitor with its shunt, read in moments only. */
static const double BAND_RATIO = 0.10;

/* Each value is a conversation on the bus of 0.3 ms: what is a detail is asked for no more often. */
static const int64_t PARTS_NS = 100 * NSEC_PER_MSEC;
static const int64_t MODE_NS = NSEC_PER_SEC;
static const int64_t CLIENTS_NS = NSEC_PER_SEC;
static const double LOAD_MAX = 1000;

enum { TOTALS_MAX = 2, PROBES = 4 };

struct metered {
    struct jetson_sum sum;
    int64_t reopen_ns; /* not before */
    struct patience patience;
};

struct jetson {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    bool captured;                 /* not the kernel's files: they may be replaced */
    struct metered *metered;       /* one per device */
    struct live_file load;         /* of the graphics; without a path: it is not told */
    int64_t parts_ns;              /* when to read them next */
    struct reader_env roots;       /* of the power mode's files: descriptors of our own */
    int64_t mode_ns;               /* when to look at the mode next */
    int mode;                      /* its number; -1 unknown */
    struct jetson_clients clients; /* of the graphics, for root */
    int64_t clients_ns;            /* when to ask for them next */
};

static int64_t now_ns(const struct jetson *reader)
{
    return reader->clock->mono_ns(reader->clock->payload);
}

static void read_device(struct jetson *reader, struct metered *metered, struct sample *sample)
{
    double watts = 0;
    int64_t began_ns = now_ns(reader);
    int r = patience_check(&metered->patience, began_ns);

    if (r < 0) {
        *sample = (struct sample){ .mono_ns = began_ns, .error = r };
        return;
    }
    r = jetson_sum_read(reader->sys_fd, reader->captured, &metered->sum, &watts, NULL);
    /* the driver was unloaded, or loaded again under another number */
    if (r == -ENODEV && now_ns(reader) >= metered->reopen_ns) {
        metered->reopen_ns = now_ns(reader) + REOPEN_NS;
        if (jetson_sum_open(reader->sys_fd, &metered->sum, NULL) == 0)
            r = jetson_sum_read(reader->sys_fd, reader->captured, &metered->sum, &watts, NULL);
    }
    *sample = (struct sample){ .mono_ns = now_ns(reader), .error = r };
    patience_take(&metered->patience, began_ns, sample->mono_ns, r);
    if (r < 0)
        return;
    sample->power_watts = watts;
    sample->valid = SAMPLE_POWER;
}

/* Return: whether it is known; graphics that are switched off may say nothing. */
static bool read_load(struct jetson *reader, double *ratio_out)
{
    uint64_t load = 0;

    if (live_file_read_u64(&reader->load, reader->sys_fd, now_ns(reader), &load) < 0 ||
        (double)load > LOAD_MAX)
        return false;
    *ratio_out = (double)load / LOAD_MAX;
    return true;
}

static void read_part(struct jetson *reader, size_t at, struct sample *sample)
{
    read_device(reader, &reader->metered[at], sample);
    if ((reader->base.devices[at].fields & SAMPLE_UTILIZATION) != 0 &&
        read_load(reader, &sample->utilization_ratio))
        sample->valid |= SAMPLE_UTILIZATION;
    if ((reader->base.devices[at].fields & SAMPLE_PROCESSES) == 0 ||
        now_ns(reader) < reader->clients_ns)
        return;
    reader->clients_ns = now_ns(reader) + CLIENTS_NS - CLIENTS_NS / 8;
    if (jetson_clients_read(reader->sys_fd, &reader->clients) < 0)
        return;
    sample->processes = reader->clients.items;
    sample->process_count = reader->clients.count;
    sample->valid |= SAMPLE_PROCESSES;
}

/* A mode without a figure in its name is looked up in a table by those who have it. */
static void set_mode(struct jetson *reader, struct device *module)
{
    if (!jetson_mode_read_id(&reader->roots, &reader->mode) ||
        !jetson_mode_read(&reader->roots, module->power_mode)) {
        reader->mode = -1;
        module->power_mode[0] = '\0';
    }
    module->rated_watts = jetson_mode_watts(module->power_mode);
    module->rated_source[0] = '\0';
    if (isfinite(module->rated_watts))
        (void)snprintf(module->rated_source, sizeof(module->rated_source), "power mode %s",
                       module->power_mode);
}

/* nvpmodel may change it at any time. */
static void follow_mode(struct jetson *reader, int64_t now)
{
    struct device *module = &reader->base.devices[0];
    int mode = -1;

    if (now < reader->mode_ns || module->kind != DEVICE_MODULE)
        return;
    reader->mode_ns = now + MODE_NS - MODE_NS / 8;
    if (jetson_mode_read_id(&reader->roots, &mode) && mode != reader->mode)
        set_mode(reader, module);
}

static void jetson_read(struct reader *base, struct sample *samples_out)
{
    struct jetson *reader = (struct jetson *)base;
    int64_t now = now_ns(reader);
    bool due = now >= reader->parts_ns;

    follow_mode(reader, now);
    if (due) /* a tick that comes a little early is still the one meant */
        reader->parts_ns = now + PARTS_NS - PARTS_NS / 8;
    for (size_t i = 0; i < base->device_count; i++) {
        if (base->devices[i].kind != DEVICE_PART)
            read_device(reader, &reader->metered[i], &samples_out[i]);
        else if (due)
            read_part(reader, i, &samples_out[i]);
        else
            samples_out[i] = (struct sample){ .mono_ns = now };
    }
}

static void jetson_close(struct reader *base)
{
    struct jetson *reader = (struct jetson *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        jetson_sum_close(&reader->metered[i].sum);
    live_file_close(&reader->load);
    fd_closep(&reader->sys_fd);
    fd_closep(&reader->roots.etc_fd);
    fd_closep(&reader->roots.root_fd);
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
    if (kind == DEVICE_MODULE)
        (void)snprintf(device.product, sizeof(device.product), "%s", board->product);
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
        jetson_refuse(reader->sys_fd, failed, r, status);
        jetson_sum_close(sum);
        *sum = (struct jetson_sum){ .count = 0 };
        return;
    }
    describe(env, board, kind, total, &reader->base.devices[reader->base.device_count++]);
}

/* --- parts --- */

static bool is_summand(const struct jetson_total *total, const struct jetson_rail *rail)
{
    for (size_t i = 0; i < total->count; i++) {
        if (total->rails[i] == rail)
            return true;
    }
    return false;
}

/* What feeds something that is known, within the module, and the summands of a module that is a sum.
 * Of rails of one name the first: a part has the name of its rail. */
static bool is_part(const struct jetson *reader, const struct jetson_rail *rail,
                    const struct jetson_total *module, const struct jetson_total *carrier)
{
    for (size_t i = 0; i < reader->base.device_count; i++) {
        if (strncmp(reader->base.devices[i].id, rail->label, DEVICE_ID_SIZE - 1) == 0)
            return false;
    }
    if (rail->off || jetson_is_on_carrier(carrier, rail) ||
        (module->count == 1 && is_summand(module, rail)))
        return false;
    return rails_covers(rail->label) != 0 || is_summand(module, rail);
}

static void describe_part(const struct jetson *reader, const struct jetson_rail *rail,
                          const struct jetson_total *module, bool lists_processes,
                          struct device *device_out)
{
    unsigned covers = rails_covers(rail->label);
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_PART;
    device.basis = BASIS_MEASURED;
    device.fields = SAMPLE_POWER;
    if ((covers & RAIL_GPU) != 0 && reader->load.path[0] != '\0')
        device.fields |= SAMPLE_UTILIZATION | (lists_processes ? SAMPLE_PROCESSES : 0u);
    device.band_ratio = BAND_RATIO;
    (void)snprintf(device.reader, sizeof(device.reader), "jetson");
    (void)snprintf(device.id, sizeof(device.id), "%.*s", DEVICE_ID_SIZE - 1, rail->label);
    rails_covers_text(covers, device.model, sizeof(device.model));
    if (module->count > 1 && !is_summand(module, rail)) /* VDDQ_VDD2_1V8AO of an AGX Orin */
        (void)snprintf(device.note, sizeof(device.note), "lies within another rail of the module");
    *device_out = device;
}

/* A part that cannot be read is left out: the module does without. */
static void take_parts(struct jetson *reader, const struct jetson_rails *rails,
                       const struct jetson_total *module, const struct jetson_total *carrier)
{
    struct jetson_gpu gpu;
    bool lists_processes = jetson_clients_read(reader->sys_fd, &reader->clients) == 0;

    jetson_gpu_find(reader->sys_fd, &gpu);
    if (gpu.load[0] != '\0')
        live_file_set(&reader->load, gpu.folder, "load");
    for (size_t i = 0; i < rails->count; i++) {
        const struct jetson_rail *rail = &rails->items[i];
        struct jetson_sum *sum = &reader->metered[reader->base.device_count].sum;

        if (!is_part(reader, rail, module, carrier))
            continue;
        *sum = (struct jetson_sum){ .count = 1 };
        sum->rails[0].rail = *rail;
        if (jetson_sum_open(reader->sys_fd, sum, NULL) == 0 &&
            first_reading(reader, sum, NULL) == 0) {
            describe_part(reader, rail, module, lists_processes,
                          &reader->base.devices[reader->base.device_count++]);
        } else {
            jetson_sum_close(sum);
            *sum = (struct jetson_sum){ .count = 0 };
        }
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
        jetson_explain_nothing(jetson, &rails, status_out);
        return 0;
    }

    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->base.driver = &reader_jetson;
    reader->clock = env->clock;
    reader->captured = env->sysroot;
    reader->load = LIVE_FILE_NULL;
    reader->roots.etc_fd = fs_open_dir_at(env->etc_fd, ".", NULL);
    reader->roots.root_fd = fs_open_dir_at(env->root_fd, ".", NULL);
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    reader->base.devices = calloc(TOTALS_MAX + rails.count, sizeof(*reader->base.devices));
    reader->metered = calloc(TOTALS_MAX + rails.count, sizeof(*reader->metered));
    if (reader->base.devices == NULL || reader->metered == NULL) {
        jetson_close(&reader->base);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    jetson_list_rails(&rails, status.detail, sizeof(status.detail));
    if (module.count > 0)
        take_device(reader, env, &board, DEVICE_MODULE, &module, &status);
    if (carrier.count > 0)
        take_device(reader, env, &board, DEVICE_BOARD, &carrier, &status);
    *status_out = status;
    if (reader->base.device_count == 0) {
        jetson_close(&reader->base);
        return 0;
    }
    if (reader->base.devices[0].kind == DEVICE_MODULE) {
        status_out->state = READER_USED;
        set_mode(reader, &reader->base.devices[0]);
        take_parts(reader, &rails, &module, &carrier);
    }
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
