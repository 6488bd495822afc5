/* SPDX-License-Identifier: Apache-2.0 */
/* examples/random.h - random numbers that are the same on every machine */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Each use of randomness has its own stream, so the test digits never depend on, or repeat, the
 * training digits, and changing --samples leaves the test set as it was. */
enum random_stream {
    STREAM_TRAIN = 1,
    STREAM_TEST = 2,
    STREAM_WEIGHTS = 3,
    STREAM_SHUFFLE = 4,
};

struct random_state {
    uint64_t counter;
};

struct random_state random_start(long seed, enum random_stream stream);
float random_uniform(struct random_state *state, float low, float high);
/* 0 to count - 1 */
size_t random_index(struct random_state *state, size_t count);
/* Mean 0, standard deviation 1. */
float random_bell(struct random_state *state);
