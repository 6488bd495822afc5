/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/lately.c - the runs of a history that go on or have ended lately, as metrics tell them */
#include "session/metrics/lately.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "session/metrics/coarse.h"
#include "session/place/again.h"
#include "session/place/text.h"
#include "session/report/build.h"

static const int64_t LONGEST_NS = INT64_C(92) * 86400 * NSEC_PER_SEC;

static bool is_a_copy(const struct run *run)
{
    char from[ULID_SIZE];

    return place_text_get(run->place_option, "from", from, sizeof(from));
}

/* The totals of a run that goes on are in no row of the list. */
static int sum_up(struct history *history, struct metrics_run *item)
{
    struct history_record record;
    struct carbon_basis basis = { 0 };
    struct report report;
    int r = history_load(history, item->run.id, &record, NULL);

    if (r < 0)
        return r;
    r = place_again(&record.run, &basis, NULL);
    if (r == 0)
        r = report_build(&record, &basis, &report, NULL);
    if (r == 0) {
        item->total_joules = report.total.value;
        item->total_gco2e = report.total_gco2e.value;
        report_deinit(&report);
    }
    history_record_deinit(&record);
    return r;
}

static bool take(struct history *history, const struct run_row *row, struct metrics_run *item_out)
{
    struct metrics_run item = { .total_joules = row->total_joules,
                                .total_gco2e = row->total_gco2e };

    if (history_load_run(history, row->id, &item.run, NULL) < 0)
        return false;
    if (is_a_copy(&item.run) || (item.run.state == RUN_RUNNING && sum_up(history, &item) < 0)) {
        run_deinit(&item.run);
        return false;
    }
    *item_out = item;
    return true;
}

int runs_lately(struct history *history, int64_t since_wall_ns, size_t most,
                struct metrics_runs *runs_out, struct aico2_error *err)
{
    const struct history_filter filter = {
        .limit = most,
        .started_from_wall_ns = since_wall_ns > LONGEST_NS ? since_wall_ns - LONGEST_NS : 0,
        .ended_from_wall_ns = since_wall_ns,
    };
    AICO2_CLEANUP(freep) struct run_row *rows = NULL;
    struct metrics_runs runs = { 0 };
    size_t count = 0;
    int r = history_list(history, &filter, &rows, &count, NULL, err);

    if (r < 0)
        return r;
    runs.items = calloc(count + 1, sizeof(*runs.items));
    if (runs.items == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        runs.count += take(history, &rows[i], &runs.items[runs.count]);
    *runs_out = runs;
    return 0;
}

void metrics_runs_coarsen(struct metrics_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        struct metrics_run *item = &runs->items[i];

        if (!coarse_is_told(seconds_from_ns(item->run.duration_ns)))
            item->total_joules = item->total_gco2e = NAN;
    }
}

void metrics_runs_keep(struct metrics_runs *runs, const struct metrics_runs *before)
{
    for (size_t i = 0; i < runs->count; i++) {
        struct metrics_run *item = &runs->items[i];

        for (size_t k = 0; k < before->count; k++) {
            const struct metrics_run *known = &before->items[k];

            if (strcmp(known->run.id, item->run.id) != 0)
                continue;
            if (known->total_joules > item->total_joules)
                item->total_joules = known->total_joules;
            if (known->total_gco2e > item->total_gco2e)
                item->total_gco2e = known->total_gco2e;
        }
    }
}

void metrics_runs_deinit(struct metrics_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        run_deinit(&runs->items[i].run);
    free(runs->items);
    *runs = (struct metrics_runs){ 0 };
}
