/* SPDX-License-Identifier: Apache-2.0 */
/* readers/cpu_tally.c - how long a package was busy, from columns that can mislead */
#include "readers/cpu_tally.h"

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

static int64_t threads_ns(const struct cpu_interval *interval)
{
    return interval->elapsed_ns > 0 ? interval->elapsed_ns * interval->threads : 0;
}

static int64_t columns_ns(const struct cpu_interval *interval, int64_t most_ns)
{
    int64_t from_rest_ns = most_ns - interval->rest_ns;

    /* Outside what is possible: idle was set anew (hot-plug, a paused guest): trust the busy
     * columns */
    if (!interval->rest_is_whole || from_rest_ns < -interval->slack_ns ||
        from_rest_ns > most_ns + interval->slack_ns)
        return interval->ticked_ns;
    return from_rest_ns;
}

int64_t cpu_tally_advance(struct cpu_tally *tally, const struct cpu_interval *interval)
{
    int64_t most_ns = threads_ns(interval);
    int64_t slack_ns = interval->slack_ns;
    int64_t busy_ns;

    tally->columns_owed_ns += columns_ns(interval, most_ns);
    busy_ns = tally->columns_owed_ns;
    if (interval->exact_ns >= 0) {
        tally->exact_owed_ns += interval->exact_ns;
        busy_ns -= slack_ns;
        if (busy_ns < tally->exact_owed_ns)
            busy_ns = tally->exact_owed_ns;
    }
    busy_ns = clamp(busy_ns, 0, most_ns);

    tally->columns_owed_ns = clamp(tally->columns_owed_ns - busy_ns, -slack_ns, slack_ns);
    tally->exact_owed_ns =
        interval->exact_ns < 0 ? 0 : clamp(tally->exact_owed_ns - busy_ns, -slack_ns, slack_ns);
    return busy_ns;
}

int64_t cpu_tally_stolen(struct cpu_tally *tally, const struct cpu_interval *interval,
                         int64_t busy_ns)
{
    int64_t owed_ns = tally->stolen_owed_ns + interval->stolen_ns;
    int64_t stolen_ns = clamp(owed_ns, 0, threads_ns(interval) - busy_ns);

    tally->stolen_owed_ns = clamp(owed_ns - stolen_ns, 0, interval->slack_ns);
    return stolen_ns;
}
