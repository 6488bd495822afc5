/* SPDX-License-Identifier: Apache-2.0 */
/* model/memory.h - which modules a machine's memory is made of */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum memory_type {
    MEMORY_TYPE_UNKNOWN,
    MEMORY_DDR3, /* and older */
    MEMORY_DDR4,
    MEMORY_DDR5,
    MEMORY_LPDDR4, /* and older */
    MEMORY_LPDDR5,
    MEMORY_TYPES,
};

enum { MEMORY_GROUPS_MAX = 6 };

/* Modules of one sort. */
struct memory_group {
    enum memory_type type;
    unsigned count;
    uint64_t bytes_each;
};

/* group_count 0: not known. */
struct memory_modules {
    struct memory_group groups[MEMORY_GROUPS_MAX];
    size_t group_count;
};

const char *memory_type_name(enum memory_type type);
uint64_t memory_modules_bytes(const struct memory_modules *modules);
unsigned memory_modules_count(const struct memory_modules *modules);
