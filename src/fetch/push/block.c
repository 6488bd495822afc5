/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/block.c - bytes in snappy's block format, and back (libsnappy, snappy-c.h) */
#include "fetch/push/block.h"

#include <errno.h>
#include <snappy-c.h>

#include "base/array.h"

static char *make_room(struct strbuf *out, size_t length)
{
    if (out->failed || array_reserve(&out->text, &out->capacity, out->length + length + 1, 1) < 0)
        return NULL;
    return out->text + out->length;
}

static void take(struct strbuf *out, size_t length)
{
    out->length += length;
    out->text[out->length] = '\0';
}

int block_pack(const char *bytes, size_t length, struct strbuf *out)
{
    size_t packed = snappy_max_compressed_length(length);
    char *room = make_room(out, packed);

    if (room == NULL || snappy_compress(bytes, length, room, &packed) != SNAPPY_OK)
        return -ENOMEM;
    take(out, packed);
    return 0;
}

int block_unpack(const char *block, size_t length, size_t most, struct strbuf *out)
{
    size_t plain;
    char *room;

    if (snappy_uncompressed_length(block, length, &plain) != SNAPPY_OK || plain > most)
        return -EBADMSG;
    room = make_room(out, plain);
    if (room == NULL)
        return -ENOMEM;
    if (snappy_uncompress(block, length, room, &plain) != SNAPPY_OK)
        return -EBADMSG;
    take(out, plain);
    return 0;
}
