/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/block.h - bytes in snappy's block format (not its framing format), and back */
#pragma once

#include <stddef.h>

#include "base/strbuf.h"

/* Added to what the buffer holds. Return: 0 or -ENOMEM. */
int block_pack(const char *bytes, size_t length, struct strbuf *out);

/**
 * block_unpack() - added to what the buffer holds, which stays as it was on failure
 * @most: of plain bytes; the block says how many there are, and is not believed beyond that
 * Return: 0; -EBADMSG for what is no block, or a longer one; -ENOMEM
 */
int block_unpack(const char *block, size_t length, size_t most, struct strbuf *out);
