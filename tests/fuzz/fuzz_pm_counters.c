/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_pm_counters.c - any text as a file of a Cray node's pm_counters */
#include <stdlib.h>
#include <string.h>

#include "readers/pm_counters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    uint64_t joules = 7;
    uint64_t watts = 7;
    bool is_energy;
    bool is_power;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    is_energy = pm_counter_parse(text, "J", &joules);
    is_power = pm_counter_parse(text, "W", &watts);
    if ((is_energy && is_power) || (!is_energy && joules != 7) || (!is_power && watts != 7))
        abort();
    free(text);
    return 0;
}
