/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_clocks.c - sleep and set clocks, told from three clocks that move apart */
#include <math.h>

#include "session/session_private.h"

#include "base/clock.h"

static const double CLOCK_STEP_SECONDS = 1.0;

/* How far a clock is ahead of the monotonic one, which is looked at before and after: what it was
 * stands where it fits, for a delay between two looks moves no clock. */
static int64_t lead_ns(const struct session *session, int64_t (*look)(const struct session *),
                       int64_t was_ns)
{
    int64_t before_ns = session_mono_ns(session);
    int64_t there_ns = look(session);
    int64_t least_ns = there_ns - session_mono_ns(session);
    int64_t most_ns = there_ns - before_ns;

    if (was_ns < least_ns)
        return least_ns;
    return was_ns > most_ns ? most_ns : was_ns;
}

/* Suspend: boottime runs on, monotonic does not. A set clock: wall moves against both. */
void session_watch_clocks(struct session *session)
{
    int64_t sleep_ns = lead_ns(session, session_boot_ns, session->sleep_ns);
    int64_t offset_ns = lead_ns(session, session_wall_ns, session->wall_offset_ns);
    double slept = seconds_from_ns(sleep_ns - session->sleep_ns);
    double stepped = seconds_from_ns(offset_ns - session->wall_offset_ns) - slept;

    if (slept > 0.5)
        session->slept_seconds += slept;
    if (fabs(stepped) > CLOCK_STEP_SECONDS)
        session->clock_step_seconds += stepped;
    session->sleep_ns = sleep_ns;
    if (offset_ns != session->wall_offset_ns) {
        session->wall_offset_ns = offset_ns;
        session_place_ticks(session);
    }
}

void session_place_ticks(struct session *session)
{
    const int64_t now_ns = session_mono_ns(session);

    if (session->keeps_seconds)
        ticker_keep_seconds(&session->sampler.ticker,
                            now_ns - (now_ns + session->wall_offset_ns) % NSEC_PER_SEC, now_ns);
}

/* The end is told from the clock that runs on during suspend, never from one that can be set. */
void session_set_duration(struct session *session, int64_t now_mono_ns)
{
    struct run *run = &session->record.run;

    run->duration_ns = now_mono_ns - session->start_mono_ns;
    run->ended_wall_ns =
        run->started_wall_ns + run->duration_ns + (int64_t)(session->slept_seconds * 1e9);
}
