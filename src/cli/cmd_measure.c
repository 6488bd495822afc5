/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_measure.c - `aico2 measure --start T --end T`: a past window out of what was recorded, here or by others */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/options/window.h"
#include "cli/remote/measure.h"
#include "cli/remote/options.h"
#include "cli/remote/samples.h"
#include "cli/stored.h"
#include "session/report/build.h"
#include "session/window.h"

static void describe(const struct cli *cli, const struct figures *figures, struct run *run)
{
    const char *given = options_text(&cli->options, OPT_NAME);

    text_copy_clean(run->name, sizeof(run->name), given != NULL ? given : "window");
    text_copy_clean(run->stage, sizeof(run->stage), options_text(&cli->options, OPT_STAGE));
    run->scope = (enum energy_scope)options_integer(&cli->options, OPT_SCOPE);
    run->idle = (enum idle_policy)options_integer(&cli->options, OPT_IDLE);
    run->embodied = options_flag(&cli->options, OPT_EMBODIED);
    run->pue = figures->pue;
    memcpy(run->pue_source, figures->site.pue_source, sizeof(figures->site.pue_source));
    run->price = figures->price;
    run->place_basis = figures->intensity.place_basis;
    memcpy(run->place_option, figures->place_option, sizeof(run->place_option));
    stored_apply_policies(cli, run);
}

static int make_report(const struct cli *cli, struct figures *figures, const struct live *live,
                       struct history_record *record, struct report *report_out,
                       struct aico2_error *err)
{
    const struct carbon_basis basis = {
        .intensity = figures->intensity,
        .series = figures_series(figures),
        .live = *live,
        .pue = figures->pue,
        .price = figures->price,
        .prices = figures_prices(figures),
    };

    describe(cli, figures, &record->run);
    if (remote_is_source(&cli->options))
        record->run.scope = SCOPE_MACHINE; /* whatever a file says of runs */
    return report_build(record, &basis, report_out, err);
}

static int measure_history(const struct cli *cli, struct figures *figures, int64_t from, int64_t to,
                           struct report *report_out, struct aico2_error *err)
{
    struct history_record record;
    struct history *history = NULL;
    struct live live;
    int r = figures_open_history(cli, HISTORY_READ, &history, err);

    if (r == 0)
        r = figures_ask(figures, from, to, &live, err);
    if (r == 0)
        r = window_read(history, from, to, figures_cuts(figures), &record, err);
    history_close(history);
    if (r < 0)
        return r;
    record.run.labels = strdup("source=history\n");
    r = record.run.labels == NULL ? aico2_error_set(err, -ENOMEM, "out of memory")
                                  : make_report(cli, figures, &live, &record, report_out, err);
    history_record_deinit(&record);
    return r;
}

static int measure_remote(const struct cli *cli, struct figures *figures, int64_t from, int64_t to,
                          struct report *report_out, struct aico2_error *err)
{
    struct remote_result result = { 0 };
    struct live live;
    int r = remote_measure_check(cli, from, err);

    if (r == 0)
        r = figures_check_outputs(cli, err);
    if (r == 0)
        r = figures_ask(figures, from, to, &live, err);
    if (r == 0)
        r = remote_measure_read(cli, figures, from, to, &result, err);
    if (r == 0)
        r = make_report(cli, figures, &live, &result.record, report_out, err);
    if (r == 0) {
        r = remote_measure_save(cli, &result, report_out, err);
        if (r == 0)
            r = remote_samples_write(cli, &result, err);
        if (r < 0) {
            report_deinit(report_out);
            *report_out = (struct report){ 0 };
        }
    }
    remote_result_deinit(&result);
    return r;
}

static int measure(const struct cli *cli, struct figures *figures, int64_t from, int64_t to,
                   struct report *report_out, struct aico2_error *err)
{
    int r;

    if (remote_is_source(&cli->options))
        return measure_remote(cli, figures, from, to, report_out, err);
    r = remote_check_unused(&cli->options, err);
    return r < 0 ? r : measure_history(cli, figures, from, to, report_out, err);
}

int cmd_measure(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct figures figures = { 0 };
    struct report report = { 0 };
    struct aico2_error err = { 0 };
    int64_t from = 0;
    int64_t to = 0;
    int status = 0;
    int r = window_from_options(&cli->options, &from, &to, &err);

    if (r == 0)
        r = figures_from_options(cli, &figures, &err);
    if (r == 0)
        r = measure(cli, &figures, from, to, &report, &err);
    if (r == 0) {
        figures_format(cli, &report, cli->out_style, &text);
        status = cli_print(cli, &text);
        r = figures_write(cli, &report, &err);
    }
    if (r < 0)
        status = cli_fail(cli, &err);
    report_deinit(&report);
    figures_deinit(&figures);
    return status;
}
