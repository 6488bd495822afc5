/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_runs.c - GET /api/v1/runs and one of them */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "server/api.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/number.h"
#include "carbon/place.h"
#include "cli/own_figures.h"
#include "history/history.h"
#include "server/coarse_row.h"
#include "server/settings.h"
#include "session/place_again.h"
#include "session/report_build.h"
#include "writers/writer.h"

enum { LIMIT_MOST = 1000, ID_LEAST = 6 };

int api_open_history(const struct settings *settings, struct history **history_out,
                     struct aico2_error *err)
{
    if (settings->db_path[0] == '\0')
        return aico2_error_set(err, -ENOENT, "no history is kept here (--no-db)");
    return history_open(settings->db_path, HISTORY_READ, history_out, err);
}

static bool read_limit(struct request *request, size_t *limit_out)
{
    const char *text = request_argument(request, "limit");
    uint64_t limit = 50;

    if (text != NULL && (!number_parse_u64(text, &limit) || limit < 1 || limit > LIMIT_MOST)) {
        made_problem(request, 400, "limit '%.40s': 1 to %d is wanted", text, LIMIT_MOST);
        return false;
    }
    *limit_out = (size_t)limit;
    return true;
}

void api_runs(struct request *request, const struct settings *settings)
{
    struct history_filter filter = {
        .stage = request_argument(request, "stage"),
        .cursor = request_argument(request, "cursor"),
    };
    AICO2_CLEANUP(freep) struct run_row *rows = NULL;
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    char next[ULID_SIZE] = "";
    size_t count = 0;
    int r;

    if (!read_limit(request, &filter.limit))
        return;
    r = api_open_history(settings, &history, &err);
    if (r == 0)
        r = history_list(history, &filter, &rows, &count, next, &err);
    history_close(history);
    if (r < 0 && r != -ENOENT) { /* nothing was measured yet: an empty list */
        made_failure(request, &err);
        return;
    }
    for (size_t i = 0; i < count; i++)
        run_row_coarsen(&rows[i]);
    write_runs_json(&request->made.body, rows, count, next);
}

/* --- one run --- */

static void coarsen(double *joules)
{
    *joules = coarse_joules(*joules);
}

static void coarsen_sums(struct energy_sums *sums)
{
    coarsen(&sums->joules);
    coarsen(&sums->job_gross_joules);
    coarsen(&sums->others_gross_joules);
}

/* At the source: whatever is computed of it, grams and costs too, tells no more. */
static void coarsen_record(struct history_record *record)
{
    if (run_is_told_exactly(record->run.state, seconds_from_ns(record->run.duration_ns)))
        return;
    for (size_t i = 0; i < record->device_count; i++) {
        struct device_totals *totals = &record->totals[i];

        totals->sums.joules = totals->sums.job_gross_joules = totals->sums.others_gross_joules = 0;
        coarsen(&totals->peak_watts);
        coarsen(&totals->floor_watts);
        coarsen(&totals->lowest_watts);
    }
    for (size_t i = 0; i < record->slices.count; i++) {
        struct slice *slice = &record->slices.items[i];
        struct energy_sums *total = &record->totals[slice->device].sums;

        coarsen_sums(&slice->sums);
        total->joules += slice->sums.joules;
        total->job_gross_joules += slice->sums.job_gross_joules;
        total->others_gross_joules += slice->sums.others_gross_joules;
    }
    for (size_t i = 0; i < record->task_slices.count; i++)
        coarsen_sums(&record->task_slices.items[i].sums);
}

bool api_is_run_id(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]))
            return false;
    }
    return length >= ID_LEAST && length < ULID_SIZE && isdigit((unsigned char)text[0]);
}

/* As if the joules had been used elsewhere: by that place's yearly figure, and the run's own PUE. */
static int take_place(const struct settings *settings, const char *place, struct run *run,
                      struct carbon_basis *basis, struct aico2_error *err)
{
    const struct place_query query = { .any = place, .gco2e_per_kwh = NAN };
    bool own = false;
    int r = own_figures_resolve(&settings->options, &query, &basis->intensity, &own, err);

    if (r < 0)
        return r;
    place_forget_match(run);
    basis->pue = run->pue;
    return 0;
}

static void take_own_place(struct run *run, struct carbon_basis *basis)
{
    if (place_again(run, basis, NULL) == 0)
        return;
    /* the tables no longer know its place: the joules are told, the grams are unknown */
    basis->intensity.gco2e_per_kwh = BAND_NONE;
    basis->pue = run->pue;
}

static int read_report(const struct settings *settings, const char *id, const char *place,
                       struct report *report_out, struct aico2_error *err)
{
    struct history_record record;
    struct carbon_basis basis = { 0 };
    struct history *history = NULL;
    int r = api_open_history(settings, &history, err);

    if (r == 0)
        r = history_load(history, id, &record, err);
    history_close(history);
    if (r < 0)
        return r;
    coarsen_record(&record);
    if (place == NULL)
        take_own_place(&record.run, &basis);
    else
        r = take_place(settings, place, &record.run, &basis, err);
    if (r == 0)
        r = report_build(&record, &basis, report_out, err);
    if (r == 0 && place != NULL)
        memcpy(report_out->recomputed_from, record.run.id, sizeof(report_out->recomputed_from));
    history_record_deinit(&record);
    return r;
}

int api_read_report(struct request *request, const struct settings *settings, const char *id,
                    const char *place, struct report *report_out)
{
    struct aico2_error err = { 0 };

    if (!api_is_run_id(id))
        made_problem(request, 404, "'%.40s' is no identifier of a run", id);
    else if (read_report(settings, id, place, report_out, &err) < 0)
        made_failure(request, &err);
    else
        return 0;
    return -1;
}

void api_run(struct request *request, const struct settings *settings)
{
    struct report report;

    if (api_read_report(request, settings, request_rest(request),
                        request_argument(request, "place"), &report) < 0)
        return;
    write_report_json(&request->made.body, &report);
    report_deinit(&report);
}
