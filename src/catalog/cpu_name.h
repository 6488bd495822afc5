/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/cpu_name.h - what a CPU's name says: maker, words, and the row it stands for */
#pragma once

#include "catalog/catalog_enums.h"
#include "catalog/cpu_table.h"
#include "catalog/name.h"

struct cpu_name {
    enum cpu_vendor vendor;  /* CPU_VENDOR_NONE: not said */
    struct name_words words; /* without maker and noise: "xeon", "platinum", "8488c" */
    struct name_words
        loose; /* and without the number of cores, which the table's names rarely tell */
};

/* name may be NULL; vendor_id as in /proc/cpuinfo, may be NULL. */
void cpu_name_parse(const char *name, const char *vendor_id, struct cpu_name *name_out);

/* The row the name stands for, letter by letter; NULL: none. */
const struct cpu_row *cpu_name_find(const struct cpu_name *name);
