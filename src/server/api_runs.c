/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_runs.c - GET /api/v1/runs/{id}: the report of a stored run */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "server/api.h"

#include "base/clock.h"
#include "carbon/place.h"
#include "cli/options/own_figures.h"
#include "history/history.h"
#include "model/units.h"
#include "server/coarse_row.h"
#include "server/settings.h"
#include "session/place/again.h"
#include "session/report/build.h"
#include "writers/writer.h"

enum { ID_LEAST = 6 };

int api_open_history(const struct settings *settings, struct history **history_out,
                     struct aico2_error *err)
{
    if (settings->db_path[0] == '\0')
        return aico2_error_set(err, -ENOENT, "no history is kept here (--no-db)");
    return history_open(settings->db_path, HISTORY_READ, history_out, err);
}

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

/* A peak is never below the mean, which is no tenth of a watt; what aico2 used itself is a part of what others did. */
static void coarsen_parts(struct report *report)
{
    struct band *own = &report->own_energy;

    own->value = coarse_joules(own->value);
    own->low = coarse_joules(own->low);
    own->high = -coarse_joules(-own->high); /* up: little is not nothing */
    for (size_t i = 0; i < report->device_count; i++) {
        double *peak = &report->devices[i].peak_power_watts;

        *peak = coarse_watts(*peak);
    }
}

/* Grams are joules times what the report tells: a step of them is what a tenth of a joule makes, so that they tell no
 * more, and what is little is not told as nothing. */
static double coarse_task_grams(const struct report *report, double grams)
{
    double step = 0.1 / JOULES_PER_KWH * report->pue * report->intensity.gco2e_per_kwh.value;

    return step > 0 ? floor(grams / step) * step : coarse_grams(grams);
}

/* A task is a part of a run that may be as short as it likes: of less than a second nothing is told, and of a
 * few what is told of a run that was as short. */
static void coarsen_tasks(struct report *report)
{
    for (size_t i = 0; i < report->task_count; i++) {
        struct report_task *task = &report->tasks[i];

        if (task->duration_seconds >= COARSE_BELOW_SECONDS)
            continue;
        if (task->duration_seconds < 1) {
            task->energy_joules = task->total_gco2e = NAN;
        } else {
            task->energy_joules = coarse_joules(task->energy_joules);
            task->total_gco2e = coarse_task_grams(report, task->total_gco2e);
        }
    }
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

int api_load_report(struct history *history, const struct settings *settings, const char *id,
                    const char *place, bool raw, struct report *report_out, struct aico2_error *err)
{
    struct history_record record;
    struct carbon_basis basis = { 0 };
    int r = history_load(history, id, &record, err);
    bool coarse;

    if (r < 0)
        return r;
    coarse =
        !raw && !run_is_told_exactly(record.run.state, seconds_from_ns(record.run.duration_ns));
    if (coarse)
        coarsen_record(&record);
    if (place == NULL)
        take_own_place(&record.run, &basis);
    else
        r = take_place(settings, place, &record.run, &basis, err);
    if (r == 0)
        r = report_build(&record, &basis, report_out, err);
    if (r == 0 && coarse)
        coarsen_parts(report_out);
    if (r == 0 && !raw)
        coarsen_tasks(report_out);
    if (r == 0 && place != NULL)
        memcpy(report_out->recomputed_from, record.run.id, sizeof(report_out->recomputed_from));
    history_record_deinit(&record);
    return r;
}

static int read_report(const struct settings *settings, const char *id, const char *place, bool raw,
                       struct report *report_out, struct aico2_error *err)
{
    struct history *history = NULL;
    int r = api_open_history(settings, &history, err);

    if (r == 0)
        r = api_load_report(history, settings, id, place, raw, report_out, err);
    history_close(history);
    return r;
}

int api_read_report(struct request *request, const struct settings *settings, const char *id,
                    const char *place, struct report *report_out)
{
    struct aico2_error err = { 0 };

    if (!api_is_run_id(id))
        made_problem(request, 404, "'%.40s' is no identifier of a run", id);
    else if (read_report(settings, id, place, request_sees_raw(request), report_out, &err) < 0)
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
