/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/gpu_table.c - the generated tables of GPUs: rows, keys that lead to them, PCI ids,
 * classes */
#include "catalog/gpu_table.h"

#include <string.h>

#include "base/attributes.h"
#include "catalog/name.h"

#include "catalog/gpu_tables.h"

const char *gpu_text(uint32_t offset)
{
    return gpu_texts + offset;
}

static size_t lower_bound(const char *key)
{
    size_t low = 0;
    size_t high = ARRAY_LENGTH(gpu_keys);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(gpu_text(gpu_keys[middle].text), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t gpu_rows_by_key(const char *key, const uint16_t **members_out)
{
    size_t at = lower_bound(key);

    if (at == ARRAY_LENGTH(gpu_keys) || strcmp(gpu_text(gpu_keys[at].text), key) != 0)
        return 0;
    *members_out = gpu_members + gpu_keys[at].first;
    return gpu_keys[at].count;
}

const struct gpu_row *gpu_row_at(size_t index)
{
    return &gpu_rows[index];
}

static bool is_before(const struct gpu_pci_row *row, unsigned vendor_id, unsigned device_id)
{
    return row->vendor < vendor_id || (row->vendor == vendor_id && row->device < device_id);
}

size_t gpu_rows_by_pci(unsigned vendor_id, unsigned device_id, size_t *first_out)
{
    size_t low = 0;
    size_t high = ARRAY_LENGTH(gpu_pci);
    size_t count = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (is_before(&gpu_pci[middle], vendor_id, device_id))
            low = middle + 1;
        else
            high = middle;
    }
    while (low + count < ARRAY_LENGTH(gpu_pci) && gpu_pci[low + count].vendor == vendor_id &&
           gpu_pci[low + count].device == device_id)
        count++;
    *first_out = low;
    return count;
}

const struct gpu_row *gpu_row_of_pci(size_t index)
{
    return &gpu_rows[gpu_pci[index].row];
}

const struct gpu_class_row *gpu_class_at(enum gpu_class gpu_class)
{
    return &gpu_classes[gpu_class];
}

const struct gpu_embodied_row *gpu_embodied_of(const struct gpu_row *row)
{
    for (size_t i = 0; i < ARRAY_LENGTH(gpu_embodied); i++) {
        if (row == &gpu_rows[gpu_embodied[i].row])
            return &gpu_embodied[i];
    }
    return NULL;
}

static void entry_at(size_t index, struct name_entry *entry_out)
{
    const struct gpu_key *key = &gpu_keys[index];

    *entry_out = (struct name_entry){
        .key = gpu_text(key->text),
        .row = gpu_members[key->first],
        .name = gpu_text(gpu_rows[gpu_members[key->first]].name),
    };
}

void gpu_nearest(const char *key, char *text_out, size_t size)
{
    name_nearest(key, lower_bound(key), ARRAY_LENGTH(gpu_keys), entry_at, text_out, size);
}
