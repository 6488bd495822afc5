/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/ask.c - what every provider's request needs: windows of time, times as text, values in an address */
#include "fetch/providers/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/time_text.h"

#include "cloud_zones.h"

static int64_t floor_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;

    return value - (rest < 0 ? rest + step : rest);
}

static int64_t ceil_to(int64_t value, int64_t step)
{
    int64_t below = floor_to(value, step);

    return below == value ? value : below + step;
}

enum ask_window_kind ask_window(const struct provider_query *query, size_t index, int64_t step_ns,
                                int64_t past_max_ns, struct ask_window *window_out)
{
    int64_t from_ns = floor_to(query->from_ns, step_ns);
    int64_t known_to_ns = query->to_ns < query->now_ns ? query->to_ns : query->now_ns;
    int64_t end_ns = ceil_to(known_to_ns, step_ns);
    size_t past_count = 0;

    if (end_ns > from_ns)
        past_count = (size_t)((end_ns - from_ns - 1) / past_max_ns + 1);
    if (index < past_count) {
        window_out->from_ns = from_ns + (int64_t)index * past_max_ns;
        window_out->to_ns = index + 1 == past_count ? end_ns : window_out->from_ns + past_max_ns;
        return ASK_PAST;
    }
    if (index > past_count || !query->forecast || query->to_ns <= query->now_ns)
        return ASK_NONE;

    window_out->from_ns =
        floor_to(query->from_ns > query->now_ns ? query->from_ns : query->now_ns, step_ns);
    window_out->to_ns = ceil_to(query->to_ns, step_ns);
    return ASK_AHEAD;
}

void ask_time(struct strbuf *url, int64_t wall_ns, enum ask_time form)
{
    char text[32]; /* "2026-10-06T02:45:00.000Z" */

    wall_time_format(text, sizeof(text), wall_ns);
    switch (form) {
    case ASK_TIME_SECONDS:
        strbuf_printf(url, "%.19sZ", text);
        break;
    case ASK_TIME_MINUTES:
        strbuf_printf(url, "%.16sZ", text);
        break;
    case ASK_TIME_LOCAL:
        strbuf_printf(url, "%.16s", text);
        break;
    case ASK_TIME_HOURS:
        strbuf_printf(url, "%.13s", text);
        break;
    case ASK_TIME_DIGITS:
        strbuf_printf(url, "%.4s%.2s%.2s%.2s%.2s", text, text + 5, text + 8, text + 11, text + 14);
        break;
    }
}

void ask_value(struct strbuf *url, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_.~";

    for (; *value != '\0'; value++) {
        if (strchr(plain, *value) != NULL)
            strbuf_add_bytes(url, value, 1);
        else
            strbuf_printf(url, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

void ask_header(struct provider_request *request, const char *name, const char *value)
{
    if (request->header_count < PROVIDER_HEADERS_MAX)
        strbuf_printf(&request->headers[request->header_count++], "%s: %s", name, value);
}

int ask_done(struct provider_request *request)
{
    bool failed = request->url.failed || request->shown.failed || request->body.failed;

    for (size_t i = 0; i < request->header_count; i++)
        failed = failed || request->headers[i].failed;
    return failed ? -ENOMEM : 1;
}

struct fetch_place ask_narrowed(const struct fetch_place *place)
{
    struct fetch_place narrowed = *place;

    if (place->cloud[0] == '\0' || place->zone[0] != '\0' || place->region[0] != '\0')
        return narrowed;
    for (size_t i = 0; i < ARRAY_LENGTH(cloud_zones); i++) {
        if (strcmp(cloud_zones[i].cloud, place->cloud) == 0) {
            (void)snprintf(narrowed.zone, sizeof(narrowed.zone), "%s", cloud_zones[i].zone);
            (void)snprintf(narrowed.region, sizeof(narrowed.region), "%s", cloud_zones[i].region);
            break;
        }
    }
    return narrowed;
}

bool ask_zone(const struct fetch_place *given, const char *const (*names)[2], char zone_out[48])
{
    const struct fetch_place narrowed = ask_narrowed(given);
    const struct fetch_place *place = &narrowed;
    const char *name = place->zone[0] != '\0'     ? place->zone
                       : place->region[0] != '\0' ? place->region
                                                  : place->country;

    if (name[0] == '\0')
        return false;
    for (; (*names)[0] != NULL; names++) {
        if (strcmp((*names)[0], name) == 0) {
            (void)snprintf(zone_out, 48, "%s", (*names)[1]);
            return true;
        }
    }
    return false;
}
