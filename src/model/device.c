/* SPDX-License-Identifier: Apache-2.0 */
/* model/device.c - the words for kinds and bases, as JSON, CSV and SQLite hold them */
#include "model/device.h"

#include <ctype.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

static const char *const kind_names[] = {
    [DEVICE_CPU] = "cpu",   [DEVICE_DRAM] = "dram",     [DEVICE_MEMORY] = "memory",
    [DEVICE_GPU] = "gpu",   [DEVICE_MODULE] = "module", [DEVICE_BOARD] = "board",
    [DEVICE_PART] = "part", [DEVICE_OTHER] = "other",
};
static const char *const basis_names[] = {
    [BASIS_MEASURED] = "measured",
    [BASIS_MODELLED] = "modelled",
    [BASIS_ASSUMED] = "assumed",
};

const char *device_machine(const struct device *device)
{
    const char *at = strchr(device->id, '@');

    return at == NULL ? "" : at + 1;
}

bool device_is_beside(const struct device *a, const struct device *b)
{
    return strcmp(device_machine(a), device_machine(b)) == 0;
}

void device_set_machine(struct device *device, const char *name)
{
    char *end = device->id + strcspn(device->id, "@");
    char *last = device->id + sizeof(device->id) - 1;

    if (end == last)
        return;
    *end++ = '@';
    for (name = name[0] != '\0' ? name : "other"; *name != '\0' && end < last; name++)
        *end++ = isalnum((unsigned char)*name) || *name == '.' ? *name : '-';
    *end = '\0';
}

bool device_is_inside_module(const struct device *device, size_t modules, bool same_index)
{
    if (device->kind == DEVICE_PART)
        return true;
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
