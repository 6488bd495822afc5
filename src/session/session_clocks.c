/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_clocks.c - sleep and set clocks, told from three clocks that move apart */
#include <math.h>

#include "session/session_private.h"

#include "base/clock.h"

static const double CLOCK_STEP_SECONDS = 1.0;

/* Suspend: boottime runs on, monotonic does not. A set clock: wall moves against both. */
void session_watch_clocks(struct session *session, int64_t now_mono_ns)
{
    int64_t sleep_ns = session_boot_ns(session) - now_mono_ns;
    int64_t offset_ns = session_wall_ns(session) - now_mono_ns;
    double slept = seconds_from_ns(sleep_ns - session->sleep_ns);
    double stepped = seconds_from_ns(offset_ns - session->wall_offset_ns) - slept;

    if (slept > 0.5)
        session->slept_seconds += slept;
    if (fabs(stepped) > CLOCK_STEP_SECONDS)
        session->clock_step_seconds += stepped;
    session->sleep_ns = sleep_ns;
    session->wall_offset_ns = offset_ns;
}

/* The end is told from the clock that runs on during suspend, never from one that can be set. */
void session_set_duration(struct session *session, int64_t now_mono_ns)
{
    struct run *run = &session->record.run;

    run->duration_ns = now_mono_ns - session->start_mono_ns;
    run->ended_wall_ns =
        run->started_wall_ns + run->duration_ns + (int64_t)(session->slept_seconds * 1e9);
}
