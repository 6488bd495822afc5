/* SPDX-License-Identifier: Apache-2.0 */
/* base/array.h - growing arrays, overflow checked */
#pragma once

#include <stddef.h>

/**
 * array_reserve() - make room for `need` items
 * @items:    address of the array pointer (NULL at first)
 * @capacity: in items; updated
 * Return: 0 or -ENOMEM, the array as it was
 */
int array_reserve(void *items, size_t *capacity, size_t need, size_t item_size);

/* Cleanup for AICO2_CLEANUP on any heap pointer. */
void freep(void *pointer);
