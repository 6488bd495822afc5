/* SPDX-License-Identifier: Apache-2.0 */
/* cli/figures.h - the options that turn joules into grams, and the ways a report leaves */
#pragma once

#include "cli/cli.h"
#include "cli/live/live.h"
#include "cli/options/place.h"
#include "history/history.h"
#include "model/intensity.h"
#include "model/market.h"
#include "model/price.h"
#include "model/report.h"

/* Where, when and with what overhead: resolved before anything is measured or written. */
struct figures {
    struct intensity intensity;
    struct intensity_series series; /* count 0: none */
    struct market_terms market;
    struct price price;           /* without a currency there is none */
    struct price_series prices;   /* count 0: none */
    struct intensity_series cuts; /* with prices: where either of the two changes */
    struct live_answer marginal;  /* of figures_ask(), where it was asked for beside */
    struct live_plan *live;       /* --provider; NULL: nobody is asked */
    double pue;
    struct site_options site; /* of which pue is; its sources, and the water */
    bool cloud_later; /* --cloud auto under `run`: nothing is asked before its command runs */
    char cloud[64];   /* the region that --cloud auto found */
    char place_option[RUN_PLACE_SIZE]; /* session/place/text.h */
};

void figures_deinit(struct figures *figures);

/* The series, or NULL for none. */
const struct intensity_series *figures_series(const struct figures *figures);
const struct price_series *figures_prices(const struct figures *figures);
/* What a run is cut by, so that its joules meet the figures of their own time; NULL: whole hours. */
const struct intensity_series *figures_cuts(const struct figures *figures);

/* Return: 0; -EINVAL for an unknown place or currency, -EBADMSG/-ENOENT for a bad file. */
int figures_from_options(const struct cli *cli, struct figures *figures_out,
                         struct aico2_error *err);

/**
 * figures_ask() - the providers' values of [from, to), where --provider asks for them, as the figures' own series
 * @live_out: who answered and who did not; without --provider LIVE_NONE
 * Return: 0, also where nobody answered; -ENOMEM
 */
int figures_ask(struct figures *figures, int64_t from_wall_ns, int64_t to_wall_ns,
                struct live *live_out, struct aico2_error *err);

/* The marginal signal of [from, to), into figures->marginal. Return: whether it was asked for. */
bool figures_ask_marginal(struct figures *figures, int64_t from_wall_ns, int64_t to_wall_ns,
                          struct live_marginal *met_out);

/* What was asked in another way becomes the figures' own series. Takes the answer, whatever comes of it.
 * Return: 0 or -ENOMEM. */
int figures_take_answer(struct figures *figures, struct live_answer *answer, struct live *live_out,
                        struct aico2_error *err);

/* Whether the command line says where the machine is, or what its electricity emits. */
bool figures_place_given(const struct options *options);

/* The same for runs that have a place of their own: without one of the options the intensity is left
 * unknown, and place_option holds no place. */
int figures_for_stored(const struct cli *cli, struct figures *figures_out, struct aico2_error *err);

/* Whether -o, --csv, --seed-csv and --samples can be written, as far as that can be known before anything
 * is: a training of a week shall not end in a mistyped directory. Nothing is touched. */
int figures_check_outputs(const struct cli *cli, struct aico2_error *err);

/**
 * figures_write() - -o, --csv and --seed-csv
 * Return: 0, or the first failure (the others are still tried).
 */
int figures_write(const struct cli *cli, const struct report *report, struct aico2_error *err);

/* The report in the format asked for. */
void figures_format(const struct cli *cli, const struct report *report, struct text_style style,
                    struct strbuf *text);

/* --db, or the usual place; NULL with --no-db. path_out: PATH_MAX. */
int figures_db_path(const struct cli *cli, char *path_out, size_t size, struct aico2_error *err);

/* Opens the history of --db or the usual place. */
int figures_open_history(const struct cli *cli, int mode, struct history **history_out,
                         struct aico2_error *err);
