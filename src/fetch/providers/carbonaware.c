/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/carbonaware.c - the web API of the Green Software Foundation's Carbon Aware SDK, on a host of yours */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 300 * NSEC_PER_SEC;
static const int64_t WINDOW_NS = 10 * 86400 * NSEC_PER_SEC;

/* Its locations are names of its own files: by default those of cloud regions ("eastus"). */
static bool ca_zone_of(const struct fetch_place *place, char zone_out[48])
{
    const char *colon = strchr(place->cloud, ':');
    const char *name = colon != NULL ? colon + 1 : place->zone;

    if (name[0] == '\0' || strlen(name) >= 48)
        return false;
    (void)snprintf(zone_out, 48, "%s", name);
    return true;
}

static int ca_ask(const struct provider_query *query, size_t index,
                  struct provider_request *request_out)
{
    struct strbuf *url = &request_out->url;
    struct ask_window window;
    enum ask_window_kind kind = ask_window(query, index, STEP_NS, WINDOW_NS, &window);

    if (kind == ASK_NONE)
        return 0;

    strbuf_printf(url, "%s/emissions/%s?location=", query->base_url,
                  kind == ASK_AHEAD ? "forecasts/current" : "bylocation");
    ask_value(url, query->zone);
    /* a forecast is asked for without bounds: it refuses what reaches beyond its own */
    if (kind == ASK_PAST) {
        strbuf_add(url, "&time=");
        ask_time(url, window.from_ns, ASK_TIME_SECONDS);
        strbuf_add(url, "&toTime=");
        ask_time(url, window.to_ns, ASK_TIME_SECONDS);
    }
    ask_header(request_out, "Accept", "application/json");
    return ask_done(request_out);
}

/* The location may be named as its source names it ("PJM_ROANOKE"), but two of them are no series. */
static int read_rows(const struct answer *answer, const json_t *rows, const char *time_key,
                     const char *value_key, enum intensity_point_quality quality)
{
    const char *location = NULL;
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        int64_t wall_ns;
        double value;
        int r = 0;

        if (location == NULL)
            location = answer_text(answer, row, "location");
        else
            r = answer_expect(answer, row, "location", location);
        if (location == NULL || r < 0)
            return -EBADMSG;
        r = answer_time(answer, row, time_key, false, &wall_ns);
        if (r < 0)
            return r;
        r = answer_number(answer, row, value_key, &value);
        if (r > 0)
            r = answer_add(answer, wall_ns, value, quality);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Whether its source measured them it does not say. */
static int read_past(const struct answer *answer, const json_t *root)
{
    if (!json_is_array(root))
        return aico2_error_set(answer->err, -EBADMSG, "the answer is no array");
    return read_rows(answer, root, "time", "rating", POINT_ESTIMATED);
}

static int read_forecast(const struct answer *answer, const json_t *root)
{
    const json_t *forecast = json_array_get(root, 0);
    const json_t *rows;

    if (json_array_size(root) != 1)
        return aico2_error_set(answer->err, -EBADMSG, "the answer is no array of one forecast");
    rows = answer_array(answer, forecast, "forecastData");
    if (rows == NULL)
        return -EBADMSG;
    return read_rows(answer, rows, "timestamp", "value", POINT_FORECAST);
}

static int ca_parse(const struct provider_query *query, size_t index, const char *body,
                    size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    struct ask_window window;
    bool ahead = ask_window(query, index, STEP_NS, WINDOW_NS, &window) == ASK_AHEAD;

    return answer_read(query, STEP_NS, body, length, series_out, err,
                       ahead ? read_forecast : read_past);
}

/* Average or marginal, life cycle or direct: as the source behind it, of which its answers say nothing. */
static void ca_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)query;
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "unknown");
    origin_out->band_ratio = 0.30;
}

const struct provider provider_carbonaware = {
    .name = "carbonaware",
    .title = "Carbon Aware SDK",
    .source = "a Carbon Aware SDK of yours; average or marginal as its own source is",
    .licence = "as its own source",
    .default_url = NULL,
    .secret = SECRET_NONE,
    .step_ns = 300 * NSEC_PER_SEC,
    .lag_ns = 3600 * NSEC_PER_SEC,
    .window_max_ns = 10 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 60,
    .has_forecast = true,
    .zone_of = ca_zone_of,
    .ask = ca_ask,
    .parse = ca_parse,
    .describe = ca_describe,
    .error_text = answer_error_text,
};
