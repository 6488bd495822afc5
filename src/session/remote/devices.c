/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/devices.c - the devices of a server's answer as the meters take them: model, rating, band */
#include "session/remote/devices.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/text.h"
#include "session/plan.h"
#include "session/remote/band.h"
#include "session/remote/hosts.h"

static const double MICROJOULES = 1e6;
enum { NOT_TAKEN = -1 };

/* While they are made. */
struct maker {
    const struct remote_answer *answer;
    const struct machine *here; /* NULL */
    struct remote_devices *devices;
    char (*names)[REMOTE_NAME_SIZE]; /* NULL: ids go without */
    struct machine *machines;        /* of the hosts */
    int *metered_dram;               /* sockets of each host */
    size_t *last_of_host;            /* the newest item of each; SIZE_MAX none */
    size_t *before;                  /* of each item, of the same host; SIZE_MAX none */
};

void remote_devices_deinit(struct remote_devices *devices)
{
    free(devices->items);
    free(devices->models);
    free(devices->which);
    free(devices->at);
    free(devices->copies);
    lines_free(devices->notes, devices->note_count);
    *devices = (struct remote_devices){ 0 };
}

static const char *id_word(enum device_kind kind)
{
    static const char *const words[] = {
        [DEVICE_CPU] = "cpu",   [DEVICE_DRAM] = "dram",     [DEVICE_MEMORY] = "memory",
        [DEVICE_GPU] = "gpu",   [DEVICE_MODULE] = "module", [DEVICE_BOARD] = "board",
        [DEVICE_PART] = "part", [DEVICE_OTHER] = "other",
    };

    return words[kind];
}

static bool has_index(const struct maker *maker, uint32_t host, enum device_kind kind, int index)
{
    for (size_t i = maker->last_of_host[host]; i != SIZE_MAX; i = maker->before[i]) {
        const struct device *device = &maker->devices->items[i].device;

        if (device->kind == kind && device->index == index)
            return true;
    }
    return false;
}

/* Its own number, or the next one that is free: two exporters of one host may count by themselves. */
static void name_device(const struct maker *maker, const struct remote_device *remote,
                        struct device *device)
{
    bool single = device->kind == DEVICE_MEMORY || device->kind == DEVICE_BOARD;

    device->index = remote->index >= 0 ? remote->index : 0;
    while (has_index(maker, remote->host, device->kind, device->index))
        device->index++;
    if (single && device->index == 0)
        (void)snprintf(device->id, sizeof(device->id), "%s", id_word(device->kind));
    else
        (void)snprintf(device->id, sizeof(device->id), "%s%d", id_word(device->kind),
                       device->index);
    if (maker->names != NULL)
        device_set_machine(device, maker->names[remote->host]);
}

static void describe(const struct maker *maker, const struct remote_device *remote,
                     struct device *device)
{
    const struct machine *machine = &maker->machines[remote->host];
    const char *model = remote->model;

    *device = DEVICE_NULL;
    device->kind = remote->device_kind;
    device->basis = BASIS_MEASURED;
    name_device(maker, remote, device);
    if (model[0] == '\0' && device->kind == DEVICE_CPU)
        model = machine->cpu_model;
    if (model[0] == '\0' && (device->kind == DEVICE_BOARD || device->kind == DEVICE_MODULE ||
                             device->kind == DEVICE_PART || device->kind == DEVICE_OTHER))
        model = remote->name;
    text_copy_clean(device->model, sizeof(device->model), model);
    text_copy_clean(device->uuid, sizeof(device->uuid), remote->uuid);
    (void)snprintf(device->reader, sizeof(device->reader), "prometheus");
    device->fields = remote->kind == SERIES_COUNTER ? SAMPLE_ENERGY
                     : remote->kind == SERIES_POWER ? SAMPLE_POWER
                                                    : SAMPLE_UTILIZATION;
    if (remote->range_joules * MICROJOULES < (double)INT64_MAX)
        device->counter_range_uj = (uint64_t)llround(remote->range_joules * MICROJOULES);
    if (remote->limit_watts > 0) {
        device->rated_watts = remote->limit_watts;
        (void)snprintf(device->rated_source, sizeof(device->rated_source), "driver, by %s",
                       remote->exporter);
    }
    device->memory_bytes =
        device->kind == DEVICE_MEMORY ? machine->memory_bytes : remote->memory_bytes;
    if (device->kind == DEVICE_CPU)
        device->threads = (double)machine->threads / machine->sockets;
    device->band_ratio = remote_band_ratio(remote, machine);
}

/* What of a host's DRAM has a meter, by sockets. */
static double metered_dram_ratio(const struct maker *maker, uint32_t host)
{
    return fmin((double)maker->metered_dram[host] / maker->machines[host].sockets, 1);
}

/* One without a number stands for all sockets. */
static void count_dram(const struct maker *maker)
{
    for (size_t i = 0; i < maker->answer->device_count; i++) {
        const struct remote_device *device = &maker->answer->devices[i];

        if (device->device_kind == DEVICE_DRAM)
            maker->metered_dram[device->host] +=
                device->index < 0 ? maker->machines[device->host].sockets : 1;
    }
}

/* Return: 0, or NOT_TAKEN. */
static int make_plan(const struct maker *maker, const struct remote_device *remote,
                     struct device *device, struct plan *plan)
{
    const struct machine *machine = &maker->machines[remote->host];
    double metered;

    switch (device->kind) {
    case DEVICE_CPU:
        if (remote->kind == SERIES_UTILIZATION)
            plan_cpu_modelled(device, machine, plan);
        else
            plan_cpu_measured(device, machine, plan);
        return 0;
    case DEVICE_DRAM:
        plan_dram(device, machine, plan);
        return 0;
    case DEVICE_MEMORY:
        metered = metered_dram_ratio(maker, remote->host);
        if (remote->kind != SERIES_UTILIZATION) {
            plan_dram(device, machine, plan);
            return 0;
        }
        if (metered >= 1 || device->memory_bytes == 0)
            return NOT_TAKEN;
        plan_memory(device, machine, 1 - metered, plan);
        return 0;
    case DEVICE_GPU:
        plan_gpu(device, plan);
        return 0;
    case DEVICE_MODULE:
    case DEVICE_BOARD:
    case DEVICE_PART:
    case DEVICE_OTHER:
        plan_metered(device, plan);
        return 0;
    }
    return NOT_TAKEN;
}

/* Which figures they are, and which of the same were left alone: before what the catalog has to say. */
static void note_source(const struct remote_device *remote, struct device *device)
{
    char catalog[DEVICE_NOTE_SIZE];

    memcpy(catalog, device->note, sizeof(catalog));
    (void)snprintf(device->note, sizeof(device->note), "%s: %s%s%.60s%s", remote->exporter,
                   remote->metric, remote->name[0] != '\0' ? " (" : "", remote->name,
                   remote->name[0] != '\0' ? ")" : "");
    if (remote->passed_over[0] != '\0') {
        text_append_note(device->note, sizeof(device->note), "not taken: ");
        text_append(device->note, sizeof(device->note), "%s", remote->passed_over);
    }
    text_append_note(device->note, sizeof(device->note), catalog);
}

static enum series_kind kind_of(enum meter_method method)
{
    static const enum series_kind kinds[] = {
        [METER_COUNTER] = SERIES_COUNTER, [METER_POWER] = SERIES_POWER,
        [METER_BUSY] = SERIES_BUSY,       [METER_UTILIZATION] = SERIES_UTILIZATION,
        [METER_NONE] = SERIES_NONE,
    };

    return kinds[method];
}

/* One warning for a processor that a thousand hosts have. */
static int keep_warning(struct remote_devices *devices, const char *warning)
{
    for (size_t i = 0; i < devices->note_count; i++) {
        if (strcmp(devices->notes[i], warning) == 0)
            return 0;
    }
    return warning[0] == '\0' ? 0 : lines_add(&devices->notes, &devices->note_count, "%s", warning);
}

/* More than any machine has: what is beyond that is no count of sockets. */
enum { SOCKETS_MAX = 64 };

/* A load that has no number is the mean of all processors. */
static size_t copies_of(const struct maker *maker, const struct remote_device *remote)
{
    int sockets = maker->machines[remote->host].sockets;

    if (remote->device_kind != DEVICE_CPU || remote->kind != SERIES_UTILIZATION ||
        remote->index >= 0)
        return 1;
    return sockets < SOCKETS_MAX ? (size_t)sockets : SOCKETS_MAX;
}

/* What a counter may draw that is believed: of several sockets together, of what nobody knows. */
static void widen_belief(const struct maker *maker, const struct remote_device *remote,
                         struct device *device)
{
    static const double RACK_WATTS = 200000;
    static const double SERVER_WATTS = 30000;

    if (device->kind == DEVICE_OTHER)
        device->burst_watts = RACK_WATTS;
    else if (device->kind == DEVICE_BOARD)
        device->burst_watts = SERVER_WATTS;
    else if (remote->index < 0 && (device->kind == DEVICE_CPU || device->kind == DEVICE_DRAM))
        device->burst_watts = 2 * fmax(device->rated_watts, 100) *
                              maker->machines[remote->host].sockets; /* half of it is its rating */
}

static int add_item(struct maker *maker, const struct remote_device *remote, bool *taken_out)
{
    struct remote_devices *devices = maker->devices;
    struct series_device *item = &devices->items[devices->count];
    struct plan plan;

    *item = (struct series_device){ 0 };
    describe(maker, remote, &item->device);
    *taken_out = make_plan(maker, remote, &item->device, &plan) != NOT_TAKEN;
    if (!*taken_out)
        return 0;
    widen_belief(maker, remote, &item->device);
    note_source(remote, &item->device);
    item->kind = kind_of(plan.method);
    item->from_zero = remote->deltas == 0;
    item->interval_ns = (int64_t)(fmin(remote->interval_seconds, 86400) * 1e9);
    devices->models[devices->count] = plan.model;
    devices->which[devices->count] = remote;
    maker->before[devices->count] = maker->last_of_host[remote->host];
    maker->last_of_host[remote->host] = devices->count++;
    return keep_warning(devices, plan.warning);
}

static int add(struct maker *maker, size_t index)
{
    const struct remote_device *remote = &maker->answer->devices[index];
    struct remote_devices *devices = maker->devices;
    size_t copies = copies_of(maker, remote);
    bool taken = true;
    int r = 0;

    devices->at[index] = devices->count;
    for (size_t i = 0; r == 0 && taken && i < copies; i++)
        r = add_item(maker, remote, &taken);
    devices->copies[index] = devices->count - devices->at[index];
    if (!taken)
        devices->at[index] = SIZE_MAX;
    return r;
}

static int make_items(struct maker *maker)
{
    struct remote_devices *devices = maker->devices;
    size_t count = 1;

    for (size_t i = 0; i < maker->answer->device_count; i++)
        count += copies_of(maker, &maker->answer->devices[i]);
    devices->items = calloc(count, sizeof(*devices->items));
    devices->models = calloc(count, sizeof(*devices->models));
    devices->which = calloc(count, sizeof(*devices->which));
    maker->before = calloc(count, sizeof(*maker->before));
    return devices->items == NULL || devices->models == NULL || devices->which == NULL ||
                   maker->before == NULL
               ? -ENOMEM
               : 0;
}

static int prepare(struct maker *maker, bool apart)
{
    const struct remote_answer *answer = maker->answer;
    struct remote_devices *devices = maker->devices;
    size_t count = answer->device_count + 1;

    devices->at = calloc(count, sizeof(*devices->at));
    devices->copies = calloc(count, sizeof(*devices->copies));
    maker->machines = calloc(answer->host_count + 1, sizeof(*maker->machines));
    maker->metered_dram = calloc(answer->host_count + 1, sizeof(*maker->metered_dram));
    maker->last_of_host = calloc(answer->host_count + 1, sizeof(*maker->last_of_host));
    if (apart)
        maker->names = remote_host_names(answer->hosts, answer->host_count);
    if (devices->at == NULL || devices->copies == NULL || maker->machines == NULL ||
        maker->metered_dram == NULL || maker->last_of_host == NULL ||
        (apart && maker->names == NULL))
        return -ENOMEM;
    for (size_t i = 0; i < answer->host_count; i++) {
        maker->machines[i] = remote_machine(&answer->hosts[i], maker->here);
        maker->last_of_host[i] = SIZE_MAX;
    }
    count_dram(maker);
    return make_items(maker);
}

int remote_devices_make(const struct remote_answer *answer, const struct machine *here, bool apart,
                        struct remote_devices *devices_out, struct aico2_error *err)
{
    struct remote_devices devices = { 0 };
    struct maker maker = { .answer = answer, .here = here, .devices = &devices };
    int r = prepare(&maker, apart);

    for (size_t i = 0; r == 0 && i < answer->device_count; i++)
        r = add(&maker, i);
    free(maker.before);
    free(maker.machines);
    free(maker.metered_dram);
    free(maker.last_of_host);
    free(maker.names);
    if (r < 0) {
        remote_devices_deinit(&devices);
        return aico2_error_set(err, r, "out of memory");
    }
    *devices_out = devices;
    return 0;
}
