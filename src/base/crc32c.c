/* SPDX-License-Identifier: Apache-2.0 */
/* base/crc32c.c - whether bytes on a disk are still those that were written */
#include "base/crc32c.h"

#include <stdbool.h>
#include <string.h>

/* The reversed polynomial 0x1edc6f41, four bits at a time: sixteen words are made faster than read. */
static const uint32_t table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t by_table(uint32_t crc, const unsigned char *at, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return crc;
}

#ifdef __x86_64__
/* Intel 64 Architectures Software Developer's Manual, CRC32: this polynomial, of eight bytes at once. */
__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const unsigned char *at, size_t length)
{
    uint64_t sum = crc;
    uint64_t word;

    for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        sum = __builtin_ia32_crc32di(sum, word);
    }
    return by_table((uint32_t)sum, at, length);
}

static bool has_instruction(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}
#else
static uint32_t by_instruction(uint32_t crc, const unsigned char *at, size_t length)
{
    return by_table(crc, at, length);
}

static bool has_instruction(void)
{
    return false;
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t length)
{
    return has_instruction() ? ~by_instruction(~crc, bytes, length)
                             : ~by_table(~crc, bytes, length);
}
