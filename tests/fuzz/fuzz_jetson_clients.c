/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_jetson_clients.c - any bytes as nvmap's list of who holds memory of the GPU */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readers/jetson_clients.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jetson_clients clients;
    char *text = malloc(size + 1);
    uint64_t bytes = 0;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    jetson_clients_parse(text, &clients);
    if (clients.count > JETSON_CLIENTS_MAX)
        abort();
    for (size_t i = 0; i < clients.count; i++) {
        if (clients.items[i].pid <= 0 || clients.items[i].memory_bytes % 1024 != 0)
            abort();
        for (size_t j = 0; j < i; j++) {
            if (clients.items[i].pid == clients.items[j].pid)
                abort();
        }
        bytes += clients.items[i].memory_bytes;
    }
    if (bytes != jetson_clients_bytes(&clients) ||
        (clients.count > 0 && strstr(text, "user") == NULL))
        abort();
    free(text);
    return 0;
}
