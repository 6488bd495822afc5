/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_jetson_mode.c - any bytes as nvpmodel's status, its configuration and a mode's name */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readers/jetson_mode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char name[JETSON_MODE_SIZE];
    double watts;
    int id = -1;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (jetson_mode_parse_status(text, &id) && (id < 0 || strstr(text, "pmode:") == NULL))
        abort();
    for (int i = 0; i < 4; i++) {
        memset(name, 'x', sizeof(name));
        if (jetson_mode_find_name(text, i, name) &&
            (name[0] == '\0' || memchr(name, '\0', sizeof(name)) == NULL ||
             strstr(text, "POWER_MODEL") == NULL))
            abort();
    }
    watts = jetson_mode_watts(text);
    if (!isnan(watts) && (!(watts > 0) || watts > 1000 || strchr(text, 'W') == NULL))
        abort();
    free(text);
    return 0;
}
