/* SPDX-License-Identifier: Apache-2.0 */
/* base/digest.h - whether two texts are the same, without keeping them; no defence against malice */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 16 };

/* The pieces may be cut anywhere: what counts is the sequence of all bytes. */
struct digest {
    uint64_t first;
    uint64_t second;
    uint64_t length;
};

#define DIGEST_NULL                                          \
    ((struct digest){ .first = UINT64_C(0xcbf29ce484222325), \
                      .second = UINT64_C(0x9e3779b97f4a7c15) })

void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_bytes(const struct digest *digest, unsigned char bytes_out[DIGEST_SIZE]);
