/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_rapl_event.c - any text as an event and as a scale of the perf PMU `power` */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readers/rapl_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    uint64_t config = 4711;
    double unit_uj = -1;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (rapl_event_parse(text, &config) ? config > 0xff : config != 4711)
        abort();
    if (rapl_event_parse_scale(text, &unit_uj)
            ? !(isfinite(unit_uj) && unit_uj > 0 && unit_uj <= 1e6)
            : unit_uj != -1)
        abort();
    free(text);
    return 0;
}
