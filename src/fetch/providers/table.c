/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/table.c - the providers, in the order a person should meet them */
#include "fetch/provider.h"

#include <string.h>

#include "base/attributes.h"
#include "fetch/providers/rows.h"

const struct provider *const provider_table[] = {
    &provider_gb,
    &provider_odre,
    &provider_energidataservice,
    &provider_electricitymaps,
    &provider_watttime,
    &provider_eia,
    &provider_entsoe,
    &provider_carbonaware,
};
const size_t provider_count = ARRAY_LENGTH(provider_table);

const struct provider *provider_find(const char *name)
{
    for (size_t i = 0; i < provider_count; i++) {
        if (strcmp(provider_table[i]->name, name) == 0)
            return provider_table[i];
    }
    return NULL;
}
