/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/energidataservice.c - Denmark: Energinet's CO2 of the electricity consumed, measured and forecast */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "fetch/providers/answer.h"
#include "fetch/providers/ask.h"
#include "fetch/providers/rows.h"

static const int64_t STEP_NS = 300 * NSEC_PER_SEC;
static const int64_t WINDOW_NS = 31 * 86400 * NSEC_PER_SEC;

/* "DK" is both areas: the mean of the two, where both are known. */
static bool eds_zone_of(const struct fetch_place *place, char zone_out[48])
{
    static const char *const zones[][2] = {
        { "DK", "DK" },     { "DK-DK1", "DK1" }, { "DK-DK2", "DK2" }, { "DK1", "DK1" },
        { "DK2", "DK2" },   { "DK-81", "DK1" },  { "DK-82", "DK1" },  { "DK-83", "DK1" },
        { "DK-84", "DK2" }, { "DK-85", "DK2" },  { NULL, NULL },
    };

    return ask_zone(place, zones, zone_out);
}

static int eds_ask(const struct provider_query *query, size_t index,
                   struct provider_request *request_out)
{
    struct strbuf *url = &request_out->url;
    struct ask_window window;
    enum ask_window_kind kind = ask_window(query, index, STEP_NS, WINDOW_NS, &window);

    if (kind == ASK_NONE)
        return 0;

    strbuf_printf(url, "%s/dataset/%s?start=", query->base_url,
                  kind == ASK_AHEAD ? "CO2EmisProg" : "CO2Emis");
    ask_time(url, window.from_ns, ASK_TIME_LOCAL);
    strbuf_add(url, "&end=");
    ask_time(url, window.to_ns, ASK_TIME_LOCAL);
    strbuf_add(url, "&filter=");
    ask_value(url, "{\"PriceArea\":[\"");
    ask_value(url, strcmp(query->zone, "DK") == 0 ? "DK1\",\"DK2" : query->zone);
    ask_value(url, "\"]}");
    strbuf_add(url, "&columns=Minutes5UTC%2CPriceArea%2CCO2Emission&sort=Minutes5UTC&limit=0"
                    "&timezone=UTC");
    ask_header(request_out, "Accept", "application/json");
    return ask_done(request_out);
}

/* One row; the areas of one time are joined when all are read. */
struct area_value {
    int64_t wall_ns;
    double value;
    int area;      /* 1 or 2 */
    size_t number; /* in the answer: of two for the same time the later one counts */
};

struct area_values {
    struct area_value *items;
    size_t count;
    size_t capacity;
};

static int read_row(const struct answer *answer, const json_t *row, struct area_values *values)
{
    const char *area = answer_text(answer, row, "PriceArea");
    const char *zone = answer->query->zone;
    struct area_value item = { .number = values->count };
    int r;

    if (area == NULL)
        return -EBADMSG;
    if ((strcmp(area, "DK1") != 0 && strcmp(area, "DK2") != 0) ||
        (strcmp(zone, "DK") != 0 && strcmp(zone, area) != 0))
        return answer_wrong(answer, "the answer is for another area", area);
    item.area = area[2] - '0';
    r = answer_time(answer, row, "Minutes5UTC", true, &item.wall_ns);
    if (r < 0)
        return r;
    r = answer_number(answer, row, "CO2Emission", &item.value);
    if (r <= 0)
        return r;
    r = answer_check(answer, item.wall_ns, item.value); /* a mean would hide it */
    if (r < 0)
        return r;
    if (values->count >= 2 * (size_t)FETCH_POINTS_MAX)
        return aico2_error_set(answer->err, -EBADMSG, "more than %d rows", 2 * FETCH_POINTS_MAX);
    if (array_reserve(&values->items, &values->capacity, values->count + 1,
                      sizeof(*values->items)) < 0)
        return aico2_error_set(answer->err, -ENOMEM, "out of memory");
    values->items[values->count++] = item;
    return 0;
}

static int compare_items(const void *left, const void *right)
{
    const struct area_value *a = left;
    const struct area_value *b = right;

    if (a->wall_ns != b->wall_ns)
        return a->wall_ns < b->wall_ns ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

/* The mean of both areas, each time once; a time that one of them lacks is left out. */
static int add_means(const struct answer *answer, struct area_values *values,
                     enum intensity_point_quality quality)
{
    if (values->count > 0)
        qsort(values->items, values->count, sizeof(*values->items), compare_items);
    for (size_t i = 0; i < values->count;) {
        int64_t wall_ns = values->items[i].wall_ns;
        double area[3];
        bool known[3] = { false };
        int r;

        for (; i < values->count && values->items[i].wall_ns == wall_ns; i++) {
            area[values->items[i].area] = values->items[i].value;
            known[values->items[i].area] = true;
        }
        if (!known[1] || !known[2])
            continue;
        r = answer_add(answer, wall_ns, (area[1] + area[2]) / 2, quality);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_values(const struct answer *answer, struct area_values *values,
                      enum intensity_point_quality quality)
{
    if (strcmp(answer->query->zone, "DK") == 0)
        return add_means(answer, values, quality);
    for (size_t i = 0; i < values->count; i++) {
        int r = answer_add(answer, values->items[i].wall_ns, values->items[i].value, quality);

        if (r < 0)
            return r;
    }
    return 0;
}

static void area_values_deinit(struct area_values *values)
{
    free(values->items);
}

static int read_records(const struct answer *answer, const json_t *root, const char *dataset,
                        enum intensity_point_quality quality)
{
    AICO2_CLEANUP(area_values_deinit) struct area_values values = { 0 };
    const json_t *rows = answer_array(answer, root, "records");
    const json_t *row;
    size_t i;
    int r;

    if (rows == NULL)
        return -EBADMSG;
    r = answer_expect(answer, root, "dataset", dataset);
    if (r < 0)
        return r;
    json_array_foreach(rows, i, row)
    {
        r = read_row(answer, row, &values);
        if (r < 0)
            return r;
    }
    return add_values(answer, &values, quality);
}

static int read_measured(const struct answer *answer, const json_t *root)
{
    return read_records(answer, root, "CO2Emis", POINT_MEASURED);
}

static int read_forecast(const struct answer *answer, const json_t *root)
{
    return read_records(answer, root, "CO2EmisProg", POINT_FORECAST);
}

static int eds_parse(const struct provider_query *query, size_t index, const char *body,
                     size_t length, struct intensity_series *series_out, struct aico2_error *err)
{
    struct ask_window window;
    bool ahead = ask_window(query, index, STEP_NS, WINDOW_NS, &window) == ASK_AHEAD;

    return answer_read(query, STEP_NS, body, length, series_out, err,
                       ahead ? read_forecast : read_measured);
}

static void eds_describe(const struct provider_query *query, struct intensity_origin *origin_out)
{
    (void)query;
    (void)snprintf(origin_out->kind, sizeof(origin_out->kind), "direct-average");
    origin_out->band_ratio = 0.15;
}

const struct provider provider_energidataservice = {
    .name = "energidataservice",
    .title = "Energi Data Service",
    .source = "Energinet (www.energidataservice.dk): electricity consumed, imports included",
    .licence = "CC BY 4.0",
    .default_url = "https://api.energidataservice.dk",
    .secret = SECRET_NONE,
    .step_ns = 300 * NSEC_PER_SEC,
    .lag_ns = 900 * NSEC_PER_SEC, /* values of 5 minutes, published every 15 */
    .window_max_ns = 31 * 86400 * NSEC_PER_SEC,
    .requests_per_minute = 30,
    .has_forecast = true,
    .zone_of = eds_zone_of,
    .ask = eds_ask,
    .parse = eds_parse,
    .describe = eds_describe,
    .error_text = answer_error_text,
};
