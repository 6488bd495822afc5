/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_proc_stat.c - any text as /proc/stat */
#include <stdlib.h>
#include <string.h>

#include "readers/proc_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *cursor = text;
    struct proc_stat_cpu cpu;
    uint64_t value = 1;
    size_t parsed = 0;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    while (proc_stat_next_cpu(&cursor, &cpu)) {
        /* sums that stay sums when they become nanoseconds */
        if (cpu.number < -1 || cpu.steal_ticks > cpu.rest_ticks ||
            cpu.busy_ticks > (uint64_t)INT64_MAX / 10000000 ||
            cpu.rest_ticks > (uint64_t)INT64_MAX / 10000000)
            abort();
        parsed++;
    }
    if (cursor < text || cursor > text + size || parsed > size)
        abort();
    cursor = text;
    if (proc_stat_count_cpus(&cursor) < 0 || cursor > text + size)
        abort();
    if (!proc_stat_value(text, "processes", &value) && value != 1)
        abort();
    free(text);
    return 0;
}
