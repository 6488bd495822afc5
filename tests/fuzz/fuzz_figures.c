/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_figures.c - any bytes as a page of figures, whole by its check or not, and as what is said in the pipe */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "session/ranks/ask.h"
#include "session/ranks/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct figures_page *page)
{
    if (!text_is_line(page->head.run, sizeof(page->head.run)))
        abort();
    for (uint32_t i = 0; i < page->head.device_count; i++) {
        struct device device;

        figures_take_device(&page->devices[i], &device);
        if (device.id[0] == '\0' || !text_is_line(device.note, sizeof(device.note)) ||
            device_kind_name(device.kind) == NULL || basis_name(device.basis) == NULL ||
            !(page->devices[i].totals.sums.joules >= 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct figures_page page;
    struct figures_ask ask;
    void *bytes = malloc(size + 1);

    if (bytes == NULL)
        return 0;
    memcpy(bytes, data, size);
    if (figures_page_take(bytes, size, &page))
        check(&page);
    /* the check is no secret: who writes the page makes it hold */
    if (size >= sizeof(struct figures_head)) {
        struct figures_head *head = bytes;

        head->device_count = (uint32_t)((size - sizeof(*head)) / sizeof(struct figures_device));
        size = figures_page_seal(bytes);
        if (figures_page_take(bytes, size, &page))
            check(&page);
    }
    free(bytes);
    if (size >= sizeof(ask)) {
        memcpy(&ask, data, sizeof(ask));
        figures_ask_seal(&ask);
        if (figures_ask_is_whole(&ask) && !text_is_line(ask.name, sizeof(ask.name)))
            abort();
    }
    return 0;
}
