/* SPDX-License-Identifier: Apache-2.0 */
/* model/metrics.c - figures by name and label, as every exposition format has them */
#include "model/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { TEXT_BLOCK_SIZE = 4096 };

/* Blocks never move, so that labels may point into them while more come. */
struct metric_text {
    char *bytes;
    size_t size;
};

void metrics_clear(struct metrics *metrics)
{
    metrics->family_count = 0;
    metrics->sample_count = 0;
    metrics->label_count = 0;
    metrics->text_block = 0;
    metrics->text_used = 0;
    metrics->wall_ns = 0;
    metrics->failed = false;
}

void metrics_deinit(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->text_count; i++)
        free(metrics->texts[i].bytes);
    free(metrics->texts);
    free(metrics->labels);
    free(metrics->samples);
    free(metrics->families);
    *metrics = (struct metrics){ 0 };
}

void metrics_family(struct metrics *metrics, enum metric_type type, const char *name,
                    const char *unit, const char *help)
{
    if (metrics->failed)
        return;
    if (array_reserve(&metrics->families, &metrics->family_capacity, metrics->family_count + 1,
                      sizeof(*metrics->families)) < 0) {
        metrics->failed = true;
        return;
    }
    metrics->families[metrics->family_count++] = (struct metric_family){
        .name = name,
        .help = help,
        .unit = unit,
        .type = type,
        .first_sample = metrics->sample_count,
    };
}

static bool has_room(const struct metrics *metrics, size_t size)
{
    return metrics->text_block < metrics->text_count &&
           metrics->texts[metrics->text_block].size - metrics->text_used >= size;
}

/* A block of an earlier snapshot where the text fits, else a new one. NULL: out of memory. */
static char *find_room(struct metrics *metrics, size_t size)
{
    if (has_room(metrics, size))
        return metrics->texts[metrics->text_block].bytes + metrics->text_used;

    while (metrics->text_block < metrics->text_count) {
        metrics->text_block++;
        metrics->text_used = 0;
        if (has_room(metrics, size))
            return metrics->texts[metrics->text_block].bytes;
    }

    struct metric_text block = { .size = size > TEXT_BLOCK_SIZE ? size : TEXT_BLOCK_SIZE };

    if (array_reserve(&metrics->texts, &metrics->text_capacity, metrics->text_count + 1,
                      sizeof(*metrics->texts)) < 0)
        return NULL;
    block.bytes = malloc(block.size);
    if (block.bytes == NULL)
        return NULL;
    metrics->texts[metrics->text_count++] = block;
    return block.bytes;
}

static const char *keep_text(struct metrics *metrics, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *kept = find_room(metrics, size);

    if (kept == NULL)
        return NULL;
    memcpy(kept, text, size);
    metrics->text_used += size;
    return kept;
}

void metrics_sample(struct metrics *metrics, double value, const struct metric_label *labels,
                    size_t label_count)
{
    if (metrics->failed || isnan(value))
        return;
    assert(metrics->family_count > 0);
    if (array_reserve(&metrics->samples, &metrics->sample_capacity, metrics->sample_count + 1,
                      sizeof(*metrics->samples)) < 0 ||
        array_reserve(&metrics->labels, &metrics->label_capacity,
                      metrics->label_count + label_count, sizeof(*metrics->labels)) < 0) {
        metrics->failed = true;
        return;
    }

    for (size_t i = 0; i < label_count; i++) {
        const char *kept = keep_text(metrics, labels[i].value);

        if (kept == NULL) {
            metrics->failed = true;
            return;
        }
        metrics->labels[metrics->label_count + i] =
            (struct metric_label){ .name = labels[i].name, .value = kept };
    }
    metrics->samples[metrics->sample_count++] = (struct metric_sample){
        .first_label = metrics->label_count, .label_count = label_count, .value = value
    };
    metrics->label_count += label_count;
    metrics->families[metrics->family_count - 1].sample_count++;
}
