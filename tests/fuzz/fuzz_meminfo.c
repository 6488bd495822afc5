/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_meminfo.c - any text as /proc/meminfo */
#include <stdlib.h>
#include <string.h>

#include "readers/gpu_nodes.h"
#include "readers/proc_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct meminfo meminfo = { 0 };
    uint64_t node_bytes = 0;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (meminfo_parse(text, &meminfo)
            ? meminfo.total_bytes == 0 || meminfo.available_bytes > meminfo.total_bytes
            : meminfo.total_bytes != 0)
        abort();
    if (gpu_nodes_parse_total(text, &node_bytes) && node_bytes % 1024 != 0)
        abort();
    free(text);
    return 0;
}
