/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_kfd.c - any text as the properties of a node of ROCm's topology */
#include <stdlib.h>
#include <string.h>

#include "readers/kfd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kfd_node node = { .gpu_id = 0 };
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (kfd_parse_properties(text, &node) &&
        (node.compute_units == 0 || memchr(node.slot, '\0', sizeof(node.slot)) == NULL ||
         strlen(node.slot) < strlen("0000:00:00.0")))
        abort();
    free(text);
    return 0;
}
