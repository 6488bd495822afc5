/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/cpu_arm.h - which chip an ARM implementer and part number belong to */
#pragma once

#include "catalog/catalog_enums.h"
#include "catalog/name.h"

struct arm_core {
    int implementer;
    int part;
    const char *label;
    const char *key;  /* the row of the only chip with this core; NULL: several have it */
    int many_threads; /* above as many threads, many_key: the larger chip of the same core */
    const char *many_key;
    enum cpu_class cpu_class; /* else this class, or */
    double watts_per_core;    /* a figure a core; 0: unknown */
};

/* NULL: not one we know. */
const struct arm_core *arm_core_by_id(int implementer, int part);
/* By words such as "neoverse n1" or "cortex a72". */
const struct arm_core *arm_core_by_name(const struct name_words *words);
/* "implementer 0x41 part 0xd0c", as we store it. */
bool arm_ids_from_words(const struct name_words *words, int *implementer_out, int *part_out);
