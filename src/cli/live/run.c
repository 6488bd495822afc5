/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/run.c - --provider under `run`: asked while the command runs, and once more of the whole of it */
#include "cli/live/run.h"

#include "base/clock.h"

/* The value that holds now began before it, and a short run ends within what is foreseen. */
static const int64_t BEFORE_NS = 3600 * NSEC_PER_SEC;
static const int64_t AHEAD_NS = 900 * NSEC_PER_SEC;
/* For less than this nothing new is published meanwhile: the first answer will do. */
static const int64_t ASK_AGAIN_NS = 600 * NSEC_PER_SEC;

static int64_t from_when(const struct live_run *live, int64_t from_ns)
{
    if (live->since_wall_ns <= 0 || live->since_wall_ns - BEFORE_NS >= from_ns)
        return from_ns;
    return live->since_wall_ns - BEFORE_NS;
}

pid_t live_run_begin(struct live_run *live)
{
    int64_t now_ns = clock_wall_ns();

    live->answer.live = LIVE_NONE;
    if (live->plan == NULL)
        return 0;
    live->asked_mono_ns = clock_mono_ns();
    if (live_begin(live->plan, from_when(live, now_ns - BEFORE_NS), now_ns + AHEAD_NS, &live->fetch,
                   &live->answer) < 0)
        return 0;
    return fetch_pid(live->fetch);
}

/* Within its own deadline, which may be over since long. */
static void take_first(struct live_run *live)
{
    int64_t since_ms = (clock_mono_ns() - live->asked_mono_ns) / NSEC_PER_MSEC;
    int64_t left_ms = live->plan->timeout_ms - since_ms;

    if (live->fetch == NULL)
        return;
    (void)live_take(live->fetch, left_ms > 0 ? left_ms : 0, live->wake_fd, live->woken,
                    live->payload, &live->answer);
    fetch_free(live->fetch);
    live->fetch = NULL;
}

/* Providers publish late: of a longer run more is known at its end. */
static void ask_again(struct live_run *live, int64_t from_wall_ns, int64_t to_wall_ns)
{
    struct live_answer again;

    if (live_begin(live->plan, from_when(live, from_wall_ns), to_wall_ns, &live->fetch, &again) ==
        0)
        (void)live_take(live->fetch, live->plan->timeout_ms, live->wake_fd, live->woken,
                        live->payload, &again);
    fetch_free(live->fetch);
    live->fetch = NULL;
    if (live_cover(&again.series, from_wall_ns, to_wall_ns) >=
        live_cover(&live->answer.series, from_wall_ns, to_wall_ns)) {
        live_answer_deinit(&live->answer);
        live->answer = again;
    } else {
        live_answer_deinit(&again);
    }
}

/* At the end alone: nothing of the run depends on it. */
static void ask_marginal(struct live_run *live, int64_t from_wall_ns, int64_t to_wall_ns,
                         struct carbon_basis *basis)
{
    struct live_plan *plan = live_plan_marginal(live->plan);

    if (plan == NULL)
        return;
    if (live_begin(plan, from_wall_ns - BEFORE_NS, to_wall_ns, &live->fetch, &live->marginal) == 0)
        (void)live_take(live->fetch, plan->timeout_ms, live->wake_fd, live->woken, live->payload,
                        &live->marginal);
    fetch_free(live->fetch);
    live->fetch = NULL;
    basis->marginal = &live->marginal.series;
    basis->marginal_met = live_marginal_of(plan, &live->marginal);
    live_plan_free(plan);
}

void live_run_complete(struct live_run *live, int64_t from_wall_ns, int64_t to_wall_ns,
                       struct carbon_basis *basis)
{
    if (live->plan == NULL)
        return;
    take_first(live);
    if (to_wall_ns - from_wall_ns >= ASK_AGAIN_NS || !live->answer.live.asked)
        ask_again(live, from_wall_ns, to_wall_ns);
    basis->live = live->answer.live;
    basis->series = live->answer.series.count > 0 ? &live->answer.series : NULL;
    ask_marginal(live, from_wall_ns, to_wall_ns, basis);
}

void live_run_deinit(struct live_run *live)
{
    fetch_free(live->fetch);
    live->fetch = NULL;
    live_answer_deinit(&live->answer);
    live_answer_deinit(&live->marginal);
}
