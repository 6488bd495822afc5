/* SPDX-License-Identifier: Apache-2.0 */
/* base/digest.c - whether two texts are the same, without keeping them; no defence against malice
 *
 * Two independent lanes of 64 bits: FNV-1a, and a multiply-rotate; both are stirred in the end by the
 * finisher of MurmurHash3 (public domain), so that each bit depends on all of the text.
 */
#include "base/digest.h"

static uint64_t stir(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t first = digest->first;
    uint64_t second = digest->second;

    for (size_t i = 0; i < length; i++) {
        first = (first ^ at[i]) * UINT64_C(0x100000001b3);
        second += at[i] + UINT64_C(0x2545f4914f6cdd1d);
        second = (second << 23 | second >> 41) * UINT64_C(0x9fb21c651e98df25);
    }
    digest->first = first;
    digest->second = second;
    digest->length += length;
}

void digest_bytes(const struct digest *digest, unsigned char bytes_out[DIGEST_SIZE])
{
    const uint64_t first = stir(digest->first ^ digest->length);
    const uint64_t second = stir(digest->second + digest->length);

    for (int i = 0; i < 8; i++) {
        bytes_out[i] = (unsigned char)(first >> (8 * i));
        bytes_out[8 + i] = (unsigned char)(second >> (8 * i));
    }
}
