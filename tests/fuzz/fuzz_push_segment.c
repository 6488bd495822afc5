/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_push_segment.c - any bytes as a file of the queue of remote write */
#include <stdlib.h>

#include "fetch/push/batch.h"
#include "fetch/push/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct batch batch = { 0 };
    size_t at = 0;

    for (;;) {
        struct segment_record record = { 0 };
        enum segment_find found = segment_find(bytes, size, at, &record);

        if (found == SEGMENT_END || found == SEGMENT_TORN)
            break;
        if (record.next <= at || record.next > size)
            abort();
        if (found == SEGMENT_RECORD) {
            if (record.block < bytes || record.block + record.head.length > bytes + size)
                abort();
            if (batch_add(&batch, record.block, record.head.length, record.head.samples,
                          record.head.wall_ms) == 0 &&
                batch.samples > size * 256)
                abort();
            if (batch.plain.length > 4 << 20)
                batch_clear(&batch);
        }
        at = record.next;
    }
    strbuf_deinit(&batch.plain);
    return 0;
}
