/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_series.c - GET /api/v1/intensity/{place}/series: the hours of a place around now, as far as they are known */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/api.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/time_text.h"
#include "carbon/place.h"
#include "carbon/series.h"
#include "cli/options/own_figures.h"
#include "server/settings.h"
#include "session/place/day.h"
#include "writers/writer.h"

enum { HOURS = 24, HOURS_MOST = 168 };

static bool read_hours(struct request *request, const char *name, int64_t *ns_out)
{
    const char *text = request_argument(request, name);
    uint64_t hours = HOURS;

    if (text != NULL && (!number_parse_u64(text, &hours) || hours < 1 || hours > HOURS_MOST)) {
        made_problem(request, 400, "%s '%.40s': 1 to %d hours are wanted", name, text, HOURS_MOST);
        return false;
    }
    *ns_out = (int64_t)hours * 3600 * NSEC_PER_SEC;
    return true;
}

static bool read_duration(struct request *request, int64_t *ns_out)
{
    const char *text = request_argument(request, "duration");

    *ns_out = 3600 * NSEC_PER_SEC;
    if (text == NULL || (duration_parse(text, ns_out) && *ns_out > 0))
        return true;
    made_problem(request, 400, "duration '%.40s': a time is wanted, as in 90m or 8h", text);
    return false;
}

static bool read_times(struct request *request, struct place_day_query *query)
{
    if (!read_hours(request, "hours", &query->back_ns) ||
        !read_hours(request, "ahead", &query->ahead_ns) ||
        !read_duration(request, &query->duration_ns))
        return false;
    if (query->duration_ns <= query->ahead_ns)
        return true;
    made_problem(request, 400, "duration '%.40s': longer than the hours ahead",
                 request_argument(request, "duration"));
    return false;
}

/* Where a file lies is not for who asks. */
static const char *name_of(const struct place_file *file)
{
    const char *slash = strrchr(file->path, '/');

    return slash != NULL ? slash + 1 : file->path;
}

/* The part between "/intensity/" and "/series". Return: on the heap, or NULL. */
static char *place_of(const struct request *request)
{
    const char *rest = request_rest(request);

    return strndup(rest, strcspn(rest, "/"));
}

static int make(struct request *request, const struct settings *settings,
                struct place_day_query *query, struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    AICO2_CLEANUP(place_day_deinit) struct place_day day = { 0 };
    const struct place_file *file = place_files_find(&settings->place_files, query->place.place);
    int r = file != NULL ? intensity_series_read(file->path, &series, err) : 0;

    if (r < 0) /* it was right when the server began: a fault of ours to tell in the log */
        return r == -ENOENT ? -EIO : r;
    query->series = file != NULL ? &series : NULL;
    query->source = file != NULL ? name_of(file) : NULL;
    r = place_day_make(query, &day, err);
    if (r == 0)
        write_place_day_json(&request->made.body, &day);
    return r;
}

void api_series(struct request *request, const struct settings *settings)
{
    AICO2_CLEANUP(freep) char *name = place_of(request);
    const struct place_query place = { .any = name, .gco2e_per_kwh = NAN };
    struct place_day_query query = { .now_ns = clock_wall_ns() };
    struct aico2_error err = { 0 };
    bool own = false;

    if (!read_times(request, &query))
        return;
    if (name == NULL) {
        err.code = -ENOMEM;
    } else if (own_figures_resolve(&settings->options, &place, &query.place, &own, &err) < 0) {
        if (err.code == -EINVAL) /* the value is a path: what it names is not there */
            err.code = -ENODATA;
    } else {
        err.code = make(request, settings, &query, &err);
    }
    if (err.code < 0)
        made_failure(request, &err);
}
