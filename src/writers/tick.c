/* SPDX-License-Identifier: Apache-2.0 */
/* writers/tick.c - what was just measured, on one line */
#include <math.h>

#include "writers/json_parts.h"
#include "writers/writer.h"

/* Bytes are whole numbers. */
static void add_memory(struct json_out *json, double used_bytes, double total_bytes)
{
    if (isfinite(used_bytes))
        json_int(json, "memory_used_bytes", (int64_t)used_bytes);
    else
        json_null(json, "memory_used_bytes");
    if (isfinite(total_bytes) && total_bytes > 0)
        json_int(json, "memory_total_bytes", (int64_t)total_bytes);
    else
        json_null(json, "memory_total_bytes");
}

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
        if (device->kind == DEVICE_GPU)
            add_memory(&json, device->memory_used_bytes, device->memory_total_bytes);
        json_object_end(&json);
    }
    json_array_end(&json);
    add_memory(&json, tick->memory_used_bytes, tick->memory_total_bytes);
    json_object_end(&json);
}
