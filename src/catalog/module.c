/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/module.c - what a module may draw, by its name and power mode */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "catalog/hardware.h"

#include "base/attributes.h"

/* By name; texts are offsets into module_texts. */
struct module_row {
    double least_watts;
    double most_watts;
    uint32_t name;
};

#include "catalog/module_tables.h"

/* NVIDIA's names without a figure: "MAXQ" is the most economical mode, "MAXN" and "MAXP_..." have all
 * the budget there is. */
static bool is_economical(const char *mode)
{
    return strcmp(mode, "MAXQ") == 0 || strncmp(mode, "MAXQ_", 5) == 0;
}

static bool is_named(const char *mode)
{
    return strncmp(mode, "MAXN", 4) == 0 || strncmp(mode, "MAXP", 4) == 0 || is_economical(mode);
}

bool catalog_module_find(const char *product, const char *mode, struct module_facts *facts_out)
{
    for (size_t i = 0; i < ARRAY_LENGTH(module_rows); i++) {
        const struct module_row *row = &module_rows[i];

        if (strcmp(module_texts + row->name, product) != 0)
            continue;
        facts_out->watts = is_economical(mode) ? row->least_watts : row->most_watts;
        if (is_named(mode))
            (void)snprintf(facts_out->source, sizeof(facts_out->source),
                           "jetson_power_modes.csv: %s, %.31s", module_texts + row->name, mode);
        else
            (void)snprintf(facts_out->source, sizeof(facts_out->source),
                           "jetson_power_modes.csv: %s, the most of its modes",
                           module_texts + row->name);
        return true;
    }
    return false;
}
