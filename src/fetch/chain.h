/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/chain.h - the providers of a question, one after the other, until one has an answer */
#pragma once

#include "fetch/ask.h"

struct chain {
    const struct provider *const *table;
    size_t count;
    http_exchange_fn exchange;   /* http_exchange() */
    const char *credentials_dir; /* of systemd; NULL none */
};

/**
 * chain_run() - answer a FETCH_WINDOW
 * Each choice leaves a step. The first with a value in the window ends it: another does not fill its holes,
 * for kinds must not mix.
 * @answer_out: whole, also when the status in it is negative
 * @series_out: its points; the caller frees them
 */
void chain_run(const struct chain *chain, const struct fetch_question *question,
               struct fetch_answer *answer_out, struct intensity_series *series_out);
