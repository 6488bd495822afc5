/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_devices.c - `aico2 devices`: what is measured and how, and why the rest is not */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/json_out.h"
#include "base/number.h"
#include "cli/commands.h"
#include "model/sample.h"
#include "session/inventory.h"
#include "writers/format.h"
#include "writers/gauges.h"
#include "writers/report_devices.h"
#include "writers/text_out.h"

enum { DEVICE_INDENT = 10, READER_COLUMNS = 13, STATE_COLUMNS = 11 };

static const int64_t DRIVER_WAIT_NS = 5 * NSEC_PER_SEC;

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

/* Of several meters of the whole machine one is shown. NULL: none of them is. */
static const char *better_meter(const struct inventory *inventory)
{
    static const char *const reasons[][2] = {
        { "pm_counters", "one meter of the machine is shown: the node's own counter" },
        { "acpi_meter", "one meter of the machine is shown: the ACPI meter, which is as prompt" },
        { "ipmi", "one meter of the machine is shown: that of the management controller, which is "
                  "as prompt or more" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++) {
        for (size_t j = 0; j < inventory->device_count; j++) {
            if (inventory->used[j] && strcmp(inventory->devices[j].reader, reasons[i][0]) == 0)
                return reasons[i][1];
        }
    }
    return NULL;
}

/* Why a device that could be read is not; NULL: it is. */
static const char *reason_of(const struct inventory *inventory, size_t index)
{
    bool part = inventory->devices[index].basis != BASIS_MEASURED;

    if (inventory->used[index])
        return NULL;
    if (inventory->devices[index].kind == DEVICE_BOARD && better_meter(inventory) != NULL)
        return better_meter(inventory);
    for (size_t i = 0; part && i < inventory->device_count; i++) {
        if (inventory->used[i] && inventory->devices[i].kind == DEVICE_MODULE)
            return "measured as a part of the module";
    }
    return "another reader of the same device is better";
}

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void write_json(struct strbuf *text, const struct inventory *inventory)
{
    struct json_out json;

    json_out_init(&json, text);
    json_object_begin(&json, NULL);
    json_string(&json, "schema", "aico2.devices/1");
    json_array_begin(&json, "devices");
    for (size_t i = 0; i < inventory->device_count; i++) {
        const struct device *device = &inventory->devices[i];

        json_object_begin(&json, NULL);
        json_string(&json, "id", device->id);
        json_string(&json, "kind", device_kind_name(device->kind));
        json_string(&json, "model", text_or_null(device->model));
        json_string(&json, "reader", device->reader);
        json_string(&json, "basis", basis_name(device->basis));
        json_double(&json, "tdp_watts", device->rated_watts);
        json_string(&json, "tdp_source", text_or_null(device->rated_source));
        add_counts(&json, device);
        json_bool(&json, "readable", true);
        json_string(&json, "reason", reason_of(inventory, i));
        json_bool(&json, "used", inventory->used[i]);
        json_string(&json, "note", text_or_null(device->note));
        json_double(&json, "band_ratio", device->band_ratio);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_array_begin(&json, "readers");
    for (size_t i = 0; i < inventory->reader_count; i++) {
        const struct inventory_reader *reader = &inventory->readers[i];

        json_object_begin(&json, NULL);
        json_string(&json, "name", reader->name);
        json_string(&json, "state", reader_state_name(reader->status.state));
        json_string(&json, "reason", text_or_null(reader->status.reason));
        json_string(&json, "fix", text_or_null(reader->status.fix));
        json_string(&json, "detail", text_or_null(reader->status.detail));
        json_object_end(&json);
    }
    json_array_end(&json);
    gauges_json(&json, inventory->gauges, inventory->gauge_count);
    json_object_end(&json);
}

static void write_csv(struct strbuf *text, const struct inventory *inventory)
{
    strbuf_add(text, "id,kind,model,reader,basis,tdp_watts,tdp_source,used\r\n");
    for (size_t i = 0; i < inventory->device_count; i++) {
        const struct device *device = &inventory->devices[i];
        char watts[40] = "";

        if (isfinite(device->rated_watts))
            (void)number_format_double(watts, sizeof(watts), device->rated_watts);
        csv_add_cell(text, true, false, device->id);
        csv_add_cell(text, false, false, device_kind_name(device->kind));
        csv_add_cell(text, false, false, device->model);
        csv_add_cell(text, false, false, device->reader);
        csv_add_cell(text, false, false, basis_name(device->basis));
        csv_add_cell(text, false, true, watts);
        csv_add_cell(text, false, false, device->rated_source);
        csv_add_cell(text, false, false, inventory->used[i] ? "true" : "false");
        strbuf_add(text, "\r\n");
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

static void write_device_text(struct text_out *out, const struct inventory *inventory, size_t index)
{
    const struct device *device = &inventory->devices[index];
    bool unicode = out->style.unicode;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (!inventory->used[index]) {
        text_itemf(out, device->id, DEVICE_INDENT, "not used by %s: %s", device->reader,
                   reason_of(inventory, index));
        return;
    }
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

static void write_reader_text(struct text_out *out, const struct inventory_reader *reader)
{
    bool unicode = out->style.unicode;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf fix = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf detail = { 0 };

    text_cell_left(&text, reader_state_name(reader->status.state), STATE_COLUMNS, unicode);
    strbuf_printf(out->buffer, "  %-*s%s", READER_COLUMNS, reader->name, strbuf_text(&text));
    strbuf_deinit(&text);
    text_add_clean(&text,
                   reader->status.reason[0] != '\0' ? reader->status.reason : reader->summary,
                   unicode);
    text_go_on(out, 2 + READER_COLUMNS + STATE_COLUMNS, strbuf_text(&text));
    if (reader->status.fix[0] != '\0') {
        strbuf_add(&fix, "to mend it: ");
        text_add_clean(&fix, reader->status.fix, unicode);
        text_item(out, NULL, 2 + READER_COLUMNS + STATE_COLUMNS, strbuf_text(&fix));
    }
    if (reader->status.detail[0] != '\0') {
        strbuf_add(&detail, "through ");
        text_add_clean(&detail, reader->status.detail, unicode);
        text_item(out, NULL, 2 + READER_COLUMNS + STATE_COLUMNS, strbuf_text(&detail));
    }
    out->buffer->failed = out->buffer->failed || text.failed || fix.failed || detail.failed;
}

/* The answer to "what would a run measure?" in one line. */
static void write_summary_text(struct text_out *out, const struct inventory *inventory)
{
    size_t used = 0;
    size_t measured = 0;

    for (size_t i = 0; i < inventory->device_count; i++) {
        if (!inventory->used[i] || inventory->devices[i].kind == DEVICE_BOARD)
            continue;
        used++;
        measured += inventory->devices[i].basis == BASIS_MEASURED;
    }
    if (used == 0)
        text_title(out, "no device can be measured or modelled here", "");
    else if (measured == 0)
        text_title(out, "nothing can be measured here: a run is modelled from these devices", "");
    else if (measured == used)
        text_title(out, "all devices here are measured", "");
    else {
        char line[128];

        (void)snprintf(line, sizeof(line),
                       "%zu of %zu devices here are measured, the rest modelled", measured, used);
        text_title(out, line, "");
    }
}

static void write_text(struct strbuf *text, const struct inventory *inventory,
                       struct text_style style)
{
    struct text_out out = text_out_begin(text, style);

    write_summary_text(&out, inventory);
    for (size_t i = 0; i < inventory->device_count; i++)
        write_device_text(&out, inventory, i);
    if (inventory->gauge_count > 0) {
        strbuf_add(text, "\n");
        text_title(&out, "right now", "");
        gauges_text(&out, inventory->gauges, inventory->gauge_count);
    }
    strbuf_add(text, "\n");
    text_title(&out, "readers", "");
    for (size_t i = 0; i < inventory->reader_count; i++)
        write_reader_text(&out, &inventory->readers[i]);
}

int cmd_devices(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct inventory inventory;
    struct aico2_error err = { 0 };

    if (inventory_make(options_text(&cli->options, OPT_SYSROOT),
                       options_text(&cli->options, OPT_NVML), DRIVER_WAIT_NS, NULL, &inventory,
                       &err) < 0) {
        cli_error(cli, "%s", err.message);
        return 2;
    }
    if (cli_format(cli) == CLI_JSON)
        write_json(&text, &inventory);
    else if (cli_format(cli) == CLI_CSV)
        write_csv(&text, &inventory);
    else
        write_text(&text, &inventory, cli->out_style);
    inventory_deinit(&inventory);
    return cli_print(cli, &text);
}
