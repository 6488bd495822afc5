/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/gb.c - Great Britain: the Carbon Intensity API of the system operator (NESO) */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 1800 * NSEC_PER_SEC;
static const int64_t WINDOW_NS = 14 * 86400 * NSEC_PER_SEC;

/* Northern Ireland is part of the Irish grid: neither it nor the United Kingdom as a whole is here. */
static const char *const zones[][2] = {
    { "GB", "GB" },        { "GB-GBN", "GB" },    { "GB-ENG", "GB-15" }, { "GB-SCT", "GB-16" },
    { "GB-WLS", "GB-17" }, { "GB-LND", "GB-13" }, { NULL, NULL },
};

static bool gb_zone_of(const struct fetch_place *place, char zone_out[48])
{
    long id;
    char *end;

    /* "GB-7": one of the service's own seventeen regions */
    if (strncmp(place->zone, "GB-", 3) == 0 && place->zone[3] >= '1' && place->zone[3] <= '9') {
        id = strtol(place->zone + 3, &end, 10);
        if (*end != '\0' || id > 17)
            return false;
        (void)snprintf(zone_out, 48, "GB-%ld", id);
        return true;
    }
    return ask_zone(place, zones, zone_out);
}

/* NULL for the whole of it. */
static const char *region_id(const struct provider_query *query)
{
    return strncmp(query->zone, "GB-", 3) == 0 ? query->zone + 3 : NULL;
}

static int gb_ask(const struct provider_query *query, size_t index,
                  struct provider_request *request_out)
{
    const char *region = region_id(query);
    struct ask_window window;
    enum ask_window_kind kind = ask_window(query, index, STEP_NS, WINDOW_NS, &window);

    if (kind == ASK_NONE)
        return 0;

    strbuf_printf(&request_out->url, "%s%s/intensity/", query->base_url,
                  region != NULL ? "/regional" : "");
    ask_time(&request_out->url, window.from_ns, ASK_TIME_MINUTES);
    if (kind == ASK_AHEAD) {
        strbuf_add(&request_out->url, "/fw48h");
    } else {
        strbuf_add(&request_out->url, "/");
        ask_time(&request_out->url, window.to_ns, ASK_TIME_MINUTES);
    }
    if (region != NULL)
        strbuf_printf(&request_out->url, "/regionid/%s", region);
    ask_header(request_out, "Accept", "application/json");
    return ask_done(request_out);
}

/* {"from":..,"to":..,"intensity":{"forecast":266,"actual":263}}; "actual" is null until it is known. */
static int read_row(const struct answer *answer, const json_t *row, bool has_actual)
{
    const json_t *intensity = json_object_get(row, "intensity");
    int64_t from_ns;
    double value;
    int r = answer_time(answer, row, "from", false, &from_ns);

    if (r < 0)
        return r;
    if (has_actual) {
        r = answer_number(answer, intensity, "actual", &value);
        if (r != 0)
            return r < 0 ? r : answer_add(answer, from_ns, value, POINT_MEASURED);
    }
    r = answer_number(answer, intensity, "forecast", &value);
    return r <= 0 ? r : answer_add(answer, from_ns, value, POINT_FORECAST);
}

static int read_rows(const struct answer *answer, const json_t *object, bool has_actual)
{
    const json_t *rows = answer_array(answer, object, "data");
    const json_t *row;
    size_t i;

    if (rows == NULL)
        return -EBADMSG;
    json_array_foreach(rows, i, row)
    {
        int r = read_row(answer, row, has_actual);

        if (r < 0)
            return r;
    }
    return 0;
}

/* "data" is one region, or an array that holds it: the service answers in both shapes. */
static int read_region(const struct answer *answer, const json_t *root)
{
    const json_t *data = json_object_get(root, "data");
    const json_t *region = json_is_array(data) ? json_array_get(data, 0) : data;
    double id = 0;
    char shown[40];
    int r = answer_number(answer, region, "regionid", &id);

    if (r < 0)
        return r;
    (void)snprintf(shown, sizeof(shown), "%.17g", id);
    if (strcmp(shown, region_id(answer->query)) != 0)
        return answer_wrong(answer, "the answer is for another region", shown);
    return read_rows(answer, region, false);
}

static int read_root(const struct answer *answer, const json_t *root)
{
    return region_id(answer->query) != NULL ? read_region(answer, root)
                                            : read_rows(answer, root, true);
}

static int gb_parse(const struct provider_query *query, size_t index, const char *body,
                    size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    (void)index;
    return answer_read(query, STEP_NS, body, length, series_out, err, read_root);
}

/* What is known of a region are forecasts alone, of the past as well. */
static void gb_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "direct-average");
    origin_out->band_ratio = region_id(query) != NULL ? 0.30 : 0.15;
}

const struct provider provider_gb = {
    .name = "gb",
    .title = "GB Carbon Intensity",
    .source = "NESO Carbon Intensity API (carbonintensity.org.uk): generation, imports and losses",
    .licence = "CC BY 4.0 and terms of use",
    .default_url = "https://api.carbonintensity.org.uk",
    .secret = SECRET_NONE,
    .step_ns = 1800 * NSEC_PER_SEC,
    .lag_ns = 1800 * NSEC_PER_SEC,
    .window_max_ns = 14 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 30,
    .has_forecast = true,
    .zone_of = gb_zone_of,
    .ask = gb_ask,
    .parse = gb_parse,
    .describe = gb_describe,
    .error_text = answer_error_text,
};
