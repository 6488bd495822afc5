/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/load.c - how busy a machine's CPUs were, out of the seconds that they were not
 *
 * A machine has a series for each CPU and mode: hundreds. The server adds them up, at steps of the scrape's
 * length, and says of when the sums are: what comes back are the scrapes' own times and one sum for each. Waiting
 * for the disk, and what the hypervisor took, is not busy; so it is for the reader of /proc/stat.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fetch/prometheus/group.h"
#include "fetch/prometheus/reply.h"

/* Sums of one instance while an answer is read. */
struct sums {
    struct meter *meter;
    int64_t first_ns; /* of this answer; INT64_MAX: not in it */
    const char *instance;
    const char *job;
    const json_t *rest;
    const json_t *cpus;
    const json_t *time;
};

struct matching {
    struct sums *sums;
    size_t count;
};

static void add_part(struct strbuf *query, const char *what, const char *function, const char *mode,
                     const char *instances, const char *end)
{
    strbuf_printf(
        query,
        "label_replace(%s(node_cpu_seconds_total{mode=~\"%s\"%s})%s,\"what\",\"%s\",\"\",\"\")",
        function, mode, instances, end, what);
}

int load_query(const struct group *group, struct strbuf *query)
{
    const char *instances = strbuf_text(&group->instances);

    add_part(query, "rest", "sum by (instance, job) ", "idle|iowait|steal", instances, "");
    strbuf_add(query, " or ");
    add_part(query, "cpus", "count by (instance, job) ", "idle", instances, "");
    strbuf_add(query, " or ");
    add_part(query, "time", "max by (instance, job) (timestamp", "idle", instances, ")");
    return query->failed ? -ENOMEM : 0;
}

static int match_row(const struct reply_row *row, void *payload)
{
    const struct matching *matching = payload;
    const char *what = label_of(row->labels, "what");

    for (size_t i = 0; i < matching->count; i++) {
        struct sums *sums = &matching->sums[i];

        if (strcmp(sums->instance, label_of(row->labels, "instance")) != 0 ||
            strcmp(sums->job, label_of(row->labels, "job")) != 0)
            continue;
        if (strcmp(what, "rest") == 0)
            sums->rest = row->values;
        else if (strcmp(what, "cpus") == 0)
            sums->cpus = row->values;
        else if (strcmp(what, "time") == 0)
            sums->time = row->values;
    }
    return 0;
}

/* A step's value; the arrays have the same steps where all three have a value. */
static bool take_at(const json_t *values, size_t *at, int64_t step_ns, double *value_out)
{
    for (; *at < json_array_size(values); (*at)++) {
        int64_t wall_ns;
        enum reply_sample is = reply_sample(json_array_get(values, *at), &wall_ns, value_out);

        if (is == SAMPLE_WRONG || wall_ns < step_ns)
            continue;
        return is == SAMPLE_GOOD && wall_ns == step_ns;
    }
    return false;
}

/* A CPU that came or went, and a boot, leave a hole. */
static void take_step(struct meter *meter, int64_t wall_ns, double rest_seconds, double cpus,
                      struct frames *frames)
{
    double seconds = (double)(wall_ns - meter->rest_ns) / 1e9;
    double idle_ratio = (rest_seconds - meter->rest_seconds) / (seconds * cpus);
    bool is_whole = meter->has_rest && cpus > 0 && cpus == meter->cpus &&
                    rest_seconds >= meter->rest_seconds - 0.5;

    meter->has_rest = true;
    meter->rest_ns = wall_ns;
    meter->rest_seconds = rest_seconds;
    meter->cpus = cpus;
    if (is_whole && isfinite(idle_ratio))
        frames_reading(frames, &(struct remote_reading){
                                   .device = meter->device,
                                   .wall_ns = wall_ns,
                                   .value = fmin(fmax(1 - idle_ratio, 0), 1),
                               });
}

static void read_sums(const struct sums *sums, struct frames *frames)
{
    size_t cpus_at = 0;
    size_t time_at = 0;

    for (size_t i = 0; i < json_array_size(sums->rest); i++) {
        int64_t step_ns;
        int64_t wall_ns;
        double rest_seconds;
        double cpus;
        double time_seconds;

        if (reply_sample(json_array_get(sums->rest, i), &step_ns, &rest_seconds) != SAMPLE_GOOD ||
            !take_at(sums->cpus, &cpus_at, step_ns, &cpus) ||
            !take_at(sums->time, &time_at, step_ns, &time_seconds) ||
            !(time_seconds > 0 && time_seconds < 4e9))
            continue;
        wall_ns = (int64_t)llround(time_seconds * 1000) * INT64_C(1000000);
        if (wall_ns > sums->meter->last_ns) { /* else no scrape since the step before */
            sums->meter->last_ns = wall_ns;
            take_step(sums->meter, wall_ns, rest_seconds, cpus, frames);
        }
    }
}

static int compare_sums(const void *a, const void *b)
{
    const struct sums *one = a;
    const struct sums *other = b;

    return (one->first_ns > other->first_ns) - (one->first_ns < other->first_ns);
}

/* One after the other by where they begin: of a machine with two names each tells what the one before does not. */
static void read_all(struct sums *sums, size_t count, struct frames *frames)
{
    for (size_t i = 0; i < count; i++) {
        bool is_whole = sums[i].rest != NULL && sums[i].cpus != NULL && sums[i].time != NULL;
        double ignored;

        if (!is_whole || reply_sample(json_array_get(sums[i].rest, 0), &sums[i].first_ns,
                                      &ignored) == SAMPLE_WRONG)
            sums[i].first_ns = INT64_MAX;
    }
    qsort(sums, count, sizeof(*sums), compare_sums);
    for (size_t i = 0; i < count && sums[i].first_ns != INT64_MAX; i++)
        read_sums(&sums[i], frames);
}

static void add_sums(struct sums *sums, size_t *count, struct meter *meter,
                     const struct label_set *labels)
{
    sums[(*count)++] = (struct sums){
        .meter = meter,
        .instance = label_of(labels, "instance"),
        .job = label_of(labels, "job"),
    };
}

int load_take(struct group *group, const struct survey *survey, const json_t *root,
              struct frames *frames)
{
    AICO2_CLEANUP(freep)
    struct sums *sums = calloc(group->meter_count, (1 + ALTERNATES_MAX) * sizeof(*sums));
    size_t count = 0;
    int r;

    if (sums == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < group->meter_count; i++) {
        const struct candidate *candidate = group->meters[i]->candidate;

        add_sums(sums, &count, group->meters[i],
                 &survey->series[candidate->terms[0].series].labels);
        for (uint32_t k = 0; k < candidate->alternate_count; k++)
            add_sums(sums, &count, group->meters[i],
                     &survey->series[candidate->alternates[k]].labels);
    }
    r = reply_each_row(root, match_row, &(struct matching){ sums, count });
    if (r == 0)
        read_all(sums, count, frames);
    return r;
}
