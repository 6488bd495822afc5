/* SPDX-License-Identifier: Apache-2.0 */
/* model/device.c - the words for kinds and bases, as JSON, CSV and SQLite hold them */
#include "model/device.h"

#include <stddef.h>
#include <string.h>

static const char *const kind_names[] = {
    [DEVICE_CPU] = "cpu", [DEVICE_DRAM] = "dram",     [DEVICE_MEMORY] = "memory", [DEVICE_GPU] = "gpu",
    [DEVICE_MODULE] = "module", [DEVICE_BOARD] = "board", [DEVICE_OTHER] = "other",
};
static const char *const basis_names[] = {
    [BASIS_MEASURED] = "measured",
    [BASIS_MODELLED] = "modelled",
    [BASIS_ASSUMED] = "assumed",
};

const char *device_kind_name(enum device_kind kind)
{
    return kind_names[kind];
}

const char *basis_name(enum basis basis)
{
    return basis_names[basis];
}

int device_kind_parse(const char *word)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (strcmp(word, kind_names[i]) == 0)
            return (int)i;
    }
    return -1;
}

int basis_parse(const char *word)
{
    for (size_t i = 0; i < sizeof(basis_names) / sizeof(basis_names[0]); i++) {
        if (strcmp(word, basis_names[i]) == 0)
            return (int)i;
    }
    return -1;
}
