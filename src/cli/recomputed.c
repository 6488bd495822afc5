/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recomputed.c - a stored run under the assumptions of the options, and the copy that --save makes of it */
#include "cli/recomputed.h"

#include <string.h>

#include "base/clock.h"
#include "cli/stored.h"
#include "session/place_again.h"
#include "session/place_text.h"
#include "session/recut.h"
#include "session/report_build.h"

/* What the options say of place and figure goes over what is stored of the run's own. The kind stays when
 * the place changes, so that grams of before and after are of one kind; the year is that of the place. */
static void replace_place(const struct cli *cli, const struct figures *figures, struct run *run)
{
    const struct options *options = &cli->options;
    bool kind = options_given(options, OPT_KIND);
    bool year = options_given(options, OPT_YEAR);
    bool place = figures_place_given(options);
    char text[RUN_PLACE_SIZE];

    if (place || kind || year || figures->series.count > 0)
        place_forget_match(run);
    if (place) {
        run->place_basis = figures->intensity.place_basis;
        place_text_place(figures->place_option, text, sizeof(text));
        place_text_set_place(run->place_option, sizeof(run->place_option), text);
    }
    if (figures->market.given)
        place_text_set_market(run->place_option, sizeof(run->place_option), &figures->market);
    if (kind)
        place_text_set(run->place_option, sizeof(run->place_option), "kind",
                       options_text(options, OPT_KIND));
    if (place || kind || year)
        place_text_set(run->place_option, sizeof(run->place_option), "year",
                       options_text(options, OPT_YEAR));
}

int recomputed_report(const struct cli *cli, struct history *history, struct history_record *record,
                      const struct figures *figures, struct report *report_out,
                      struct aico2_error *err)
{
    struct carbon_basis basis = { 0 };
    int r;

    stored_apply_policies(cli, &record->run);
    replace_place(cli, figures, &record->run);
    r = place_again(&record->run, &basis, err);
    if (options_given(&cli->options, OPT_PUE))
        basis.pue = figures->pue;
    basis.series = figures_series(figures);
    basis.prices = figures_prices(figures);
    if (figures->price.currency[0] != '\0') {
        basis.price = figures->price;
        basis.price_matched = false;
    }
    if (r == 0 && figures_cuts(figures) != NULL)
        r = recut_run(history, record, figures_cuts(figures), figures_series(figures), &basis.doubt,
                      err);
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
