/* SPDX-License-Identifier: Apache-2.0 */
/* writers/place_day.c - the hours of a place as JSON */
#include "base/clock.h"
#include "writers/json_parts.h"
#include "writers/when_parts.h"
#include "writers/writer.h"

static void add_point(struct json_out *json, const struct day_point *point)
{
    json_array_begin(json, NULL);
    json_double(json, NULL, seconds_from_ns(point->wall_ns));
    json_figure(json, NULL, point->gco2e_per_kwh);
    json_string(json, NULL, day_quality_name(point->quality));
    json_array_end(json);
}

void write_place_day_json(struct strbuf *out, const struct place_day *day)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.series/1");
    json_text(&json, "place", day->place.place);
    json_text(&json, "name", day->place.name);
    json_string(&json, "basis", day->count > 0 ? "hours" : "yearly");
    json_text(&json, "source", day->source);
    json_wall_time(&json, "from", day->from_ns);
    json_wall_time(&json, "now", day->now_ns);
    json_wall_time(&json, "until", day->until_ns);
    json_object_begin(&json, "yearly");
    json_figure(&json, "gco2e_per_kwh", day->place.gco2e_per_kwh.value);
    json_figure(&json, "low", day->place.gco2e_per_kwh.low);
    json_figure(&json, "high", day->place.gco2e_per_kwh.high);
    json_text(&json, "kind", day->place.kind);
    json_text(&json, "source", day->place.source);
    if (day->place.year > 0)
        json_int(&json, "year", day->place.year);
    else
        json_null(&json, "year");
    json_object_end(&json);
    json_array_begin(&json, "points");
    for (size_t i = 0; i < day->count; i++)
        add_point(&json, &day->points[i]);
    json_array_end(&json);
    if (day->has_when) {
        json_object_begin(&json, "when");
        when_json_fields(&json, &day->when);
        json_object_end(&json);
    } else {
        json_null(&json, "when");
    }
    json_object_end(&json);
}
