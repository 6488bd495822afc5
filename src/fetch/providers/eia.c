/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/eia.c - United States: what each balancing authority generates of each fuel, hour by hour */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/mix.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 3600 * NSEC_PER_SEC;
/* 12 days of 24 hours of at most 16 fuels are below the 5000 rows of an answer. */
static const int64_t WINDOW_NS = 12 * 86400 * NSEC_PER_SEC;

enum { ROWS_MAX = 5000 };

/* A grid zone's last part is the authority's code: "US-CAL-CISO". */
static const char *const respondents[] = {
    "AEC",  "AECI", "AVA",  "AVRN", "AZPS", "BANC", "BPAT", "CHPD", "CISO", "CPLE", "CPLW",
    "DEAA", "DOPD", "DUK",  "EEI",  "EPE",  "ERCO", "FMPP", "FPC",  "FPL",  "GCPD", "GRID",
    "GRIF", "GVL",  "GWA",  "HGMA", "HST",  "IID",  "IPCO", "ISNE", "JEA",  "LDWP", "LGEE",
    "MISO", "NEVP", "NWMT", "NYIS", "PACE", "PACW", "PGE",  "PJM",  "PNM",  "PSCO", "PSEI",
    "SC",   "SCEG", "SCL",  "SEC",  "SEPA", "SOCO", "SPA",  "SRP",  "SWPP", "TAL",  "TEC",
    "TEPC", "TIDC", "TPWR", "TVA",  "WACM", "WALC", "WAUW", "WWA",  "YAD",
};

/* Of the states New York alone is one authority's; the country is the 48 states without Alaska and Hawaii. */
static bool eia_zone_of(const struct fetch_place *given, char zone_out[48])
{
    const struct fetch_place narrowed = ask_narrowed(given);
    const struct fetch_place *place = &narrowed;
    static const char *const others[][2] = {
        { "US", "US48" }, { "US-NY", "NYIS" }, { "US-TEX-ERCOT", "ERCO" }, { NULL, NULL }
    };
    const char *last = strrchr(place->zone, '-');

    if (ask_zone(place, others, zone_out))
        return true;
    if (strncmp(place->zone, "US-", 3) != 0 ||
        text_index(last + 1, respondents, ARRAY_LENGTH(respondents)) < 0)
        return false;
    text_copy_clean(zone_out, 48, last + 1);
    return true;
}

static void add_address(const struct provider_query *query, const struct ask_window *window,
                        const char *key, struct strbuf *url)
{
    strbuf_printf(url, "%s/electricity/rto/fuel-type-data/data/?api_key=", query->base_url);
    ask_value(url, key);
    strbuf_add(url, "&frequency=hourly&data%5B0%5D=value&facets%5Brespondent%5D%5B%5D=");
    ask_value(url, query->zone);
    /* both bounds are included, and an hour is named by its end */
    strbuf_add(url, "&start=");
    ask_time(url, window->from_ns + STEP_NS, ASK_TIME_HOURS);
    strbuf_add(url, "&end=");
    ask_time(url, window->to_ns, ASK_TIME_HOURS);
    strbuf_printf(url,
                  "&sort%%5B0%%5D%%5Bcolumn%%5D=period&sort%%5B0%%5D%%5Bdirection%%5D=asc"
                  "&offset=0&length=%d",
                  ROWS_MAX);
}

static int eia_ask(const struct provider_query *query, size_t index,
                   struct provider_request *request_out)
{
    struct ask_window window;

    if (ask_window(query, index, STEP_NS, WINDOW_NS, &window) != ASK_PAST)
        return 0;

    add_address(query, &window, query->secret, &request_out->url);
    add_address(query, &window, "KEY", &request_out->shown);
    ask_header(request_out, "Accept", "application/json");
    return ask_done(request_out);
}

/* A plant with a battery beside it is its plant; batteries and pumps alone give back what was counted before. */
static const struct {
    const char *code;
    enum mix_fuel fuel;
} fuels[] = {
    { "COL", MIX_COAL },    { "NG", MIX_GAS },         { "OIL", MIX_OIL },
    { "NUC", MIX_NUCLEAR }, { "WAT", MIX_HYDRO },      { "WND", MIX_WIND },
    { "SUN", MIX_SOLAR },   { "GEO", MIX_GEOTHERMAL }, { "OTH", MIX_OTHER },
    { "UNK", MIX_OTHER },   { "SNB", MIX_SOLAR },      { "WNB", MIX_WIND },
    { "BAT", MIX_STORAGE }, { "PS", MIX_STORAGE },     { "OES", MIX_STORAGE },
    { "UES", MIX_STORAGE },
};

/* Text since release 2.1.6, a number before. Return: 1, 0 null, -EBADMSG */
static int read_megawatts(const struct answer *answer, const json_t *row, double *value_out)
{
    const json_t *value = json_object_get(row, "value");

    if (!json_is_string(value))
        return answer_number(answer, row, "value", value_out);
    if (!number_parse_double(json_string_value(value), value_out))
        return answer_wrong(answer, "not a number", json_string_value(value));
    return 1;
}

static int read_row(const struct answer *answer, const json_t *row, struct mix *mix)
{
    const char *code = answer_text(answer, row, "fueltype");
    int64_t wall_ns;
    double megawatts;
    size_t i;
    int r;

    if (code == NULL)
        return -EBADMSG;
    for (i = 0; i < ARRAY_LENGTH(fuels) && strcmp(fuels[i].code, code) != 0; i++)
        ;
    if (i == ARRAY_LENGTH(fuels))
        return answer_wrong(answer, "an unknown fuel", code);
    r = answer_expect(answer, row, "respondent", answer->query->zone);
    if (r == 0)
        r = answer_expect(answer, row, "value-units", "megawatthours");
    if (r == 0)
        r = answer_time(answer, row, "period", true, &wall_ns);
    if (r < 0)
        return r;
    r = read_megawatts(answer, row, &megawatts);
    return r <= 0 ? r : mix_add(answer, mix, wall_ns - STEP_NS, (int)i, fuels[i].fuel, megawatts);
}

static int read_rows(const struct answer *answer, const json_t *rows, struct mix *mix)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        int r = read_row(answer, row, mix);

        if (r < 0)
            return r;
    }
    return mix_finish(answer, mix);
}

/* An answer that was cut would lack fuels of its last hour. */
static int read_root(const struct answer *answer, const json_t *root)
{
    AICO2_CLEANUP(mix_deinit) struct mix mix = { 0 };
    const json_t *rows = answer_array(answer, json_object_get(root, "response"), "data");

    if (rows == NULL)
        return -EBADMSG;
    if (json_array_size(rows) >= ROWS_MAX)
        return aico2_error_set(answer->err, -EBADMSG, "%zu rows, which is a page that was cut",
                               json_array_size(rows));
    return read_rows(answer, rows, &mix);
}

static int eia_parse(const struct provider_query *query, size_t index, const char *body,
                     size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    (void)index;
    return answer_read(query, STEP_NS, body, length, series_out, err, read_root);
}

static void eia_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)query;
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "lifecycle-average");
    origin_out->band_ratio = mix_band_ratio();
}

const struct provider provider_eia = {
    .name = "eia",
    .title = "US EIA",
    .source =
        "US EIA hourly grid monitor, production by fuel without imports, with IPCC AR5 factors",
    .licence = "public domain",
    .default_url = "https://api.eia.gov/v2",
    .secret = SECRET_TOKEN,
    .step_ns = 3600 * NSEC_PER_SEC,
    .lag_ns = 24 * 3600 * NSEC_PER_SEC,
    .window_max_ns = 12 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 30,
    .secret_in_url = true,
    .zone_of = eia_zone_of,
    .ask = eia_ask,
    .parse = eia_parse,
    .describe = eia_describe,
    .error_text = answer_error_text,
};
