/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/memory.c - what providers said of the past of a few places, for many runs that ask of it */
#include "cli/live/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/live/options.h"

enum {
    PLACES_MAX = 8,
    QUESTIONS_MAX = 1000, /* of a week each: 19 years of one place */
    FAILURES_MAX = 3,     /* in a row: each may have taken the whole of --fetch-timeout */
};
/* A request of most providers covers two weeks or more, and a file of the cache is a day. */
static const int64_t WEEK_NS = 7 * 86400 * NSEC_PER_SEC;

struct remembered {
    char key[RUN_PLACE_SIZE]; /* the place; "": free */
    struct live_plan *plan;
    int64_t from_ns;
    int64_t to_ns; /* from_ns: nothing was asked yet */
    struct live_answer answer;
};

struct live_memory {
    struct remembered places[PLACES_MAX];
    size_t next; /* to be forgotten */
    unsigned questions;
    unsigned failures;
};

struct live_memory *live_memory_new(void)
{
    return calloc(1, sizeof(struct live_memory));
}

static void forget(struct remembered *place)
{
    live_plan_free(place->plan);
    live_answer_deinit(&place->answer);
    *place = (struct remembered){ 0 };
}

void live_memory_free(struct live_memory *memory)
{
    if (memory == NULL)
        return;
    for (size_t i = 0; i < PLACES_MAX; i++)
        forget(&memory->places[i]);
    free(memory);
}

static int remember(struct live_memory *memory, const struct cli *cli,
                    const struct intensity *place, const char *place_option,
                    struct remembered **place_out, struct aico2_error *err)
{
    struct remembered *found = &memory->places[memory->next];
    char key[RUN_PLACE_SIZE];
    int r;

    (void)snprintf(key, sizeof(key), "%.100s|%s", place_option, place->place);
    for (size_t i = 0; i < PLACES_MAX; i++) {
        if (strcmp(memory->places[i].key, key) == 0) {
            *place_out = &memory->places[i];
            return 0;
        }
    }
    forget(found);
    r = live_plan_from_options(cli, place, place_option, &found->plan, err);
    if (r < 0)
        return r;
    memcpy(found->key, key, sizeof(key));
    memory->next = (memory->next + 1) % PLACES_MAX;
    *place_out = found;
    return 0;
}

/* Whether somebody could not answer; that nobody has values of a time is an answer. */
static bool has_failed(const struct live_answer *answer)
{
    if (answer->series.count > 0)
        return false;
    for (uint32_t i = 0; i < answer->live.step_count; i++) {
        enum fetch_outcome outcome = answer->live.steps[i].outcome;

        if (outcome != FETCH_NO_DATA && outcome != FETCH_NOT_COVERED &&
            !fetch_step_served(&answer->live.steps[i]))
            return true;
    }
    return false;
}

static int ask(struct live_memory *memory, const struct live_plan *plan, int64_t from_ns,
               int64_t to_ns, struct live_answer *answer_out, struct aico2_error *err)
{
    if (memory->failures >= FAILURES_MAX)
        return aico2_error_set(err, -ECANCELED, "%u questions in a row failed", memory->failures);
    if (memory->questions >= QUESTIONS_MAX)
        return aico2_error_set(err, -ECANCELED, "%u questions are enough for once (--start, --end)",
                               memory->questions);
    memory->questions++;
    live_ask(plan, from_ns, to_ns, answer_out);
    memory->failures = has_failed(answer_out) ? memory->failures + 1 : 0;
    return 0;
}

/* The weeks that the time lies in, as far as they have passed. */
static int ask_weeks(struct live_memory *memory, struct remembered *place, int64_t from_ns,
                     int64_t to_ns, struct aico2_error *err)
{
    int64_t now_ns = clock_wall_ns();
    int64_t first_ns = from_ns / WEEK_NS * WEEK_NS;
    int64_t last_ns = (to_ns / WEEK_NS + 1) * WEEK_NS;
    struct live_answer answer;
    int r;

    if (place->from_ns < place->to_ns && from_ns >= place->from_ns && to_ns <= place->to_ns)
        return 0;
    if (last_ns > now_ns)
        last_ns = to_ns > now_ns ? to_ns : now_ns;
    r = ask(memory, place->plan, first_ns, last_ns, &answer, err);
    if (r < 0)
        return r;
    live_answer_deinit(&place->answer);
    place->answer = answer;
    place->from_ns = first_ns;
    place->to_ns = last_ns;
    return 0;
}

static int copy_answer(const struct live_answer *from, struct live_answer *to_out,
                       struct aico2_error *err)
{
    struct live_answer to = *from;

    to.series.points = calloc(from->series.count + 1, sizeof(*to.series.points));
    if (to.series.points == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (from->series.count > 0)
        memcpy(to.series.points, from->series.points,
               from->series.count * sizeof(*to.series.points));
    to.series.capacity = from->series.count + 1;
    *to_out = to;
    return 0;
}

int live_memory_ask(struct live_memory *memory, const struct cli *cli,
                    const struct intensity *place, const char *place_option, int64_t from_wall_ns,
                    int64_t to_wall_ns, struct live_answer *answer_out, struct aico2_error *err)
{
    struct remembered *found;
    int r;

    if (place->place_basis == PLACE_WORLD)
        return aico2_error_set(err, -ENODATA,
                               "no live intensity of a place that is not known (--country)");
    r = remember(memory, cli, place, place_option, &found, err);
    if (r < 0)
        return r;
    if (found->plan == NULL) { /* it was said why */
        *answer_out = (struct live_answer){ .live = LIVE_NONE };
        return 0;
    }
    r = ask_weeks(memory, found, from_wall_ns, to_wall_ns, err);
    if (r < 0)
        return r;
    if (found->answer.series.count > 0 && found->plan->question.choice_count > 1 &&
        !(live_cover(&found->answer.series, from_wall_ns, to_wall_ns) > 0))
        return ask(memory, found->plan, from_wall_ns, to_wall_ns, answer_out, err);
    return copy_answer(&found->answer, answer_out, err);
}
