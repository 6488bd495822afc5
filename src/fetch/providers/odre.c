/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/odre.c - France: RTE's eCO2mix through the open data portal ODRE */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 900 * NSEC_PER_SEC;
static const int64_t WINDOW_NS = 31 * 86400 * NSEC_PER_SEC;

/* Neither Corsica nor what lies overseas; the mainland's regions have no CO2 of their own there. */
static bool odre_zone_of(const struct fetch_place *place, char zone_out[48])
{
    static const char *const zones[][2] = { { "FR", "FR" }, { NULL, NULL } };

    return ask_zone(place, zones, zone_out);
}

/* An export, which has any number of rows: records come in hundreds at most. */
static int odre_ask(const struct provider_query *query, size_t index,
                    struct provider_request *request_out)
{
    struct strbuf *url = &request_out->url;
    struct ask_window window;

    if (ask_window(query, index, STEP_NS, WINDOW_NS, &window) != ASK_PAST)
        return 0;

    strbuf_printf(url,
                  "%s/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/exports/json"
                  "?select=date_heure%%2Ctaux_co2&where=date_heure%%20%%3E%%3D%%20date%%27",
                  query->base_url);
    ask_time(url, window.from_ns, ASK_TIME_SECONDS);
    strbuf_add(url, "%27%20and%20date_heure%20%3C%20date%27");
    ask_time(url, window.to_ns, ASK_TIME_SECONDS);
    strbuf_add(url, "%27%20and%20taux_co2%20is%20not%20null&order_by=date_heure&timezone=UTC");
    ask_header(request_out, "Accept", "application/json");
    return ask_done(request_out);
}

/* Rows of the day to come exist already, with null. */
static int read_row(const struct answer *answer, const json_t *row)
{
    int64_t wall_ns;
    double value;
    int r = answer_time(answer, row, "date_heure", false, &wall_ns);

    if (r < 0)
        return r;
    r = answer_number(answer, row, "taux_co2", &value);
    return r <= 0 ? r : answer_add(answer, wall_ns, value, POINT_MEASURED);
}

/* An export is the array itself; records have it in "results". */
static int read_root(const struct answer *answer, const json_t *root)
{
    const json_t *rows = json_is_array(root) ? root : answer_array(answer, root, "results");
    const json_t *row;
    size_t i;

    if (rows == NULL)
        return -EBADMSG;
    json_array_foreach(rows, i, row)
    {
        int r = read_row(answer, row);

        if (r < 0)
            return r;
    }
    return 0;
}

static int odre_parse(const struct provider_query *query, size_t index, const char *body,
                      size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    (void)index;
    return answer_read(query, STEP_NS, body, length, series_out, err, read_root);
}

static void odre_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)query;
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "direct-average");
    origin_out->band_ratio = 0.15;
}

const struct provider provider_odre = {
    .name = "odre",
    .title = "RTE éCO2mix",
    .source = "RTE éCO2mix through ODRÉ (odre.opendatasoft.com): production, without imports",
    .licence = "Licence Ouverte 2.0",
    .default_url = "https://odre.opendatasoft.com",
    .secret = SECRET_NONE,
    .step_ns = 900 * NSEC_PER_SEC,
    .lag_ns = 900 * NSEC_PER_SEC,
    .window_max_ns = 31 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 20,
    .zone_of = odre_zone_of,
    .ask = odre_ask,
    .parse = odre_parse,
    .describe = odre_describe,
    .error_text = answer_error_text,
};
