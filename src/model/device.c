/* SPDX-License-Identifier: Apache-2.0 */
/* model/device.c - the words for kinds and bases, as JSON, CSV and SQLite hold them */
#include "model/device.h"

#include "base/attributes.h"
#include "base/text.h"

static const char *const kind_names[] = {
    [DEVICE_CPU] = "cpu",     [DEVICE_DRAM] = "dram",     [DEVICE_MEMORY] = "memory",
    [DEVICE_GPU] = "gpu",     [DEVICE_MODULE] = "module", [DEVICE_BOARD] = "board",
    [DEVICE_OTHER] = "other",
};
static const char *const basis_names[] = {
    [BASIS_MEASURED] = "measured",
    [BASIS_MODELLED] = "modelled",
    [BASIS_ASSUMED] = "assumed",
};

bool device_is_inside_module(const struct device *device, size_t modules, bool same_index)
{
    if (device->kind == DEVICE_MODULE || device->kind == DEVICE_BOARD ||
        device->kind == DEVICE_OTHER)
        return false;
    return modules == 1 || (modules > 1 && (same_index || device->kind == DEVICE_MEMORY));
}

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
    return text_index(word, kind_names, ARRAY_LENGTH(kind_names));
}

int basis_parse(const char *word)
{
    return text_index(word, basis_names, ARRAY_LENGTH(basis_names));
}
