/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/failing_allocations.h - the nth allocation of a test's program fails, of whichever thread
 *
 * Linked with --wrap=malloc, calloc, realloc and strdup, which sends our own code's here; libraries' own are not.
 */
#ifndef TESTS_FAILING_ALLOCATIONS_H
#define TESTS_FAILING_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Allocations until the one that fails; negative: none does. */
extern atomic_long allocations_left;

/* Counts one. Return: it is the one that fails, and errno is ENOMEM. */
bool allocation_fails(void);

#endif
