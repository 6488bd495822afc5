/* SPDX-License-Identifier: Apache-2.0 */
/* readers/sensord.c - counters that are not ours to read, as aico2-sensord tells them
 *
 * The devices keep the names and the reader that the daemon gives them, so that whoever can be read directly comes
 * first, by its name, and what holds of a counter holds of it here too; the note says which way it came. Who has not the
 * right to every figure gets the same ones for a second: those are told once, and are no readings in between.
 */
#include "readers/sensord.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "model/sensord.h"
#include "readers/cpuinfo.h"
#include "readers/powercap.h"
#include "readers/rapl.h"
#include "readers/sensord_link.h"

/* All of a probe; a daemon that has just been started by its socket takes a moment. */
static const int64_t PROBE_NS = 500 * NSEC_PER_MSEC;

/* What was told of a device last. */
struct told {
    uint64_t key;
    uint64_t counter;
    uint64_t sequence;
    bool started;
    uint32_t epoch;
};

struct sensord {
    struct reader base;
    struct sensord_link link;
    struct told *told; /* one per device */
    char *answer;
    int64_t interval_ns; /* there is nothing new before it is over */
    int64_t last_ns;     /* of the figures that were told last */
};

/* --- while measuring --- */

static void take(struct sensord *reader, const struct aico2_sensord_reading *reading, size_t at,
                 struct sample *sample)
{
    struct told *told = &reader->told[at];

    if (reading->mono_ns == 0 ||
        (told->started && reading->sequence == told->sequence && reading->counter == told->counter))
        return; /* nothing yet, or nothing new */
    sample->mono_ns = reading->mono_ns;
    sample->error = -reading->error;
    sample->energy_uj = reading->energy_uj;
    sample->power_watts = (double)reading->power_uw / 1e6;
    sample->valid |= (reading->valid & AICO2_SENSORD_ENERGY) != 0 ? SAMPLE_ENERGY : 0U;
    sample->valid |= (reading->valid & AICO2_SENSORD_POWER) != 0 ? SAMPLE_POWER : 0U;
    if (sample->valid != 0) {
        told->epoch += told->started && reading->counter != told->counter;
        told->counter = reading->counter;
        told->sequence = reading->sequence;
        told->started = true;
        if (reading->mono_ns > reader->last_ns)
            reader->last_ns = reading->mono_ns;
    }
    sample->epoch = told->epoch;
}

/* By key: a daemon that was started again may number them differently, and what it has lost is gone. */
static void take_all(struct sensord *reader, const char *answer, size_t length,
                     struct sample *samples)
{
    size_t count = length / AICO2_SENSORD_RECORD_SIZE;

    for (size_t i = 0; i < reader->base.device_count; i++) {
        samples[i].error = -ENODEV;
        for (size_t j = 0; j < count; j++) {
            struct aico2_sensord_reading reading;

            /* as a rule they stand in the same order */
            if (sensord_take_reading(answer, length, (i + j) % count, reader->link.tag, &reading) <
                    0 ||
                reading.key != reader->told[i].key)
                continue;
            samples[i].error = 0;
            take(reader, &reading, i, &samples[i]);
            break;
        }
    }
}

static void sensord_read(struct reader *base, struct sample *samples_out)
{
    struct sensord *reader = (struct sensord *)base;
    int64_t now_ns = reader->link.clock->mono_ns(reader->link.clock->payload);
    int r = 0;

    if (reader->link.fd < 0 || reader->link.asked_ns != 0 ||
        now_ns - reader->last_ns >= reader->interval_ns)
        r = sensord_link_read(&reader->link, reader->answer, AICO2_SENSORD_ANSWER_MAX);
    for (size_t i = 0; i < base->device_count; i++)
        samples_out[i] = (struct sample){ .mono_ns = now_ns,
                                          .epoch = reader->told[i].epoch,
                                          .error = r < 0 ? r : 0 };
    if (r > 0)
        take_all(reader, reader->answer, (size_t)r, samples_out);
}

static void sensord_close(struct reader *base)
{
    struct sensord *reader = (struct sensord *)base;

    if (reader == NULL)
        return;
    sensord_link_close(&reader->link);
    fd_closep(&reader->link.root_fd);
    free(reader->answer);
    free(reader->told);
    free(base->devices);
    free(reader);
}

/* --- at the start --- */

static void describe(struct device *device, const struct aico2_sensord_hello *hello)
{
    char note[DEVICE_NOTE_SIZE];
    bool rapl = strcmp(device->reader, "rapl") == 0;

    (void)snprintf(note, sizeof(note), "%s through sensord%s", rapl ? "RAPL" : device->reader,
                   hello->raw != 0 ? "" : ", once a second and to 0.1 J");
    text_append_note(note, sizeof(note), device->note);
    (void)snprintf(device->note, sizeof(device->note), "%s", note);
    device->relayed = true;
    if (hello->raw == 0 && device->spacing_seconds < hello->interval_ms / 1e3)
        device->spacing_seconds = hello->interval_ms / 1e3;
}

static struct sensord *new_reader(const struct sensord_link *link)
{
    struct sensord *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->base.driver = &reader_sensord;
    reader->link = *link;
    reader->link.root_fd = fs_open_dir_at(link->root_fd, ".", NULL);
    reader->answer = malloc(AICO2_SENSORD_ANSWER_MAX);
    if (reader->answer == NULL || reader->link.root_fd < 0) {
        reader->link.fd = -1; /* still the caller's */
        sensord_close(&reader->base);
        return NULL;
    }
    return reader;
}

/* What the daemon says instead of an answer, or why there is none. */
static int explain(struct reader_status *status, const char *answer, int code)
{
    struct aico2_sensord_refused refused;
    struct aico2_error why = { 0 };

    status->state = READER_BROKEN;
    if (code > 0 && sensord_take_refusal(answer, (size_t)code, &refused)) {
        status->state = refused.error == EACCES ? READER_DENIED : READER_BROKEN;
        (void)aico2_error_set(&why, -EPROTO, "aico2-sensord refuses: %s", refused.reason);
    } else if (code == -ETIMEDOUT) {
        (void)aico2_error_set(&why, code, "aico2-sensord does not answer at /" SENSORD_LINK_PATH);
    } else if (code >= 0 || code == -EBADMSG) {
        (void)aico2_error_set(&why, -EBADMSG,
                              "what answers at /" SENSORD_LINK_PATH
                              " is no aico2-sensord that we know");
    } else {
        (void)aico2_error_set_errno(&why, -code, "cannot ask at /" SENSORD_LINK_PATH);
    }
    text_append(status->reason, sizeof(status->reason), "%s", why.message);
    if (status->state == READER_DENIED)
        status->remedy = REMEDY_SENSORD_GROUP;
    return 0;
}

static int left_ms(const struct sensord_link *link, int64_t until_ns)
{
    int64_t left_ns = until_ns - link->clock->mono_ns(link->clock->payload);

    return left_ns > 0 ? (int)(left_ns / NSEC_PER_MSEC) : 0;
}

/* Return: 0, or what explain() wants to know. */
static int take_devices(struct sensord *reader, const struct aico2_sensord_hello *hello,
                        int64_t until_ns)
{
    for (uint32_t i = 0; i < hello->device_count; i++) {
        size_t at = reader->base.device_count;
        int r = sensord_link_ask(&reader->link, AICO2_SENSORD_DEVICE, i,
                                 left_ms(&reader->link, until_ns), reader->answer,
                                 AICO2_SENSORD_ANSWER_MAX);

        if (r < 0)
            return r;
        if (sensord_take_device(reader->answer, (size_t)r, (uint16_t)i, reader->link.tag,
                                &reader->base.devices[at], &reader->told[at].key) < 0)
            return r;
        describe(&reader->base.devices[at], hello);
        reader->base.device_count++;
    }
    return 0;
}

/* Return: 0, with *reader_out where it has devices; -ENOMEM. */
static int take_reader(struct sensord_link *link, struct reader **reader_out,
                       struct reader_status *status)
{
    const int64_t until_ns = link->clock->mono_ns(link->clock->payload) + PROBE_NS;
    struct aico2_sensord_hello hello;
    struct sensord *reader = new_reader(link);
    int r;

    if (reader == NULL)
        return -ENOMEM;
    link->fd = -1; /* the reader's from here on */
    r = sensord_link_ask(&reader->link, AICO2_SENSORD_HELLO, 0, left_ms(&reader->link, until_ns),
                         reader->answer, AICO2_SENSORD_ANSWER_MAX);
    if (r >= 0 && sensord_take_hello(reader->answer, (size_t)r, reader->link.tag, &hello) == 0) {
        reader->base.devices = calloc(hello.device_count + 1, sizeof(*reader->base.devices));
        reader->told = calloc(hello.device_count + 1, sizeof(*reader->told));
        if (reader->base.devices == NULL || reader->told == NULL) {
            sensord_close(&reader->base);
            return -ENOMEM;
        }
        reader->interval_ns = hello.interval_ms * NSEC_PER_MSEC;
        text_append(status->detail, sizeof(status->detail), "%s at /" SENSORD_LINK_PATH "%s",
                    hello.program, hello.raw != 0 ? ", every figure" : "");
        r = take_devices(reader, &hello, until_ns);
        if (r == 0 && reader->base.device_count > 0) {
            status->state = READER_USED;
            *reader_out = &reader->base;
            return 0;
        }
    }
    if (r == 0) {
        status->state = READER_ABSENT;
        text_append(status->reason, sizeof(status->reason),
                    "aico2-sensord has found nothing to read on this machine");
    } else {
        (void)explain(status, reader->answer, r);
    }
    sensord_close(&reader->base);
    return 0;
}

/* Whether there is anything that it could open for us. */
static bool has_counters(const struct reader_env *env)
{
    AICO2_CLEANUP(powercap_zones_deinit) struct powercap_zones zones = { 0 };
    uint64_t type;

    return (powercap_find(env->sys_fd, &zones) == 0 && zones.count > 0) ||
           fs_read_u64_at(env->sys_fd, "bus/event_source/devices/power/type", &type, NULL) == 0;
}

static void explain_absence(const struct reader_env *env, int code, struct reader_status *status)
{
    bool denied = fs_is_denied(code);
    struct cpuinfo info;

    status->state = denied ? READER_DENIED : READER_ABSENT;
    status->remedy = denied ? REMEDY_SENSORD_GROUP : REMEDY_NONE;
    text_append(status->reason, sizeof(status->reason),
                denied                  ? "the socket /" SENSORD_LINK_PATH " is for the group aico2"
                : code == -ECONNREFUSED ? "nobody listens at /" SENSORD_LINK_PATH
                                        : "aico2-sensord does not run: no /" SENSORD_LINK_PATH);
    if (!env->explain || !has_counters(env))
        return;
    status->remedy = denied ? REMEDY_SENSORD_GROUP : REMEDY_SENSORD;
    cpuinfo_read(env->proc_fd, &info);
    status->band_ratio = rapl_band_ratio(DEVICE_CPU, &info);
}

static int sensord_probe(const struct reader_env *env, struct reader **reader_out,
                         struct reader_status *status_out, struct aico2_error *err)
{
    struct sensord_link link = SENSORD_LINK_NULL;
    int r;

    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    link.clock = env->clock;
    link.root_fd = env->root_fd;
    r = sensord_link_open(&link);
    if (r < 0) {
        explain_absence(env, r, status_out);
        return 0;
    }
    r = take_reader(&link, reader_out, status_out);
    sensord_link_close(&link);
    return r < 0 ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

const struct reader_driver reader_sensord = {
    .name = "sensord",
    .summary = "counters that are not ours to read, through aico2-sensord",
    .probe = sensord_probe,
    .read = sensord_read,
    .close = sensord_close,
    .domain = DEVICE_CPU,
};
