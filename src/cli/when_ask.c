/* SPDX-License-Identifier: Apache-2.0 */
/* cli/when_ask.c - the greenest time by the values of --provider */
#include "cli/when_ask.h"

#include <errno.h>

#include "base/clock.h"
#include "base/text.h"
#include "carbon/series.h"

/* The value that holds now began before now. */
static const int64_t BEFORE_NS = 3 * 3600 * NSEC_PER_SEC;
/* A week has all the days that a week has; more is more of the provider's quota. */
static const int64_t DAYS_NS = 7 * 86400 * NSEC_PER_SEC;

static int nobody(const struct when_query *job, const struct live *live, struct aico2_error *err)
{
    char steps[192] = "";

    for (uint32_t i = 0; i < live->step_count; i++) {
        const struct fetch_step *step = &live->steps[i];

        text_append(steps, sizeof(steps), "%s%s %s%s%s%s", i > 0 ? "; " : "", step->provider,
                    fetch_outcome_name(step->outcome), step->reason[0] != '\0' ? " (" : "",
                    step->reason, step->reason[0] != '\0' ? ")" : "");
    }
    return aico2_error_set(err, -ENODATA, "no live intensity of %s: %s", job->place.name, steps);
}

static int ask_of(const struct live_plan *plan, const struct when_query *job, int64_t from_ns,
                  int64_t to_ns, struct when *when_out, struct aico2_error *err)
{
    AICO2_CLEANUP(live_answer_deinit) struct live_answer answer = { .live = LIVE_NONE };
    struct when_query query = *job;

    live_ask(plan, from_ns, to_ns, &answer);
    if (answer.series.count == 0)
        return nobody(job, &answer.live, err);
    query.series = &answer.series;
    query.source = answer.series.origin.source[0] != '\0' ? answer.series.origin.source
                                                          : answer.series.origin.provider;
    return when_make(&query, when_out, err);
}

int when_ask(const struct live_plan *plan, const struct when_query *job, struct when *when_out,
             struct aico2_error *err)
{
    int64_t now_ns = clock_wall_ns();
    struct aico2_error ahead = { 0 };
    int r = ask_of(plan, job, job->from_ns - BEFORE_NS, job->from_ns + job->within_ns, when_out,
                   &ahead);

    if (r == -ENODATA) {
        int64_t end_ns = job->from_ns < now_ns ? job->from_ns : now_ns;

        return ask_of(plan, job, end_ns - DAYS_NS, end_ns, when_out, err);
    }
    *err = ahead;
    return r;
}
