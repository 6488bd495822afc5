/* SPDX-License-Identifier: Apache-2.0 */
/* model/fetch.c - whether a question or an answer of the fetcher can be what it says it is */
#include "model/fetch.h"

#include <math.h>

#include "base/text.h"

static const double INTENSITY_MOST = 5000; /* gCO2e/kWh; as for a user's file */

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
    static const char *const names[] = {
        [FETCH_USED] = "used",
        [FETCH_FROM_CACHE] = "cached",
        [FETCH_NOT_COVERED] = "not covered",
        [FETCH_NO_SECRET] = "no key",
        [FETCH_DENIED] = "denied",
        [FETCH_LIMITED] = "limited",
        [FETCH_UNREACHABLE] = "unreachable",
        [FETCH_BAD_ANSWER] = "bad answer",
        [FETCH_NO_DATA] = "no data",
        [FETCH_TOO_LATE] = "too late",
    };

    return names[outcome];
}

#define IS_TEXT(field) text_is_line(field, sizeof(field))

static bool check_choice(const struct fetch_choice *choice)
{
    return IS_TEXT(choice->provider) && IS_TEXT(choice->url) && IS_TEXT(choice->secret) &&
           choice->provider[0] != '\0';
}

bool fetch_question_check(const struct fetch_question *question)
{
    if (question->magic != FETCH_MAGIC || question->version != FETCH_VERSION ||
        (unsigned)question->what > FETCH_LOCATION || question->choice_count > FETCH_CHAIN_MAX)
        return false;
    if (!IS_TEXT(question->place.country) || !IS_TEXT(question->place.region) ||
        !IS_TEXT(question->place.cloud) || !IS_TEXT(question->place.zone) ||
        !IS_TEXT(question->expired_from) || !IS_TEXT(question->cache_dir) ||
        !IS_TEXT(question->secret_dir) || !IS_TEXT(question->ca_file))
        return false;
    if (question->deadline_ms <= 0 ||
        (question->what == FETCH_WINDOW && question->from_wall_ns >= question->to_wall_ns))
        return false;
    for (uint32_t i = 0; i < question->choice_count; i++) {
        if (!check_choice(&question->choices[i]))
            return false;
    }
    return true;
}

static bool check_origin(const struct intensity_origin *origin)
{
    return IS_TEXT(origin->provider) && IS_TEXT(origin->zone) && IS_TEXT(origin->kind) &&
           IS_TEXT(origin->source) && IS_TEXT(origin->source_short) && IS_TEXT(origin->licence) &&
           origin->band_ratio >= 0 && origin->band_ratio <= 1;
}

bool fetch_answer_check(const struct fetch_answer *answer)
{
    if (answer->magic != FETCH_MAGIC || answer->version != FETCH_VERSION || answer->status > 0 ||
        answer->point_count > FETCH_POINTS_MAX || answer->step_count > FETCH_CHAIN_MAX)
        return false;
    if (answer->status < 0 && answer->point_count > 0)
        return false;
    if (!check_origin(&answer->origin) || !IS_TEXT(answer->cloud))
        return false;
    for (uint32_t i = 0; i < answer->step_count; i++) {
        const struct fetch_step *step = &answer->steps[i];

        if (!IS_TEXT(step->provider) || !IS_TEXT(step->reason) ||
            (unsigned)step->outcome > FETCH_TOO_LATE)
            return false;
    }
    return true;
}

bool fetch_points_check(const struct intensity_point *points, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double value = points[i].gco2e_per_kwh;

        if (!isnan(value) && !(value >= 0 && value <= INTENSITY_MOST))
            return false;
        if ((unsigned)points[i].quality > POINT_FORECAST)
            return false;
        if (i > 0 && points[i].wall_ns <= points[i - 1].wall_ns)
            return false;
    }
    return true;
}
