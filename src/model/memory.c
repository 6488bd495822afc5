/* SPDX-License-Identifier: Apache-2.0 */
/* model/memory.c - sums over the modules of a machine's memory */
#include "model/memory.h"

const char *memory_type_name(enum memory_type type)
{
    static const char *const names[MEMORY_TYPES] = {
        [MEMORY_TYPE_UNKNOWN] = "of unknown type",
        [MEMORY_DDR3] = "DDR3",
        [MEMORY_DDR4] = "DDR4",
        [MEMORY_DDR5] = "DDR5",
        [MEMORY_LPDDR4] = "LPDDR4",
        [MEMORY_LPDDR5] = "LPDDR5",
    };

    return names[type];
}

uint64_t memory_modules_bytes(const struct memory_modules *modules)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < modules->group_count; i++)
        bytes += modules->groups[i].count * modules->groups[i].bytes_each;
    return bytes;
}

unsigned memory_modules_count(const struct memory_modules *modules)
{
    unsigned count = 0;

    for (size_t i = 0; i < modules->group_count; i++)
        count += modules->groups[i].count;
    return count;
}
