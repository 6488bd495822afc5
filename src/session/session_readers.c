/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_readers.c - whether each reader still reads all that it found */
#include "session/session_private.h"

#include "base/clock.h"
#include "session/metrics/report.h"

/* So late may a reading be before it counts as missing: two of them, and what a busy machine takes. */
static const int64_t SLACK_NS = 500 * NSEC_PER_MSEC;

static bool is_answered(const struct session *session, const struct sample *sample,
                        double spacing_seconds)
{
    const int64_t now_ns = session_mono_ns(session);
    const int64_t since_ns =
        now_ns -
        (sample->mono_ns > session->start_mono_ns ? sample->mono_ns : session->start_mono_ns);
    const int64_t spacing_ns = (int64_t)(spacing_seconds * (double)NSEC_PER_SEC);

    return sample->error == 0 && since_ns <= 2 * session->reading_ns + spacing_ns + SLACK_NS;
}

static bool is_up(const struct session *session, size_t source)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct channel *channel = &session->channels[i];
        const double spacing = session->record.devices[i].spacing_seconds;

        if (channel->derived)
            continue;
        if (channel->source == source && !is_answered(session, &channel->last, spacing))
            return false;
        if (channel->activity_source == (int)source && !is_answered(session, &channel->activity, 0))
            return false;
    }
    return true;
}

size_t session_readers(const struct session *session, struct metrics_reader *readers_out,
                       size_t capacity)
{
    size_t count = 0;

    for (size_t i = 0; i < session->sampler.source_count && count < capacity; i++) {
        const struct source *source = &session->sampler.sources[i];
        const enum reader_state state = source->status->state;

        if (!source->probed ||
            (state != READER_USED && state != READER_DENIED && state != READER_BROKEN))
            continue;
        readers_out[count++] = (struct metrics_reader){
            .name = source->driver->name,
            .up = state == READER_USED && is_up(session, i),
        };
    }
    return count;
}
