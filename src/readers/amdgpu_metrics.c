/* SPDX-License-Identifier: Apache-2.0 */
/* readers/amdgpu_metrics.c - the table of figures that AMD's firmware fills, gpu_metrics
 *
 * Linux drivers/gpu/drm/amd/include/kgd_pp_interface.h, struct gpu_metrics_v1_1 to v1_6: little
 * endian, sizes and offsets by natural alignment. The accumulator counts 2^-16 J.
 */
#include "readers/amdgpu_metrics.h"

#include "base/attributes.h"

enum { HEADER_SIZE = 4, FORMAT_CARD = 1 };

static const struct revision {
    unsigned content;
    size_t size;
    size_t energy_at;
} revisions[] = {
    { 1, 96, 24 }, { 2, 104, 24 }, { 3, 120, 24 }, { 4, 288, 24 }, { 5, 360, 88 }, { 6, 1664, 16 },
};

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;

    for (size_t i = count; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* 2^-16 J are 15625/1024 uJ. false: more than microjoules can hold. */
static bool to_microjoules(uint64_t units, uint64_t *energy_uj_out)
{
    if (units / 1024 >= UINT64_MAX / 15625)
        return false;
    *energy_uj_out = units / 1024 * 15625 + units % 1024 * 15625 / 1024;
    return true;
}

bool amdgpu_metrics_parse(const void *bytes, size_t size, struct amdgpu_metrics *metrics_out)
{
    const uint8_t *table = bytes;
    struct amdgpu_metrics metrics = { .format = 0 };
    size_t told;

    if (size < HEADER_SIZE)
        return false;
    told = (size_t)little_endian(table, 2);
    metrics.format = table[2];
    metrics.content = table[3];
    if (told < HEADER_SIZE || told > size || metrics.format == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(revisions); i++) {
        uint64_t units;

        if (metrics.format != FORMAT_CARD || metrics.content != revisions[i].content ||
            told != revisions[i].size)
            continue;
        units = little_endian(table + revisions[i].energy_at, 8);
        /* all ones: the firmware does not tell */
        metrics.has_energy = units != UINT64_MAX && to_microjoules(units, &metrics.energy_uj);
    }
    *metrics_out = metrics;
    return true;
}
