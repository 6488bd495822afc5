/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/overlap.c - what two runs measured of one device at the same time, counted once */
#include "session/ranks/overlap.h"

#include <errno.h>
#include <stdbool.h>

#include "base/array.h"

int stretches_add(struct stretch_list *list, struct stretch stretch)
{
    size_t kept = 0;

    if (array_reserve(&list->items, &list->capacity, list->count + 1, sizeof(*list->items)) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < list->count; i++) {
        const struct stretch *item = &list->items[i];

        if (item->device == stretch.device && item->from_ns <= stretch.to_ns &&
            item->to_ns >= stretch.from_ns) {
            if (item->from_ns < stretch.from_ns)
                stretch.from_ns = item->from_ns;
            if (item->to_ns > stretch.to_ns)
                stretch.to_ns = item->to_ns;
        } else {
            list->items[kept++] = *item;
        }
    }
    list->items[kept] = stretch;
    list->count = kept + 1;
    return 0;
}

int64_t stretches_known_ns(const struct stretch_list *list, struct stretch stretch)
{
    int64_t sum_ns = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct stretch *item = &list->items[i];
        int64_t from_ns = item->from_ns > stretch.from_ns ? item->from_ns : stretch.from_ns;
        int64_t to_ns = item->to_ns < stretch.to_ns ? item->to_ns : stretch.to_ns;

        if (item->device == stretch.device && to_ns > from_ns)
            sum_ns += to_ns - from_ns;
    }
    return sum_ns;
}

/* The machine's part of what was measured twice. */
static struct energy_sums twice(const struct energy_sums *sums, double ratio)
{
    struct energy_sums out = energy_sums_scaled(sums, ratio);

    out.others_gross_joules += out.job_gross_joules; /* the earlier part took it for others' */
    out.others_seconds += out.job_seconds;
    out.job_gross_joules = out.job_seconds = out.job_activity = 0;
    out.samples = 0;
    return out;
}

static void subtract(struct energy_sums *sums, const struct energy_sums *out)
{
    struct energy_sums negative = energy_sums_scaled(out, -1);

    energy_sums_add(sums, &negative);
}

static int64_t end_of_run(const struct run *run)
{
    return run->started_wall_ns + run->duration_ns;
}

/* A slice begins at its hour, or with the run, and ends where the device's next one begins, or with the run. */
static struct stretch stretch_of(const struct history_record *part, const struct slice *slice,
                                 size_t place)
{
    struct stretch stretch = { place, slice->start_wall_ns, end_of_run(&part->run) };

    for (size_t i = 0; i < part->slices.count; i++) {
        const struct slice *other = &part->slices.items[i];

        if (other->device == slice->device && other->start_wall_ns > slice->start_wall_ns &&
            other->start_wall_ns < stretch.to_ns)
            stretch.to_ns = other->start_wall_ns;
    }
    if (stretch.from_ns < part->run.started_wall_ns)
        stretch.from_ns = part->run.started_wall_ns;
    return stretch;
}

static double known_ratio(const struct stretch_list *known, struct stretch stretch)
{
    int64_t length_ns = stretch.to_ns - stretch.from_ns;

    return length_ns > 0 ? (double)stretches_known_ns(known, stretch) / (double)length_ns : 0;
}

static bool has_slices(const struct history_record *part, size_t device)
{
    for (size_t i = 0; i < part->slices.count; i++) {
        if ((size_t)part->slices.items[i].device == device)
            return true;
    }
    return false;
}

int64_t overlap_take_out(const struct stretch_list *known, struct history_record *part,
                         const size_t *places)
{
    int64_t most_ns = 0;

    for (size_t i = 0; i < part->device_count; i++) {
        const struct stretch run = { places[i], part->run.started_wall_ns, end_of_run(&part->run) };
        int64_t known_ns = stretches_known_ns(known, run);

        if (known_ns > most_ns)
            most_ns = known_ns;
        if (known_ns > 0 && !has_slices(part, i)) {
            struct energy_sums out = twice(&part->totals[i].sums, known_ratio(known, run));

            subtract(&part->totals[i].sums, &out);
        }
    }
    if (most_ns == 0)
        return 0;
    for (size_t i = 0; i < part->slices.count; i++) {
        struct slice *slice = &part->slices.items[i];
        size_t device = (size_t)slice->device;
        struct energy_sums out =
            twice(&slice->sums, known_ratio(known, stretch_of(part, slice, places[device])));

        subtract(&slice->sums, &out);
        subtract(&part->totals[device].sums, &out);
    }
    return most_ns;
}
