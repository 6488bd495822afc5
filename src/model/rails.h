/* SPDX-License-Identifier: Apache-2.0 */
/* model/rails.h - which rails of a Jetson add up to a whole, told by their names alone */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { RAILS_TOTAL_MAX = 6 };

/* Rails whose powers add up to a device. */
struct rails_total {
    size_t index[RAILS_TOTAL_MAX]; /* into the names that were given */
    size_t count;                  /* 0: there is none */
    const char *board;             /* which boards have these rails: "AGX Orin" */
};

/* The module: its input where that has a rail, else the rails that are known to add up to it. Of two
 * rails of one name the first counts. */
void rails_choose_module(const char *const *names, size_t count, struct rails_total *total_out);
/* All of the carrier board, module included. */
void rails_choose_carrier(const char *const *names, size_t count, struct rails_total *total_out);

enum rail_cover {
    RAIL_CPU = 1 << 0,
    RAIL_GPU = 1 << 1,
    RAIL_CV = 1 << 2, /* accelerators of vision and deep learning: DLA, PVA */
    RAIL_SOC = 1 << 3,
    RAIL_MEMORY = 1 << 4,
};

/* What a rail feeds, by its name: RAIL_* bits; 0: supplies, inputs and outputs. */
unsigned rails_covers(const char *name);
/* "CPU + GPU + CV"; "" for 0. */
void rails_covers_text(unsigned covers, char *text, size_t size);
