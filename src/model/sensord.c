/* SPDX-License-Identifier: Apache-2.0 */
/* model/sensord.c - devices and readings in the records of aico2/sensord.h, and back */
#include "model/sensord.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "model/sample.h"

#define IS_RECORD(type) _Static_assert(sizeof(type) == AICO2_SENSORD_RECORD_SIZE, #type)
IS_RECORD(struct aico2_sensord_hello);
IS_RECORD(struct aico2_sensord_device);
IS_RECORD(struct aico2_sensord_text);
IS_RECORD(struct aico2_sensord_reading);
IS_RECORD(struct aico2_sensord_refused);
_Static_assert(sizeof(struct aico2_sensord_request) == 16, "a request is 16 bytes");
_Static_assert(AICO2_SENSORD_DEVICES_MAX *AICO2_SENSORD_RECORD_SIZE == AICO2_SENSORD_ANSWER_MAX,
               "an answer to READ fits");

static const double MILLI = 1e3;
static const double BAND_PARTS = 1e6;
static const uint32_t BAND_MOST = 10000000; /* ten times the energy: more is no band */
static const uint64_t WATTS_MOST_MW = UINT64_C(1000000000);
static const uint32_t SPACING_MOST_MS = 3600000;
static const uint64_t COUNTER_MOST_UJ = INT64_MAX;
static const int32_t PACKAGE_MOST = 65535;

static const struct {
    enum device_kind kind;
    uint32_t told;
} kinds[] = {
    { DEVICE_CPU, AICO2_SENSORD_CPU },
    { DEVICE_DRAM, AICO2_SENSORD_DRAM },
    { DEVICE_MODULE, AICO2_SENSORD_MODULE },
    { DEVICE_BOARD, AICO2_SENSORD_BOARD },
};

/* The fields of a device that are told as text. */
static const struct {
    uint16_t which;
    size_t offset;
    size_t size;
} texts[] = {
#define TEXT(which, field)                                                            \
    {                                                                                 \
        which, offsetof(struct device, field), sizeof(((struct device *)NULL)->field) \
    }
    TEXT(AICO2_SENSORD_ID, id),
    TEXT(AICO2_SENSORD_MODEL, model),
    TEXT(AICO2_SENSORD_READER, reader),
    TEXT(AICO2_SENSORD_NOTE, note),
    TEXT(AICO2_SENSORD_RATED_BY, rated_source),
#undef TEXT
};

uint64_t sensord_key(const char *id)
{
    uint64_t key = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (; *id != '\0'; id++)
        key = (key ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return key;
}

static uint32_t told_kind(enum device_kind kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (kinds[i].kind == kind)
            return kinds[i].told;
    }
    return 0;
}

bool sensord_is_told(enum device_kind kind)
{
    return told_kind(kind) != 0;
}

/* --- to records --- */

static uint64_t in_milliwatts(double watts)
{
    return watts >= 0 && watts * MILLI <= (double)WATTS_MOST_MW ? (uint64_t)(watts * MILLI + 0.5)
                                                                : AICO2_SENSORD_UNKNOWN;
}

static uint32_t in_milliseconds(double seconds)
{
    return seconds > 0 ? (uint32_t)fmin(seconds * MILLI + 0.5, SPACING_MOST_MS) : 0;
}

static void put(char *bytes, size_t at, const void *record)
{
    memcpy(bytes + at * AICO2_SENSORD_RECORD_SIZE, record, AICO2_SENSORD_RECORD_SIZE);
}

/* Return: how many records. */
static size_t put_text(const char *text, uint16_t which, uint16_t index, uint32_t tag, char *bytes,
                       size_t at)
{
    size_t length = strlen(text);
    size_t count = 0;

    for (size_t offset = 0; offset < length; count++) {
        struct aico2_sensord_text record = {
            .type = AICO2_SENSORD_TEXT_RECORD,
            .index = index,
            .tag = tag,
            .which = which,
            .offset = (uint16_t)offset,
        };
        size_t piece = length - offset;

        if (piece > sizeof(record.piece))
            piece = sizeof(record.piece);
        memcpy(record.piece, text + offset, piece);
        put(bytes, at + count, &record);
        offset += piece;
    }
    return count;
}

size_t sensord_put_device(const struct device *device, uint16_t index, uint32_t tag,
                          char bytes_out[SENSORD_DEVICE_BYTES_MAX])
{
    struct aico2_sensord_device record = {
        .type = AICO2_SENSORD_DEVICE_RECORD,
        .index = index,
        .tag = tag,
        .key = sensord_key(device->id),
        .range_uj = device->counter_range_uj,
        .rated_mw = in_milliwatts(device->rated_watts),
        .burst_mw = in_milliwatts(device->burst_watts),
        .kind = told_kind(device->kind),
        .package = device->index,
        .band_ppm = (uint32_t)fmin(fmax(device->band_ratio, 0) * BAND_PARTS + 0.5, BAND_MOST),
        .spacing_ms = in_milliseconds(device->spacing_seconds),
    };
    size_t count = 1;

    record.fields |= (device->fields & SAMPLE_ENERGY) != 0 ? AICO2_SENSORD_ENERGY : 0;
    record.fields |= (device->fields & SAMPLE_POWER) != 0 ? AICO2_SENSORD_POWER : 0;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
        count += put_text((const char *)device + texts[i].offset, texts[i].which, index, tag,
                          bytes_out, count);
    record.text_count = (uint32_t)(count - 1);
    put(bytes_out, 0, &record);
    return count * AICO2_SENSORD_RECORD_SIZE;
}

/* --- from records --- */

static double from_milliwatts(uint64_t milliwatts)
{
    return milliwatts <= WATTS_MOST_MW ? (double)milliwatts / MILLI : NAN;
}

static bool take_kind(uint32_t told, enum device_kind *kind_out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (kinds[i].told == told) {
            *kind_out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* A piece in its place; pieces that overlap or leave a hole spoil the text, no more. */
static bool take_text(const struct aico2_sensord_text *record, struct device *device)
{
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        char *field = (char *)device + texts[i].offset;
        size_t length = strnlen(record->piece, sizeof(record->piece));

        if (texts[i].which != record->which)
            continue;
        if (record->offset + length >= texts[i].size)
            return false;
        memcpy(field + record->offset, record->piece, length);
        return true;
    }
    return true; /* of a newer daemon */
}

static bool is_sound(const struct device *device)
{
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        if (!text_is_line((const char *)device + texts[i].offset, texts[i].size))
            return false;
    }
    return device->id[0] != '\0' && device->reader[0] != '\0' && device->fields != 0;
}

static bool take_figures(const struct aico2_sensord_device *record, struct device *device)
{
    if (!take_kind(record->kind, &device->kind) || record->range_uj > COUNTER_MOST_UJ ||
        record->band_ppm == 0 || record->band_ppm > BAND_MOST || record->package < 0 ||
        record->package > PACKAGE_MOST || record->spacing_ms > SPACING_MOST_MS)
        return false;
    device->basis = BASIS_MEASURED;
    device->index = record->package;
    device->counter_range_uj = record->range_uj;
    device->rated_watts = from_milliwatts(record->rated_mw);
    device->burst_watts = from_milliwatts(record->burst_mw);
    device->band_ratio = (double)record->band_ppm / BAND_PARTS;
    device->spacing_seconds = record->spacing_ms / MILLI;
    device->fields = ((record->fields & AICO2_SENSORD_ENERGY) != 0 ? SAMPLE_ENERGY : 0U) |
                     ((record->fields & AICO2_SENSORD_POWER) != 0 ? SAMPLE_POWER : 0U);
    return true;
}

/* The record at `at`, as far as all kinds have in common. false: there is none. */
static bool take(const char *bytes, size_t length, size_t at, uint16_t type, uint32_t tag,
                 void *record_out)
{
    struct aico2_sensord_text head;

    if (length % AICO2_SENSORD_RECORD_SIZE != 0 || at >= length / AICO2_SENSORD_RECORD_SIZE)
        return false;
    memcpy(&head, bytes + at * AICO2_SENSORD_RECORD_SIZE, sizeof(head));
    if (head.type != type || head.tag != tag)
        return false;
    memcpy(record_out, &head, sizeof(head));
    return true;
}

int sensord_take_device(const char *bytes, size_t length, uint16_t index, uint32_t tag,
                        struct device *device_out, uint64_t *key_out)
{
    size_t count = length / AICO2_SENSORD_RECORD_SIZE;
    struct aico2_sensord_device record;
    struct device device = DEVICE_NULL;

    if (!take(bytes, length, 0, AICO2_SENSORD_DEVICE_RECORD, tag, &record) ||
        record.index != index || record.text_count != count - 1 || !take_figures(&record, &device))
        return -EBADMSG;
    for (size_t i = 1; i < count; i++) {
        struct aico2_sensord_text text;

        if (!take(bytes, length, i, AICO2_SENSORD_TEXT_RECORD, tag, &text) || text.index != index ||
            !take_text(&text, &device))
            return -EBADMSG;
    }
    if (!is_sound(&device) || record.key != sensord_key(device.id))
        return -EBADMSG;
    *device_out = device;
    *key_out = record.key;
    return 0;
}

int sensord_take_hello(const char *bytes, size_t length, uint32_t tag,
                       struct aico2_sensord_hello *hello_out)
{
    struct aico2_sensord_hello hello;

    if (length != AICO2_SENSORD_RECORD_SIZE ||
        !take(bytes, length, 0, AICO2_SENSORD_HELLO_RECORD, tag, &hello) ||
        hello.version != AICO2_SENSORD_VERSION || hello.device_count > AICO2_SENSORD_DEVICES_MAX ||
        hello.interval_ms > SPACING_MOST_MS || !text_is_line(hello.program, sizeof(hello.program)))
        return -EBADMSG;
    *hello_out = hello;
    return 0;
}

int sensord_take_reading(const char *bytes, size_t length, size_t at, uint32_t tag,
                         struct aico2_sensord_reading *reading_out)
{
    struct aico2_sensord_reading reading;

    if (!take(bytes, length, at, AICO2_SENSORD_READING_RECORD, tag, &reading) ||
        reading.energy_uj > COUNTER_MOST_UJ || reading.power_uw > WATTS_MOST_MW * 1000 ||
        reading.mono_ns < 0 || reading.error < 0)
        return -EBADMSG;
    *reading_out = reading;
    return 0;
}

bool sensord_take_refusal(const char *bytes, size_t length,
                          struct aico2_sensord_refused *refused_out)
{
    struct aico2_sensord_refused refused;

    if (length != AICO2_SENSORD_RECORD_SIZE)
        return false;
    memcpy(&refused, bytes, sizeof(refused));
    if (refused.type != AICO2_SENSORD_REFUSED ||
        !text_is_line(refused.reason, sizeof(refused.reason)))
        return false;
    *refused_out = refused;
    return true;
}
