/* SPDX-License-Identifier: Apache-2.0 */
/* base/array.c - growing arrays, overflow checked */
#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int array_reserve(void *items, size_t *capacity, size_t need, size_t item_size)
{
    size_t wanted = *capacity;
    void *old;
    void *grown;

    if (need <= *capacity)
        return 0;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2)
            return -ENOMEM;
        wanted = wanted == 0 ? 8 : wanted * 2;
    }
    if (item_size != 0 && wanted > SIZE_MAX / item_size)
        return -ENOMEM;

    memcpy(&old, items, sizeof(old));
    grown = realloc(old, wanted * item_size);
    if (grown == NULL)
        return -ENOMEM;

    memcpy(items, &grown, sizeof(grown));
    *capacity = wanted;
    return 0;
}

void freep(void *pointer)
{
    void *held;

    memcpy(&held, pointer, sizeof(held));
    free(held);
    held = NULL;
    memcpy(pointer, &held, sizeof(held));
}
