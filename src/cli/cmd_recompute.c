/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_recompute.c - `aico2 recompute RUN`: stored joules under another place, PUE or policy */
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/stored.h"
#include "session/place_again.h"
#include "session/report_build.h"
#include "session/window.h"

static bool place_given(const struct options *options)
{
    return options_given(options, OPT_COUNTRY) || options_given(options, OPT_REGION) ||
           options_given(options, OPT_CLOUD) || options_given(options, OPT_ZONE) ||
           options_given(options, OPT_INTENSITY);
}

static int build(const struct cli *cli, struct history *history, struct history_record *record,
                 const struct figures *figures, struct report *report_out, struct aico2_error *err)
{
    struct carbon_basis basis = { 0 };
    int r;

    stored_apply_policies(cli, &record->run);
    if (place_given(&cli->options)) {
        record->run.place_basis = figures->intensity.place_basis;
        memcpy(record->run.place_option, figures->place_option, sizeof(figures->place_option));
    }
    if (figures->series.count > 0)
        place_forget_match(&record->run);
    r = place_again(&record->run, &basis, err);
    if (options_given(&cli->options, OPT_PUE))
        basis.pue = figures->pue;
    if (place_given(&cli->options))
        basis.intensity = figures->intensity;
    if (r == 0 && figures->series.count > 0) {
        basis.series = &figures->series;
        r = window_reslice(history, record, &figures->series, err);
    }
    record->run.pue = basis.pue;
    if (r == 0)
        r = report_build(record, &basis, report_out, err);
    return r;
}

/* A run of its own, so that the original stays what it was. */
static int save(struct history *history, struct history_record *record, struct report *report,
                struct aico2_error *err)
{
    ulid_make(record->run.id, clock_wall_ns());
    place_keep_match(&record->run, report);
    memcpy(report->run.id, record->run.id, sizeof(report->run.id));
    return history_store(history, record, report->total.value, report->total_gco2e.value, err);
}

int cmd_recompute(struct cli *cli)
{
    bool stored = options_flag(&cli->options, OPT_SAVE);
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct history_record record = { 0 };
    struct figures figures = { 0 };
    struct history *history = NULL;
    struct report report = { 0 };
    struct aico2_error err = { 0 };
    int status = 0;
    int r = figures_from_options(cli, &figures, &err);

    if (r == 0)
        r = figures_open_history(cli, stored ? HISTORY_WRITE : HISTORY_READ, &history, &err);
    if (r == 0)
        r = history_load(history, cli->operands.words[0], &record, &err);
    if (r == 0)
        r = build(cli, history, &record, &figures, &report, &err);
    if (r == 0) {
        memcpy(report.recomputed_from, record.run.id, sizeof(report.recomputed_from));
        if (stored)
            r = save(history, &record, &report, &err);
    }
    if (r == 0) {
        figures_format(cli, &report, cli->out_style, &text);
        status = cli_print(cli, &text);
        r = figures_write(cli, &report, &err);
    }
    if (r < 0)
        status = cli_fail(cli, &err);
    report_deinit(&report);
    history_record_deinit(&record);
    history_close(history);
    figures_deinit(&figures);
    return status;
}
