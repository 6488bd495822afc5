/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_channels.c - which reader measures which device: precedence and containment */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "session/session_private.h"

#include "base/array.h"
#include "base/attributes.h"
#include "base/text.h"
#include "session/calibration/apply.h"

static const uint32_t METERED = SAMPLE_ENERGY | SAMPLE_POWER;

static bool has_device(const struct session *session, enum device_kind kind, int index)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (device->kind == kind && (index < 0 || device->index == index))
            return true;
    }
    return false;
}

static bool has_id(const struct session *session, const char *id)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        if (strcmp(session->record.devices[i].id, id) == 0)
            return true;
    }
    return false;
}

/* Measured DRAM excludes the model. Where only some sockets have a counter the others' memory is
 * modelled, as much as is theirs when all have alike. Return: that share, 0 to 1. */
static double unmetered_memory_ratio(const struct session *session)
{
    int sockets = session->record.run.machine.sockets;
    int metered = 0;

    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];
        bool again = false;

        for (size_t j = 0; j < i; j++) /* dies of one package */
            again = again || (session->record.devices[j].kind == DEVICE_DRAM &&
                              session->record.devices[j].index == device->index);
        metered += device->kind == DEVICE_DRAM && !again;
    }
    if (metered == 0)
        return 1;
    return metered < sockets ? (double)(sockets - metered) / sockets : 0;
}

/* Utilisation of a metered package comes from the reader of /proc/stat. */
static void find_activity(const struct session *session, const struct device *device,
                          struct channel *channel)
{
    channel->activity_source = CHANNEL_NO_SOURCE;
    if (device->kind != DEVICE_CPU)
        return;
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct reader *reader = session->sampler.sources[i].reader;

        for (size_t j = 0; reader != NULL && j < reader->device_count; j++) {
            if (reader->devices[j].kind == DEVICE_CPU &&
                reader->devices[j].index == device->index &&
                (reader->devices[j].fields & SAMPLE_BUSY) != 0) {
                channel->activity_source = (int)i;
                channel->activity_at = j;
                return;
            }
        }
    }
}

static double package_threads(const struct session *session, const struct channel *channel)
{
    const struct machine *machine = &session->record.run.machine;

    if (channel->activity_source != CHANNEL_NO_SOURCE)
        return session->sampler.sources[channel->activity_source]
            .reader->devices[channel->activity_at]
            .threads;
    return (double)machine->threads / (machine->sockets > 0 ? machine->sockets : 1);
}

static void make_plan(struct session *session, struct device *device, struct channel *channel)
{
    const struct machine *machine = &session->record.run.machine;

    switch (device->kind) {
    case DEVICE_CPU:
        if (!(device->threads > 0))
            device->threads = package_threads(session, channel);
        if ((device->fields & METERED) != 0)
            plan_cpu_measured(device, machine, &channel->plan);
        else
            plan_cpu_modelled(device, machine, &channel->plan);
        break;
    case DEVICE_DRAM:
        plan_dram(device, machine, &channel->plan);
        break;
    case DEVICE_MEMORY:
        plan_memory(device, machine, unmetered_memory_ratio(session), &channel->plan);
        break;
    case DEVICE_GPU:
        plan_gpu(device, &channel->plan);
        break;
    case DEVICE_BOARD:
    case DEVICE_MODULE:
    case DEVICE_PART:
    case DEVICE_OTHER:
        plan_metered(device, &channel->plan);
        break;
    }
}

/* Two readers that number the packages differently must not give one name to two of them, nor two
 * that number GPUs without knowing of each other: who is found later gets the next free number. */
static void make_id_unique(const struct session *session, struct device *device)
{
    if (device->kind != DEVICE_CPU && device->kind != DEVICE_GPU)
        return;
    for (int i = 0; has_id(session, device->id); i++)
        (void)snprintf(device->id, sizeof(device->id), "%s%d",
                       device->kind == DEVICE_CPU ? "cpu" : "gpu", i);
}

/* How far apart the figures of a device are, at the least. */
static int64_t figure_ns(const struct session *session, const struct device *device)
{
    int64_t spacing_ns = (int64_t)(device->spacing_seconds * NSEC_PER_SEC);

    return spacing_ns > session->reading_ns ? spacing_ns : session->reading_ns;
}

static int add_channel(struct session *session, size_t source, size_t at, struct aico2_error *err)
{
    size_t index = session->channel_count;
    struct device device = session->sampler.sources[source].reader->devices[at];
    struct channel channel = {
        .source = source,
        .at = at,
        .totals = DEVICE_TOTALS_NULL,
        .celsius = NAN,
        .watts = NAN,
        .shadow_peak_watts = NAN,
    };
    const struct power_model *model = &channel.plan.model;

    if (array_reserve(&session->channels, &session->channel_capacity, index + 1,
                      sizeof(*session->channels)) < 0 ||
        array_reserve(&session->record.devices, &session->device_capacity, index + 1,
                      sizeof(*session->record.devices)) < 0 ||
        array_reserve(&session->record.totals, &session->totals_capacity, index + 1,
                      sizeof(*session->record.totals)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    make_id_unique(session, &device);
    find_activity(session, &device, &channel);
    make_plan(session, &device, &channel);
    if (session->options.calibration != NULL)
        calibration_apply(session->options.calibration, &device, &channel.plan);
    if (channel.plan.warning[0] != '\0' && (device.kind != DEVICE_CPU || device.index == 0))
        session_warn(session, "%s", channel.plan.warning);
    meter_init(&channel.meter, &device, channel.plan.method, model, figure_ns(session, &device));
    if (channel.plan.fallback != METER_NONE)
        meter_init(&channel.shadow, &device, channel.plan.fallback, model, session->reading_ns);
    channel.proven = channel.plan.method != METER_COUNTER || channel.plan.fallback == METER_NONE;

    session->channels[index] = channel;
    session->record.devices[index] = device;
    session->record.totals[index] = channel.totals;
    session->channel_count = session->record.device_count = index + 1;
    return 0;
}

/* Every socket has a metered package, whatever numbers the two readers know them by. */
static bool all_sockets_are_metered(const struct session *session)
{
    int metered = 0;

    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];
        bool again = false;

        for (size_t j = 0; j < i; j++) /* dies of one package */
            again = again || (session->record.devices[j].kind == DEVICE_CPU &&
                              session->record.devices[j].index == device->index);
        metered += device->kind == DEVICE_CPU && (device->fields & METERED) != 0 && !again;
    }
    return metered >= session->record.run.machine.sockets;
}

/* A metered module that tells how much memory it holds stands for models of its parts. */
static bool is_in_module(const struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (device->kind == DEVICE_MODULE && device->memory_bytes > 0)
            return true;
    }
    return false;
}

/* Meters behind one management controller show one figure, and a node's own counter the same machine:
 * the best of them is shown, which is the first here; an ACPI meter that is slow comes after them, and last what
 * aico2-sensord reads for us. */
static const char *const machine_meters[] = { "pm_counters", "acpi_meter", "ipmi" };
static const double PROMPT_SECONDS = 1;

/* Return: the place of a device; -1: none of these. */
static int machine_meter_rank(const struct device *device)
{
    int rank = text_index(device->reader, machine_meters, ARRAY_LENGTH(machine_meters));

    if (rank >= 0 && device->relayed)
        return (int)ARRAY_LENGTH(machine_meters) + 1;
    if (strcmp(device->reader, "acpi_meter") == 0 && device->refresh_seconds > PROMPT_SECONDS)
        return (int)ARRAY_LENGTH(machine_meters);
    return rank;
}

/* Nobody knows yet whether a driver finds a better one; one that hangs is waited for no longer. */
static bool may_be_better(const struct session *session, const struct source *source, int rank)
{
    int best = text_index(source->driver->name, machine_meters, ARRAY_LENGTH(machine_meters));

    return best >= 0 && best < rank && !source->probed && !source->complained && !session->ending;
}

static bool is_best_machine_meter(const struct session *session, const struct device *device)
{
    int rank = machine_meter_rank(device);

    if (rank < 0)
        return true;
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *other = &session->record.devices[i];

        if (other->kind == DEVICE_BOARD && machine_meter_rank(other) >= 0)
            return false;
    }
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];

        if (may_be_better(session, source, rank))
            return false;
        for (size_t j = 0; source->reader != NULL && j < source->reader->device_count; j++) {
            const struct device *other = &source->reader->devices[j];

            if (other->kind == DEVICE_BOARD && machine_meter_rank(other) >= 0 &&
                machine_meter_rank(other) < rank)
                return false;
        }
    }
    return true;
}

/* The machine's own meters of its modules come before those a GPU's driver knows of. */
static bool has_module_of_another(const struct session *session, const struct device *module)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct device *device = &session->record.devices[i];

        if (device->kind == DEVICE_MODULE && strcmp(device->reader, module->reader) != 0)
            return true;
    }
    return false;
}

const char *session_next_gpu(const char **list, size_t *length_out)
{
    const char *word = *list + strspn(*list, ", ");

    *length_out = strcspn(word, ", ");
    *list = word + *length_out;
    return *length_out > 0 ? word : NULL;
}

bool session_is_gpu(const char *word, size_t length, const struct device *device)
{
    char number[16];

    (void)snprintf(number, sizeof(number), "%d", device->index);
    return device->kind == DEVICE_GPU &&
           ((length == strlen(number) && strncmp(word, number, length) == 0) ||
            (length > 4 && strncmp(word, device->uuid, length) == 0));
}

static bool is_in_list(const char *list, const struct device *device)
{
    const char *word;
    size_t length;

    while ((word = session_next_gpu(&list, &length)) != NULL) {
        if (session_is_gpu(word, length, device))
            return true;
    }
    return false;
}

/* Drivers stand in the table in order of precedence: what one has taken, the next leaves alone. */
static bool is_wanted(const struct session *session, const struct device *device)
{
    switch (device->kind) {
    case DEVICE_CPU:
        if ((device->fields & METERED) == 0)
            return !has_device(session, DEVICE_CPU, device->index) &&
                   !all_sockets_are_metered(session) && !is_in_module(session);
        return !has_id(session, device->id);
    case DEVICE_MEMORY:
        return unmetered_memory_ratio(session) > 0 && !is_in_module(session);
    case DEVICE_GPU:
        /* each reader shows GPUs of a driver of its own: none is met twice, but for one that is a
         * part of a metered module and would only be modelled */
        return ((device->fields & METERED) != 0 || !is_in_module(session)) &&
               (session->options.gpus == NULL || is_in_list(session->options.gpus, device));
    case DEVICE_MODULE:
        return !has_id(session, device->id) && !has_module_of_another(session, device);
    case DEVICE_BOARD:
        return !has_id(session, device->id) && is_best_machine_meter(session, device);
    case DEVICE_DRAM:
    case DEVICE_PART:
    case DEVICE_OTHER:
        return !has_id(session, device->id);
    }
    return false;
}

static bool is_taken(const struct session *session, size_t source)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->channels[i].source == source)
            return true;
    }
    return false;
}

int session_add_channels(struct session *session, struct aico2_error *err)
{
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct reader *reader = session->sampler.sources[i].reader;

        if (reader == NULL || is_taken(session, i))
            continue;
        for (size_t j = 0; j < reader->device_count; j++) {
            int r;

            if (!is_wanted(session, &reader->devices[j]))
                continue;
            r = add_channel(session, i, j, err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}
