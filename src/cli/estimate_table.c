/* SPDX-License-Identifier: Apache-2.0 */
/* cli/estimate_table.c - `aico2 estimate --table`: many estimates, a row each */
#include "cli/estimate_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "cli/options/estimate.h"
#include "cli/options/own_figures.h"
#include "config/option_table.h"

enum { FLUSH_BYTES = 1 << 16 };

static const enum option_id columns[] = { OPT_NAME, ESTIMATE_FIELDS };

struct table_run {
    struct cli *cli;
    struct option_table table;
    struct estimate_rows rows;
    struct own_table own; /* --intensity-table is the command line's, not a row's */
    struct strbuf out;
    int status;
};

/* What was written of rows that are done is not kept in memory. */
static int flush(struct table_run *run)
{
    struct aico2_error err = { 0 };

    if (cli_write(STDOUT_FILENO, &run->out, &err) < 0)
        return cli_fail(run->cli, &err);
    strbuf_deinit(&run->out);
    return 0;
}

static void take_row(struct table_run *run, struct option_table_row *row)
{
    const char *name = options_text(&row->options, OPT_NAME);
    struct aico2_error err = { 0 };
    struct estimate estimate;

    estimate_settle_ways(&row->options, row->given);
    for (size_t i = 0; i < row->error_count; i++)
        cli_error(run->cli, "%s", row->errors[i]);
    if (row->error_count == 0 &&
        estimate_of_options(&row->options, &run->own, &estimate, &err) == 0) {
        for (size_t i = 0; i < estimate.warning_count; i++)
            cli_warning(run->cli, "%s:%zu: %s", run->table.shown, row->line, estimate.warnings[i]);
        write_estimate_row(&run->rows, row->line, name == NULL ? "" : name, &estimate);
        estimate_deinit(&estimate);
        return;
    }
    if (row->error_count == 0)
        cli_error(run->cli, "%s:%zu: %s", run->table.shown, row->line, err.message);
    run->status = 2;
}

static int read_rows(struct table_run *run)
{
    struct aico2_error err = { 0 };
    struct option_table_row row;
    int status = 0;
    int r;

    while (status == 0 && (r = option_table_next(&run->table, &row, &err)) > 0) {
        take_row(run, &row);
        option_table_row_deinit(&row);
        if (run->out.length >= FLUSH_BYTES)
            status = flush(run);
    }
    if (status != 0)
        return status;
    if (r < 0) {
        (void)cli_fail(run->cli, &err);
        run->status = 2;
    }
    write_estimate_rows_end(&run->rows);
    status = flush(run);
    return status != 0 ? status : run->status;
}

static int run_table(struct cli *cli, FILE *file, const char *shown)
{
    struct table_run run = { .cli = cli };
    struct options defaults = { 0 };
    struct aico2_error err = { 0 };
    enum estimate_form form = cli_format(cli) == CLI_JSON  ? ESTIMATE_JSON
                              : cli_format(cli) == CLI_CSV ? ESTIMATE_CSV
                                                           : ESTIMATE_TEXT;
    int status;

    if (options_copy(&defaults, &cli->options) < 0) {
        (void)aico2_error_set(&err, -ENOMEM, "out of memory");
        return cli_fail(cli, &err);
    }
    options_unset(&defaults, OPT_NAME); /* a project's, not a row's */
    if (own_figures_load(&cli->options, &run.own, &err) < 0) {
        status = cli_fail(cli, &err);
    } else if (option_table_open(&run.table, file, shown, columns, ARRAY_LENGTH(columns), &defaults,
                                 &err) < 0) {
        status = cli_fail(cli, &err);
        status = err.code == -EBADMSG ? 2 : status;
    } else {
        write_estimate_rows_begin(&run.rows, form, &run.out, cli->out_style);
        status = read_rows(&run);
    }
    option_table_close(&run.table);
    own_table_deinit(&run.own);
    strbuf_deinit(&run.out);
    options_deinit(&defaults);
    return status;
}

int estimate_table(struct cli *cli)
{
    const char *path = options_text(&cli->options, OPT_TABLE);
    struct aico2_error err = { 0 };
    FILE *file;
    int status;

    if (options_text(&cli->options, OPT_OUTPUT) != NULL) {
        (void)aico2_error_set(&err, -EINVAL,
                              "--output is of one estimate: of a table, --json > FILE");
        return cli_fail(cli, &err);
    }
    if (strcmp(path, "-") == 0)
        return run_table(cli, stdin, "stdin");
    file = fopen(path, "re");
    if (file == NULL) {
        (void)aico2_error_set_errno(&err, errno, "--table: cannot read '%.100s'", path);
        return cli_fail(cli, &err);
    }
    status = run_table(cli, file, path);
    (void)fclose(file);
    return status;
}
