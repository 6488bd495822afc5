/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_settled.c - any text as what was settled last time: nothing, or what is written as it was read */
#include <stdlib.h>
#include <string.h>

#include "session/metrics/settled.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settled settled;
    struct settled again = { 0 };
    struct strbuf out = { 0 };
    struct strbuf same = { 0 };
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (settled_parse(text, &settled) == 0) {
        if (settled.until_wall_ns == 0 && settled.count > 0)
            abort();
        if (settled.until_wall_ns > 0) {
            settled_write(&out, &settled);
            if (!out.failed && settled_parse(out.text, &again) == 0)
                settled_write(&same, &again);
            if (!out.failed && !same.failed && (same.text == NULL || again.count != settled.count))
                abort();
        }
    }
    settled_deinit(&settled);
    settled_deinit(&again);
    strbuf_deinit(&out);
    strbuf_deinit(&same);
    free(text);
    return 0;
}
