/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_run_list.c - GET /api/v1/runs: the runs of the history, and what their reports tell of each */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/api.h"

#include "base/array.h"
#include "base/number.h"
#include "history/history.h"
#include "server/coarse_row.h"
#include "session/report/build.h"
#include "session/report/run_detail.h"
#include "writers/writer.h"

/* A line with details costs a report. */
enum { LIMIT_MOST = 1000, LIMIT_MOST_DETAILED = 200 };

struct asked {
    struct history_filter filter;
    bool details;
};

static bool read_asked(struct request *request, struct asked *asked_out)
{
    const char *limit = request_argument(request, "limit");
    const char *details = request_argument(request, "details");
    struct asked asked = {
        .filter = { .stage = request_argument(request, "stage"),
                    .cursor = request_argument(request, "cursor"),
                    .search = request_argument(request, "q") },
        .details = details != NULL && strcmp(details, "1") == 0,
    };
    uint64_t most = asked.details ? LIMIT_MOST_DETAILED : LIMIT_MOST;
    uint64_t number = 50;

    if (details != NULL && !asked.details && strcmp(details, "0") != 0) {
        made_problem(request, 400, "details '%.40s': 1 or 0 is wanted", details);
        return false;
    }
    if (limit != NULL && (!number_parse_u64(limit, &number) || number < 1 || number > most)) {
        made_problem(request, 400, "limit '%.40s': 1 to %d is wanted%s", limit, (int)most,
                     asked.details ? " with details=1" : "");
        return false;
    }
    asked.filter.limit = (size_t)number;
    *asked_out = asked;
    return true;
}

/* A run whose report cannot be made now has none: the line stands without it. */
static void read_detail(const struct request *request, struct history *history,
                        const struct settings *settings, const struct run_row *row,
                        struct run_detail *detail_out)
{
    struct aico2_error err = { 0 };
    struct report report;

    *detail_out = (struct run_detail){ .intensity_gco2e_per_kwh = NAN,
                                       .units = NAN,
                                       .gco2e_per_unit = NAN,
                                       .measured_ratio = NAN,
                                       .total_joules = BAND_NONE,
                                       .total_gco2e = BAND_NONE };
    if (api_load_report(request, history, settings, row->id, NULL, &report, &err) < 0)
        return;
    run_detail_make(&report, detail_out);
    report_deinit(&report);
}

static int read_details(const struct request *request, struct history *history,
                        const struct settings *settings, const struct run_row *rows, size_t count,
                        struct run_detail **details_out, struct aico2_error *err)
{
    struct run_detail *details = calloc(count, sizeof(*details));

    if (details == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        read_detail(request, history, settings, &rows[i], &details[i]);
    *details_out = details;
    return 0;
}

void api_runs(struct request *request, const struct settings *settings)
{
    AICO2_CLEANUP(freep) struct run_row *rows = NULL;
    AICO2_CLEANUP(freep) struct run_detail *details = NULL;
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    char next[ULID_SIZE] = "";
    struct asked asked;
    size_t count = 0;
    int r;

    if (!read_asked(request, &asked))
        return;
    r = api_open_history(settings, &history, &err);
    if (r == 0)
        r = history_list(history, &asked.filter, &rows, &count, next, &err);
    if (r == 0 && asked.details && count > 0)
        r = read_details(request, history, settings, rows, count, &details, &err);
    history_close(history);
    if (r < 0 && r != -ENOENT) { /* nothing was measured yet: an empty list */
        made_failure(request, &err);
        return;
    }
    for (size_t i = 0; i < count && !request_sees_raw(request); i++)
        run_row_coarsen(&rows[i]);
    write_runs_detailed_json(&request->made.body, rows, details, count, next);
}
