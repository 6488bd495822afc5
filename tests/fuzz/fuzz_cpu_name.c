/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_cpu_name.c - any text as a CPU's name: sound facts, and a known row only by its
 * own key */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/hardware.h"

static void check(const struct cpu_facts *facts)
{
    if (!(facts->tdp_watts > 0) || !(facts->idle_watts > 0) ||
        !(facts->full_watts >= facts->idle_watts) || !isfinite(facts->full_watts) ||
        !(facts->host_share > 0 && facts->host_share <= 1) || !(facts->band_ratio > 0) ||
        !isfinite(facts->band_ratio) || facts->source[0] == '\0' || facts->curve.count < 2 ||
        (facts->name[0] == '\0') != (facts->basis == BASIS_ASSUMED))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first two bytes are threads and flags, the rest the name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const vendors[] = { NULL, "GenuineIntel", "AuthenticAMD", "" };
    struct cpu_query query = {
        .family = -1, .model_number = -1, .arm_implementer = -1, .arm_part = -1
    };
    struct cpu_facts facts;
    char *text;

    if (size < 2)
        return 0;
    text = malloc(size - 1);
    if (text == NULL)
        return 0;
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    query.model_name = text;
    catalog_cpu_find(&query, &facts);
    check(&facts);

    query.threads = data[0];
    query.virtualized = (data[1] & 1) != 0;
    query.vendor_id = vendors[data[1] >> 1 & 3];
    query.family = data[1] >> 3;
    query.model_number = data[0];
    catalog_cpu_find(&query, &facts);
    check(&facts);
    query.arm_implementer = data[1];
    query.arm_part = 0xd00 | data[0];
    catalog_cpu_find(&query, &facts);
    check(&facts);
    free(text);
    return 0;
}
