/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_find.h - every place that has a RAPL counter, with all the ways to it, opened */
#pragma once

#include "readers/rapl_domain.h"

struct rapl_found {
    struct rapl_domain *domains; /* cpu, dram, board; by package, by die */
    size_t count;
    struct rapl_closed closed[RAPL_DOORS]; /* READER_USED: it leads somewhere; else why not */
    int msr_error;            /* of the first package by its registers; 0: open, or not tried */
    struct rapl_world *world; /* for deinit */
};

/**
 * rapl_find() - looks behind all doors
 * @all: look behind the last one too, though it is not needed
 * Return: 0 or -ENOMEM
 */
int rapl_find(struct rapl_found *found, struct rapl_world *world, bool all);
void rapl_found_deinit(struct rapl_found *found);
