/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_import.c - `aico2 import FILE...`: logs of other programs become runs of the history */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/stored.h"
#include "session/report/build.h"
#include "session/series/import.h"

struct importing {
    struct cli *cli;
    struct import_options options;
    struct report only;   /* of the first run, until there is another */
    struct run_row *rows; /* of all of them, for a list */
    size_t count;
    size_t capacity;
    int status;
};

/* An interval of a file is that of our own sampling; only the command line's is about the log. */
static int64_t interval_of(const struct options *options)
{
    return options_origin(options, OPT_INTERVAL) == ORIGIN_COMMAND_LINE
               ? options_integer(options, OPT_INTERVAL)
               : 0;
}

static struct import_options options_of(const struct cli *cli, const struct figures *figures,
                                        const char *db_path)
{
    const struct options *options = &cli->options;
    const char *form = options_text(options, OPT_FROM);

    return (struct import_options){
        .form = strcmp(form, "auto") == 0 ? NULL : form,
        .start_wall_ns =
            options_given(options, OPT_START) ? options_integer(options, OPT_START) : INT64_MIN,
        .interval_ns = interval_of(options),
        .utc_offset = options_text(options, OPT_UTC_OFFSET),
        .strict = options_flag(options, OPT_STRICT),
        .cpu = options_text(options, OPT_CPU),
        .watts = options_number(options, OPT_POWER),
        .memory_gib = options_number(options, OPT_MEMORY_GIB),
        .host = options_text(options, OPT_HOST),
        .sysroot = options_text(options, OPT_SYSROOT),
        .name = options_text(options, OPT_NAME),
        .stage = options_given(options, OPT_STAGE) ? options_text(options, OPT_STAGE) : NULL,
        .embodied = options_flag(options, OPT_EMBODIED),
        .lifetime_years = options_number(options, OPT_LIFETIME_YEARS),
        .unit = options_text(options, OPT_UNIT),
        .units = options_number(options, OPT_UNITS),
        .pue = figures->pue,
        .pue_source = figures->site.pue_source,
        .wue_given = figures->site.wue_given,
        .wue_l_per_kwh = figures->site.wue_l_per_kwh,
        .pue_given = options_given(options, OPT_PUE),
        .intensity = figures->intensity,
        .series = figures_series(figures),
        .price = figures->price,
        .prices = figures_prices(figures),
        .cuts = figures_cuts(figures),
        .place_option = figures->place_option,
        .db_path = db_path,
        .dry_run = options_flag(options, OPT_DRY_RUN),
        .again = options_flag(options, OPT_AGAIN),
    };
}

/* The report of a run that is there already. */
static int find_report(const struct cli *cli, const char *id, struct report *report_out,
                       struct aico2_error *err)
{
    struct history *history;
    int r = figures_open_history(cli, HISTORY_READ, &history, err);

    if (r == 0)
        r = stored_report(history, id, report_out, err);
    history_close(history);
    return r;
}

static void fail(struct importing *importing, const struct aico2_error *err)
{
    int status = cli_fail(importing->cli, err);

    if (importing->status == 0)
        importing->status = status;
}

/* Keeps what will be printed, and writes the files that were asked for. */
static void take_report(struct importing *importing, struct report *report)
{
    struct aico2_error err = { 0 };

    if (array_reserve(&importing->rows, &importing->capacity, importing->count + 1,
                      sizeof(*importing->rows)) < 0) {
        (void)aico2_error_set(&err, -ENOMEM, "out of memory");
        fail(importing, &err);
        report_deinit(report);
        return;
    }
    importing->rows[importing->count] = run_row_of(report);
    if (figures_write(importing->cli, report, &err) < 0)
        fail(importing, &err);
    if (importing->count++ == 0)
        importing->only = *report;
    else
        report_deinit(report);
}

static void take_run(void *payload, const struct import_outcome *outcome, struct report *report)
{
    struct importing *importing = payload;
    const struct cli *cli = importing->cli;
    struct aico2_error err = { 0 };
    struct report found;

    if (report != NULL) {
        take_report(importing, report);
        return;
    }
    cli_warning(cli, "'%.100s': run %s is in the history already: nothing new was stored",
                importing->options.path, outcome->run_id);
    if (find_report(cli, outcome->run_id, &found, &err) < 0)
        fail(importing, &err);
    else
        take_report(importing, &found);
}

static void print(struct importing *importing, bool alone)
{
    const struct cli *cli = importing->cli;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    int status;

    if (importing->count == 0 && (alone || cli_format(cli) == CLI_TEXT))
        return; /* errors have said why */
    if (alone && importing->count == 1)
        figures_format(cli, &importing->only, cli->out_style, &text);
    else if (cli_format(cli) == CLI_JSON)
        write_runs_json(&text, importing->rows, importing->count, "");
    else if (cli_format(cli) == CLI_CSV)
        write_runs_csv(&text, importing->rows, importing->count);
    else
        write_runs_text(&text, importing->rows, importing->count, "", cli->out_style);
    status = cli_print(cli, &text);
    if (importing->status == 0)
        importing->status = status;
}

static void import_each(struct importing *importing)
{
    const struct operands *files = &importing->cli->operands;

    for (size_t i = 0; i < files->count; i++) {
        struct aico2_error err = { 0 };

        importing->options.path = files->words[i];
        if (import_log(&importing->options, take_run, importing, &err) < 0)
            fail(importing, &err);
    }
    if (importing->options.dry_run)
        cli_warning(importing->cli, "a dry run: nothing was stored");
    print(importing, files->count == 1);
}

int cmd_import(struct cli *cli)
{
    struct importing importing = { .cli = cli };
    struct figures figures = { 0 };
    struct aico2_error err = { 0 };
    char db_path[PATH_MAX];
    int r = figures_from_options(cli, &figures, &err);

    if (r == 0)
        r = figures_check_outputs(cli, &err);
    if (r == 0)
        r = figures_db_path(cli, db_path, sizeof(db_path), &err);
    if (r == 0) {
        importing.options = options_of(cli, &figures, db_path);
        import_each(&importing);
    } else {
        fail(&importing, &err);
    }
    if (importing.count > 0)
        report_deinit(&importing.only);
    free(importing.rows);
    figures_deinit(&figures);
    return importing.status;
}
