/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/live.h - providers of live intensities, asked of a stretch of time through the fetcher */
#pragma once

#include <limits.h>

#include "cli/fetcher.h"
#include "model/live.h"

/* What is asked of whom; the times come with each question. It may hold secrets. */
struct live_plan {
    struct fetch_question question;
    struct fetch_choice
        marginal;           /* who is asked for the marginal signal beside; provider "": nobody */
    char program[PATH_MAX]; /* "": this installation has none */
    int64_t timeout_ms;
};

/* What came of a question: live.steps tell why where the series is empty. */
struct live_answer {
    struct live live;
    struct intensity_series series;
    char cloud[64]; /* of live_locate() */
};

struct live_plan *live_plan_new(void); /* NULL: out of memory */
void live_plan_free(struct live_plan *plan);

void live_answer_deinit(struct live_answer *answer);

/**
 * live_begin() - ask of [from, to), what is known and what is foreseen; nothing is waited for
 * Return: 0; else -errno, and the reason is a step of *answer_out
 */
int live_begin(const struct live_plan *plan, int64_t from_wall_ns, int64_t to_wall_ns,
               struct fetch **fetch_out, struct live_answer *answer_out);

/* Its answer; one that did not come or cannot be is a step of it. Return: as fetch_take(). */
int live_take(struct fetch *fetch, int64_t wait_ms, int wake_fd, bool (*woken)(void *payload),
              void *payload, struct live_answer *answer_out);

/* Both. */
void live_ask(const struct live_plan *plan, int64_t from_wall_ns, int64_t to_wall_ns,
              struct live_answer *answer_out);

/* The question for the marginal signal. NULL: nobody is asked, or out of memory. */
struct live_plan *live_plan_marginal(const struct live_plan *plan);
/* What came of it, but for the energy it met. */
struct live_marginal live_marginal_of(const struct live_plan *plan,
                                      const struct live_answer *answer);

/* Share of [from, to) with a value, by time. */
double live_cover(const struct intensity_series *series, int64_t from_wall_ns, int64_t to_wall_ns);
