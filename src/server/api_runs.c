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
#include "server/coarse_report.h"
#include "server/coarse_row.h"
#include "server/settings.h"
#include "server/told_runs.h"
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
    basis->price = run->price; /* which is of the run, not of the place: as `recompute` */
    basis->price_matched = run->price_matched;
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

/* @record: its run is made one of that place. */
static int make_report(const struct settings *settings, struct history_record *record,
                       const char *place, bool raw, struct report *report_out,
                       struct aico2_error *err)
{
    const bool coarse =
        !raw && !run_is_told_exactly(record->run.state, seconds_from_ns(record->run.duration_ns));
    struct carbon_basis basis = { 0 };
    int r = 0;

    if (coarse)
        record_coarsen(record);
    if (place == NULL)
        take_own_place(&record->run, &basis);
    else
        r = take_place(settings, place, &record->run, &basis, err);
    if (r == 0)
        r = report_build(record, &basis, report_out, err);
    if (r == 0 && coarse)
        report_coarsen(report_out);
    if (r == 0 && coarse && !coarse_is_told(seconds_from_ns(record->run.duration_ns)))
        (void)report_warn(report_out, "of less than a second is told only to who has the scope raw "
                                      "what it used");
    if (r == 0 && !raw)
        report_coarsen_tasks(report_out, coarse);
    if (r == 0 && place != NULL)
        memcpy(report_out->recomputed_from, record->run.id, sizeof(report_out->recomputed_from));
    return r;
}

static int tell_going_on(struct told_runs *told, const struct settings *settings,
                         struct history_record *record, const char *place,
                         struct report *report_out, struct aico2_error *err)
{
    struct history_record *kept = told_runs_take(told, record, clock_mono_ns());
    struct history_record copy; /* of what is changed for a place; the rest is the kept one's */
    int r;

    if (kept == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    copy = *kept;
    r = make_report(settings, &copy, place, false, report_out, err);
    told_runs_release(told);
    return r;
}

int api_load_report(const struct request *request, struct history *history,
                    const struct settings *settings, const char *id, const char *place,
                    struct report *report_out, struct aico2_error *err)
{
    const bool raw = request_sees_raw(request);
    struct history_record record;
    int r = history_load(history, id, &record, err);

    if (r < 0)
        return r;
    if (record.run.state == RUN_RUNNING && !raw)
        return tell_going_on(request->service->told, settings, &record, place, report_out, err);
    r = make_report(settings, &record, place, raw, report_out, err);
    history_record_deinit(&record);
    return r;
}

static int read_report(const struct request *request, const struct settings *settings,
                       const char *id, const char *place, struct report *report_out,
                       struct aico2_error *err)
{
    struct history *history = NULL;
    int r = api_open_history(settings, &history, err);

    if (r == 0)
        r = api_load_report(request, history, settings, id, place, report_out, err);
    history_close(history);
    return r;
}

int api_read_report(struct request *request, const struct settings *settings, const char *id,
                    const char *place, struct report *report_out)
{
    struct aico2_error err = { 0 };

    if (!api_is_run_id(id))
        made_problem(request, 404, "'%.40s' is no identifier of a run", id);
    else if (read_report(request, settings, id, place, report_out, &err) < 0)
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
