/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recompute_all.c - `aico2 recompute --all`: the runs of a history before and after
 *
 * One run is in memory at a time, and a page of the list. With --save the copies go into one transaction
 * through a connection of their own: the one that reads sees none of them, and who is interrupted has
 * stored nothing.
 */
#include "cli/recompute_all.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "cli/figures.h"
#include "cli/live/memory.h"
#include "cli/recomputed.h"
#include "model/recomputed.h"
#include "session/place/again.h"
#include "session/place/text.h"
#include "session/report/build.h"

enum { PAGE_RUNS = 200, FLUSH_BYTES = 1 << 16 };

struct many {
    struct cli *cli;
    struct figures figures;
    struct history *history;
    struct history *target; /* NULL: nothing is stored */
    struct recomputed_out rows;
    struct recomputed_totals totals;
    struct strbuf out;
    struct live_memory *memory;
    size_t running;
    size_t unasked; /* providers were not asked any more */
    struct aico2_error unasked_err;
    int status;
};

/* Those of the command line only: a project's name and stage are of its next run. */
static const char *chosen(const struct cli *cli, enum option_id id)
{
    return options_origin(&cli->options, id) == ORIGIN_COMMAND_LINE
               ? options_text(&cli->options, id)
               : NULL;
}

static bool is_within(const struct cli *cli, const struct run_row *run)
{
    const struct options *options = &cli->options;

    return (!options_given(options, OPT_START) ||
            run->started_wall_ns >= options_integer(options, OPT_START)) &&
           (!options_given(options, OPT_END) ||
            run->started_wall_ns < options_integer(options, OPT_END));
}

static void take_side(struct recomputed_side *side, const struct report *report)
{
    memcpy(side->place, report->intensity.place, sizeof(side->place));
    memcpy(side->kind, report->intensity.kind, sizeof(side->kind));
    side->gco2e_per_kwh = report->intensity.gco2e_per_kwh.value;
    side->pue = report->pue;
    side->time_matched = report->time_matched;
    side->operational_gco2e = report->operational_gco2e.value;
    side->total_gco2e = report->total_gco2e;
}

static int report_before(const struct history_record *record, struct recomputed_side *side,
                         struct aico2_error *err)
{
    struct carbon_basis basis = { 0 };
    struct report report = { 0 };
    int r = place_again(&record->run, &basis, err);

    if (r == 0)
        r = report_build(record, &basis, &report, err);
    if (r == 0)
        take_side(side, &report);
    report_deinit(&report);
    return r;
}

static int report_after(struct many *many, struct history_record *record, struct report *report,
                        struct aico2_error *err)
{
    int r = recomputed_report(many->cli, many->history, record, &many->figures, many->memory,
                              report, err);

    if (r < 0)
        return r;
    memcpy(report->recomputed_from, record->run.id, sizeof(report->recomputed_from));
    return many->target == NULL ? 0 : recomputed_save(many->target, record, report, err);
}

/* A copy that was stored before has the joules of its original: it would count them twice. */
static bool is_a_copy(const struct run *run)
{
    char from[ULID_SIZE];

    return place_text_get(run->place_option, "from", from, sizeof(from));
}

static int take_record(struct many *many, const struct run_row *run, struct history_record *record,
                       struct aico2_error *err)
{
    struct recomputed_row row = { .run = *run };
    struct report report = { 0 };
    int r;

    if (is_a_copy(&record->run))
        return 0;
    r = report_before(record, &row.before, err);
    if (r == 0)
        r = report_after(many, record, &report, err);
    if (r == 0) {
        take_side(&row.after, &report);
        row.run.total_joules = report.total.value;
        row.units = report.run.units;
        memcpy(row.unit, report.run.unit, sizeof(row.unit));
        row.warnings = report.warnings;
        row.warning_count = report.warning_count;
        if (many->target != NULL)
            memcpy(row.saved_as, report.run.id, sizeof(row.saved_as));
        write_recomputed_row(&many->rows, &row);
        recomputed_totals_add(&many->totals, &row);
    }
    report_deinit(&report);
    return r;
}

/* One that cannot be done is named, and the others go on. */
static void take_run(struct many *many, const struct run_row *run)
{
    struct history_record record = { 0 };
    struct aico2_error err = { 0 };
    int r;

    if (!is_within(many->cli, run))
        return;
    if (run->state == RUN_RUNNING) {
        many->running++;
        return;
    }
    r = history_load(many->history, run->id, &record, &err);
    if (r == 0)
        r = take_record(many, run, &record, &err);
    if (r == -ECANCELED) {
        many->unasked++;
        many->unasked_err = err;
        many->status = many->status == 0 ? 1 : many->status;
    } else if (r < 0) {
        cli_error(many->cli, "run %s: %s", run->id, err.message);
        if (many->status == 0)
            many->status = r == -EINVAL ? 2 : 1;
    }
    history_record_deinit(&record);
}

static int flush(struct many *many)
{
    struct aico2_error err = { 0 };

    if (cli_write(STDOUT_FILENO, &many->out, &err) < 0)
        return cli_fail(many->cli, &err);
    strbuf_deinit(&many->out);
    return 0;
}

/* Return: 1 when there is another page, 0, or -errno. */
static int take_page(struct many *many, char cursor[ULID_SIZE], struct aico2_error *err)
{
    const struct history_filter filter = {
        .stage = chosen(many->cli, OPT_STAGE),
        .name = chosen(many->cli, OPT_NAME),
        .limit = PAGE_RUNS,
        .cursor = cursor,
    };
    AICO2_CLEANUP(freep) struct run_row *rows = NULL;
    char next[ULID_SIZE];
    size_t count = 0;
    int r = history_list(many->history, &filter, &rows, &count, next, err);

    for (size_t i = 0; r == 0 && i < count; i++)
        take_run(many, &rows[i]);
    if (r < 0)
        return r;
    memcpy(cursor, next, ULID_SIZE);
    return cursor[0] != '\0';
}

static int take_all(struct many *many)
{
    char cursor[ULID_SIZE] = "";
    struct aico2_error err = { 0 };
    int status = 0;
    int r;

    while ((r = take_page(many, cursor, &err)) > 0 && status == 0) {
        if (many->out.length >= FLUSH_BYTES)
            status = flush(many);
    }
    if (r < 0)
        return cli_fail(many->cli, &err);
    return status;
}

static int open_both(struct many *many, struct aico2_error *err)
{
    int r = 0;

    /* first the one that may make the file anew, in the newest schema */
    if (options_flag(&many->cli->options, OPT_SAVE))
        r = figures_open_history(many->cli, HISTORY_WRITE, &many->target, err);
    if (r == 0)
        r = figures_open_history(many->cli, HISTORY_READ, &many->history, err);
    if (r == 0 && many->target != NULL)
        r = history_batch_begin(many->target, err);
    return r;
}

static int compute(struct many *many)
{
    static const enum recomputed_form forms[] = {
        [CLI_TEXT] = RECOMPUTED_TEXT, [CLI_JSON] = RECOMPUTED_JSON, [CLI_CSV] = RECOMPUTED_CSV
    };
    struct aico2_error err = { 0 };
    int status;

    write_recomputed_begin(&many->rows, forms[cli_format(many->cli)], &many->out,
                           many->cli->out_style);
    status = take_all(many);
    /* what was shown as stored is stored: after that only, the totals */
    if (many->target != NULL && history_batch_end(many->target, &err) < 0)
        return cli_fail(many->cli, &err);
    if (status != 0)
        return status;
    write_recomputed_end(&many->rows, &many->totals);
    return flush(many);
}

static int check_options(const struct cli *cli)
{
    static const enum option_id of_one[] = { OPT_OUTPUT, OPT_CSV, OPT_SEED_CSV };

    for (size_t i = 0; i < ARRAY_LENGTH(of_one); i++) {
        if (options_origin(&cli->options, of_one[i]) == ORIGIN_COMMAND_LINE) {
            cli_error(cli, "--%s is of one run: of all, --format json or csv > FILE",
                      option_rows[of_one[i]].name);
            return 2;
        }
    }
    return 0;
}

int recompute_all(struct cli *cli)
{
    struct many many = { .cli = cli };
    struct aico2_error err = { 0 };
    int status = check_options(cli);
    int r;

    if (status != 0)
        return status;
    many.memory = live_memory_new();
    r = many.memory != NULL ? figures_for_stored(cli, &many.figures, &err)
                            : aico2_error_set(&err, -ENOMEM, "out of memory");
    if (r == 0)
        r = open_both(&many, &err);
    status = r < 0 ? cli_fail(cli, &err) : compute(&many);
    if (many.running > 0)
        cli_warning(cli, "%zu %s still running: left out", many.running,
                    many.running == 1 ? "run is" : "runs are");
    if (many.unasked > 0)
        cli_error(cli, "%zu %s left out, for providers are not asked any more: %s", many.unasked,
                  many.unasked == 1 ? "run is" : "runs are", many.unasked_err.message);
    strbuf_deinit(&many.out);
    live_memory_free(many.memory);
    history_close(many.history);
    history_close(many.target);
    figures_deinit(&many.figures);
    return status != 0 ? status : many.status;
}
