/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_grace_meter.c - any text as what a maker says of a power meter */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readers/soc_power.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    int socket = -1;
    enum grace_meter meter;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    meter = grace_meter_of(text, &socket);
    if (meter == GRACE_NONE ? socket != -1 : socket < 0 || socket > 63)
        abort();
    free(text);
    return 0;
}
