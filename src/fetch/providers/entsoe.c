/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/entsoe.c - Europe: generation per type of the ENTSO-E transparency platform */
#include <errno.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/entsoe_xml.h"
#include "fetch/providers/mix.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 900 * NSEC_PER_SEC;
/* A year is allowed; answers of more than 1000 points a series have been cut without a word. */
static const int64_t WINDOW_NS = 10 * 86400 * NSEC_PER_SEC;

/*
 * Energy identification codes of the areas (ENTSO-E's list of areas). Great Britain has published nothing there since it
 * left; Germany is the country, without Luxembourg.
 */
static const char *const areas[][2] = {
    { "AL", "10YAL-KESH-----5" },     { "AT", "10YAT-APG------L" },
    { "BA", "10YBA-JPCC-----D" },     { "BE", "10YBE----------2" },
    { "BG", "10YCA-BULGARIA-R" },     { "CH", "10YCH-SWISSGRIDZ" },
    { "CY", "10YCY-1001A0003J" },     { "CZ", "10YCZ-CEPS-----N" },
    { "DE", "10Y1001A1001A83F" },     { "DK", "10Y1001A1001A65H" },
    { "DK-DK1", "10YDK-1--------W" }, { "DK-DK2", "10YDK-2--------M" },
    { "EE", "10Y1001A1001A39I" },     { "ES", "10YES-REE------0" },
    { "FI", "10YFI-1--------U" },     { "FR", "10YFR-RTE------C" },
    { "GE", "10Y1001A1001B012" },     { "GR", "10YGR-HTSO-----Y" },
    { "HR", "10YHR-HEP------M" },     { "HU", "10YHU-MAVIR----U" },
    { "IE", "10YIE-1001A00010" },     { "GB-NIR", "10Y1001A1001A016" },
    { "IT", "10YIT-GRTN-----B" },     { "IT-NO", "10Y1001A1001A73I" },
    { "IT-CNO", "10Y1001A1001A70O" }, { "IT-CSO", "10Y1001A1001A71M" },
    { "IT-SO", "10Y1001A1001A788" },  { "IT-SAR", "10Y1001A1001A74G" },
    { "IT-SIC", "10Y1001A1001A75E" }, { "LT", "10YLT-1001A0008Q" },
    { "LU", "10YLU-CEGEDEL-NQ" },     { "LV", "10YLV-1001A00074" },
    { "MD", "10Y1001A1001A990" },     { "ME", "10YCS-CG-TSO---S" },
    { "MK", "10YMK-MEPSO----8" },     { "NL", "10YNL----------L" },
    { "NO", "10YNO-0--------C" },     { "NO-NO1", "10YNO-1--------2" },
    { "NO-NO2", "10YNO-2--------T" }, { "NO-NO3", "10YNO-3--------J" },
    { "NO-NO4", "10YNO-4--------9" }, { "NO-NO5", "10Y1001A1001A48H" },
    { "PL", "10YPL-AREA-----S" },     { "PT", "10YPT-REN------W" },
    { "RO", "10YRO-TEL------P" },     { "RS", "10YCS-SERBIATSOV" },
    { "SE", "10YSE-1--------K" },     { "SE-SE1", "10Y1001A1001A44P" },
    { "SE-SE2", "10Y1001A1001A45N" }, { "SE-SE3", "10Y1001A1001A46L" },
    { "SE-SE4", "10Y1001A1001A47J" }, { "SI", "10YSI-ELES-----O" },
    { "SK", "10YSK-SEPS-----K" },     { "UA", "10Y1001C--00003F" },
    { "XK", "10Y1001C--00100H" },     { NULL, NULL },
};

static bool entsoe_zone_of(const struct fetch_place *place, char zone_out[48])
{
    return ask_zone(place, areas, zone_out);
}

static void add_address(const struct provider_query *query, const struct ask_window *window,
                        const char *token, struct strbuf *url)
{
    strbuf_printf(url, "%s/api?securityToken=", query->base_url);
    ask_value(url, token);
    strbuf_add(url, "&documentType=A75&processType=A16&in_Domain=");
    ask_value(url, query->zone);
    strbuf_add(url, "&periodStart=");
    ask_time(url, window->from_ns, ASK_TIME_DIGITS);
    strbuf_add(url, "&periodEnd=");
    ask_time(url, window->to_ns, ASK_TIME_DIGITS);
}

/* Whole hours: it is by them that some areas publish. */
static int entsoe_ask(const struct provider_query *query, size_t index,
                      struct provider_request *request_out)
{
    struct ask_window window;

    if (ask_window(query, index, 4 * STEP_NS, WINDOW_NS, &window) != ASK_PAST)
        return 0;

    add_address(query, &window, query->secret, &request_out->url);
    add_address(query, &window, "TOKEN", &request_out->shown);
    return ask_done(request_out);
}

static int entsoe_parse(const struct provider_query *query, size_t index, const char *body,
                        size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    AICO2_CLEANUP(mix_deinit) struct mix mix = { 0 };
    struct aico2_error own = { 0 };
    const struct answer answer = { query, STEP_NS, series_out, err != NULL ? err : &own };
    size_t before = series_out->count;
    int r = entsoe_read(&answer, body, length, &mix);

    (void)index;
    if (r == 0)
        r = mix_finish(&answer, &mix);
    if (r < 0)
        series_out->count = before;
    return r;
}

static void entsoe_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)query;
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "lifecycle-average");
    origin_out->band_ratio = mix_band_ratio();
}

const struct provider provider_entsoe = {
    .name = "entsoe",
    .title = "ENTSO-E",
    .source =
        "ENTSO-E transparency platform, production by type without imports, with IPCC AR5 factors",
    .licence = "CC BY 4.0",
    .default_url = "https://web-api.tp.entsoe.eu",
    .secret = SECRET_TOKEN,
    .step_ns = 900 * NSEC_PER_SEC,
    .lag_ns = 2 * 3600 * NSEC_PER_SEC,
    .window_max_ns = 10 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 60,
    .secret_in_url = true,
    .zone_of = entsoe_zone_of,
    .ask = entsoe_ask,
    .parse = entsoe_parse,
    .describe = entsoe_describe,
    .error_text = entsoe_reason,
};
