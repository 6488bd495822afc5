/* SPDX-License-Identifier: Apache-2.0 */
/* examples/random.c - SplitMix64 and what is drawn from it */
#include "random.h"

static uint64_t mix_bits(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* SplitMix64: a fixed sequence on every machine, which rand() does not promise. */
static uint64_t random_bits(struct random_state *state)
{
    state->counter += UINT64_C(0x9E3779B97F4A7C15);
    return mix_bits(state->counter);
}

struct random_state random_start(long seed, enum random_stream stream)
{
    uint64_t hashed_seed = mix_bits((uint64_t)seed + UINT64_C(0x632BE59BD9B4E019));
    struct random_state state = { mix_bits(hashed_seed ^ ((uint64_t)stream << 56)) };

    return state;
}

float random_uniform(struct random_state *state, float low, float high)
{
    float fraction = (float)(random_bits(state) >> 40) * 0x1p-24F;

    return low + (high - low) * fraction;
}

size_t random_index(struct random_state *state, size_t count)
{
    return (size_t)(random_bits(state) % count);
}

/* A sum of uniform numbers is close enough to a bell curve here and needs no logarithm. */
float random_bell(struct random_state *state)
{
    float sum = 0.0F;

    for (int term = 0; term < 4; term++) {
        sum += random_uniform(state, -1.0F, 1.0F);
    }
    return sum * 0.8660254F;
}
