/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/electricitymaps.c - Electricity Maps v3: flow-traced intensities of some 200 countries */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 3600 * NSEC_PER_SEC;
static const int64_t WINDOW_NS = 10 * 86400 * NSEC_PER_SEC;
/* "history" has the last 24 hours, and is what a free key may ask for. */
static const int64_t HISTORY_NS = 23 * 3600 * NSEC_PER_SEC;

/* Countries of several zones and without one of their own. */
static const char split_countries[] = " AU BR CA CL DK IN IT JP MY NO PH RU SE US ";

/* Regions that are a zone under the same code, and the few under another one. */
static const char region_zones[] =
    " AU-NSW AU-NT AU-QLD AU-SA AU-TAS AU-VIC AU-WA CA-AB CA-BC CA-MB CA-NB CA-NL CA-NS CA-NT CA-NU"
    " CA-ON CA-PE CA-QC CA-SK CA-YT GB-NIR ";

static bool is_listed(const char *list, const char *word)
{
    char padded[24] = "";

    text_append(padded, sizeof(padded), " %s ", word);
    return strstr(list, padded) != NULL;
}

static bool em_zone_of(const struct fetch_place *given, char zone_out[48])
{
    const struct fetch_place narrowed = ask_narrowed(given);
    const struct fetch_place *place = &narrowed;
    static const char *const others[][2] = {
        { "AU-ACT", "AU-NSW" }, { "GB-ENG", "GB" }, { "GB-SCT", "GB" },
        { "GB-WLS", "GB" },     { NULL, NULL },
    };
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    if (place->zone[0] != '\0') {
        if (strspn(place->zone, letters) != strlen(place->zone))
            return false;
        text_copy_clean(zone_out, 48, place->zone);
        return true;
    }
    if (ask_zone(place, others, zone_out))
        return true;
    if (place->region[0] != '\0') {
        if (!is_listed(region_zones, place->region))
            return false;
        text_copy_clean(zone_out, 48, place->region);
        return true;
    }
    if (place->country[0] == '\0' || is_listed(split_countries, place->country))
        return false;
    text_copy_clean(zone_out, 48, place->country);
    return true;
}

static void add_horizon(struct strbuf *url, int64_t ahead_ns)
{
    const int64_t hour_ns = 3600 * NSEC_PER_SEC;

    if (ahead_ns > 24 * hour_ns)
        strbuf_printf(url, "&horizonHours=%d", ahead_ns > 48 * hour_ns ? 72 : 48);
}

/*
 * Always with the zone and without the caller's look-up: the service would else take the place of this machine's
 * address where it does not know the zone.
 */
static int em_ask(const struct provider_query *query, size_t index,
                  struct provider_request *request_out)
{
    struct strbuf *url = &request_out->url;
    bool is_recent = query->from_ns >= query->now_ns - HISTORY_NS;
    struct ask_window window;
    enum ask_window_kind kind = ask_window(query, index, STEP_NS, WINDOW_NS, &window);

    if (kind == ASK_NONE)
        return 0;

    strbuf_printf(url, "%s/carbon-intensity/%s?zone=", query->base_url,
                  kind == ASK_AHEAD ? "forecast"
                  : is_recent       ? "history"
                                    : "past-range");
    ask_value(url, query->zone);
    strbuf_add(url, "&emissionFactorType=lifecycle&shouldUseFallbackCallerLookup=false");
    if (kind == ASK_AHEAD) {
        add_horizon(url, window.to_ns - query->now_ns);
    } else if (!is_recent) {
        strbuf_add(url, "&start=");
        ask_time(url, window.from_ns, ASK_TIME_SECONDS);
        strbuf_add(url, "&end=");
        ask_time(url, window.to_ns, ASK_TIME_SECONDS);
    }
    ask_header(request_out, "auth-token", query->secret);
    return ask_done(request_out);
}

/* Where a row says whose it is and of what kind, that has to be what was asked for. */
static int check_row(const struct answer *answer, const json_t *row)
{
    int r = 0;

    if (json_object_get(row, "zone") != NULL)
        r = answer_expect(answer, row, "zone", answer->query->zone);
    if (r == 0 && json_object_get(row, "emissionFactorType") != NULL)
        r = answer_expect(answer, row, "emissionFactorType", "lifecycle");
    return r;
}

static int read_row(const struct answer *answer, const json_t *row, bool ahead)
{
    const json_t *estimated = json_object_get(row, "isEstimated");
    enum intensity_point_quality quality = POINT_MEASURED;
    int64_t wall_ns;
    double value;
    int r = check_row(answer, row);

    if (r < 0)
        return r;
    r = answer_time(answer, row, "datetime", false, &wall_ns);
    if (r < 0)
        return r;
    r = answer_number(answer, row, "carbonIntensity", &value);
    if (r <= 0)
        return r;
    if (ahead)
        quality = POINT_FORECAST;
    else if (!json_is_false(estimated)) /* also where nothing is said of it */
        quality = POINT_ESTIMATED;
    return answer_add(answer, wall_ns, value, quality);
}

static int read_rows(const struct answer *answer, const json_t *root, bool ahead)
{
    const char *key = ahead                                   ? "forecast"
                      : json_object_get(root, "data") != NULL ? "data"
                                                              : "history";
    int r = answer_expect(answer, root, "zone", answer->query->zone);
    const json_t *rows;
    const json_t *row;
    size_t i;

    if (r < 0)
        return r;
    r = check_row(answer, root);
    if (r < 0)
        return r;
    rows = answer_array(answer, root, key);
    if (rows == NULL)
        return -EBADMSG;
    json_array_foreach(rows, i, row)
    {
        r = read_row(answer, row, ahead);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_past(const struct answer *answer, const json_t *root)
{
    return read_rows(answer, root, false);
}

static int read_forecast(const struct answer *answer, const json_t *root)
{
    return read_rows(answer, root, true);
}

static int em_parse(const struct provider_query *query, size_t index, const char *body,
                    size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    struct ask_window window;
    bool ahead = ask_window(query, index, STEP_NS, WINDOW_NS, &window) == ASK_AHEAD;

    return answer_read(query, STEP_NS, body, length, series_out, err,
                       ahead ? read_forecast : read_past);
}

static void em_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)query;
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "lifecycle-average");
    origin_out->band_ratio = 0.15;
}

const struct provider provider_electricitymaps = {
    .name = "electricitymaps",
    .title = "Electricity Maps",
    .source = "ElectricityMaps.com: electricity consumed, imports traced",
    .licence = "own terms: a free key is for personal and academic use",
    .default_url = "https://api.electricitymaps.com/v3",
    .secret = SECRET_TOKEN,
    .step_ns = 3600 * NSEC_PER_SEC,
    .lag_ns = 3600 * NSEC_PER_SEC,
    .window_max_ns = 10 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 30,
    .has_forecast = true,
    .zone_of = em_zone_of,
    .ask = em_ask,
    .parse = em_parse,
    .describe = em_describe,
    .error_text = answer_error_text,
};
