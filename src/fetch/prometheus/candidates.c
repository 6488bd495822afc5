/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/candidates.c - devices out of series: which ones tell the same, and which make one up together */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "fetch/prometheus/survey.h"

/* "GPU-DF6E..." of one exporter is "df6e..." of another. */
static void clean_uuid(char out[DEVICE_UUID_SIZE], const char *text)
{
    text_copy_clean(out, DEVICE_UUID_SIZE, text);
    for (char *at = out; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    if (strncmp(out, "gpu-", 4) == 0)
        memmove(out, out + 4, strlen(out + 4) + 1);
}

/* The number that a label ends in: "0", "gpu3", "/sys/class/powercap/intel-rapl:1". */
static int32_t index_of(const struct label_set *labels, const char *name)
{
    const char *text = name != NULL ? label_of(labels, name) : "";
    size_t length = strlen(text);
    size_t begin = length;

    while (begin > 0 && isdigit((unsigned char)text[begin - 1]))
        begin--;
    return begin < length && length - begin < 6 ? (int32_t)strtol(text + begin, NULL, 10) : -1;
}

/* What is left of the labels when those of the scrape are gone: what a user's own series is called by. */
static void own_labels(const struct label_set *labels, char name_out[96])
{
    static const char *const known[] = { "__name__", "instance", "job" };
    const char *at = labels->text;

    while (*at != '\0') {
        const char *value = at + strlen(at) + 1;

        if (text_index(at, known, ARRAY_LENGTH(known)) < 0)
            text_append(name_out, 96, "%s%s=%s", name_out[0] != '\0' ? "," : "", at, value);
        at = value + strlen(value) + 1;
    }
}

/* A device from one series. false: it counts nothing that is taken. */
static bool make(const struct survey *survey, uint32_t index, struct candidate *out)
{
    const struct seen_series *series = &survey->series[index];
    const struct family *family = series->family;
    struct candidate one = {
        .family = family,
        .host = series->host,
        .vendor = family->vendor,
        .index = index_of(&series->labels, family->index),
        .terms = { { index, SERIES_NONE_INDEX } },
        .term_count = 1,
    };

    if (family->form == FORM_HWMON) {
        if (!hwmon_kind(survey, series, &one.kind, &one.index, &one.vendor, one.name))
            return false;
    } else if (!family_device_kind(family, &series->labels, &one.kind)) {
        return false;
    }
    if (family->uuid != NULL)
        clean_uuid(one.uuid, label_of(&series->labels, family->uuid));
    if (family->model != NULL)
        text_copy_clean(one.model, sizeof(one.model), label_of(&series->labels, family->model));
    if (family->name != NULL)
        text_copy_clean(one.name, sizeof(one.name), label_of(&series->labels, family->name));
    if (one.kind == DEVICE_OTHER && family->metric[0] == '\0')
        own_labels(&series->labels, one.name);
    *out = one;
    return true;
}

static const char *metric_of(const struct survey *survey, const struct candidate *candidate)
{
    return seen_metric(&survey->series[candidate->terms[0].series]);
}

static bool same_device(const struct survey *survey, const struct candidate *a,
                        const struct candidate *b)
{
    /* rows of a user's choice share a family by their unit */
    if (a->family == b->family && a->family->metric[0] == '\0' &&
        strcmp(metric_of(survey, a), metric_of(survey, b)) != 0)
        return false;
    if (a->host != b->host || a->family != b->family || a->kind != b->kind)
        return false;
    if (a->uuid[0] != '\0' || b->uuid[0] != '\0')
        return strcmp(a->uuid, b->uuid) == 0;
    return a->index == b->index && strcmp(a->name, b->name) == 0;
}

/* Rows of the instances of one divided GPU, which repeat the board's figure, are nothing to speak of. */
static bool is_of_an_instance(const struct label_set *labels)
{
    return label_of(labels, "GPU_I_ID")[0] != '\0';
}

static void count_repeated(struct survey *survey, const struct candidate *kept,
                           const struct seen_series *left)
{
    const struct seen_series *taken = &survey->series[kept->terms[0].series];

    if (is_of_an_instance(&left->labels) || is_of_an_instance(&taken->labels))
        return;
    if (survey->repeated++ == 0)
        (void)snprintf(survey->repeated_example, sizeof(survey->repeated_example),
                       "%.60s of '%.40s' (job '%.20s'), not of '%.40s' (job '%.20s')",
                       seen_metric(taken), label_of(&taken->labels, "instance"),
                       label_of(&taken->labels, "job"), label_of(&left->labels, "instance"),
                       label_of(&left->labels, "job"));
}

/* Those that differ by the label of a part add up to the device; any other is the same told twice. */
static bool is_another_part(const struct survey *survey, const struct candidate *known,
                            const struct seen_series *series)
{
    const char *part = known->family->part;
    const struct seen_series *first = &survey->series[known->terms[0].series];

    if (known->family->form != FORM_SUM || known->term_count == RAILS_TOTAL_MAX ||
        !label_set_equal_but(&first->labels, &series->labels, part))
        return false;
    for (uint32_t i = 0; i < known->term_count; i++) {
        const struct seen_series *term = &survey->series[known->terms[i].series];

        if (strcmp(label_of(&term->labels, part), label_of(&series->labels, part)) == 0)
            return false;
    }
    return true;
}

static struct candidate *find(struct survey *survey, const struct candidate *wanted)
{
    for (size_t i = survey->candidate_count; i-- > 0;) {
        if (same_device(survey, &survey->candidates[i], wanted))
            return &survey->candidates[i];
    }
    return NULL;
}

static int add(struct survey *survey, const struct candidate *candidate)
{
    if (array_reserve(&survey->candidates, &survey->candidate_capacity, survey->candidate_count + 1,
                      sizeof(*survey->candidates)) < 0)
        return -ENOMEM;
    survey->candidates[survey->candidate_count++] = *candidate;
    return 0;
}

/* A battery's power is the machine's while it discharges: then its row with that status is 1. */
static bool join_supply(const struct survey *survey, struct candidate *one)
{
    const struct seen_series *power = &survey->series[one->terms[0].series];

    for (size_t i = 0; i < survey->count; i++) {
        const struct seen_series *row = &survey->series[i];

        if (row->host == power->host && strcmp(seen_metric(row), "node_power_supply_info") == 0 &&
            strcmp(label_of(&row->labels, "power_supply"), one->name) == 0 &&
            strcmp(label_of(&row->labels, "status"), "Discharging") == 0) {
            one->terms[0].factor = (uint32_t)i;
            return true;
        }
    }
    return false;
}

static bool join_memory(const struct survey *survey, struct candidate *one)
{
    const struct seen_series *available = &survey->series[one->terms[0].series];
    const struct seen_series *total = survey_find(survey, "node_memory_MemTotal_bytes", one->host,
                                                  &available->labels, "__name__");

    one->whole = total != NULL ? total->value : NAN;
    return one->whole > 0;
}

/* CPUs are many series of one device; which exporter it is, one of them tells. */
static void count_cpus(struct candidate *one)
{
    one->index = -1;
    one->name[0] = '\0';
}

/* Of the CPUs of another job or address one stands for all. */
static void add_alternate(const struct survey *survey, struct candidate *known, uint32_t index)
{
    const struct label_set *labels = &survey->series[index].labels;
    bool is_simple = known->term_count == 1 && known->terms[0].factor == SERIES_NONE_INDEX;

    for (uint32_t i = 0; known->family->form == FORM_CPU && i < known->alternate_count; i++)
        is_simple = is_simple && !label_set_equal_but(&survey->series[known->alternates[i]].labels,
                                                      labels, "cpu");
    if (is_simple && known->alternate_count < ALTERNATES_MAX)
        known->alternates[known->alternate_count++] = index;
}

static int take_series(struct survey *survey, uint32_t index)
{
    const struct seen_series *series = &survey->series[index];
    struct candidate one;
    struct candidate *known;

    if (series->family == NULL || series->family->form == FORM_RAILS ||
        series->host == UINT32_MAX || !make(survey, index, &one))
        return 0;
    if (series->family->form == FORM_SUPPLY && !join_supply(survey, &one))
        return 0;
    if (series->family->form == FORM_MEMORY && !join_memory(survey, &one))
        return 0;
    if (series->family->form == FORM_CPU)
        count_cpus(&one);
    known = find(survey, &one);
    if (known == NULL)
        return add(survey, &one);
    if (is_another_part(survey, known, series)) {
        known->terms[known->term_count++] = one.terms[0];
        return 0;
    }
    if (series->family->form == FORM_CPU &&
        label_set_equal_but(&survey->series[known->terms[0].series].labels, &series->labels, "cpu"))
        return 0; /* another CPU of it */
    add_alternate(survey, known, index);
    count_repeated(survey, known, series);
    return 0;
}

static bool has_module(const struct survey *survey, const struct seen_series *rail)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        if (survey->candidates[i].host == rail->host &&
            survey->candidates[i].family == rail->family)
            return true;
    }
    return false;
}

static int make_modules(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct seen_series *rail = &survey->series[i];
        struct candidate module;

        if (rail->family == NULL || rail->family->form != FORM_RAILS || rail->host == UINT32_MAX ||
            has_module(survey, rail) || !rails_make(survey, rail->family, rail->host, &module))
            continue;
        if (add(survey, &module) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *one = a;
    const struct candidate *other = b;

    if (one->host != other->host)
        return one->host < other->host ? -1 : 1;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    if (one->family->rank != other->family->rank)
        return one->family->rank < other->family->rank ? -1 : 1;
    if (one->index != other->index)
        return one->index < other->index ? -1 : 1;
    return one->terms[0].series < other->terms[0].series ? -1 : 1;
}

int candidates_make(struct survey *survey)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < survey->count; i++)
        r = take_series(survey, (uint32_t)i);
    if (r == 0)
        r = make_modules(survey);
    if (survey->candidate_count > 0)
        qsort(survey->candidates, survey->candidate_count, sizeof(*survey->candidates),
              compare_candidates);
    return r;
}
