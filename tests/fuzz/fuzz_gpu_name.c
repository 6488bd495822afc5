/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_gpu_name.c - any text as a GPU's name, with any memory size */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/hardware.h"

static void check(const char *name, uint64_t memory_bytes)
{
    struct embodied_facts embodied;
    struct gpu_facts facts;

    catalog_gpu_find(name, memory_bytes, &facts);
    if (!(facts.board_watts > 0) || !(facts.typical_watts > 0) || !(facts.idle_watts >= 0) ||
        !(facts.idle_watts < facts.board_watts) || !isfinite(facts.board_watts) ||
        !(facts.band_ratio > 0) || !isfinite(facts.band_ratio) || facts.devices < 1 ||
        facts.memory_gib <= 0 || facts.source[0] == '\0' ||
        (facts.name[0] == '\0') != (facts.basis == BASIS_ASSUMED))
        abort();
    if (!catalog_embodied_find(DEVICE_GPU, name, memory_bytes, 1, &embodied) ||
        !(embodied.kg_low > 0 && embodied.kg_low <= embodied.kgco2e &&
          embodied.kgco2e <= embodied.kg_high))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte is the memory in GiB, the rest the name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size < 1)
        return 0;
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    check(text, 0);
    check(text, (uint64_t)data[0] << 30);
    free(text);
    return 0;
}
