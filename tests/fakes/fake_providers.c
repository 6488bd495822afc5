/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fake_providers.c - a table of providers for the fetcher, of a form that a test can write by hand */
#include "fetch/provider.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

/* Everywhere but in "XX". */
static bool zone_of(const struct fetch_place *place, char zone_out[48])
{
    (void)snprintf(zone_out, 48, "%s", place->country);
    return strcmp(place->country, "XX") != 0;
}

static int ask_with(const struct provider_query *query, size_t index, int64_t window_ns,
                    const char *header, bool in_url, struct provider_request *request_out)
{
    int64_t from_ns = query->from_ns + (int64_t)index * window_ns;
    int64_t to_ns = from_ns + window_ns < query->to_ns ? from_ns + window_ns : query->to_ns;

    if (from_ns >= query->to_ns)
        return 0;
    strbuf_printf(&request_out->url, "%s/points?zone=%s&from=%" PRId64 "&to=%" PRId64,
                  query->base_url, query->zone, from_ns / NSEC_PER_SEC, to_ns / NSEC_PER_SEC);
    if (in_url)
        strbuf_printf(&request_out->url, "&key=%s", query->secret);
    if (header != NULL)
        strbuf_printf(&request_out->headers[request_out->header_count++], "%s%s", header,
                      query->secret);
    return 1;
}

#define DAY_NS (86400 * NSEC_PER_SEC)

static int ask_open(const struct provider_query *query, size_t index,
                    struct provider_request *request_out)
{
    return ask_with(query, index, DAY_NS, NULL, false, request_out);
}

static int ask_key(const struct provider_query *query, size_t index,
                   struct provider_request *request_out)
{
    return ask_with(query, index, DAY_NS, "auth-token: ", false, request_out);
}

static int ask_bearer(const struct provider_query *query, size_t index,
                      struct provider_request *request_out)
{
    return ask_with(query, index, DAY_NS, "Authorization: Bearer ", false, request_out);
}

static int ask_in_url(const struct provider_query *query, size_t index,
                      struct provider_request *request_out)
{
    return ask_with(query, index, DAY_NS, NULL, true, request_out);
}

/* {"unit": "g", "points": [[seconds, value, "measured"], ...]} */
static int parse(const struct provider_query *query, size_t index, const char *body, size_t length,
                 struct intensity_series *series_out, struct aico2_error *err)
{
    static const char *const qualities[] = { "measured", "estimated", "forecast" };
    json_t *root = json_loadb(body, length, 0, NULL);
    const char *unit = NULL;
    json_t *points = NULL;
    json_t *point;
    size_t at;
    int r = 0;

    (void)query;
    (void)index;
    if (root == NULL || json_unpack(root, "{s:s,s:o}", "unit", &unit, "points", &points) < 0) {
        r = aico2_error_set(err, -EBADMSG, "no document of points");
    } else if (strcmp(unit, "g") != 0) {
        r = aico2_error_set(err, -EBADMSG, "unit '%.20s' is none of these", unit);
    } else {
        json_array_foreach(points, at, point)
        {
            const char *quality = "";
            json_int_t seconds;
            double value;

            if (json_unpack(point, "[I,F,s]", &seconds, &value, &quality) < 0) {
                r = aico2_error_set(err, -EBADMSG, "a point is none");
                break;
            }
            r = array_reserve(&series_out->points, &series_out->capacity, series_out->count + 1,
                              sizeof(*series_out->points));
            if (r < 0)
                break;
            series_out->points[series_out->count++] = (struct intensity_point){
                .wall_ns = seconds * NSEC_PER_SEC,
                .gco2e_per_kwh = value,
                .quality = strcmp(quality, qualities[1]) == 0   ? POINT_ESTIMATED
                           : strcmp(quality, qualities[2]) == 0 ? POINT_FORECAST
                                                                : POINT_MEASURED,
            };
        }
    }
    json_decref(root);
    return r;
}

static void describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "%s",
                   query->marginal ? "marginal" : "lifecycle-average");
    origin_out->band_ratio = 0.15;
}

/* The user stands for itself: what counts is that it is sent once. */
static int ask_login(const struct provider_query *query, struct provider_request *request_out)
{
    strbuf_printf(&request_out->url, "%s/login", query->base_url);
    strbuf_printf(&request_out->headers[request_out->header_count++], "x-login: %s", query->secret);
    return 0;
}

static int parse_login(const char *body, size_t length, char token_out[2048],
                       struct aico2_error *err)
{
    json_t *root = json_loadb(body, length, 0, NULL);
    const char *token = NULL;
    int r = 0;

    if (json_unpack(root, "{s:s}", "token", &token) < 0 || strlen(token) >= 2048)
        r = aico2_error_set(err, -EBADMSG, "no token");
    else
        (void)snprintf(token_out, 2048, "%s", token);
    json_decref(root);
    return r;
}

static bool error_text(const char *body, size_t length, char text_out[160])
{
    json_t *root = json_loadb(body, length, 0, NULL);
    const char *text = NULL;
    bool found = root != NULL && json_unpack(root, "{s:s}", "error", &text) == 0;

    if (found)
        (void)snprintf(text_out, 160, "%s", text);
    json_decref(root);
    return found;
}

#define FAKE                                                                              \
    .title = "Fake", .source = "Fake, for tests", .licence = "CC0-1.0",                   \
    .default_url = "https://fake.invalid", .step_ns = 1800 * NSEC_PER_SEC,                \
    .lag_ns = 1800 * NSEC_PER_SEC, .window_max_ns = DAY_NS, .requests_per_minute = 1000,  \
    .has_marginal = true, .has_forecast = true, .zone_of = zone_of, .describe = describe, \
    .parse = parse, .error_text = error_text

static const struct provider fake_open = { .name = "open", FAKE, .ask = ask_open };
static const struct provider fake_second = { .name = "second", FAKE, .ask = ask_open };
static const struct provider fake_key = {
    .name = "key", FAKE, .ask = ask_key, .secret = SECRET_TOKEN
};
static const struct provider fake_in_url = {
    .name = "inurl", FAKE, .ask = ask_in_url, .secret = SECRET_TOKEN, .secret_in_url = true
};
static const struct provider fake_login = {
    .name = "login",
    FAKE,
    .ask = ask_bearer,
    .ask_login = ask_login,
    .parse_login = parse_login,
    .secret = SECRET_USER_PASSWORD,
};
/* Four a minute, an average alone, and no address of its own. */
static const struct provider fake_few = {
    .name = "few",
    .title = "Few",
    .source = "Few, for tests",
    .licence = "CC0-1.0",
    .step_ns = 1800 * NSEC_PER_SEC,
    .lag_ns = 1800 * NSEC_PER_SEC,
    .window_max_ns = DAY_NS,
    .requests_per_minute = 4,
    .zone_of = zone_of,
    .describe = describe,
    .ask = ask_open,
    .parse = parse,
};

const struct provider *const provider_table[] = { &fake_open,   &fake_second, &fake_key,
                                                  &fake_in_url, &fake_login,  &fake_few };
const size_t provider_count = sizeof(provider_table) / sizeof(provider_table[0]);
