/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_devices.c - `aico2 devices`: what is measured and how, and why the rest is not */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/json_out.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/commands.h"
#include "model/sample.h"
#include "session/inventory.h"

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

static const char *reason_of(const struct inventory *inventory, size_t index)
{
    if (!inventory->used[index])
        return "another reader of the same device is better";
    return inventory->devices[index].note[0] != '\0' ? inventory->devices[index].note : NULL;
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
        json_string(&json, "model", device->model);
        json_string(&json, "reader", device->reader);
        json_string(&json, "basis", basis_name(device->basis));
        json_double(&json, "tdp_watts", device->rated_watts);
        json_string(&json, "tdp_source", device->rated_source[0] != '\0' ? device->rated_source : NULL);
        add_counts(&json, device);
        json_bool(&json, "readable", true);
        json_string(&json, "reason", reason_of(inventory, i));
        json_bool(&json, "used", inventory->used[i]);
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
        json_string(&json, "reason", reader->status.reason[0] != '\0' ? reader->status.reason : NULL);
        json_string(&json, "fix", reader->status.fix[0] != '\0' ? reader->status.fix : NULL);
        json_object_end(&json);
    }
    json_array_end(&json);
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

/* Wraps at blanks; the first line starts after `used` columns, the others after `indent`. */
static void add_wrapped(struct strbuf *text, const char *words, size_t used, size_t indent,
                        size_t columns)
{
    while (*words != '\0') {
        size_t length = strcspn(words, " ");

        if (used > indent && used + 1 + length > columns) {
            strbuf_printf(text, "\n%*s", (int)indent, "");
            used = indent;
        } else if (used > indent) {
            strbuf_add(text, " ");
            used++;
        }
        strbuf_add_bytes(text, words, length);
        used += length;
        words += length;
        while (*words == ' ')
            words++;
    }
    strbuf_add(text, "\n");
}

static void write_device_text(struct strbuf *text, const struct inventory *inventory, size_t index,
                              size_t columns)
{
    const struct device *device = &inventory->devices[index];
    const char *note = reason_of(inventory, index);
    char line[512];

    strbuf_printf(text, "%-8s", device->id);
    if (device->model[0] == '\0' && device->memory_bytes > 0)
        (void)snprintf(line, sizeof(line), "%.3g GiB", (double)device->memory_bytes / 1073741824.0);
    else
        (void)snprintf(line, sizeof(line), "%s",
                       device->model[0] != '\0' ? device->model : "(no name)");
    add_wrapped(text, line, 8, 8, columns);
    if (inventory->used[index]) {
        char rated[160] = "";

        if (isfinite(device->rated_watts))
            (void)snprintf(rated, sizeof(rated), "; rated %.4g W%s%s%s", device->rated_watts,
                           device->rated_source[0] != '\0' ? " (" : "", device->rated_source,
                           device->rated_source[0] != '\0' ? ")" : "");
        (void)snprintf(line, sizeof(line), "%s by %s%s; band +-%.0f %%", basis_name(device->basis),
                       device->reader, rated, 100 * device->band_ratio);
    } else {
        (void)snprintf(line, sizeof(line), "by %s, not used", device->reader);
    }
    strbuf_printf(text, "%8s", "");
    add_wrapped(text, line, 8, 8, columns);
    if (note != NULL) {
        strbuf_printf(text, "%8s", "");
        add_wrapped(text, note, 8, 8, columns);
    }
}

static void write_text(struct strbuf *text, const struct inventory *inventory,
                       struct text_style style)
{
    size_t columns = style.columns > 40 ? (size_t)style.columns : 80;

    for (size_t i = 0; i < inventory->device_count; i++)
        write_device_text(text, inventory, i, columns);
    strbuf_add(text, inventory->device_count == 0 ? "no device can be read\n\nreaders\n" : "\nreaders\n");
    for (size_t i = 0; i < inventory->reader_count; i++) {
        const struct inventory_reader *reader = &inventory->readers[i];

        strbuf_printf(text, "  %-12s %-10s ", reader->name,
                      reader_state_name(reader->status.state));
        add_wrapped(text,
                    reader->status.reason[0] != '\0' ? reader->status.reason : reader->summary, 26,
                    26, columns);
        if (reader->status.fix[0] != '\0') {
            strbuf_printf(text, "%25s", "");
            add_wrapped(text, reader->status.fix, 25, 25, columns);
        }
    }
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
