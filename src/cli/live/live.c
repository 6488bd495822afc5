/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/live.c - providers of live intensities, asked of a stretch of time through the fetcher */
#include "cli/live/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "carbon/series.h"

struct live_plan *live_plan_new(void)
{
    struct live_plan *plan = calloc(1, sizeof(*plan));

    if (plan != NULL)
        plan->question = (struct fetch_question){ .magic = FETCH_MAGIC, .version = FETCH_VERSION };
    return plan;
}

void live_plan_free(struct live_plan *plan)
{
    if (plan == NULL)
        return;
    explicit_bzero(plan, sizeof(*plan));
    free(plan);
}

void live_answer_deinit(struct live_answer *answer)
{
    intensity_series_deinit(&answer->series);
    *answer = (struct live_answer){ .live = LIVE_NONE };
}

/* The fetcher itself failed: a step as those that it tells of. */
static void add_own_step(struct live *live, int code, const struct aico2_error *err)
{
    struct fetch_step *step = &live->steps[live->step_count++];

    (void)snprintf(step->provider, sizeof(step->provider), "aico2-fetch");
    step->outcome = code == -ETIMEDOUT || code == -EINTR ? FETCH_TOO_LATE
                    : code == -EBADMSG                   ? FETCH_BAD_ANSWER
                                                         : FETCH_UNREACHABLE;
    text_copy_clean(step->reason, sizeof(step->reason), err->message);
}

int live_begin(const struct live_plan *plan, int64_t from_wall_ns, int64_t to_wall_ns,
               struct fetch **fetch_out, struct live_answer *answer_out)
{
    struct aico2_error err = { 0 };
    struct fetch_question question = plan->question;
    int r;

    *answer_out = (struct live_answer){ .live = LIVE_NONE };
    answer_out->live.asked = true;
    question.from_wall_ns = from_wall_ns;
    question.to_wall_ns = to_wall_ns;
    /* so that what it has to say of the chain is still heard */
    question.deadline_ms = plan->timeout_ms - plan->timeout_ms / 10;
    if (plan->program[0] == '\0')
        r = aico2_error_set(&err, -ENOENT, "this installation has no aico2-fetch, a package of its own");
    else
        r = fetch_ask(fetch_out, plan->program, &question, &err);
    explicit_bzero(&question, sizeof(question));
    if (r < 0)
        add_own_step(&answer_out->live, r, &err);
    return r;
}

int live_take(struct fetch *fetch, int64_t wait_ms, int wake_fd, bool (*woken)(void *payload),
              void *payload, struct live_answer *answer_out)
{
    struct aico2_error err = { 0 };
    struct fetch_result result;
    int r = fetch_take(fetch, wait_ms, wake_fd, woken, payload, &result, &err);

    *answer_out = (struct live_answer){ .live = LIVE_NONE };
    answer_out->live.asked = true;
    if (r < 0) {
        add_own_step(&answer_out->live, r, &err);
        return r;
    }
    answer_out->series = result.series;
    answer_out->live.origin = result.answer.origin;
    answer_out->live.step_count = result.answer.step_count;
    memcpy(answer_out->live.steps, result.answer.steps, sizeof(result.answer.steps));
    memcpy(answer_out->cloud, result.answer.cloud, sizeof(answer_out->cloud));
    return 0;
}

void live_ask(const struct live_plan *plan, int64_t from_wall_ns, int64_t to_wall_ns,
              struct live_answer *answer_out)
{
    struct fetch *fetch = NULL;

    if (live_begin(plan, from_wall_ns, to_wall_ns, &fetch, answer_out) == 0)
        (void)live_take(fetch, plan->timeout_ms, -1, NULL, NULL, answer_out);
    fetch_free(fetch);
}

struct live_plan *live_plan_marginal(const struct live_plan *plan)
{
    struct live_plan *made = plan->marginal.provider[0] != '\0' ? live_plan_new() : NULL;

    if (made == NULL)
        return NULL;
    *made = *plan;
    made->question.marginal = true;
    made->question.choices[0] = plan->marginal;
    made->question.choice_count = 1;
    return made;
}

struct live_marginal live_marginal_of(const struct live_plan *plan,
                                      const struct live_answer *answer)
{
    const struct intensity_origin *origin = &answer->live.origin;
    struct live_marginal marginal = { .asked = true };

    memcpy(marginal.provider, plan->question.choices[0].provider, sizeof(marginal.provider));
    if (answer->series.count == 0) {
        for (uint32_t i = 0; i < answer->live.step_count; i++)
            text_append(marginal.reason, sizeof(marginal.reason), "%s%s %s%s%s", i > 0 ? "; " : "",
                        answer->live.steps[i].provider,
                        fetch_outcome_name(answer->live.steps[i].outcome),
                        answer->live.steps[i].reason[0] != '\0' ? ", " : "",
                        answer->live.steps[i].reason);
        return marginal;
    }
    memcpy(marginal.zone, origin->zone, sizeof(marginal.zone));
    memcpy(marginal.kind, origin->kind, sizeof(marginal.kind));
    memcpy(marginal.source, origin->source, sizeof(marginal.source));
    return marginal;
}

double live_cover(const struct intensity_series *series, int64_t from_wall_ns, int64_t to_wall_ns)
{
    int64_t known_ns = 0;

    if (to_wall_ns <= from_wall_ns)
        return isfinite(intensity_series_at(series, from_wall_ns)) ? 1 : 0;
    for (int64_t at_ns = from_wall_ns; at_ns < to_wall_ns;) {
        int64_t next_ns = intensity_series_next_change(series, at_ns);

        if (next_ns > to_wall_ns)
            next_ns = to_wall_ns;
        if (isfinite(intensity_series_at(series, at_ns)))
            known_ns += next_ns - at_ns;
        at_ns = next_ns;
    }
    return (double)known_ns / (double)(to_wall_ns - from_wall_ns);
}
