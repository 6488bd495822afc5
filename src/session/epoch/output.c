/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/output.c - follows what the command prints, out of a ring that somebody else fills */
#include "session/epoch/output.h"

#include "base/clock.h"

enum {
    READ_BYTES = 16 * 1024,
    /* Tens of milliseconds of ours at the worst. What is printed faster is passed over. */
    BYTES_PER_SECOND = 2 * 1024 * 1024,
};

int epoch_output_open(struct epoch_output *output, struct byte_ring *ring, const char *regex,
                      epoch_mark_fn *on_mark, void *payload, struct aico2_error *err)
{
    int r;

    *output = (struct epoch_output){ 0 };
    r = epoch_lines_init(&output->lines, regex, on_mark, payload, err);
    if (r < 0)
        return r;
    output->ring = ring;
    byte_ring_want(ring, true);
    return 0;
}

void epoch_output_close(struct epoch_output *output)
{
    epoch_lines_deinit(&output->lines);
    output->ring = NULL;
}

static void read_on(struct epoch_output *output, size_t limit)
{
    char bytes[READ_BYTES];

    while (output->read_bytes < limit) {
        bool lost = false;
        size_t count = byte_ring_take(output->ring, &output->at, bytes, sizeof(bytes), &lost);

        if (lost) {
            output->skipped = true;
            epoch_lines_restart(&output->lines);
        }
        if (count == 0)
            return;
        output->read_bytes += count;
        epoch_lines_add(&output->lines, bytes, count);
    }
}

void epoch_output_look(struct epoch_output *output, int64_t now_mono_ns)
{
    if (output->ring == NULL)
        return;
    if (now_mono_ns - output->second_ns >= NSEC_PER_SEC) {
        output->second_ns = now_mono_ns;
        output->read_bytes = 0;
    }
    byte_ring_want(output->ring, output->read_bytes < BYTES_PER_SECOND);
    read_on(output, BYTES_PER_SECOND);
}

void epoch_output_end(struct epoch_output *output)
{
    if (output->ring == NULL)
        return;
    output->read_bytes = 0;
    read_on(output, BYTES_PER_SECOND); /* more than the ring holds */
    epoch_lines_end(&output->lines);
}
