/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_devices.c - the device table of the text report, and what is said of single
 * devices */
#include "writers/report_devices.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/units.h"
#include "writers/format.h"

enum {
    LABEL_COLUMNS = 6,  /* "GPU12 " */
    HOW_COLUMNS = 15,   /* "measured, RAPL" */
    ENERGY_COLUMNS = 9, /* " 1.94 mWh" */
    POWER_COLUMNS = 8,  /* " 139 mW" */
    BAND_COLUMNS = 12,  /* " -100/+108 %" */
    GROUP_ABOVE = 8,    /* more of the same than this are one line */
    NAMED_MAX = 4,
    INDENT = 12,
};

/* A meter of the whole machine with less of the run read than this is not compared. */
static const double COMPARED_COVERAGE = 0.95;
/* Parts that sum up to more than the whole by this much are no matter of bands. */
static const double SUSPECT_RATIO = 0.05;

struct table_row {
    const struct device *device;
    char label[16];
    char model[320];
    struct band energy;
    double power_watts;
    bool failed; /* there was no memory for its words */
};

static const char *kind_label(enum device_kind kind)
{
    static const char *const labels[] = {
        [DEVICE_CPU] = "CPU",   [DEVICE_DRAM] = "DRAM",   [DEVICE_MEMORY] = "RAM",
        [DEVICE_GPU] = "GPU",   [DEVICE_MODULE] = "SoC",  [DEVICE_BOARD] = "board",
        [DEVICE_PART] = "part", [DEVICE_OTHER] = "other",
    };

    return labels[kind];
}

/* "GPU0" */
static void add_label(struct strbuf *out, const struct report *report, size_t index)
{
    const struct device *device = &report->devices[index].device;
    size_t of_kind = 0;
    size_t before = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        of_kind += report->devices[i].device.kind == device->kind;
        before += i < index && report->devices[i].device.kind == device->kind;
    }
    strbuf_add(out, kind_label(device->kind));
    if (device->kind == DEVICE_BOARD && of_kind > 1) /* of several readers, each with its own 0 */
        strbuf_printf(out, "%zu", before);
    else if (device->kind == DEVICE_GPU || of_kind > 1)
        strbuf_printf(out, "%d", device->index);
}

void device_label_add(struct strbuf *out, const struct report *report, size_t index)
{
    add_label(out, report, index);
    if (report->host_count > 1)
        strbuf_printf(out, "@%s", device_machine(&report->devices[index].device));
}

/* Cuts every copy of `part` out of text. */
static void cut_out(char *text, const char *part)
{
    for (char *found = strstr(text, part); found != NULL; found = strstr(found, part))
        memmove(found, found + strlen(part), strlen(found + strlen(part)) + 1);
}

void device_model_add(struct strbuf *out, const struct device *device, bool unicode)
{
    static const char *const noise[] = { "(R)", "(r)", "(TM)", "(tm)", " CPU", " Processor" };
    char model[DEVICE_MODEL_SIZE];
    char *clock;

    if (device->kind == DEVICE_MEMORY && device->memory_bytes > 0) {
        char size[FIGURE_SIZE];

        plain_format(size, (double)device->memory_bytes / BYTES_PER_GIB, unicode);
        strbuf_printf(out, "%s GiB", size);
        return;
    }
    (void)snprintf(model, sizeof(model), "%s", device->model);
    for (size_t i = 0; i < ARRAY_LENGTH(noise); i++)
        cut_out(model, noise[i]);
    clock = strstr(model, " @ ");
    if (clock != NULL)
        *clock = '\0';
    if (model[0] == '\0')
        strbuf_add(out, device->kind == DEVICE_MEMORY ? "unknown size" : "unknown model");
    else
        text_add_clean(out, model, unicode);
}

/* Whose figures a server had: the note begins with the exporter and the metric. */
static const char *exporter_word(const char *note)
{
    static const char *const words[][2] = {
        { "rapl", "RAPL" },   { "dcgm", "DCGM" },   { "nvidia", "smi" },  { "aico2", "aico2" },
        { "kepler", "Kepl" }, { "scaph", "scaph" }, { "ipmi", "IPMI" },   { "ceems", "CEEMS" },
        { "hwmon", "hwmon" }, { "nvml", "NVML" },   { "jetson", "rail" },
    };
    size_t length = strcspn(note, ";");

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        const char *found = strstr(note, words[i][0]);

        if (found != NULL && (size_t)(found - note) < length)
            return words[i][1];
    }
    return "Prom.";
}

/* What gave no reading is not called measured. */
static void add_how(struct strbuf *out, const struct device *device, bool known)
{
    /* what fits into the column */
    static const char *const names[][2] = {
        { "rapl", "RAPL" },        { "nvml", "NVML" },      { "acpi_meter", "ACPI" },
        { "pm_counters", "Cray" }, { "battery", "batt." },  { "jetson", "rail" },
        { "ipmi", "IPMI" },        { "tegrastats", "log" }, { "jtop_csv", "jtop" },
        { "jtop_usage", "jtop" },  { "soc_power", "SoC" },
    };
    const char *reader = device->reader;

    if (strcmp(reader, "prometheus") == 0)
        reader = exporter_word(device->note);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strcmp(reader, names[i][0]) == 0)
            reader = names[i][1];
    }
    strbuf_add(out, known ? basis_name(device->basis) : "no figure");
    if (device->basis == BASIS_MEASURED && reader[0] != '\0')
        strbuf_printf(out, ", %s", reader);
}

/* The cells right of the model first: what they take, the model does not get. */
static void add_row(struct text_out *out, const struct table_row *row, double like_joules)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf how = { 0 };
    bool unicode = out->style.unicode;
    char cell[FIGURE_SIZE];
    size_t label = LABEL_COLUMNS;
    size_t columns;

    add_how(&how, row->device, band_is_known(row->energy));
    text_cell_left(&right, strbuf_text(&how), HOW_COLUMNS, unicode);
    figure_format_like(cell, QUANTITY_JOULES, row->energy.value, like_joules, true, unicode);
    text_cell_right(&right, " ", 1);
    text_cell_right(&right, cell, ENERGY_COLUMNS - 1);
    figure_format(cell, QUANTITY_WATTS, row->power_watts, unicode);
    text_cell_right(&right, " ", 1);
    text_cell_right(&right, cell, POWER_COLUMNS - 1);
    band_format(cell, row->energy, unicode);
    text_cell_right(&right, " ", 1);
    text_cell_right(&right, cell, BAND_COLUMNS - 1);

    if (text_columns(row->label) >= label)
        label = text_columns(row->label) + 1; /* "board1 " */
    columns = text_columns(strbuf_text(&right)) + 3 + label;
    columns = columns < out->width ? out->width - columns : 0;
    strbuf_add(out->buffer, "  ");
    text_cell_left(out->buffer, row->label, label, unicode);
    text_cell_left(out->buffer, row->model, columns, unicode);
    strbuf_printf(out->buffer, " %s\n", strbuf_text(&right));
    out->buffer->failed = out->buffer->failed || right.failed || how.failed || row->failed;
}

static bool same_sort(const struct device *a, const struct device *b)
{
    return a->kind == b->kind && a->basis == b->basis && strcmp(a->model, b->model) == 0 &&
           strcmp(a->reader, b->reader) == 0;
}

static size_t count_same(const struct report *report, size_t from, size_t to,
                         const struct device *device)
{
    size_t count = 0;

    for (size_t i = from; i < to; i++)
        count += same_sort(&report->devices[i].device, device);
    return count;
}

/* Return: whether it is all there. */
static bool take_text(char *out, size_t size, struct strbuf *text)
{
    bool whole = !text->failed;

    (void)snprintf(out, size, "%s", strbuf_text(text));
    strbuf_deinit(text);
    return whole;
}

static struct table_row single_row(const struct report *report, size_t index, bool unicode)
{
    const struct report_device *device = &report->devices[index];
    struct table_row row = {
        .device = &device->device,
        .energy = device->energy,
        .power_watts = device->mean_power_watts,
    };
    struct strbuf text = { 0 };

    add_label(&text, report, index);
    row.failed = !take_text(row.label, sizeof(row.label), &text);
    if (report->host_count > 1 && device_machine(&device->device)[0] != '\0')
        strbuf_printf(&text, "%s: ", device_machine(&device->device));
    device_model_add(&text, &device->device, unicode);
    row.failed = !take_text(row.model, sizeof(row.model), &text) || row.failed;
    return row;
}

/* The sum over all devices of this sort; one that could not be read is left out and said. */
static struct table_row group_row(const struct report *report, const struct device *sort,
                                  bool unicode)
{
    struct table_row row = { .device = sort, .power_watts = 0 };
    struct strbuf text = { 0 };
    size_t all = 0;
    size_t known = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *device = &report->devices[i];

        if (!same_sort(&device->device, sort))
            continue;
        all++;
        if (!band_is_known(device->energy))
            continue;
        known++;
        row.energy.value += device->energy.value;
        row.energy.low += device->energy.low;
        row.energy.high += device->energy.high;
        row.power_watts += device->mean_power_watts;
    }
    if (known == 0) {
        row.energy = BAND_NONE;
        row.power_watts = NAN;
    }
    (void)snprintf(row.label, sizeof(row.label), "%s", kind_label(sort->kind));
    if (known < all && known > 0)
        strbuf_printf(&text, "%zu of ", known);
    strbuf_printf(&text, "%zu %s ", all, symbols_for(unicode)->times);
    device_model_add(&text, sort, unicode);
    row.failed = !take_text(row.model, sizeof(row.model), &text);
    return row;
}

static void add_heading(struct text_out *out)
{
    size_t right = HOW_COLUMNS + ENERGY_COLUMNS + POWER_COLUMNS + BAND_COLUMNS;

    strbuf_add(out->buffer, "  ");
    text_cell_left(out->buffer, "device", out->width > right + 3 ? out->width - right - 3 : 0,
                   false);
    strbuf_add(out->buffer, " ");
    text_cell_left(out->buffer, "how", HOW_COLUMNS, false);
    text_cell_right(out->buffer, "energy", ENERGY_COLUMNS);
    text_cell_right(out->buffer, "power", POWER_COLUMNS);
    text_cell_right(out->buffer, "band", BAND_COLUMNS);
    strbuf_add(out->buffer, "\n");
}

/* The rails of a module under it: "of it CPU + GPU". */
static void add_parts(struct text_out *out, const struct report *report,
                      const struct device *module, double like_joules)
{
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *part = &report->devices[i];
        const char *what = part->device.model[0] != '\0' ? part->device.model : part->device.id;
        struct table_row row = {
            .device = &part->device,
            .energy = part->energy,
            .power_watts = part->mean_power_watts,
        };

        if (part->device.kind != DEVICE_PART || part->device.index != module->index ||
            !device_is_beside(&part->device, module))
            continue;
        /* one that lies within another stands under it */
        (void)snprintf(row.model, sizeof(row.model), "%s %s",
                       part->device.note[0] == '\0' ? "of it" : "  of that", what);
        add_row(out, &row, like_joules);
    }
}

void report_devices_table(struct text_out *out, const struct report *report)
{
    double like_joules = 0;

    if (report->device_count == 0)
        return;
    for (size_t i = 0; i < report->device_count; i++) {
        double joules = report->devices[i].energy.value;

        if (joules > like_joules && isfinite(joules))
            like_joules = joules;
    }

    add_heading(out);
    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;
        struct table_row row;

        if (device->kind == DEVICE_PART)
            continue;
        if (count_same(report, 0, report->device_count, device) <= GROUP_ABOVE)
            row = single_row(report, i, out->style.unicode);
        else if (count_same(report, 0, i, device) == 0)
            row = group_row(report, device, out->style.unicode);
        else
            continue;
        add_row(out, &row, like_joules);
        if (device->kind == DEVICE_MODULE)
            add_parts(out, report, device, like_joules);
    }
}

static void add_gaps(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    size_t found = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *device = &report->devices[i];
        char covered[FIGURE_SIZE];
        char gap[FIGURE_SIZE];

        /* of one that was never read its note tells more */
        if (device->device.kind == DEVICE_PART || !(device->coverage_ratio < 0.99) ||
            (!band_is_known(device->energy) && device->device.note[0] != '\0') ||
            ++found > NAMED_MAX)
            continue;
        percent_format(covered, device->coverage_ratio, unicode);
        seconds_format(gap, device->gap_seconds, unicode);
        strbuf_add(&text, found > 1 ? "; " : "");
        device_label_add(&text, report, i);
        strbuf_printf(&text, " covered ");
        text_add_solid(&text, covered);
        strbuf_add(&text, " of the run, ");
        text_add_solid(&text, gap);
        strbuf_add(&text, " without readings");
    }
    if (found > NAMED_MAX)
        strbuf_printf(&text, "; so have %zu more", found - NAMED_MAX);
    if (found > 0)
        text_item(out, "gaps", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static bool said_before(const struct report *report, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(report->devices[i].device.note, report->devices[index].device.note) == 0)
            return true;
    }
    return false;
}

static void add_note(struct text_out *out, const struct report *report, size_t index)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const char *note = report->devices[index].device.note;
    size_t found = 0;

    for (size_t i = index; i < report->device_count; i++) {
        if (strcmp(report->devices[i].device.note, note) != 0 || ++found > NAMED_MAX)
            continue;
        strbuf_add(&text, found > 1 ? ", " : "");
        device_label_add(&text, report, i);
    }
    if (found > NAMED_MAX)
        strbuf_printf(&text, " and %zu more", found - NAMED_MAX);
    strbuf_add(&text, ": ");
    text_add_clean(&text, note, out->style.unicode);
    text_item(out, "note", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* "CPU: 1.40 W idle, 9.90 W at full load (cpu_tdp.csv: AMD EPYC 7R13)": what a reader needs to
 * judge a figure that no sensor gave. Devices of one sort have one model. */
static void add_model(struct text_out *out, const struct report *report, size_t index)
{
    const struct device *device = &report->devices[index].device;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    char watts[FIGURE_SIZE];

    if (device->basis == BASIS_MEASURED || !isfinite(device->idle_watts) ||
        !isfinite(device->max_watts) || count_same(report, 0, index, device) > 0)
        return;
    if (count_same(report, index, report->device_count, device) > 1)
        strbuf_add(&text, kind_label(device->kind));
    else
        device_label_add(&text, report, index);
    figure_format(watts, QUANTITY_WATTS, device->idle_watts, unicode);
    strbuf_add(&text, ": ");
    text_add_solid(&text, watts);
    figure_format(watts, QUANTITY_WATTS, device->max_watts, unicode);
    strbuf_add(&text, " idle, ");
    text_add_solid(&text, watts);
    strbuf_add(&text, " at full load");
    if (device->rated_source[0] != '\0') {
        strbuf_add(&text, " (");
        text_add_clean(&text, device->rated_source, unicode);
        strbuf_add(&text, ")");
    }
    text_item(out, "model", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

/* In a window over logs of other machines the sum is of all of them. */
static bool has_other_machines(const struct report *report, const struct device *device)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (!device_is_beside(&report->devices[i].device, device))
            return true;
    }
    return false;
}

/* "board: 12.0 mWh more than the sum of its parts (8 % of it)": fans, disks and losses, and what
 * either is wrong by. With holes in the board's readings there is nothing to compare. */
static void add_difference(struct text_out *out, const struct report *report, size_t index)
{
    const struct report_device *board = &report->devices[index];
    double rest_joules = board->energy.value - report->machine_joules;
    double ratio = rest_joules / board->energy.value;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    char figure[FIGURE_SIZE];

    if (!band_is_known(board->energy) || board->coverage_ratio < COMPARED_COVERAGE ||
        !isfinite(ratio) || has_other_machines(report, &board->device))
        return;
    device_label_add(&text, report, index);
    figure_format(figure, QUANTITY_JOULES, fabs(rest_joules), unicode);
    strbuf_add(&text, ": ");
    text_add_solid(&text, figure);
    strbuf_printf(&text, " %s than the sum of its parts (", rest_joules < 0 ? "less" : "more");
    percent_format(figure, fabs(ratio), unicode);
    text_add_solid(&text, figure);
    strbuf_add(&text, " of it)");
    if (ratio < -SUSPECT_RATIO)
        strbuf_add(&text, ": it misses a part, or a part is said too high");
    text_item(out, "note", INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

void report_devices_remarks(struct text_out *out, const struct report *report)
{
    bool board = false;

    add_gaps(out, report);
    for (size_t i = 0; i < report->device_count; i++)
        add_model(out, report, i);
    for (size_t i = 0; i < report->device_count; i++) {
        const struct device *device = &report->devices[i].device;

        board = board || device->kind == DEVICE_BOARD;
        if (device->kind != DEVICE_PART && device->note[0] != '\0' && !said_before(report, i))
            add_note(out, report, i);
    }
    if (board)
        text_item(out, "note", INDENT,
                  "board: the whole machine, for comparison; not added to its parts");
    for (size_t i = 0; i < report->device_count; i++) {
        if (report->devices[i].device.kind == DEVICE_BOARD)
            add_difference(out, report, i);
    }
}
