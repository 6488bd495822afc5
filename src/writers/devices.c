/* SPDX-License-Identifier: Apache-2.0 */
/* writers/devices.c - what is measured on this machine, by what, and why not the rest */
#include <math.h>
#include <stdio.h>

#include "model/sample.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/gauges.h"
#include "writers/json_parts.h"
#include "writers/report_devices.h"
#include "writers/sensor_text.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum {
    DEVICE_INDENT = 10,
    READER_COLUMNS = 12,
    LEGEND_INDENT = 12,
};

static void add_counts(struct json_out *json, const struct device *device)
{
    json_array_begin(json, "counts");
    if ((device->fields & SAMPLE_ENERGY) != 0)
        json_string(json, NULL, "energy");
    if ((device->fields & SAMPLE_POWER) != 0)
        json_string(json, NULL, "power");
    if ((device->fields & (SAMPLE_UTILIZATION | SAMPLE_BUSY)) != 0)
        json_string(json, NULL, "utilization");
    json_array_end(json);
}

static void add_device(struct json_out *json, const struct inventory_device *row)
{
    const struct device *device = &row->device;

    json_object_begin(json, NULL);
    json_string(json, "id", device->id);
    json_string(json, "kind", device_kind_name(device->kind));
    json_text(json, "model", device->model);
    json_string(json, "reader", device->reader);
    json_string(json, "basis", basis_name(device->basis));
    json_figure(json, "tdp_watts", device->rated_watts);
    json_text(json, "tdp_source", device->rated_source);
    add_counts(json, device);
    json_bool(json, "readable", true);
    json_text(json, "reason", row->reason);
    json_bool(json, "used", row->used);
    json_text(json, "note", device->note);
    json_figure(json, "band_ratio", device->band_ratio);
    json_object_end(json);
}

void write_devices_json(struct strbuf *out, const struct inventory *inventory)
{
    struct json_out json;

    json_out_init(&json, out);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.devices/1");
    json_array_begin(&json, "devices");
    for (size_t i = 0; i < inventory->device_count; i++)
        add_device(&json, &inventory->devices[i]);
    json_array_end(&json);
    json_array_begin(&json, "readers");
    for (size_t i = 0; i < inventory->reader_count; i++) {
        const struct inventory_reader *reader = &inventory->readers[i];

        json_object_begin(&json, NULL);
        json_string(&json, "name", reader->name);
        json_string(&json, "state", reader_state_name(reader->state));
        json_text(&json, "reason", reader->reason);
        json_text(&json, "fix", reader->fix);
        json_text(&json, "detail", reader->detail);
        json_object_end(&json);
    }
    json_array_end(&json);
    gauges_json(&json, inventory->gauges, inventory->gauge_count);
    json_object_end(&json);
}

void write_devices_csv(struct strbuf *out, const struct inventory *inventory)
{
    strbuf_add(out, "id,kind,model,reader,basis,tdp_watts,tdp_source,used" CSV_LINE_END);
    for (size_t i = 0; i < inventory->device_count; i++) {
        const struct device *device = &inventory->devices[i].device;
        struct csv_row row = csv_row_begin(out);

        csv_row_text(&row, device->id);
        csv_row_text(&row, device_kind_name(device->kind));
        csv_row_text(&row, device->model);
        csv_row_text(&row, device->reader);
        csv_row_text(&row, basis_name(device->basis));
        csv_row_figure(&row, device->rated_watts);
        csv_row_text(&row, device->rated_source);
        csv_row_text(&row, inventory->devices[i].used ? "true" : "false");
        csv_row_end(&row);
    }
}

static void add_figures(struct strbuf *out, const struct device *device, bool unicode)
{
    char figure[FIGURE_SIZE];

    strbuf_printf(out, "%s by ", basis_name(device->basis));
    text_add_clean(out, device->reader, unicode);
    if (isfinite(device->band_ratio)) {
        band_format(figure, band_relative(1, device->band_ratio), unicode);
        strbuf_add(out, ", band ");
        text_add_solid(out, figure);
    }
    if (!isfinite(device->rated_watts))
        return;
    figure_format(figure, QUANTITY_WATTS, device->rated_watts, unicode);
    strbuf_add(out, ", rated ");
    text_add_solid(out, figure);
    if (device->rated_source[0] != '\0') {
        strbuf_add(out, " (");
        text_add_clean(out, device->rated_source, unicode);
        strbuf_add(out, ")");
    }
}

static void add_device_text(struct text_out *out, const struct device *device)
{
    bool unicode = out->style.unicode;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    device_model_add(&text, device, unicode);
    text_item(out, device->id, DEVICE_INDENT, strbuf_text(&text));
    text.length = 0;
    add_figures(&text, device, unicode);
    text_item(out, NULL, DEVICE_INDENT, strbuf_text(&text));
    if (device->kind == DEVICE_BOARD)
        text_item(out, NULL, DEVICE_INDENT, "for comparison: never added to its parts");
    if (device->note[0] != '\0') {
        text.length = 0;
        text_add_clean(&text, device->note, unicode);
        text_item(out, NULL, DEVICE_INDENT, strbuf_text(&text));
    }
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_losers(struct text_out *out, const struct inventory *inventory)
{
    bool first = true;

    for (size_t i = 0; i < inventory->device_count; i++) {
        const struct inventory_device *row = &inventory->devices[i];

        if (row->used)
            continue;
        if (first) {
            strbuf_add(out->buffer, "\n");
            text_title(out, "seen by a second reader, and counted once", "");
        }
        first = false;
        text_itemf(out, row->device.id, DEVICE_INDENT, "not by %s: %s", row->device.reader,
                   row->reason);
    }
}

/* Words that a figure cannot do without. */
static void add_legend(struct text_out *out, const struct inventory *inventory)
{
    bool modelled = false;
    bool assumed = false;

    for (size_t i = 0; i < inventory->device_count; i++) {
        modelled = modelled || (inventory->devices[i].used &&
                                inventory->devices[i].device.basis == BASIS_MODELLED);
        assumed = assumed || (inventory->devices[i].used &&
                              inventory->devices[i].device.basis == BASIS_ASSUMED);
    }
    if (!modelled && !assumed)
        return;
    strbuf_add(out->buffer, "\n");
    if (modelled)
        text_item(out, "modelled", LEGEND_INDENT,
                  "no sensor that can be read: from how busy it is, and what its model draws");
    if (assumed)
        text_item(out, "assumed", LEGEND_INDENT,
                  "the same, of a model that no table knows: from a default");
}

static void add_reader_text(struct text_out *out, const struct inventory_reader *reader)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    strbuf_add(&text, reader->reason[0] != '\0' ? reader->reason : reader->summary);
    if (reader->detail[0] != '\0')
        strbuf_printf(&text, "; through %s", reader->detail);
    if (reader->root_only)
        strbuf_add(&text, "; readable by root alone");
    if (reader->fix[0] != '\0' || reader->root_only)
        strbuf_printf(&text, "; `aico2 doctor %s` says what would help", reader->name);
    sensor_text_row(out, reader->name, READER_COLUMNS, reader->state, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* The answer to "what would a run measure?" in one line. */
static void add_summary(struct text_out *out, const struct inventory *inventory)
{
    size_t used = 0;
    size_t measured = 0;
    char line[128];

    for (size_t i = 0; i < inventory->device_count; i++) {
        if (!inventory->devices[i].used || inventory->devices[i].device.kind == DEVICE_BOARD)
            continue;
        used++;
        measured += inventory->devices[i].device.basis == BASIS_MEASURED;
    }
    sensor_text_summary(line, sizeof(line), used, measured);
    text_title(out, line, "");
}

void write_devices_text(struct strbuf *out, const struct inventory *inventory,
                        struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    add_summary(&text, inventory);
    for (size_t i = 0; i < inventory->device_count; i++) {
        if (inventory->devices[i].used)
            add_device_text(&text, &inventory->devices[i].device);
    }
    add_legend(&text, inventory);
    add_losers(&text, inventory);
    if (inventory->gauge_count > 0) {
        strbuf_add(out, "\n");
        text_title(&text, "right now", "");
        gauges_text(&text, inventory->gauges, inventory->gauge_count);
    }
    strbuf_add(out, "\n");
    text_title(&text, "readers: the ways to a meter, and why one is not used", "");
    for (int group = 0; group < SENSOR_GROUPS; group++) {
        for (size_t i = 0; i < inventory->reader_count; i++) {
            if ((int)sensor_group_of(inventory->readers[i].state, inventory->readers[i].fix) ==
                group)
                add_reader_text(&text, &inventory->readers[i]);
        }
    }
}
