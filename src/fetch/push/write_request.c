/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/write_request.c - the messages of Prometheus remote write 1.0 (protobuf encoding), written and walked */
#include "fetch/push/write_request.h"

#include <string.h>

enum {
    VARINT_MAX = 10,
    FIXED64_SIZE = 8,
    /* number of the field << 3 | type of its value */
    FIRST_BYTES = 1 << 3 | 2,
    SECOND_BYTES = 2 << 3 | 2,
    FIRST_FIXED64 = 1 << 3 | 1,
    SECOND_VARINT = 2 << 3 | 0,
};

static size_t put_varint(char *out, uint64_t value)
{
    size_t length = 0;

    while (value >= 0x80) {
        out[length++] = (char)(value | 0x80);
        value >>= 7;
    }
    out[length++] = (char)value;
    return length;
}

static size_t varint_length(uint64_t value)
{
    char text[VARINT_MAX];

    return put_varint(text, value);
}

static void add_varint(struct strbuf *buffer, uint64_t value)
{
    char text[VARINT_MAX];

    strbuf_add_bytes(buffer, text, put_varint(text, value));
}

static void add_head(struct strbuf *buffer, int field, size_t length)
{
    add_varint(buffer, (uint64_t)field);
    add_varint(buffer, length);
}

static size_t field_length(size_t length)
{
    return 1 + varint_length(length) + length;
}

static void add_text(struct strbuf *buffer, int field, const char *text)
{
    const size_t length = strlen(text);

    add_head(buffer, field, length);
    strbuf_add_bytes(buffer, text, length);
}

void write_label(struct strbuf *series, const char *name, const char *value)
{
    add_head(series, FIRST_BYTES, field_length(strlen(name)) + field_length(strlen(value)));
    add_text(series, FIRST_BYTES, name);
    add_text(series, SECOND_BYTES, value);
}

/* Return: the length. */
static size_t put_sample(char *out, double value, int64_t wall_ms)
{
    uint64_t bits;
    size_t length = 0;

    memcpy(&bits, &value, sizeof(bits));
    out[length++] = FIRST_FIXED64;
    for (int i = 0; i < FIXED64_SIZE; i++)
        out[length++] = (char)(bits >> (8 * i));
    out[length++] = SECOND_VARINT;
    return length + put_varint(out + length, (uint64_t)wall_ms);
}

void write_series(struct strbuf *request, const char *labels, size_t labels_length, double value,
                  int64_t wall_ms)
{
    char sample[2 + FIXED64_SIZE + VARINT_MAX];
    const size_t sample_length = put_sample(sample, value, wall_ms);

    add_head(request, FIRST_BYTES, labels_length + field_length(sample_length));
    strbuf_add_bytes(request, labels, labels_length);
    add_head(request, SECOND_BYTES, sample_length);
    strbuf_add_bytes(request, sample, sample_length);
}

double write_stale_marker(void)
{
    const uint64_t bits = UINT64_C(0x7ff0000000000002);
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static bool take_varint(const char *bytes, size_t length, size_t *at, uint64_t *value_out)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && *at < length; shift += 7) {
        const unsigned char byte = (unsigned char)bytes[(*at)++];

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value_out = value;
            return true;
        }
    }
    return false;
}

bool write_request_next(const char *request, size_t length, size_t *at)
{
    size_t next = *at;
    uint64_t size;

    if (next >= length || request[next++] != FIRST_BYTES ||
        !take_varint(request, length, &next, &size) || size > length - next)
        return false;
    *at = next + (size_t)size;
    return true;
}
