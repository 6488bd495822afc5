/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_pid_stat.c - any text as a line of /proc/PID/stat */
#include <stdlib.h>
#include <string.h>

#include "base/pid_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct pid_stat stat;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (pid_stat_parse(text, &stat) &&
        (stat.parent < 0 || stat.children_ticks < 0 || stat.start_ticks < 0 ||
         stat.children_ticks > INT64_MAX / 1000000000 * 100))
        abort();
    free(text);
    return 0;
}
