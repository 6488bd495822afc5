/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/cpu_table.c - the generated tables of CPUs: rows, keys to them, classes, curves */
#include "catalog/cpu_table.h"

#include <string.h>

#include "base/attributes.h"
#include "catalog/catalog_enums.h"
#include "catalog/name.h"

#include "catalog/cpu_tables.h"

const char *cpu_text(uint32_t offset)
{
    return cpu_texts + offset;
}

static size_t lower_bound(const char *key)
{
    size_t low = 0;
    size_t high = ARRAY_LENGTH(cpu_keys);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(cpu_text(cpu_keys[middle].text), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct cpu_row *cpu_row_by_key(const char *key)
{
    size_t at = lower_bound(key);

    if (at == ARRAY_LENGTH(cpu_keys) || strcmp(cpu_text(cpu_keys[at].text), key) != 0)
        return NULL;
    return &cpu_rows[cpu_keys[at].row];
}

const struct cpu_class_row *cpu_class_at(int cpu_class)
{
    return &cpu_classes[cpu_class];
}

const struct cpu_suffix_row *cpu_suffix_by_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(cpu_suffixes); i++) {
        if (strcmp(cpu_text(cpu_suffixes[i].key), key) == 0)
            return &cpu_suffixes[i];
    }
    return NULL;
}

const struct cpu_curve_row *cpu_curve_of(const struct cpu_row *row)
{
    for (size_t i = 1; row != NULL && i < ARRAY_LENGTH(cpu_curves); i++) {
        if (row == &cpu_rows[cpu_curves[i].row])
            return &cpu_curves[i];
    }
    return &cpu_curves[0];
}

static void entry_at(size_t index, struct name_entry *entry_out)
{
    const struct cpu_key *key = &cpu_keys[index];

    *entry_out = (struct name_entry){
        .key = cpu_text(key->text),
        .row = key->row,
        .name = cpu_text(cpu_rows[key->row].name),
    };
}

void cpu_nearest(const char *key, char *text_out, size_t size)
{
    name_nearest(key, lower_bound(key), ARRAY_LENGTH(cpu_keys), entry_at, text_out, size);
}
