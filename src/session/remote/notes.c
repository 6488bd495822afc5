/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/notes.c - what a reader of the report should know of what a server told, and did not */
#include "session/remote/notes.h"

#include <errno.h>

#include "base/clock.h"
#include "base/lines.h"

/* Of each sort so many devices are named; all figures are in the JSON. */
enum { NAMED_MAX = 8 };
/* Below so much of the window the report says what is missing. */
static const double COVERED_ENOUGH = 0.99;

struct noting {
    const struct remote_answer *answer;
    const struct history_record *record;
    const struct series_doubt *doubts;
    char ***notes;
    size_t *count;
};

static int note_end(const struct noting *noting, const struct aico2_error *torn)
{
    const struct remote_end *end = &noting->answer->end;

    if (torn->code != 0)
        return lines_add(noting->notes, noting->count, "only a part of the answer came: %s",
                         torn->message);
    if (end->outcome == REMOTE_COMPLETE)
        return 0;
    return lines_add(noting->notes, noting->count, "only a part of the window was read: %s%s%s",
                     end->outcome == REMOTE_PARTIAL ? "" : remote_outcome_name(end->outcome),
                     end->outcome == REMOTE_PARTIAL ? "" : ": ", end->message);
}

static int note_reset(const struct noting *noting, size_t index)
{
    const struct series_doubt *doubt = &noting->doubts[index];
    const char *id = noting->record->devices[index].id;
    int r = 0;

    if (doubt->resets > 0)
        r = lines_add(noting->notes, noting->count,
                      "%s: its counter began anew %llu time%s: some %.4g J that were used before, "
                      "since the scrape before, are lost and not counted; they are in the band",
                      id, (unsigned long long)doubt->resets, doubt->resets == 1 ? "" : "s",
                      doubt->lost_joules);
    if (r == 0 && doubt->unbelieved > 0)
        r = lines_add(
            noting->notes, noting->count,
            "%s: %llu jump%s of its counter %s more than it can draw (%.0f W rated): gaps", id,
            (unsigned long long)doubt->unbelieved, doubt->unbelieved == 1 ? "" : "s",
            doubt->unbelieved == 1 ? "is" : "are", noting->record->devices[index].rated_watts);
    return r;
}

static int note_resets(const struct noting *noting)
{
    size_t found = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < noting->record->device_count; i++) {
        bool has = noting->doubts[i].resets > 0 || noting->doubts[i].unbelieved > 0;

        found += has;
        if (has && found <= NAMED_MAX)
            r = note_reset(noting, i);
    }
    if (r == 0 && found > NAMED_MAX)
        r = lines_add(noting->notes, noting->count, "so did the counters of %zu more devices",
                      found - NAMED_MAX);
    return r;
}

static int note_gaps(const struct noting *noting)
{
    double seconds = seconds_from_ns(noting->record->run.duration_ns);
    size_t found = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < noting->record->device_count; i++) {
        const struct device *device = &noting->record->devices[i];
        double covered = noting->record->totals[i].sums.covered_seconds;

        if (device->kind == DEVICE_PART || covered >= COVERED_ENOUGH * seconds ||
            ++found > NAMED_MAX)
            continue;
        r = lines_add(noting->notes, noting->count,
                      "%s: %.3g %% of the window is covered by readings; what was used in the "
                      "other %.4g s is not counted",
                      device->id, 100 * covered / seconds, seconds - covered);
    }
    if (r == 0 && found > NAMED_MAX)
        r = lines_add(noting->notes, noting->count, "%zu more devices have gaps",
                      found - NAMED_MAX);
    return r;
}

int remote_notes_add(const struct remote_answer *answer, const struct remote_devices *devices,
                     const struct history_record *record, const struct series_doubt *doubts,
                     const struct aico2_error *torn, char ***notes, size_t *note_count)
{
    const struct noting noting = {
        .answer = answer,
        .record = record,
        .doubts = doubts,
        .notes = notes,
        .count = note_count,
    };
    int r = note_end(&noting, torn);

    for (size_t i = 0; r == 0 && i < answer->note_count; i++)
        r = lines_add(notes, note_count, "%s", answer->notes[i]);
    if (r == 0)
        r = note_resets(&noting);
    if (r == 0)
        r = note_gaps(&noting);
    for (size_t i = 0; r == 0 && i < devices->note_count; i++)
        r = lines_add(notes, note_count, "%s", devices->notes[i]);
    return r;
}
