/* SPDX-License-Identifier: Apache-2.0 */
/* energy/counter.c - differences of a free-running energy counter, wraps and resets told apart */
#include "energy/counter.h"

#include <assert.h>

#include "base/clock.h"

static const double BELIEVED_OVER_RATED = 3.0;
static const double REFRESH_SECONDS = 0.1;

/* What a counter says that began anew: believed if it began at 0 and a device can have drawn it since. */
static enum counter_step after_reset(const struct energy_counter *counter, uint64_t now_uj,
                                     double believed_uj, uint64_t *delta_uj_out)
{
    if (!counter->from_zero || (double)now_uj > believed_uj)
        return COUNTER_RESET;
    *delta_uj_out = now_uj;
    return COUNTER_RESTARTED;
}

static enum counter_step classify(const struct energy_counter *counter, uint64_t now_uj,
                                  double elapsed_seconds, uint64_t *delta_uj_out)
{
    double seconds = elapsed_seconds + REFRESH_SECONDS;
    double believed_uj = BELIEVED_OVER_RATED * counter->rated_watts * seconds * 1e6;
    double likely_uj = counter->rated_watts * seconds * 1e6;
    bool wraps = counter->range_uj > 0 && counter->last_uj <= counter->range_uj &&
                 now_uj <= counter->range_uj;
    uint64_t delta_uj;

    if (counter->restarted)
        return after_reset(counter, now_uj, believed_uj, delta_uj_out);
    if (now_uj >= counter->last_uj)
        delta_uj = now_uj - counter->last_uj;
    else if (wraps)
        delta_uj = counter->range_uj - counter->last_uj + 1 + now_uj;
    else
        return after_reset(counter, now_uj, believed_uj, delta_uj_out);

    if ((double)delta_uj > believed_uj)
        return now_uj < counter->last_uj ? after_reset(counter, now_uj, believed_uj, delta_uj_out)
                                         : COUNTER_UNKNOWN;

    /* one round more would still be an ordinary power: nobody can tell how often it went round */
    if (wraps && (double)delta_uj + (double)counter->range_uj <= likely_uj)
        return COUNTER_UNKNOWN;

    *delta_uj_out = delta_uj;
    return COUNTER_ENERGY;
}

enum counter_step energy_counter_advance(struct energy_counter *counter, uint64_t now_uj,
                                         int64_t now_mono_ns, uint64_t *delta_uj_out,
                                         int64_t *since_ns_out)
{
    enum counter_step step = COUNTER_FIRST;
    int64_t since_ns = now_mono_ns - counter->moved_mono_ns;

    assert(counter->rated_watts > 0);
    if (counter->started) {
        if (now_uj == counter->last_uj && !counter->restarted) {
            *delta_uj_out = 0;
            *since_ns_out = since_ns;
            return COUNTER_ENERGY;
        }
        step = classify(counter, now_uj, seconds_from_ns(since_ns), delta_uj_out);
        if (step == COUNTER_ENERGY)
            *since_ns_out = since_ns;
    }
    counter->restarted = false;
    counter->moves += counter->started;
    counter->started = true;
    counter->last_uj = now_uj;
    counter->moved_mono_ns = now_mono_ns;
    return step;
}

void energy_counter_restart(struct energy_counter *counter)
{
    counter->restarted = counter->started;
}
