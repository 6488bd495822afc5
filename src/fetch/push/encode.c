/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/encode.c - a snapshot as pieces of a WriteRequest, the ends of its series included */
#include "fetch/push/encode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/push/write_request.h"

struct pair {
    const char *name;
    const char *value;
};

enum { PAIRS_MAX = PUSH_LABELS_OF_SAMPLE_MAX + 3 };

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

/* An empty label is none. */
static void add_pair(struct pair *pairs, size_t *count, const char *name, const char *value)
{
    if (value[0] != '\0')
        pairs[(*count)++] = (struct pair){ name, value };
}

static bool has_name(const struct pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Into encoder->labels. Return: false for a name twice, and for more than fits. */
static bool put_labels(struct encoder *encoder, const struct push_view *view,
                       const struct push_sample *sample)
{
    struct pair pairs[PAIRS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < sample->label_count; i++) {
        const struct push_label *label = &view->labels[sample->first_label + i];

        add_pair(pairs, &count, view->texts + label->name, view->texts + label->value);
    }
    if (!has_name(pairs, count, "instance"))
        add_pair(pairs, &count, "instance", encoder->instance);
    if (!has_name(pairs, count, "job"))
        add_pair(pairs, &count, "job", encoder->job);
    add_pair(pairs, &count, "__name__", view->texts + sample->name);
    qsort(pairs, count, sizeof(*pairs), by_name);
    encoder->labels.length = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(pairs[i - 1].name, pairs[i].name) == 0)
            return false;
        write_label(&encoder->labels, pairs[i].name, pairs[i].value);
    }
    return encoder->labels.length <= SERIES_BYTES_MAX;
}

static int end_piece(struct encoder *encoder, int64_t wall_ms, const struct piece_out *out)
{
    int r = 0;

    if (encoder->piece.failed)
        r = -ENOMEM;
    else if (encoder->piece_samples > 0)
        r = out->put(out->payload, encoder->piece.text, encoder->piece.length,
                     encoder->piece_samples, wall_ms);
    encoder->piece.length = 0;
    encoder->piece.failed = false;
    encoder->piece_samples = 0;
    return r;
}

static int add_series(struct encoder *encoder, const char *labels, size_t length, double value,
                      int64_t wall_ms, const struct piece_out *out)
{
    if (encoder->piece_samples >= PIECE_SAMPLES_MAX ||
        encoder->piece.length >= PIECE_BYTES_MAX - SERIES_BYTES_MAX) {
        int r = end_piece(encoder, wall_ms, out);

        if (r < 0)
            return r;
    }
    write_series(&encoder->piece, labels, length, value, wall_ms);
    encoder->piece_samples++;
    return 0;
}

/* Those of `before` that `now` has not; NULL: none of them. */
static int add_markers(struct encoder *encoder, const struct series_set *before,
                       const struct series_set *now, int64_t wall_ms, const struct piece_out *out)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < before->count; i++) {
        const struct series_item *item = &before->items[i];
        const char *labels = before->texts.text + item->begin;

        if (now == NULL || !series_set_has(now, labels, item->length))
            r = add_series(encoder, labels, item->length, write_stale_marker(), wall_ms, out);
    }
    return r;
}

static int add_samples(struct encoder *encoder, const struct push_view *view,
                       struct series_set *now, const struct piece_out *out, uint64_t *left_out)
{
    for (uint32_t i = 0; i < view->snapshot->sample_count; i++) {
        const struct push_sample *sample = &view->samples[i];
        int r = 0;

        if (put_labels(encoder, view, sample))
            r = encoder->labels.failed
                    ? -ENOMEM
                    : series_set_add(now, encoder->labels.text, encoder->labels.length);
        if (r < 0)
            return r;
        if (r == 0) {
            ++*left_out;
            continue;
        }
        if (out == NULL)
            continue;
        r = add_series(encoder, encoder->labels.text, encoder->labels.length, sample->value,
                       view->snapshot->wall_ms, out);
        if (r < 0)
            return r;
    }
    return 0;
}

int encode_snapshot(struct encoder *encoder, const struct push_view *view, enum push_kind kind,
                    const struct piece_out *out, uint64_t *left_out)
{
    const struct series_set *before = &encoder->sets[encoder->current];
    struct series_set *now = &encoder->sets[1 - encoder->current];
    const int64_t wall_ms = view->snapshot->wall_ms;
    uint64_t bad = 0;
    int r;

    series_set_clear(now);
    r = add_samples(encoder, view, now, kind == PUSH_PREVIOUS ? NULL : out, &bad);
    if (r == 0 && kind == PUSH_SNAPSHOT)
        r = add_markers(encoder, before, now, wall_ms, out);
    if (r == 0)
        r = end_piece(encoder, wall_ms, out);
    if (r < 0) {
        encoder->labels.failed = false;
        encoder->piece.failed = false;
        encoder->piece.length = 0;
        encoder->piece_samples = 0;
        return r;
    }
    if (kind != PUSH_APART)
        encoder->current = 1 - encoder->current;
    if (kind != PUSH_PREVIOUS)
        *left_out += bad;
    return 0;
}

int encode_end(struct encoder *encoder, int64_t wall_ms, const struct piece_out *out)
{
    struct series_set *before = &encoder->sets[encoder->current];
    int r = add_markers(encoder, before, NULL, wall_ms, out);

    if (r == 0)
        r = end_piece(encoder, wall_ms, out);
    series_set_clear(before);
    return r;
}

void encoder_deinit(struct encoder *encoder)
{
    series_set_deinit(&encoder->sets[0]);
    series_set_deinit(&encoder->sets[1]);
    strbuf_deinit(&encoder->labels);
    strbuf_deinit(&encoder->piece);
    *encoder = (struct encoder){ 0 };
}
