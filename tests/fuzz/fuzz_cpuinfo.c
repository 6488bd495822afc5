/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_cpuinfo.c - any text as /proc/cpuinfo */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readers/cpuinfo.h"
#include "readers/rapl.h"

/* What is stored and shown: printable, and no blank at either end. */
static void check_clean(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            abort();
    }
    if (length > 0 && (text[0] == ' ' || text[length - 1] == ' '))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct cpuinfo info;
    int processors;
    int sockets;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    cpuinfo_parse(text, &info);
    check_clean(info.vendor);
    check_clean(info.model_name);
    if (info.family < -1 || info.model < -1 || info.arm_implementer < -1 || info.arm_part < -1 ||
        info.cores_per_socket < 0 || (info.hypervisor && !info.has_flags))
        abort();
    if (!(rapl_band_ratio(DEVICE_CPU, &info) > 0) ||
        rapl_band_ratio(DEVICE_DRAM, &info) < rapl_band_ratio(DEVICE_CPU, &info))
        abort();
    cpuinfo_count_text(text, &processors, &sockets);
    if (processors < 0 || sockets < 0 || (size_t)processors > size || (size_t)sockets > size)
        abort();
    free(text);
    return 0;
}
