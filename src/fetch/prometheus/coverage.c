/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/coverage.c - how much of the window each family tells, so that a better meter that came late does
 * not push out a worse one that was there all the time
 */
#include <string.h>

#include "fetch/prometheus/survey.h"

/* What counts the same joules: a GPU by its uuid, all else by its kind. */
static bool are_rivals(const struct candidate *a, const struct candidate *b)
{
    if (a->host != b->host || a->kind != b->kind || a->family->kind == SERIES_UTILIZATION ||
        b->family->kind == SERIES_UTILIZATION)
        return false;
    return a->kind != DEVICE_GPU || (a->uuid[0] != '\0' && strcmp(a->uuid, b->uuid) == 0);
}

bool coverage_matters(const struct survey *survey)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        for (size_t k = i + 1; k < survey->candidate_count &&
                               survey->candidates[k].host == survey->candidates[i].host;
             k++) {
            if (survey->candidates[k].family != survey->candidates[i].family &&
                are_rivals(&survey->candidates[i], &survey->candidates[k]))
                return true;
        }
    }
    return false;
}

unsigned coverage_of(const struct survey *survey, const struct candidate *candidate)
{
    uint32_t presence = 0;
    unsigned count = 0;

    for (uint32_t i = 0; i < candidate->term_count; i++) {
        uint32_t own = survey->series[candidate->terms[i].series].presence;

        presence = i == 0 ? own : presence & own;
    }
    for (uint32_t i = 0; i < candidate->alternate_count; i++)
        presence |= survey->series[candidate->alternates[i]].presence;
    for (; presence != 0; presence &= presence - 1)
        count++;
    return count;
}

void coverage_apply(struct survey *survey)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        struct candidate *one = &survey->candidates[i];
        unsigned own = coverage_of(survey, one);

        for (size_t k = 0; k < survey->candidate_count; k++) {
            const struct candidate *other = &survey->candidates[k];

            if (other->family != one->family && are_rivals(one, other) &&
                10 * own < 9 * coverage_of(survey, other))
                one->is_thin = true;
        }
    }
}
