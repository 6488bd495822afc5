/* SPDX-License-Identifier: Apache-2.0 */
/* writers/when_start.c - the time of a start, in the words of the programs that start jobs */
#include <stdio.h>

#include "writers/text_parts.h"
#include "writers/when_parts.h"
#include "writers/writer.h"

enum { HOUR_SECONDS = 3600, MINUTE_SECONDS = 60 };

static time_t rounded_up(int64_t wall_ns, int64_t seconds)
{
    const int64_t step_ns = seconds * NSEC_PER_SEC;

    return (time_t)((wall_ns + step_ns - 1) / step_ns * seconds);
}

struct tm when_local_time(int64_t wall_ns)
{
    time_t seconds = rounded_up(wall_ns, MINUTE_SECONDS);
    struct tm local = { 0 };

    (void)localtime_r(&seconds, &local);
    return local;
}

/* The hour that is lived through twice when the clock is set back: its times have two meanings. Clocks are set by up
 * to an hour. */
static bool is_ambiguous(time_t seconds)
{
    static const int shifts[] = { -HOUR_SECONDS, -HOUR_SECONDS / 2, HOUR_SECONDS / 2,
                                  HOUR_SECONDS };
    struct tm local;

    (void)localtime_r(&seconds, &local);
    for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
        time_t other_seconds = seconds + shifts[i];
        struct tm other;

        (void)localtime_r(&other_seconds, &other);
        if (other.tm_hour == local.tm_hour && other.tm_min == local.tm_min &&
            other.tm_mday == local.tm_mday)
            return true;
    }
    return false;
}

/* Later, where the minute asked for has two meanings: a start too early is not the one that was found. */
static struct tm unambiguous(int64_t wall_ns)
{
    time_t seconds = rounded_up(wall_ns, MINUTE_SECONDS);
    struct tm local;

    while (is_ambiguous(seconds))
        seconds += MINUTE_SECONDS;
    (void)localtime_r(&seconds, &local);
    return local;
}

static void add_slurm(struct strbuf *out, const struct when *when)
{
    int64_t wait_ns = when->best.start_ns - when->from_ns;
    time_t seconds = rounded_up(when->best.start_ns, MINUTE_SECONDS);
    struct tm local = when_local_time(when->best.start_ns);

    if (wait_ns < WHEN_AT_ONCE_NS)
        strbuf_add(out, "now");
    else if (is_ambiguous(seconds))
        strbuf_printf(out, "now+%lldseconds",
                      (long long)((wait_ns + NSEC_PER_SEC - 1) / NSEC_PER_SEC));
    else
        strbuf_printf(out, "%04d-%02d-%02dT%02d:%02d:00", local.tm_year + 1900, local.tm_mon + 1,
                      local.tm_mday, local.tm_hour, local.tm_min);
}

void write_when_starter(struct strbuf *out, const struct when *when, enum when_starter starter)
{
    struct tm local = unambiguous(when->best.start_ns);

    switch (starter) {
    case WHEN_FOR_AT:
        strbuf_printf(out, "%04d%02d%02d%02d%02d", local.tm_year + 1900, local.tm_mon + 1,
                      local.tm_mday, local.tm_hour, local.tm_min);
        break;
    case WHEN_FOR_SLURM:
        add_slurm(out, when);
        break;
    case WHEN_FOR_CRON:
        strbuf_printf(out, "%d %d %d %d *", local.tm_min, local.tm_hour, local.tm_mday,
                      local.tm_mon + 1);
        break;
    case WHEN_FOR_UNIX:
        strbuf_printf(out, "%lld", (long long)rounded_up(when->best.start_ns, 1));
        break;
    }
}

void when_add_starters(struct text_out *out, const struct when *when)
{
    static const struct {
        const char *before;
        enum when_starter starter;
    } ways[] = {
        { "at -t ", WHEN_FOR_AT },
        { "sbatch --begin=", WHEN_FOR_SLURM },
        { "cron: ", WHEN_FOR_CRON },
    };

    if (when->best.start_ns - when->from_ns < WHEN_AT_ONCE_NS)
        return;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

        strbuf_add(&text, ways[i].before);
        write_when_starter(&text, when, ways[i].starter);
        text_item(out, i == 0 ? "start by" : NULL, TEXT_INDENT, strbuf_text(&text));
        out->buffer->failed = out->buffer->failed || text.failed;
    }
}
