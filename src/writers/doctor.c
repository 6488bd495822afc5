/* SPDX-License-Identifier: Apache-2.0 */
/* writers/doctor.c - `aico2 doctor` as JSON and CSV */
#include <stdio.h>

#include "writers/csv_row.h"
#include "writers/json_parts.h"
#include "writers/writer.h"

static const char *result_name(enum apply_result result)
{
    static const char *const names[] = {
        [APPLY_NONE] = NULL,
        [APPLY_WRITTEN] = "written",
        [APPLY_THERE] = "already there",
        [APPLY_FAILED] = "failed",
    };

    return names[result];
}

static void add_remedy(struct json_out *json, const struct doctor *doctor,
                       const struct sensor_check *check)
{
    const struct remedy *remedy = check->remedy;
    char path[sizeof(doctor->root) + 128];

    if (remedy == NULL) {
        json_null(json, "remedy");
        return;
    }
    json_object_begin(json, "remedy");
    if (remedy->path != NULL)
        (void)snprintf(path, sizeof(path), "%s/etc/%s", doctor->root, remedy->path);
    json_string(json, "path", remedy->path != NULL ? path : NULL);
    json_string(json, "content", remedy->content);
    json_bool(json, "present", check->file_there);
    json_array_begin(json, "commands");
    for (size_t i = 0; remedy->commands[i] != NULL; i++)
        json_string(json, NULL, remedy->commands[i]);
    json_array_end(json);
    json_string(json, "opens", remedy->opens);
    json_object_end(json);
}

void write_doctor_json(struct strbuf *out, const struct doctor *doctor)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.doctor/1");
    json_array_begin(&json, "checks");
    for (size_t i = 0; i < doctor->check_count; i++) {
        const struct sensor_check *check = &doctor->checks[i];

        json_object_begin(&json, NULL);
        json_string(&json, "sensor", check->sensor);
        json_string(&json, "state", reader_state_name(check->state));
        json_text(&json, "reason", check->reason);
        json_text(&json, "fix", check->fix);
        json_figure(&json, "band_now", check->band_now);
        json_figure(&json, "band_then", check->band_then);
        json_string(&json, "reader", check->reader);
        json_string(&json, "summary", check->summary);
        json_string(&json, "kind", device_kind_name(check->domain));
        json_bool(&json, "root_only", check->root_only);
        json_figure(&json, "band_others", check->band_others);
        add_remedy(&json, doctor, check);
        json_string(&json, "applied", result_name(check->applied));
        json_text(&json, "apply_error", check->apply_error);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}

void write_doctor_csv(struct strbuf *out, const struct doctor *doctor)
{
    strbuf_add(out, "sensor,state,reason,fix,band_now,band_then" CSV_LINE_END);
    for (size_t i = 0; i < doctor->check_count; i++) {
        const struct sensor_check *check = &doctor->checks[i];
        struct csv_row row = csv_row_begin(out);

        csv_row_text(&row, check->sensor);
        csv_row_text(&row, reader_state_name(check->state));
        csv_row_text(&row, check->reason);
        csv_row_text(&row, check->fix);
        csv_row_figure(&row, check->band_now);
        csv_row_figure(&row, check->band_then);
        csv_row_end(&row);
    }
}
