/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/watttime.c - WattTime v3: the marginal signal, and an average beside it */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 300 * NSEC_PER_SEC;
static const int64_t WINDOW_NS = 31 * 86400 * NSEC_PER_SEC; /* 32 days at most */
/* lb/MWh to g/kWh: a pound is 453.59237 g, a MWh 1000 kWh */
static const double GRAMS_PER_KWH = 0.45359237;

/*
 * Its own names alone ("CAISO_NORTH", given as --zone): which of its regions a place is in can only be asked with
 * coordinates, and a balancing authority is often several of them.
 */
static bool wt_zone_of(const struct fetch_place *place, char zone_out[48])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    if (strchr(place->zone, '_') == NULL || strspn(place->zone, letters) != strlen(place->zone))
        return false;
    (void)snprintf(zone_out, 48, "%s", place->zone);
    return true;
}

static const char *signal_of(const struct provider_query *query)
{
    return query->marginal ? "co2_moer" : "co2_aoer";
}

static void add_bearer(struct provider_request *request, const char *token)
{
    struct strbuf *header = &request->headers[request->header_count++];

    strbuf_printf(header, "Authorization: Bearer %s", token);
}

static int wt_ask(const struct provider_query *query, size_t index,
                  struct provider_request *request_out)
{
    const int64_t hour_ns = 3600 * NSEC_PER_SEC;
    struct strbuf *url = &request_out->url;
    struct ask_window window;
    enum ask_window_kind kind = ask_window(query, index, STEP_NS, WINDOW_NS, &window);

    if (kind == ASK_NONE)
        return 0;

    strbuf_printf(url, "%s/v3/%s?region=", query->base_url,
                  kind == ASK_AHEAD ? "forecast" : "historical");
    ask_value(url, query->zone);
    strbuf_printf(url, "&signal_type=%s", signal_of(query));
    if (kind == ASK_AHEAD) {
        int64_t hours = (window.to_ns - query->now_ns - 1) / hour_ns + 1;

        strbuf_printf(url, "&horizon_hours=%d", hours > 72 ? 72 : (int)hours);
    } else {
        strbuf_add(url, "&start=");
        ask_time(url, window.from_ns, ASK_TIME_SECONDS);
        strbuf_add(url, "&end=");
        ask_time(url, window.to_ns, ASK_TIME_SECONDS);
    }
    add_bearer(request_out, query->secret);
    return ask_done(request_out);
}

/* A percentile ("units":"percentile") is no intensity; pounds of CO2 are the only unit that is known. */
static int check_meta(const struct answer *answer, const json_t *root)
{
    const json_t *meta = json_object_get(root, "meta");
    int r = answer_expect(answer, meta, "region", answer->query->zone);

    if (r == 0)
        r = answer_expect(answer, meta, "signal_type", signal_of(answer->query));
    if (r == 0)
        r = answer_expect(answer, meta, "units", "lbs_co2_per_mwh");
    return r;
}

static int read_rows(const struct answer *answer, const json_t *root,
                     enum intensity_point_quality quality)
{
    const json_t *rows;
    const json_t *row;
    size_t i;
    int r = check_meta(answer, root);

    if (r < 0)
        return r;
    rows = answer_array(answer, root, "data");
    if (rows == NULL)
        return -EBADMSG;
    json_array_foreach(rows, i, row)
    {
        int64_t wall_ns;
        double value;

        r = answer_time(answer, row, "point_time", false, &wall_ns);
        if (r < 0)
            return r;
        r = answer_number(answer, row, "value", &value);
        if (r > 0)
            r = answer_add(answer, wall_ns, value * GRAMS_PER_KWH, quality);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Nobody can measure which plant a kilowatt-hour more starts: a model's value. */
static int read_past(const struct answer *answer, const json_t *root)
{
    return read_rows(answer, root, POINT_ESTIMATED);
}

static int read_forecast(const struct answer *answer, const json_t *root)
{
    return read_rows(answer, root, POINT_FORECAST);
}

static int wt_parse(const struct provider_query *query, size_t index, const char *body,
                    size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    struct ask_window window;
    bool ahead = ask_window(query, index, STEP_NS, WINDOW_NS, &window) == ASK_AHEAD;

    return answer_read(query, STEP_NS, body, length, series_out, err,
                       ahead ? read_forecast : read_past);
}

static void wt_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "%s",
                   query->marginal ? "direct-marginal" : "direct-average");
    origin_out->band_ratio = 0.30;
}

static void add_base64(struct strbuf *out, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = (const unsigned char *)text;

    for (size_t left = strlen(text); left > 0;) {
        size_t taken = left < 3 ? left : 3;
        unsigned bits = (unsigned)bytes[0] << 16;
        char four[4];

        bits |= taken > 1 ? (unsigned)bytes[1] << 8 : 0;
        bits |= taken > 2 ? (unsigned)bytes[2] : 0;
        for (size_t i = 0; i < 4; i++)
            four[i] = i <= taken ? digits[bits >> (18 - 6 * i) & 63] : '=';
        strbuf_add_bytes(out, four, sizeof(four));
        bytes += taken;
        left -= taken;
    }
}

static int wt_ask_login(const struct provider_query *query, struct provider_request *request_out)
{
    struct strbuf *header = &request_out->headers[request_out->header_count++];

    strbuf_printf(&request_out->url, "%s/login", query->base_url);
    strbuf_add(header, "Authorization: Basic ");
    add_base64(header, query->secret);
    return ask_done(request_out);
}

/* What goes into a header of ours may hold nothing that could end it. */
static bool is_token(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-_.~+/=";

    return text[0] != '\0' && strlen(text) < 2048 && strspn(text, letters) == strlen(text);
}

static int wt_parse_login(const char *body, size_t length, char token_out[2048],
                          struct aico2_error *err)
{
    json_t *root = answer_load(body, length, NULL);
    const char *token = json_string_value(json_object_get(root, "token"));
    int r = 0;

    /* never quoted: torn or not, it may be a secret */
    if (token == NULL || !is_token(token))
        r = aico2_error_set(err, -EBADMSG, "the answer to the login holds no token");
    else
        (void)snprintf(token_out, 2048, "%s", token);
    json_decref(root);
    return r;
}

const struct provider provider_watttime = {
    .name = "watttime",
    .title = "WattTime",
    .source = "WattTime (watttime.org): co2_moer marginal, co2_aoer average of production",
    .licence = "proprietary; a free account has CAISO_NORTH",
    .default_url = "https://api.watttime.org",
    .secret = SECRET_USER_PASSWORD,
    .step_ns = 300 * NSEC_PER_SEC,
    .lag_ns = 300 * NSEC_PER_SEC,
    .window_max_ns = 31 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 60,
    .has_marginal = true,
    .has_forecast = true,
    .zone_of = wt_zone_of,
    .ask = wt_ask,
    .parse = wt_parse,
    .describe = wt_describe,
    .ask_login = wt_ask_login,
    .parse_login = wt_parse_login,
    .error_text = answer_error_text,
};
