/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/coarse.h - how much of a figure those get who have not the right to all of it
 *
 * Counters of energy that are read often or finely tell what other programs compute (PLATYPUS, CVE-2020-8694): there are
 * new ones once a second at the most, for all clients the same, and cut to whole tenths of a joule.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <aico2/sensord.h>

enum {
    COARSE_INTERVAL_MS = 1000,
    COARSE_ENERGY_UJ = 100000,
    COARSE_POWER_UW = 100000,
};

/* The moments at which coarse figures are taken: never nearer to each other than COARSE_INTERVAL_MS, whatever is asked. */
struct coarse_pace {
    int64_t next_ns; /* not before */
};

/* The first is a whole interval from the start: what a daemon before this one has told may be as near as that. */
void coarse_begin(struct coarse_pace *pace, int64_t now_ns);
/* Whether it is time. Then the next is an interval from now, however late this one is. */
bool coarse_is_due(struct coarse_pace *pace, int64_t now_ns);
/* The figures were read by then: the next ones are an interval from there, however long the reading took. */
void coarse_taken(struct coarse_pace *pace, int64_t now_ns);

/* Cuts the figures of a reading. */
void coarse_cut(struct aico2_sensord_reading *reading);
