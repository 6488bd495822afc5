/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stored.c - runs of the history turned into reports */
#include "cli/stored.h"

#include "base/text.h"
#include "session/place/again.h"
#include "session/ranks/joined.h"
#include "session/report/build.h"

/* Takes the record. */
static int report_of(struct history_record *record, struct report *report_out,
                     struct aico2_error *err)
{
    struct carbon_basis basis = { 0 };
    int r = place_again(&record->run, &basis, err);

    if (r == 0)
        r = report_build(record, &basis, report_out, err);
    history_record_deinit(record);
    return r;
}

int stored_report(struct history *history, const char *name, struct report *report_out,
                  struct aico2_error *err)
{
    struct history_record record;
    int r = history_load(history, name, &record, err);

    return r < 0 ? r : report_of(&record, report_out, err);
}

int stored_joined(struct history *history, const char *name, struct report *report_out,
                  struct aico2_error *err)
{
    struct history_record record;
    int r = joined_load(history, name, &record, err);

    return r < 0 ? r : report_of(&record, report_out, err);
}

void stored_apply_policies(const struct cli *cli, struct run *run)
{
    const struct options *options = &cli->options;

    if (options_given(options, OPT_SCOPE))
        run->scope = (enum energy_scope)options_integer(options, OPT_SCOPE);
    if (options_given(options, OPT_IDLE))
        run->idle = (enum idle_policy)options_integer(options, OPT_IDLE);
    if (options_given(options, OPT_EMBODIED))
        run->embodied = options_flag(options, OPT_EMBODIED);
    if (options_given(options, OPT_LIFETIME_YEARS))
        run->lifetime_years = options_number(options, OPT_LIFETIME_YEARS);
    if (options_given(options, OPT_WUE)) {
        run->wue_given = true;
        run->wue_l_per_kwh = options_number(options, OPT_WUE);
    }
    if (options_given(options, OPT_UNITS))
        run->units = options_number(options, OPT_UNITS);
    if (options_given(options, OPT_UNIT))
        text_copy_clean(run->unit, sizeof(run->unit), options_text(options, OPT_UNIT));
}
