/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_topology.c - any text as a list of CPUs */
#include <stdlib.h>
#include <string.h>

#include "readers/topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct cpu_mask mask = { { 0 } };
    int found = 0;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (!cpu_mask_parse(text, &mask) && cpu_mask_count(&mask) != 0)
        abort();
    for (int cpu = -1; cpu <= TOPOLOGY_CPUS_MAX; cpu++)
        found += cpu_mask_has(&mask, cpu);
    if (found != cpu_mask_count(&mask))
        abort();
    free(text);
    return 0;
}
