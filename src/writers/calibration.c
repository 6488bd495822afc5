/* SPDX-License-Identifier: Apache-2.0 */
/* writers/calibration.c - the document of `aico2 calibrate` */
#include <math.h>
#include <string.h>

#include "base/json_out.h"
#include "base/time_text.h"
#include "model/band.h"
#include "writers/format.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum { INDENT = 10 };

static void add_board(struct json_out *json, const struct calibrated_board *board)
{
    if (board->meter[0] == '\0') {
        json_null(json, "board");
        return;
    }
    json_object_begin(json, "board");
    json_string(json, "meter", board->meter);
    json_double(json, "idle_watts", board->idle_watts);
    json_double(json, "full_watts", board->full_watts);
    json_double(json, "fixed_watts", board->fixed_watts);
    json_double(json, "per_watt", board->per_watt);
    json_double(json, "band_ratio", board->band_ratio);
    json_object_end(json);
}

static void add_machine(struct json_out *json, const struct calibration_basis *basis,
                        const char *hash)
{
    json_object_begin(json, "machine");
    json_string(json, "hostname", basis->hostname);
    json_string(json, "cpu_model", basis->cpu_model);
    json_int(json, "sockets", basis->sockets);
    json_int(json, "threads", basis->threads);
    json_int(json, "memory_gib", (int64_t)basis->memory_gib);
    json_string(json, "kernel", basis->kernel);
    json_string(json, "governor", basis->governor[0] != '\0' ? basis->governor : NULL);
    json_string(json, "boost", basis->boost[0] != '\0' ? basis->boost : NULL);
    json_string(json, "hash", hash);
    json_object_end(json);
}

static void add_stretch(struct json_out *json, const char *key, double seconds, double busy_cpus)
{
    if (!isfinite(seconds)) {
        json_null(json, key);
        return;
    }
    json_object_begin(json, key);
    json_double(json, "seconds", seconds);
    json_double(json, "busy_cpus", busy_cpus);
    json_object_end(json);
}

void write_calibration_json(struct strbuf *out, const struct calibration_document *document)
{
    const struct calibration *calibration = document->calibration;
    struct json_out json;
    char time[32];

    wall_time_format(time, sizeof(time), calibration->wall_ns);
    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.calibration/1");
    json_string(&json, "calibrated_at", time);
    json_string(&json, "path", document->path);
    add_machine(&json, &calibration->basis, document->hash);
    add_stretch(&json, "idle", calibration->idle_seconds, calibration->idle_busy_cpus);
    add_stretch(&json, "load", calibration->load_seconds, calibration->load_busy_cpus);
    json_array_begin(&json, "devices");
    for (size_t i = 0; i < calibration->device_count; i++) {
        const struct calibrated_device *device = &calibration->devices[i];

        json_object_begin(&json, NULL);
        json_string(&json, "id", device->id);
        json_string(&json, "kind", device_kind_name(device->kind));
        json_string(&json, "meter", device->meter);
        json_double(&json, "idle_watts", device->idle_watts);
        json_double(&json, "full_watts", device->full_watts);
        json_double(&json, "range_watts", device->range_watts);
        json_double(&json, "band_ratio", device->band_ratio);
        json_object_end(&json);
    }
    json_array_end(&json);
    add_board(&json, &calibration->board);
    json_array_begin(&json, "warnings");
    for (size_t i = 0; i < document->warning_count; i++)
        json_string(&json, NULL, document->warnings[i]);
    json_array_end(&json);
    json_object_end(&json);
}

/* "12.3 W idle, 65.4 W at full load, by rapl (+-6 %)" */
static void add_points(struct text_out *out, const char *label, double idle_watts,
                       double full_watts, double range_watts, const char *meter, double band_ratio)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    const char *comma = "";
    char figure[FIGURE_SIZE];

    if (isfinite(idle_watts)) {
        figure_format(figure, QUANTITY_WATTS, idle_watts, unicode);
        text_add_solid(&text, figure);
        strbuf_add(&text, " idle");
        comma = ", ";
    }
    if (isfinite(full_watts)) {
        figure_format(figure, QUANTITY_WATTS, full_watts, unicode);
        strbuf_add(&text, comma);
        text_add_solid(&text, figure);
        strbuf_add(&text, " at full load");
        comma = ", ";
    }
    if (isfinite(range_watts)) {
        figure_format(figure, QUANTITY_WATTS, range_watts, unicode);
        strbuf_add(&text, comma);
        text_add_solid(&text, figure);
        strbuf_add(&text, " more at full load than idle");
    }
    strbuf_add(&text, ", by ");
    text_add_clean(&text, meter, unicode);
    if (isfinite(band_ratio)) {
        band_format(figure, band_relative(1, band_ratio), unicode);
        strbuf_add(&text, " (");
        text_add_solid(&text, figure);
        strbuf_add(&text, ")");
    }
    text_item(out, label, INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void write_calibration_text(struct strbuf *text, const struct calibration_document *document,
                            struct text_style style)
{
    const struct calibration *calibration = document->calibration;
    const struct calibrated_board *board = &calibration->board;
    struct text_out out = text_out_begin(text, style);
    char time[32];

    wall_time_format(time, sizeof(time), calibration->wall_ns);
    text_title(&out, "what this machine was seen to draw", time);
    for (size_t i = 0; i < calibration->device_count; i++) {
        const struct calibrated_device *device = &calibration->devices[i];

        add_points(&out, device->id, device->idle_watts, device->full_watts, device->range_watts,
                   device->meter, device->band_ratio);
    }
    if (board->meter[0] != '\0')
        add_points(&out, "board", board->idle_watts, board->full_watts, NAN, board->meter,
                   board->band_ratio);
    if (isfinite(board->per_watt))
        text_itemf(&out, NULL, INDENT, "%.3g W + %.3g x what its parts draw", board->fixed_watts,
                   board->per_watt);
    for (size_t i = 0; i < document->warning_count; i++)
        text_itemf(&out, "warning:", INDENT, "%s", document->warnings[i]);
    text_itemf(&out, "stored", INDENT, "%s", document->path);
    if (!isfinite(calibration->load_seconds))
        text_item(&out, NULL, INDENT,
                  "only the idle power is known: --load keeps all CPUs busy for a while and finds "
                  "the full-load point");
}
