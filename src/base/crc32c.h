/* SPDX-License-Identifier: Apache-2.0 */
/* base/crc32c.h - whether bytes on a disk are still those that were written */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4). crc: 0 to begin, else what the bytes before gave. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t length);
