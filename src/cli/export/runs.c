/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export/runs.c - `aico2 export`: the runs of a history as CSV or JSON, newest first
 *
 * One run is in memory at a time, and a page of the list.
 */
#include "cli/export/export.h"

#include <errno.h>
#include <unistd.h>

#include "cli/figures.h"
#include "cli/options/window.h"
#include "cli/stored.h"
#include "session/report/build.h"
#include "writers/whole_file.h"

enum { FLUSH_BYTES = 1 << 16 };

struct runs {
    const struct cli *cli;
    struct history *history;
    struct whole_file file;
    struct export_out rows;
    struct strbuf out;
    int status; /* of runs that could not be told */
};

static int flush(struct runs *runs, struct aico2_error *err)
{
    /* a reader of standard output that has gone is an error, not a signal */
    int r = runs->file.is_stdout ? cli_write(STDOUT_FILENO, &runs->out, err)
                                 : whole_file_add(&runs->file, &runs->out, err);

    strbuf_deinit(&runs->out);
    return r;
}

/* One that cannot be told is named, and the others go on. */
static int take_run(void *payload, const struct run_row *row, struct aico2_error *err)
{
    struct runs *runs = payload;
    struct aico2_error why = { 0 };
    struct report report;

    if (stored_report(runs->history, row->id, &report, &why) < 0) {
        cli_error(runs->cli, "run %s is left out: %s", row->id, why.message);
        runs->status = 1;
        return 0;
    }
    write_export_run(&runs->rows, &report);
    report_deinit(&report);
    return runs->out.length >= FLUSH_BYTES ? flush(runs, err) : 0;
}

static int write_all(struct runs *runs, struct aico2_error *err)
{
    const char *path = options_text(&runs->cli->options, OPT_OUTPUT);
    const enum export_form form = cli_format(runs->cli) == CLI_JSON ? EXPORT_JSON : EXPORT_CSV;
    int r = window_check(&runs->cli->options, err);

    if (r < 0)
        return r;
    r = figures_open_history(runs->cli, HISTORY_READ, &runs->history, err);
    if (r < 0 && r != -ENOENT) /* no history yet: no runs, and no failure */
        return r;
    r = whole_file_open(&runs->file, path != NULL ? path : "-", err);
    if (r < 0)
        return r;
    write_export_begin(&runs->rows, form, &runs->out);
    if (runs->history != NULL)
        r = export_each_run(runs->cli, runs->history, take_run, runs, err);
    if (r < 0)
        return r;
    write_export_end(&runs->rows);
    r = flush(runs, err);
    return r < 0 ? r : whole_file_keep(&runs->file, err);
}

int export_runs(const struct cli *cli)
{
    struct runs runs = { .cli = cli, .file = WHOLE_FILE_NULL };
    struct aico2_error err = { 0 };
    int r;

    if (options_origin(&cli->options, OPT_FORMAT) == ORIGIN_COMMAND_LINE &&
        cli_format(cli) == CLI_TEXT) {
        cli_error(cli, "--format 'text' is nothing to export: csv or json");
        return 2;
    }
    r = write_all(&runs, &err);
    whole_file_drop(&runs.file);
    strbuf_deinit(&runs.out);
    history_close(runs.history);
    return r < 0 ? cli_fail(cli, &err) : runs.status;
}
