/* SPDX-License-Identifier: Apache-2.0 */
/* model/push.c - whether what passes to a fetcher that pushes, or comes from it, can be what it says it is */
#include "model/push.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define IS_TEXT(field) text_is_line(field, sizeof(field))

/* At most one bound of a duration that an int of milliseconds must hold. */
static const int64_t DRAIN_MS_MAX = INT64_C(24) * 3600 * 1000;

static bool is_name(const char *name, bool colons)
{
    if (name[0] == '\0' || (name[0] >= '0' && name[0] <= '9'))
        return false;
    for (; *name != '\0'; name++) {
        const char c = *name;

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || (colons && c == ':')))
            return false;
    }
    return true;
}

bool push_is_metric_name(const char *name)
{
    return is_name(name, true);
}

bool push_is_label_name(const char *name)
{
    return is_name(name, false) && !(name[0] == '_' && name[1] == '_');
}

bool push_setup_check(const struct push_setup *setup)
{
    if (setup->magic != PUSH_MAGIC || setup->version != PUSH_VERSION ||
        (unsigned)setup->mode > PUSH_ONCE || !remote_access_check(&setup->access))
        return false;
    if (!IS_TEXT(setup->state_dir) || !IS_TEXT(setup->instance) || !IS_TEXT(setup->job))
        return false;
    if (setup->state_dir[0] != '\0' && setup->state_dir[0] != '/')
        return false;
    return setup->queue_bytes_max >= PUSH_QUEUE_LEAST && setup->drain_ms >= 0 &&
           setup->drain_ms <= DRAIN_MS_MAX;
}

bool push_frame_check(const struct push_frame *frame)
{
    return frame->magic == PUSH_MAGIC && frame->kind >= PUSH_SNAPSHOT &&
           frame->kind <= PUSH_APART && frame->bytes >= sizeof(struct push_snapshot) &&
           frame->bytes <= PUSH_FRAME_MAX && frame->zero == 0 && frame->number > 0;
}

bool push_state_check(const struct push_state *state)
{
    return state->magic == PUSH_MAGIC && state->version == PUSH_VERSION &&
           (unsigned)state->storage <= PUSH_IN_MEMORY && (unsigned)state->outcome <= PUSH_REFUSED &&
           IS_TEXT(state->server) && IS_TEXT(state->queue) && IS_TEXT(state->refusal);
}

static bool check_labels(const struct push_view *view)
{
    const struct push_snapshot *snapshot = view->snapshot;

    for (uint32_t i = 0; i < snapshot->label_count; i++) {
        const struct push_label *label = &view->labels[i];

        if (label->name >= snapshot->text_bytes || label->value >= snapshot->text_bytes ||
            !push_is_label_name(view->texts + label->name))
            return false;
    }
    return true;
}

static bool check_samples(const struct push_view *view)
{
    const struct push_snapshot *snapshot = view->snapshot;

    for (uint32_t i = 0; i < snapshot->sample_count; i++) {
        const struct push_sample *sample = &view->samples[i];

        if (isnan(sample->value) || sample->zero != 0 || sample->name >= snapshot->text_bytes ||
            !push_is_metric_name(view->texts + sample->name) ||
            sample->label_count > PUSH_LABELS_OF_SAMPLE_MAX ||
            sample->first_label > snapshot->label_count ||
            sample->label_count > snapshot->label_count - sample->first_label)
            return false;
    }
    return true;
}

bool push_snapshot_check(const void *payload, size_t bytes, struct push_view *view_out)
{
    const struct push_snapshot *snapshot = payload;
    struct push_view view = { .snapshot = snapshot };
    uint64_t samples_bytes;
    uint64_t labels_bytes;

    if (bytes < sizeof(*snapshot) || bytes > PUSH_FRAME_MAX || snapshot->wall_ms <= 0 ||
        snapshot->zero != 0 || snapshot->sample_count > PUSH_SAMPLES_MAX)
        return false;
    samples_bytes = (uint64_t)snapshot->sample_count * sizeof(struct push_sample);
    labels_bytes = (uint64_t)snapshot->label_count * sizeof(struct push_label);
    if (sizeof(*snapshot) + samples_bytes + labels_bytes + snapshot->text_bytes != bytes)
        return false;
    view.samples = (const struct push_sample *)(snapshot + 1);
    view.labels = (const struct push_label *)(view.samples + snapshot->sample_count);
    view.texts = (const char *)(view.labels + snapshot->label_count);
    /* each text ends, if the last one does */
    if (snapshot->text_bytes > 0 && view.texts[snapshot->text_bytes - 1] != '\0')
        return false;
    if (!check_labels(&view) || !check_samples(&view))
        return false;
    *view_out = view;
    return true;
}
