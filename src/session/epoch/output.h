/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/output.h - follows what the command prints, out of a ring that somebody else fills */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/byte_ring.h"
#include "base/error.h"
#include "session/epoch/lines.h"

struct epoch_output {
    struct byte_ring *ring; /* borrowed; NULL: there is none */
    uint64_t at;
    int64_t second_ns; /* when the second began whose bytes are counted */
    size_t read_bytes; /* in it */
    bool skipped;      /* it was printed faster than it is worth reading */
    struct epoch_lines lines;
};

/* Return: 0; -EINVAL for a bad regex. epoch_output_close() always; a zeroed one is closed. */
int epoch_output_open(struct epoch_output *output, struct byte_ring *ring, const char *regex,
                      epoch_mark_fn *on_mark, void *payload, struct aico2_error *err);
void epoch_output_close(struct epoch_output *output);

/* Reads what is new, up to a bound for each second; calls back for the marks in it. At every wake, and at
 * every tick for what was left. */
void epoch_output_look(struct epoch_output *output, int64_t now_mono_ns);
/* The run is over: half a line is a line. */
void epoch_output_end(struct epoch_output *output);
