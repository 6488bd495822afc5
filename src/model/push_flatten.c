/* SPDX-License-Identifier: Apache-2.0 */
/* model/push_flatten.c - a snapshot as it travels to a fetcher that pushes */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/push.h"

/* The parts of a payload while they grow. */
struct parts {
    struct push_snapshot snapshot;
    struct strbuf samples;
    struct strbuf labels;
    struct strbuf texts;
};

static void parts_deinit(struct parts *parts)
{
    strbuf_deinit(&parts->samples);
    strbuf_deinit(&parts->labels);
    strbuf_deinit(&parts->texts);
}

/* Return: where it begins. */
static uint32_t add_text(struct parts *parts, const char *text)
{
    const size_t begin = parts->texts.length;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        uint32_t code;
        const size_t length = text_utf8_length(at, &code);

        if (length == 0)
            strbuf_add_bytes(&parts->texts, "?", 1);
        else
            strbuf_add_bytes(&parts->texts, (const char *)at, length);
        at += length == 0 ? 1 : length;
    }
    strbuf_add_bytes(&parts->texts, "", 1);
    return (uint32_t)begin;
}

static bool is_usable(const struct metrics *metrics, const struct metric_sample *sample)
{
    if (isnan(sample->value) || sample->label_count > PUSH_LABELS_OF_SAMPLE_MAX)
        return false;
    for (size_t i = 0; i < sample->label_count; i++) {
        if (!push_is_label_name(metrics->labels[sample->first_label + i].name))
            return false;
    }
    return true;
}

static void add_sample(struct parts *parts, const struct metrics *metrics,
                       const struct metric_sample *sample, uint32_t name)
{
    const struct push_sample added = {
        .value = sample->value,
        .name = name,
        .first_label = parts->snapshot.label_count,
        .label_count = (uint32_t)sample->label_count,
    };

    for (size_t i = 0; i < sample->label_count; i++) {
        const struct metric_label *label = &metrics->labels[sample->first_label + i];
        const struct push_label flat = {
            .name = add_text(parts, label->name),
            .value = add_text(parts, label->value),
        };

        strbuf_add_bytes(&parts->labels, (const char *)&flat, sizeof(flat));
    }
    strbuf_add_bytes(&parts->samples, (const char *)&added, sizeof(added));
    parts->snapshot.label_count += added.label_count;
    parts->snapshot.sample_count++;
}

/* Return: whether it still fits a frame. */
static bool add_family(struct parts *parts, const struct metrics *metrics,
                       const struct metric_family *family)
{
    uint32_t name;

    if (family->sample_count == 0 || !push_is_metric_name(family->name))
        return true;
    name = add_text(parts, family->name);
    for (size_t i = 0; i < family->sample_count; i++) {
        const struct metric_sample *sample = &metrics->samples[family->first_sample + i];

        if (!is_usable(metrics, sample))
            continue;
        add_sample(parts, metrics, sample, name);
        if (parts->snapshot.sample_count > PUSH_SAMPLES_MAX ||
            sizeof(parts->snapshot) + parts->samples.length + parts->labels.length +
                    parts->texts.length >
                PUSH_FRAME_MAX)
            return false;
    }
    return true;
}

static int join(struct parts *parts, struct strbuf *buffer)
{
    const size_t before = buffer->length;

    parts->snapshot.text_bytes = (uint32_t)parts->texts.length;
    if (parts->samples.failed || parts->labels.failed || parts->texts.failed)
        return -ENOMEM;
    strbuf_add_bytes(buffer, (const char *)&parts->snapshot, sizeof(parts->snapshot));
    strbuf_add_bytes(buffer, strbuf_text(&parts->samples), parts->samples.length);
    strbuf_add_bytes(buffer, strbuf_text(&parts->labels), parts->labels.length);
    strbuf_add_bytes(buffer, strbuf_text(&parts->texts), parts->texts.length);
    if (buffer->failed) {
        buffer->length = before;
        buffer->failed = false;
        return -ENOMEM;
    }
    return (int)parts->snapshot.sample_count;
}

int push_flatten(const struct metrics *metrics, struct strbuf *buffer)
{
    struct parts parts = { .snapshot = { .wall_ms = metrics->wall_ns / NSEC_PER_MSEC } };
    bool fits = true;
    int r;

    if (metrics->failed)
        return -ENOMEM;
    for (size_t i = 0; fits && i < metrics->family_count; i++)
        fits = add_family(&parts, metrics, &metrics->families[i]);
    r = fits ? join(&parts, buffer) : -E2BIG;
    parts_deinit(&parts);
    return r;
}
