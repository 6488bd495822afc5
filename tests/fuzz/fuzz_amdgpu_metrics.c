/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_amdgpu_metrics.c - any bytes as gpu_metrics, and as a uevent file */
#include <stdlib.h>
#include <string.h>

#include "readers/amdgpu_metrics.h"
#include "readers/drm_card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amdgpu_metrics metrics = { .format = 0 };
    char slot[DRM_SLOT_SIZE];
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (amdgpu_metrics_parse(data, size, &metrics)) {
        /* nothing is known of graphics within a processor, or of less than the smallest table */
        if (metrics.format == 0 || (metrics.has_energy && (metrics.format != 1 || size < 96)))
            abort();
    } else if (metrics.format != 0 || metrics.has_energy) {
        abort();
    }
    memset(slot, 'x', sizeof(slot));
    if (drm_uevent_find(text, "PCI_SLOT_NAME", slot, sizeof(slot)) &&
        (memchr(slot, '\0', sizeof(slot)) == NULL || slot[0] == '\0' || strchr(slot, '\n') != NULL))
        abort();
    free(text);
    return 0;
}
