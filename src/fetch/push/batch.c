/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/batch.c - what is sent in one request: records of the queue, in order, as one WriteRequest */
#include "fetch/push/batch.h"

#include <errno.h>

#include "fetch/push/block.h"
#include "fetch/push/segment.h"
#include "fetch/push/write_request.h"

bool batch_takes(const struct batch *batch, const struct batch_limits *limits, uint32_t samples,
                 int64_t wall_ms)
{
    if (batch->records == 0)
        return true;
    return batch->records < limits->records && samples <= limits->samples &&
           batch->samples <= limits->samples - samples && batch->plain.length < limits->bytes &&
           wall_ms >= batch->last_wall_ms;
}

/* As many series as the record says, and nothing else. */
static bool is_request(const char *bytes, size_t length, uint32_t samples)
{
    uint32_t count = 0;
    size_t at = 0;

    while (write_request_next(bytes, length, &at))
        count++;
    return at == length && count == samples;
}

int batch_add(struct batch *batch, const char *block, size_t length, uint32_t samples,
              int64_t wall_ms)
{
    const size_t before = batch->plain.length;
    int r = block_unpack(block, length, RECORD_PLAIN_MAX, &batch->plain);

    if (r < 0)
        return r;
    if (!is_request(batch->plain.text + before, batch->plain.length - before, samples)) {
        batch->plain.length = before;
        return -EBADMSG;
    }
    batch->records++;
    batch->samples += samples;
    batch->last_wall_ms = wall_ms;
    return 0;
}

void batch_clear(struct batch *batch)
{
    batch->plain.length = 0;
    batch->records = 0;
    batch->samples = 0;
    batch->segment = 0;
    batch->end = 0;
}
