/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_warnings.c - what a reader of the report should know about how it was measured */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "session/session_private.h"

#include "base/lines.h"
#include "base/text.h"

/* The same condition may be met every tick: one line for each is enough, and so are this many. */
enum { WARNINGS_MAX = 64 };

static const double STOLEN_LEAST_NS = 1e8;
static const double STOLEN_LEAST_RATIO = 0.05;

void session_warn(struct session *session, const char *format, ...)
{
    size_t before = session->warning_count;
    va_list arguments;

    if (before >= WARNINGS_MAX)
        return;
    va_start(arguments, format);
    (void)lines_add_va(&session->warnings, &session->warning_count, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < before && session->warning_count > before; i++) {
        if (strcmp(session->warnings[i], session->warnings[before]) == 0)
            free(session->warnings[--session->warning_count]);
    }
}

void session_note(struct session *session, size_t index, const char *text)
{
    char *note = session->record.devices[index].note;
    size_t size = sizeof(session->record.devices[index].note);

    if (strstr(note, text) == NULL)
        text_append_note(note, size, text);
}

static void warn_of_clocks(struct session *session)
{
    uint64_t late = session->sampler.ticker.late_ticks - session->rolled_late_ticks;

    if (session->slept_seconds > 0)
        session_warn(session, "the machine slept for %.0f s: that time is not in the run",
                     session->slept_seconds);
    if (fabs(session->clock_step_seconds) > 0)
        session_warn(session,
                     "the wall clock was set by %+.0f s: durations and joules are not "
                     "affected, the hours they are matched to may be",
                     session->clock_step_seconds);
    if (late > 0)
        session_warn(session, "%llu reading%s came too late and %s skipped (stopped or overloaded)",
                     (unsigned long long)late, late == 1 ? "" : "s", late == 1 ? "was" : "were");
}

/* What the last failure of a device was, in words. */
static const char *failure_text(int error)
{
    if (error == 0)
        return "it answers again";
    return error == -ETIMEDOUT ? "it does not answer" : strerror(-error);
}

static void warn_of_failures(struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct channel *channel = &session->channels[i];
        const struct device *device = &session->record.devices[i];

        if (device->kind == DEVICE_PART)
            continue; /* a detail: what holds it tells of its own gaps */
        if (channel->errors > 0)
            session_warn(session, "%s: %zu reading%s failed (%s)", device->id, channel->errors,
                         channel->errors == 1 ? "" : "s", failure_text(channel->last.error));
        /* a board is never counted, and has nothing to say while its battery is charged */
        if (device->kind != DEVICE_BOARD && channel->plan.method != METER_NONE &&
            channel->errors == 0 && !channel->forgotten && channel->totals.sums.samples == 0 &&
            !(channel->totals.sums.gap_seconds > 0))
            session_warn(session, "%s was not read twice while the run lasted: it is not counted",
                         device->id);
        if (channel->plan.method == METER_NONE && !channel->derived)
            session_warn(session,
                         "%s (%s): neither energy nor power nor utilisation can be read%s%s",
                         device->id, device->model, device->note[0] != '\0' ? ": " : "",
                         device->note);
    }
}

/* A GPU that was named and is not there is in no total: a number may be off by one, a UUID of another machine. */
static void warn_of_gpus(struct session *session)
{
    const char *list = session->options.gpus;
    const char *word;
    size_t length;

    while (list != NULL && session->follow == NULL &&
           (word = session_next_gpu(&list, &length)) != NULL) {
        bool found = false;

        for (size_t i = 0; i < session->channel_count && !found; i++)
            found = session_is_gpu(word, length, &session->record.devices[i]);
        if (!found)
            session_warn(session, "gpus: there is no GPU '%.*s' that could be measured here",
                         (int)length, word);
    }
}

/* Of metered packages; one with a model says so itself. All of them come out of one file. */
static void warn_of_unknown_use(struct session *session)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct channel *channel = &session->channels[i];

        if (channel->activity_errors == 0 || channel->errors > 0)
            continue;
        session_warn(session,
                     "the use of the CPUs could not be read %zu time%s: whose their energy was "
                     "is less sure",
                     channel->activity_errors, channel->activity_errors == 1 ? "" : "s");
        return;
    }
}

/* Of the time in which somebody wanted a CPU; less than a few ticks is nothing. */
static void warn_of_stolen_time(struct session *session)
{
    double stolen = (double)(session->stolen_ns - session->rolled_stolen_ns);
    double wanted = (double)(session->busy_ns - session->rolled_busy_ns) + stolen;

    if (stolen >= STOLEN_LEAST_NS && stolen >= STOLEN_LEAST_RATIO * wanted)
        session_warn(session,
                     "the hypervisor took %.0f %% of the CPU time that was wanted here (steal): it "
                     "is in nobody's CPU seconds",
                     100 * stolen / wanted);
}

/* What is said of RAPL: nothing where aico2-sensord reads it for us, and of that reader nothing beside RAPL itself. */
static bool is_told_elsewhere(const struct session *session, const struct source *source)
{
    if (strcmp(source->driver->name, "sensord") == 0)
        return source->probed && source->status->state == READER_DENIED;
    if (strcmp(source->driver->name, "rapl") != 0 || source->status->state != READER_DENIED)
        return false;
    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->record.devices[i].relayed && session->record.devices[i].kind == DEVICE_CPU)
            return true;
    }
    return false;
}

void session_warn_of_sources(struct session *session)
{
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];

        if (source->complained)
            session_warn(session,
                         "reader '%s' did not answer for more than 2 s: its devices have a gap",
                         source->driver->name);
        if (source->driver->of_machine && (!source->probed || source->status->state != READER_USED))
            continue; /* never counted: `aico2 devices` tells */
        if (is_told_elsewhere(session, source))
            continue;
        if (!source->probed)
            session_warn(session,
                         "reader '%s' had not answered when the run ended: its devices are "
                         "not counted",
                         source->driver->name);
        else if (source->status->state == READER_DENIED || source->status->state == READER_BROKEN ||
                 (source->status->state == READER_USED && source->status->reason[0] != '\0'))
            session_warn(session, "reader '%s': %s%s%s", source->driver->name,
                         source->status->reason,
                         source->status->remedy != REMEDY_NONE ? "; to mend it: aico2 doctor"
                         : source->status->fix[0] != '\0'      ? "; to mend it: "
                                                               : "",
                         source->status->remedy != REMEDY_NONE ? "" : source->status->fix);
    }
    warn_of_gpus(session);
    warn_of_failures(session);
    warn_of_unknown_use(session);
    warn_of_stolen_time(session);
    warn_of_clocks(session);
}
