/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/group.c - devices whose samples one query brings: made, asked for, matched with what comes */
#include "fetch/prometheus/group.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fetch/prometheus/promql.h"
#include "fetch/prometheus/reply.h"

enum { METERS_PER_GROUP = 64, STEPS_MAX = 512 };
/* Around an edge of the window: three before it, four behind. */
enum { NEAR_STEPS = 7, NEAR_BEHIND = 4 };

void groups_deinit(struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        strbuf_deinit(&groups->items[i].instances);
        strbuf_deinit(&groups->items[i].selector);
        free(groups->items[i].meters);
        free(groups->items[i].members);
    }
    free(groups->items);
    *groups = (struct groups){ 0 };
}

static int add_member(struct group *group, uint32_t series)
{
    if (series == SERIES_NONE_INDEX)
        return 0;
    if (array_reserve(&group->members, &group->member_capacity, group->member_count + 1,
                      sizeof(*group->members)) < 0)
        return -ENOMEM;
    group->members[group->member_count++] = (struct member){ .series = series };
    return 0;
}

static int add_meter(struct group *group, struct meter *meter)
{
    const struct candidate *candidate = meter->candidate;
    int r = array_reserve(&group->meters, &group->meter_capacity, group->meter_count + 1,
                          sizeof(*group->meters));

    if (r == 0)
        group->meters[group->meter_count++] = meter;
    for (uint32_t i = 0; r == 0 && i < candidate->term_count; i++) {
        r = add_member(group, candidate->terms[i].series);
        if (r == 0)
            r = add_member(group, candidate->terms[i].factor);
    }
    for (uint32_t i = 0; r == 0 && i < candidate->alternate_count; i++)
        r = add_member(group, candidate->alternates[i]);
    return r;
}

static struct group *room_for(struct groups *groups, const char *metric)
{
    for (size_t i = groups->count; i-- > 0;) {
        if (strcmp(groups->items[i].metric, metric) == 0)
            return groups->items[i].meter_count < METERS_PER_GROUP ? &groups->items[i] : NULL;
    }
    return NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ,instance=~"a:9100|b:9100" */
static int add_instances(struct group *group, const struct survey *survey)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf pattern = { 0 };
    AICO2_CLEANUP(freep) const char **names = calloc(group->member_count, sizeof(*names));
    bool have_all = true;

    if (names == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < group->member_count; i++) {
        names[i] = label_of(&survey->series[group->members[i].series].labels, "instance");
        have_all = have_all && names[i][0] != '\0';
    }
    if (!have_all)
        return 0;
    qsort(names, group->member_count, sizeof(*names), compare_texts);
    for (size_t i = 0; i < group->member_count; i++) {
        if (i > 0 && strcmp(names[i], names[i - 1]) == 0)
            continue;
        strbuf_add(&pattern, i > 0 ? "|" : "");
        promql_add_pattern(&pattern, names[i]);
    }
    strbuf_add(&group->instances, ",instance=~");
    promql_add_text(&group->instances, strbuf_text(&pattern));
    return pattern.failed || group->instances.failed ? -ENOMEM : 0;
}

/* The metrics of its members: one, or with their factors two. */
static int add_selector(struct group *group, const struct survey *survey)
{
    const struct family *family = group->meters[0]->candidate->family;
    uint32_t factor = group->meters[0]->candidate->terms[0].factor;
    bool is_own = strcmp(family->metric, group->metric) == 0;

    strbuf_add(&group->selector, "{__name__=~");
    if (factor != SERIES_NONE_INDEX)
        strbuf_printf(&group->selector, "\"%s|%s\"", group->metric,
                      seen_metric(&survey->series[factor]));
    else
        promql_add_text(&group->selector, group->metric);
    if (factor == SERIES_NONE_INDEX && is_own && family->matchers != NULL)
        strbuf_printf(&group->selector, ",%s", family->matchers);
    strbuf_printf(&group->selector, "%s}", strbuf_text(&group->instances));
    return group->selector.failed ? -ENOMEM : 0;
}

int groups_make(const struct survey *survey, struct meter *meters, size_t count,
                struct groups *groups_out)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct candidate *candidate = meters[i].candidate;
        const char *metric = seen_metric(&survey->series[candidate->terms[0].series]);
        struct group *group = room_for(groups_out, metric);

        if (group == NULL) {
            if (array_reserve(&groups_out->items, &groups_out->capacity, groups_out->count + 1,
                              sizeof(*groups_out->items)) < 0)
                return -ENOMEM;
            group = &groups_out->items[groups_out->count++];
            *group = (struct group){
                .metric = metric,
                .is_load = candidate->family->form == FORM_CPU,
            };
        }
        r = add_meter(group, &meters[i]);
    }
    for (size_t i = 0; r == 0 && i < groups_out->count; i++) {
        r = add_instances(&groups_out->items[i], survey);
        if (r == 0)
            r = add_selector(&groups_out->items[i], survey);
    }
    return r;
}

struct matching {
    struct group *group;
    const struct survey *survey;
};

/* The rows of an answer to the series that were chosen; others that the selector brings are let go. */
static int match_row(const struct reply_row *row, void *payload)
{
    struct matching *matching = payload;

    for (size_t i = 0; i < matching->group->member_count; i++) {
        struct member *member = &matching->group->members[i];

        if (label_set_equal(&matching->survey->series[member->series].labels, row->labels))
            member->values = row->values;
    }
    return 0;
}

static int match(struct group *group, const struct survey *survey, const json_t *root)
{
    for (size_t i = 0; i < group->member_count; i++)
        group->members[i].values = NULL;
    return reply_each_row(root, match_row, &(struct matching){ group, survey });
}

static const json_t *values_of(const struct group *group, uint32_t series)
{
    for (size_t i = 0; series != SERIES_NONE_INDEX && i < group->member_count; i++) {
        if (group->members[i].series == series)
            return group->members[i].values;
    }
    return NULL;
}

/* Where a series is read, sample by sample, beside another one of the same scrapes. */
struct beside {
    const json_t *values;
    size_t at;
};

/* Its value at just that time. */
static bool value_at(struct beside *beside, int64_t wall_ns, double *value_out)
{
    for (; beside->at < json_array_size(beside->values); beside->at++) {
        int64_t found_ns;
        enum reply_sample is =
            reply_sample(json_array_get(beside->values, beside->at), &found_ns, value_out);

        if (is == SAMPLE_WRONG || found_ns < wall_ns)
            continue;
        return is == SAMPLE_GOOD && found_ns == wall_ns;
    }
    return false;
}

struct joined {
    struct beside terms[RAILS_TOTAL_MAX];
    struct beside factors[RAILS_TOTAL_MAX];
    bool has_factor[RAILS_TOTAL_MAX];
    size_t count;
};

/* false: a part is not there in this answer. */
static bool join(const struct group *group, const struct candidate *candidate,
                 struct joined *joined)
{
    *joined = (struct joined){ .count = candidate->term_count };
    for (size_t i = 0; i < joined->count; i++) {
        joined->terms[i].values = values_of(group, candidate->terms[i].series);
        joined->has_factor[i] = candidate->terms[i].factor != SERIES_NONE_INDEX;
        joined->factors[i].values = values_of(group, candidate->terms[i].factor);
        if (joined->terms[i].values == NULL ||
            (joined->has_factor[i] && joined->factors[i].values == NULL))
            return false;
    }
    return true;
}

/* All parts at the time of the first one's sample, added up. */
static bool add_parts(struct joined *joined, int64_t wall_ns, double first, double *sum_out)
{
    double sum = 0;

    for (size_t i = 0; i < joined->count; i++) {
        double value = first;
        double factor = 1;

        if (i > 0 && !value_at(&joined->terms[i], wall_ns, &value))
            return false;
        if (joined->has_factor[i] && !value_at(&joined->factors[i], wall_ns, &factor))
            return false;
        sum += value * factor;
    }
    *sum_out = sum;
    return true;
}

/* Of a load what is more than all is all: exporters round. */
static bool as_figure(const struct candidate *candidate, double value, double *figure_out)
{
    const struct family *family = candidate->family;
    double figure = value * family->scale;

    if (family->form == FORM_MEMORY)
        figure = 1 - value / candidate->whole;
    if (!isfinite(figure) || figure < 0 || family_is_sentinel(family, value))
        return false;
    *figure_out = family->kind == SERIES_UTILIZATION && figure > 1 ? 1 : figure;
    return true;
}

static void put_figure(struct meter *meter, int64_t wall_ns, double value, struct frames *frames,
                       struct left_out *left)
{
    double figure;

    meter->last_ns = wall_ns;
    if (as_figure(meter->candidate, value, &figure))
        frames_reading(frames, &(struct remote_reading){
                                   .device = meter->device,
                                   .wall_ns = wall_ns,
                                   .value = figure,
                               });
    else
        left->not_figures++;
}

/* A device that several series make up: the first one's samples, where the others have one too. */
static void read_joined(struct group *group, struct meter *meter, struct frames *frames,
                        struct left_out *left)
{
    struct joined joined;

    if (!join(group, meter->candidate, &joined))
        return;
    for (size_t i = 0; i < json_array_size(joined.terms[0].values); i++) {
        int64_t wall_ns;
        double value;
        enum reply_sample is =
            reply_sample(json_array_get(joined.terms[0].values, i), &wall_ns, &value);

        left->malformed += is == SAMPLE_WRONG;
        if (is == SAMPLE_WRONG || wall_ns <= meter->last_ns)
            continue;
        if (is == SAMPLE_NOT_FINITE)
            put_figure(meter, wall_ns, NAN, frames, left);
        else if (add_parts(&joined, wall_ns, value, &value))
            put_figure(meter, wall_ns, value, frames, left);
    }
}

/* A series of a device and those that tell the same, while their samples are gone through by time. */
struct head {
    uint32_t series;
    const json_t *values;
    size_t at;
    int64_t wall_ns; /* of its next sample */
    double value;
};

/* false: it has none any more. */
static bool head_step(struct head *head, struct left_out *left)
{
    while (head->at < json_array_size(head->values)) {
        enum reply_sample is =
            reply_sample(json_array_get(head->values, head->at++), &head->wall_ns, &head->value);

        if (is == SAMPLE_NOT_FINITE)
            head->value = NAN;
        if (is != SAMPLE_WRONG)
            return true;
        left->malformed++;
    }
    head->wall_ns = INT64_MAX;
    return false;
}

static size_t start_heads(const struct group *group, const struct candidate *candidate,
                          struct head heads[1 + ALTERNATES_MAX], struct left_out *left)
{
    size_t count = 0;

    for (uint32_t i = 0; i <= candidate->alternate_count; i++) {
        uint32_t series = i == 0 ? candidate->terms[0].series : candidate->alternates[i - 1];
        const json_t *values = values_of(group, series);

        if (values == NULL)
            continue;
        heads[count] = (struct head){ .series = series, .values = values };
        count += head_step(&heads[count], left);
    }
    return count;
}

/*
 * One series as long as it goes on, another one of the same device where it stops: a target that was given
 * another name, or the second server of a pair. Never both, for their times differ and their scrapes are two.
 */
static void read_single(struct group *group, struct meter *meter, struct frames *frames,
                        struct left_out *left)
{
    double interval = meter->interval_seconds > 0 ? meter->interval_seconds : 60;
    int64_t patience_ns = (int64_t)(1.6 * interval * 1e9);
    struct head heads[1 + ALTERNATES_MAX];
    size_t count = start_heads(group, meter->candidate, heads, left);

    while (count > 0) {
        struct head *next = &heads[0];
        int64_t wall_ns;

        for (size_t i = 1; i < count; i++) {
            if (heads[i].wall_ns < next->wall_ns)
                next = &heads[i];
        }
        wall_ns = next->wall_ns;
        if (wall_ns > meter->last_ns &&
            (next->series == meter->source || wall_ns - meter->last_ns > patience_ns)) {
            meter->source = next->series;
            put_figure(meter, wall_ns, next->value, frames, left);
        }
        if (!head_step(next, left))
            *next = heads[--count];
    }
}

static void read_meter(struct group *group, struct meter *meter, struct frames *frames,
                       struct left_out *left)
{
    const struct candidate *candidate = meter->candidate;

    if (candidate->term_count > 1 || candidate->terms[0].factor != SERIES_NONE_INDEX)
        read_joined(group, meter, frames, left);
    else
        read_single(group, meter, frames, left);
}

int group_take(struct group *group, const struct survey *survey, const json_t *root,
               struct frames *frames, struct left_out *left)
{
    int r = match(group, survey, root);

    for (size_t i = 0; r == 0 && i < group->meter_count; i++)
        read_meter(group, group->meters[i], frames, left);
    return r;
}

static int compare_steps(const void *a, const void *b)
{
    const int64_t *one = a;
    const int64_t *other = b;

    return (*one > *other) - (*one < *other);
}

/* The lower median; 0 of fewer than two. */
static double median_seconds(int64_t *steps, size_t count)
{
    if (count < 2)
        return 0;
    qsort(steps, count, sizeof(*steps), compare_steps);
    return (double)steps[(count - 1) / 2] / 1e9;
}

/* Of up to `most` steps, the last, or the last when NEAR_BEHIND of them lie behind a moment. */
static double median_step_seconds(const json_t *values, int64_t near_ns, size_t most)
{
    int64_t steps[STEPS_MAX];
    size_t seen = 0;
    size_t behind = 0;
    int64_t last_ns = -1;

    for (size_t i = 0; i < json_array_size(values) && behind < NEAR_BEHIND; i++) {
        int64_t wall_ns;
        double value;

        if (reply_sample(json_array_get(values, i), &wall_ns, &value) == SAMPLE_WRONG)
            continue;
        if (last_ns >= 0 && wall_ns > last_ns) {
            steps[seen++ % most] = wall_ns - last_ns;
            behind += wall_ns > near_ns;
        }
        last_ns = wall_ns;
    }
    return median_seconds(steps, seen < most ? seen : most);
}

/* A scrape that is slower at one edge of the window than at the other leaves no holes there. */
static void take_interval(struct meter *meter, const json_t *values, int64_t from_ns, int64_t to_ns)
{
    double from_seconds = median_step_seconds(values, from_ns, NEAR_STEPS);
    double to_seconds = median_step_seconds(values, to_ns, NEAR_STEPS);

    if (meter->interval_seconds == 0)
        meter->interval_seconds = median_step_seconds(values, INT64_MAX, STEPS_MAX);
    meter->interval_seconds = fmax(meter->interval_seconds, fmax(from_seconds, to_seconds));
}

int group_take_intervals(struct group *group, const struct survey *survey, const json_t *root,
                         int64_t from_ns, int64_t to_ns)
{
    int r = match(group, survey, root);

    for (size_t i = 0; r == 0 && i < group->meter_count; i++) {
        struct meter *meter = group->meters[i];
        const struct candidate *candidate = meter->candidate;
        bool known = values_of(group, candidate->terms[0].series) != NULL;

        take_interval(meter, values_of(group, candidate->terms[0].series), from_ns, to_ns);
        for (uint32_t k = 0;
             (!known || meter->interval_seconds == 0) && k < candidate->alternate_count; k++)
            take_interval(meter, values_of(group, candidate->alternates[k]), from_ns, to_ns);
    }
    return r;
}

static int take_latest(const struct reply_row *row, void *payload)
{
    int64_t *latest_ns = payload;
    int64_t wall_ns;
    double value;

    if (reply_sample(json_array_get(row->values, json_array_size(row->values) - 1), &wall_ns,
                     &value) != SAMPLE_WRONG &&
        wall_ns > *latest_ns)
        *latest_ns = wall_ns;
    return 0;
}

int64_t rows_latest_ns(const json_t *root)
{
    int64_t latest_ns = 0;

    return reply_each_row(root, take_latest, &latest_ns) == 0 ? latest_ns : 0;
}
