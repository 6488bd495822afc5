/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_push_snapshot.c - any bytes as a frame's payload for remote write, and what is made of it */
#include <stdlib.h>
#include <string.h>

#include "fetch/push/encode.h"
#include "fetch/push/write_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int put(void *payload, const char *request, size_t length, uint32_t samples, int64_t wall_ms)
{
    size_t at = 0;

    (void)payload;
    if (samples > PIECE_SAMPLES_MAX || length > PIECE_BYTES_MAX + 64 || wall_ms <= 0)
        abort();
    while (write_request_next(request, length, &at))
        samples--;
    if (samples != 0 || at != length)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct encoder encoder = { .instance = "n", .job = "aico2" };
    const struct piece_out out = { .put = put };
    char *payload = malloc(size + 1); /* aligned */
    struct push_view view;
    uint64_t left_out = 0;

    if (payload == NULL)
        return 0;
    if (size > 0)
        memcpy(payload, data, size);
    if (push_snapshot_check(payload, size, &view)) {
        for (int kind = PUSH_SNAPSHOT; kind <= PUSH_APART; kind++)
            (void)encode_snapshot(&encoder, &view, (enum push_kind)kind, &out, &left_out);
        if (left_out > 2 * (uint64_t)view.snapshot->sample_count)
            abort();
        (void)encode_end(&encoder, view.snapshot->wall_ms, &out);
    }
    encoder_deinit(&encoder);
    free(payload);
    return 0;
}
