/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/survey.c - the series of a server that could tell energy, kept and found again */
#include "fetch/prometheus/survey.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum { SERIES_MAX = 400000 };

void survey_deinit(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++)
        label_set_deinit(&survey->series[i].labels);
    free(survey->series);
    free(survey->candidates);
    hosts_deinit(&survey->hosts);
    *survey = (struct survey){ 0 };
}

const char *seen_metric(const struct seen_series *series)
{
    return label_of(&series->labels, "__name__");
}

static bool is_fact(const char *metric)
{
    for (size_t i = 0; i < family_fact_count; i++) {
        if (strcmp(family_facts[i], metric) == 0)
            return true;
    }
    return false;
}

int survey_add(struct survey *survey, struct label_set *labels)
{
    const char *metric = label_of(labels, "__name__");
    const struct family *family = family_find(metric);

    if (family == NULL && survey->by_match && !is_fact(metric))
        family = family_by_unit(metric);
    if (family == NULL && !is_fact(metric)) {
        if (survey->unknown++ == 0)
            text_copy_clean(survey->unknown_example, sizeof(survey->unknown_example), metric);
        return 0;
    }
    if (survey->count == SERIES_MAX)
        return -EFBIG;
    if (array_reserve(&survey->series, &survey->capacity, survey->count + 1,
                      sizeof(*survey->series)) < 0)
        return -ENOMEM;
    survey->series[survey->count++] = (struct seen_series){
        .labels = *labels,
        .family = family,
        .host = UINT32_MAX,
        .value = NAN,
    };
    *labels = (struct label_set){ 0 };
    return hosts_see(&survey->hosts, &survey->series[survey->count - 1].labels);
}

static int compare_series(const void *a, const void *b)
{
    const struct seen_series *one = a;
    const struct seen_series *other = b;
    size_t size = one->labels.size < other->labels.size ? one->labels.size : other->labels.size;
    int order = memcmp(one->labels.text, other->labels.text, size);

    return order != 0
               ? order
               : (one->labels.size > other->labels.size) - (one->labels.size < other->labels.size);
}

/* Sorted, so that the same server gives the same choice; what two selectors found is there once. */
static void sort_series(struct survey *survey)
{
    size_t kept = 0;

    qsort(survey->series, survey->count, sizeof(*survey->series), compare_series);
    for (size_t i = 0; i < survey->count; i++) {
        if (kept > 0 &&
            label_set_equal(&survey->series[kept - 1].labels, &survey->series[i].labels))
            label_set_deinit(&survey->series[i].labels);
        else
            survey->series[kept++] = survey->series[i];
    }
    survey->count = kept;
}

int survey_settle(struct survey *survey)
{
    int r;

    if (survey->count == 0)
        return 0;
    sort_series(survey);
    r = hosts_settle(&survey->hosts);
    for (size_t i = 0; r == 0 && i < survey->count; i++)
        (void)hosts_find(&survey->hosts, &survey->series[i].labels, &survey->series[i].host);
    return r;
}

const struct seen_series *survey_find(const struct survey *survey, const char *metric,
                                      uint32_t host, const struct label_set *like, const char *but)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct seen_series *series = &survey->series[i];

        if (series->host == host && strcmp(seen_metric(series), metric) == 0 &&
            (like == NULL || label_set_equal_but(&series->labels, like, but)))
            return series;
    }
    return NULL;
}
