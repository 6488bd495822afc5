/* SPDX-License-Identifier: Apache-2.0 */
/* server/pack.c - an answer made smaller, by gzip */
#include "server/pack.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/array.h"

enum {
    GZIP_WINDOW = 15 + 16,
    MEMORY_LEVEL = 8,
    LEVEL = 5 /* beyond it time is spent for a few per cent */
};

bool pack_gzip(struct strbuf *text)
{
    AICO2_CLEANUP(freep) unsigned char *bytes = NULL;
    z_stream stream = { 0 };
    size_t size;
    bool whole;

    if (text->failed || text->length < PACK_LEAST_BYTES || text->length > UINT_MAX / 2 ||
        deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
            Z_OK)
        return false;
    size = deflateBound(&stream, text->length);
    bytes = malloc(size);
    stream.next_in = (Bytef *)(uintptr_t)strbuf_text(text);
    stream.avail_in = (uInt)text->length;
    stream.next_out = bytes;
    stream.avail_out = (uInt)size;
    whole = bytes != NULL && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    size = stream.total_out;
    (void)deflateEnd(&stream);
    if (!whole)
        return false;
    text->length = 0;
    strbuf_add_bytes(text, (const char *)bytes, size);
    return true;
}
