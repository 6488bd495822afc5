/* SPDX-License-Identifier: Apache-2.0 */
/* writers/tick.c - what was just measured, on one line */
#include "writers/json_parts.h"
#include "writers/writer.h"

void write_tick_line(struct strbuf *out, const struct tick *tick)
{
    struct json_out json;

    json_out_init_line(&json, out);
    json_object_begin(&json, NULL);
    json_int(&json, "id", tick->id);
    json_wall_time(&json, "time", tick->wall_ns);
    json_figure(&json, "interval_seconds", tick->interval_seconds);
    json_array_begin(&json, "devices");
    for (size_t i = 0; i < tick->device_count; i++) {
        const struct tick_device *device = &tick->devices[i];

        json_object_begin(&json, NULL);
        json_string(&json, "id", device->id);
        json_string(&json, "kind", device_kind_name(device->kind));
        json_string(&json, "basis", basis_name(device->basis));
        json_bool(&json, "added", device->added);
        json_figure(&json, "watts", device->watts);
        json_figure(&json, "low_watts", device->low_watts);
        json_figure(&json, "high_watts", device->high_watts);
        json_figure(&json, "utilization_ratio", device->utilization_ratio);
        json_figure(&json, "joules", device->joules);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}
