/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/desk.c - the answer to a request, by the right of who asks */
#include "sensord/desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/sensord.h"

static const int64_t RAW_INTERVAL_NS = DESK_RAW_INTERVAL_MS * NSEC_PER_MSEC;

int desk_open(struct desk *desk, struct meters *meters, struct aico2_error *err)
{
    const size_t bytes = meters->device_count * sizeof(*desk->coarse);

    *desk = (struct desk){ .meters = meters, .coarse = malloc(bytes + 1) };
    if (desk->coarse == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(desk->coarse, meters->readings, bytes);
    coarse_begin(&desk->pace, meters->clock->mono_ns(meters->clock->payload));
    return 0;
}

void desk_close(struct desk *desk)
{
    free(desk->coarse);
    desk->coarse = NULL;
}

static void take_coarse(struct desk *desk, size_t at)
{
    struct aico2_sensord_reading *told = &desk->coarse[at];
    const struct aico2_sensord_reading *reading = &desk->meters->readings[at];
    uint64_t sequence = reading->mono_ns == told->mono_ns ? told->sequence : desk->coarse_rounds;

    *told = *reading;
    told->sequence = sequence;
    coarse_cut(told);
}

void desk_tick(struct desk *desk, int64_t now_ns)
{
    const struct clock *clock = desk->meters->clock;

    if (!coarse_is_due(&desk->pace, now_ns))
        return;
    meters_read(desk->meters);
    coarse_taken(&desk->pace, clock->mono_ns(clock->payload));
    desk->coarse_rounds++;
    for (size_t i = 0; i < desk->meters->device_count; i++)
        take_coarse(desk, i);
}

size_t desk_refuse(uint32_t tag, int error, const char *reason, char *answer_out)
{
    struct aico2_sensord_refused refused = {
        .type = AICO2_SENSORD_REFUSED,
        .version = AICO2_SENSORD_VERSION,
        .tag = tag,
        .error = error,
    };

    (void)snprintf(refused.reason, sizeof(refused.reason), "%s", reason);
    memcpy(answer_out, &refused, sizeof(refused));
    return sizeof(refused);
}

static size_t say_hello(const struct desk *desk, enum right right, uint32_t tag, char *answer_out)
{
    bool raw = right == RIGHT_RAW;
    struct aico2_sensord_hello hello = {
        .type = AICO2_SENSORD_HELLO_RECORD,
        .version = AICO2_SENSORD_VERSION,
        .tag = tag,
        .instance = desk->meters->instance,
        .device_count = (uint32_t)desk->meters->device_count,
        .interval_ms = raw ? DESK_RAW_INTERVAL_MS : COARSE_INTERVAL_MS,
        .energy_step_uj = raw ? 1 : COARSE_ENERGY_UJ,
        .power_step_uw = raw ? 1 : COARSE_POWER_UW,
        .raw = raw,
        .program = "aico2-sensord " AICO2_VERSION_TEXT,
    };

    memcpy(answer_out, &hello, sizeof(hello));
    return sizeof(hello);
}

static size_t tell_readings(struct desk *desk, enum right right, uint32_t tag, int64_t now_ns,
                            char *answer_out)
{
    const struct aico2_sensord_reading *readings = desk->coarse;
    size_t used = 0;

    if (right == RIGHT_RAW) {
        readings = desk->meters->readings;
        if (desk->meters->rounds == 0 || now_ns - desk->meters->read_ns >= RAW_INTERVAL_NS)
            meters_read(desk->meters);
    }
    for (size_t i = 0; i < desk->meters->device_count; i++) {
        struct aico2_sensord_reading reading = readings[i];

        reading.tag = tag;
        memcpy(answer_out + used, &reading, sizeof(reading));
        used += sizeof(reading);
    }
    return used;
}

size_t desk_answer(struct desk *desk, enum right right, const char *request, size_t length,
                   int64_t now_ns, char *answer_out, bool *end_out)
{
    struct aico2_sensord_request asked = { 0 };

    *end_out = true;
    if (length != sizeof(asked))
        return desk_refuse(0, EBADMSG, "a request has 16 bytes", answer_out);
    memcpy(&asked, request, sizeof(asked));
    if (asked.magic != AICO2_SENSORD_MAGIC)
        return desk_refuse(asked.tag, EBADMSG, "a request begins with \"AISD\"", answer_out);
    if (asked.version != AICO2_SENSORD_VERSION)
        return desk_refuse(asked.tag, EPROTONOSUPPORT, "another version than this daemon's",
                           answer_out);
    if (right == RIGHT_NONE)
        return desk_refuse(asked.tag, EACCES, "not a member of the group", answer_out);
    if (asked.command != AICO2_SENSORD_HELLO && desk->meters->device_count == 0)
        return desk_refuse(asked.tag, ENODEV, "there is no device", answer_out);
    *end_out = false;
    switch (asked.command) {
    case AICO2_SENSORD_HELLO:
        return say_hello(desk, right, asked.tag, answer_out);
    case AICO2_SENSORD_DEVICE:
        if (asked.argument < desk->meters->device_count)
            return sensord_put_device(desk->meters->devices[asked.argument],
                                      (uint16_t)asked.argument, asked.tag, answer_out);
        *end_out = true;
        return desk_refuse(asked.tag, ENODEV, "there is no device of that number", answer_out);
    case AICO2_SENSORD_READ:
        return tell_readings(desk, right, asked.tag, now_ns, answer_out);
    default:
        *end_out = true;
        return desk_refuse(asked.tag, EBADMSG, "no such command", answer_out);
    }
}
