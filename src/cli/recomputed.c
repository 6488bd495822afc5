/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recomputed.c - a stored run under the assumptions of the options, and the copy that --save makes of it */
#include "cli/recomputed.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/live/options.h"
#include "cli/stored.h"
#include "session/place/again.h"
#include "session/place/text.h"
#include "session/recut.h"
#include "session/report/build.h"

/* The value that holds at the start began before it. */
static const int64_t MARGINAL_BEFORE_NS = 3600 * NSEC_PER_SEC;

/* A configured provider is for what is measured now; the past is asked about when somebody says so. */
static bool asks_providers(const struct options *options)
{
    return options_given(options, OPT_PROVIDER) &&
           options_origin(options, OPT_PROVIDER) == ORIGIN_COMMAND_LINE;
}

/* What the options say of place and figure goes over what is stored of the run's own. The kind stays when
 * the place changes, so that grams of before and after are of one kind; the year is that of the place. */
static void replace_place(const struct cli *cli, const struct figures *figures, struct run *run)
{
    const struct options *options = &cli->options;
    bool kind = options_given(options, OPT_KIND);
    bool year = options_given(options, OPT_YEAR);
    bool place = figures_place_given(options);
    char text[RUN_PLACE_SIZE];

    if (place || kind || year || figures->series.count > 0 || asks_providers(options))
        place_forget_match(run);
    if (place) {
        run->place_basis = figures->intensity.place_basis;
        place_text_place(figures->place_option, text, sizeof(text));
        place_text_set_place(run->place_option, sizeof(run->place_option), text);
    }
    if (place || kind || year) /* the figure of another place, year or kind */
        place_text_set(run->place_option, sizeof(run->place_option), "own",
                       place_text_get(figures->place_option, "own", text, sizeof(text)) ? text
                                                                                        : NULL);
    if (figures->market.given)
        place_text_set_market(run->place_option, sizeof(run->place_option), &figures->market);
    if (kind)
        place_text_set(run->place_option, sizeof(run->place_option), "kind",
                       options_text(options, OPT_KIND));
    if (place || kind || year)
        place_text_set(run->place_option, sizeof(run->place_option), "year",
                       options_text(options, OPT_YEAR));
}

static int nothing_known(const struct live *live, struct aico2_error *err)
{
    char steps[320] = "";

    for (uint32_t i = 0; i < live->step_count; i++)
        text_append(steps, sizeof(steps), "%s%s %s%s%s", i > 0 ? "; " : "", live->steps[i].provider,
                    fetch_outcome_name(live->steps[i].outcome),
                    live->steps[i].reason[0] != '\0' ? ", " : "", live->steps[i].reason);
    return aico2_error_set(err, -ENODATA, "no live intensity of the time of this run: %s",
                           steps[0] != '\0' ? steps : "nobody was asked");
}

/* What providers know of the run's time and place, in place of what the report was made with. */
static int ask_providers(const struct cli *cli, const struct run *run,
                         const struct figures *figures, struct live_memory *memory,
                         struct figures *asked, struct carbon_basis *basis, struct aico2_error *err)
{
    struct live_answer answer = { .live = LIVE_NONE };
    char place[RUN_PLACE_SIZE];
    int r;

    place_text_place(run->place_option, place, sizeof(place));
    asked->prices = figures->prices; /* borrowed */
    if (memory != NULL)
        r = live_memory_ask(memory, cli, &basis->intensity, place, run->started_wall_ns,
                            run->ended_wall_ns, &answer, err);
    else
        r = live_plan_from_options(cli, &basis->intensity, place, &asked->live, err);
    if (r < 0)
        return r;
    r = memory != NULL
            ? figures_take_answer(asked, &answer, &basis->live, err)
            : figures_ask(asked, run->started_wall_ns, run->ended_wall_ns, &basis->live, err);
    if (r == 0 && figures_ask_marginal(asked, run->started_wall_ns - MARGINAL_BEFORE_NS,
                                       run->ended_wall_ns, &basis->marginal_met))
        basis->marginal = &asked->marginal.series;
    if (r == 0 && !(live_cover(&asked->series, run->started_wall_ns, run->ended_wall_ns) > 0))
        r = nothing_known(&basis->live, err);
    return r;
}

static void forget_asked(struct figures *asked)
{
    asked->prices = (struct price_series){ 0 };
    figures_deinit(asked);
}

/* A disclosed PUE goes with its building: it does not follow the run to another place. */
static void replace_pue(const struct cli *cli, const struct figures *figures, struct run *run,
                        double *pue)
{
    bool disclosed = run->pue_source[0] != '\0' || figures->site.pue_source[0] != '\0';

    if (!options_given(&cli->options, OPT_PUE) &&
        !(figures_place_given(&cli->options) && disclosed))
        return;
    *pue = figures->pue;
    memcpy(run->pue_source, figures->site.pue_source, sizeof(figures->site.pue_source));
}

int recomputed_report(const struct cli *cli, struct history *history, struct history_record *record,
                      const struct figures *figures, struct live_memory *memory,
                      struct report *report_out, struct aico2_error *err)
{
    AICO2_CLEANUP(forget_asked) struct figures asked = { 0 };
    bool live = asks_providers(&cli->options);
    const struct figures *figures_of = figures;
    struct carbon_basis basis = { 0 };
    int r;

    stored_apply_policies(cli, &record->run);
    replace_place(cli, figures, &record->run);
    r = place_again(&record->run, &basis, err);
    replace_pue(cli, figures, &record->run, &basis.pue);
    if (r == 0 && live)
        r = ask_providers(cli, &record->run, figures, memory, &asked, &basis, err);
    if (live)
        figures_of = &asked;
    basis.series = figures_series(figures_of);
    basis.prices = figures_prices(figures);
    if (figures->price.currency[0] != '\0') {
        basis.price = figures->price;
        basis.price_matched = false;
    }
    if (r == 0 && figures_cuts(figures_of) != NULL)
        r = recut_run(history, record, figures_cuts(figures_of), figures_series(figures_of),
                      &basis.doubt, err);
    record->run.pue = basis.pue;
    if (r == 0)
        r = report_build(record, &basis, report_out, err);
    return r;
}

int recomputed_save(struct history *history, struct history_record *record, struct report *report,
                    struct aico2_error *err)
{
    place_text_set(record->run.place_option, sizeof(record->run.place_option), "from",
                   report->recomputed_from);
    ulid_make(record->run.id, clock_wall_ns());
    place_keep_match(&record->run, report);
    memcpy(report->run.id, record->run.id, sizeof(report->run.id));
    return history_store(history, record, report->total.value, report->total_gco2e.value, err);
}
