/* SPDX-License-Identifier: Apache-2.0 */
/* energy/counter.h - differences of a free-running energy counter, wraps and resets told apart */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct energy_counter {
    uint64_t range_uj;  /* largest value; 0: it does not wrap */
    double rated_watts; /* > 0: what the device may draw for long */
    bool from_zero;     /* once it began anew, what it says was used since */
    bool started;
    bool restarted; /* whatever it says next */
    uint64_t last_uj;
    uint64_t moves;        /* how often it had */
    int64_t moved_mono_ns; /* when the counter was last seen to have another value */
};

enum counter_step {
    COUNTER_FIRST,  /* nothing to compare with yet */
    COUNTER_ENERGY, /* delta_uj is energy since the last call; 0: not refreshed */
    COUNTER_RESET, /* it went back and no wrap explains it: what was used since the last call is lost */
    COUNTER_RESTARTED, /* it went back and began from 0: delta_uj is what was used since */
    COUNTER_UNKNOWN,   /* a jump no device makes, or more than one wrap may lie between: lost too */
};

/**
 * energy_counter_advance() - take the next reading of a counter
 * @now_uj:       value just read
 * @now_mono_ns:  when
 * @delta_uj_out: microjoules since the previous reading; set for COUNTER_ENERGY, and for
 *                COUNTER_RESTARTED those since it restarted
 * @since_ns_out: over which time: since the counter last moved; set for COUNTER_ENERGY only
 *
 * A difference is believed up to 3 x rated power x (time since the counter last moved + 0.1 s): the
 * hardware refreshes late, boosts above its rating for seconds, and a reader may be late itself.
 * Beyond that a value below the last one is a wrap only if the wrapped difference is believable; a
 * counter that could have wrapped twice in the time is unknown. After RESET and UNKNOWN the counter
 * goes on from the new value.
 * Source: Linux Documentation/power/powercap/powercap.rst; the bound is this project's
 * (ARCHITECTURE.md).
 */
enum counter_step energy_counter_advance(struct energy_counter *counter, uint64_t now_uj,
                                         int64_t now_mono_ns, uint64_t *delta_uj_out,
                                         int64_t *since_ns_out);

/* Another one stands in its place: the next reading is one after a reset. */
void energy_counter_restart(struct energy_counter *counter);
