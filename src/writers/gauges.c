/* SPDX-License-Identifier: Apache-2.0 */
/* writers/gauges.c - live figures as JSON, and as lines for people */
#include "writers/gauges.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "writers/format.h"
#include "writers/json_parts.h"

enum { INDENT = 10, CORES_NAMED = 16 };

static const double GIB = 1024.0 * 1024 * 1024;

void gauges_json(struct json_out *json, const struct gauge *gauges, size_t count)
{
    json_array_begin(json, "gauges");
    for (size_t i = 0; i < count; i++) {
        const struct gauge *gauge = &gauges[i];

        json_object_begin(json, NULL);
        json_string(json, "name", gauge->name);
        json_string(json, "unit", gauge_unit_name(gauge->unit));
        if (gauge->unit == GAUGE_WORD)
            json_text(json, "value", gauge->word);
        else
            json_double(json, "value", gauge->value);
        json_double(json, "limit", gauge->limit);
        json_text(json, "label", gauge->label);
        json_text(json, "inside", gauge->inside);
        json_text(json, "reason", gauge->reason);
        json_text(json, "fix", gauge->fix);
        json_object_end(json);
    }
    json_array_end(json);
}

static bool begins(const struct gauge *gauge, const char *prefix)
{
    return strncmp(gauge->name, prefix, strlen(prefix)) == 0;
}

static const struct gauge *find(const struct gauge *gauges, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(gauges[i].name, name) == 0)
            return &gauges[i];
    }
    return NULL;
}

static void add_hertz(struct strbuf *text, double hertz)
{
    char figure[FIGURE_SIZE];

    if (hertz >= 999.5e6)
        (void)snprintf(figure, sizeof(figure), "%.2f GHz", hertz / 1e9);
    else
        (void)snprintf(figure, sizeof(figure), "%.0f MHz", hertz / 1e6);
    text_add_solid(text, figure);
}

/* "306 MHz of 625 MHz" */
static void add_clock(struct strbuf *text, const struct gauge *clock)
{
    add_hertz(text, clock->value);
    if (isfinite(clock->limit)) {
        strbuf_add(text, " of ");
        add_hertz(text, clock->limit);
    }
}

static void flush(struct text_out *out, const char *label, struct strbuf *text)
{
    if (text->length > 0)
        text_item(out, label, INDENT, strbuf_text(text));
    out->buffer->failed = out->buffer->failed || text->failed;
    text->length = 0;
}

static void add_reason(struct strbuf *text, const struct gauge *gauge, bool unicode)
{
    text_add_clean(text, gauge->reason, unicode);
    if (gauge->fix[0] != '\0')
        strbuf_printf(text, ": %s", gauge->fix);
}

/* "VDD_CPU_GPU_CV 0.69 W (CPU + GPU + CV)", those inside of a device after what they are inside of. */
static void write_rails(struct text_out *out, const struct gauge *gauges, size_t count,
                        const char *inside, const char **label, const char *words)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        const struct gauge *rail = &gauges[i];
        char figure[FIGURE_SIZE];

        if (!begins(rail, "rail.") || strcmp(rail->inside, inside) != 0)
            continue;
        figure_format(figure, QUANTITY_WATTS, rail->value, unicode);
        strbuf_add(&text, found++ > 0 ? ", " : words);
        text_add_clean(&text, rail->name + strlen("rail."), unicode);
        strbuf_add(&text, " ");
        text_add_solid(&text, figure);
        if (rail->label[0] != '\0') {
            strbuf_add(&text, " (");
            text_add_solid(&text, rail->label);
            strbuf_add(&text, ")");
        }
    }
    if (found > 0) {
        flush(out, *label, &text);
        *label = NULL; /* once */
    }
}

/* One clock for all of them is told once. */
static void write_cpus(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct gauge *online = find(gauges, count, "cpus.online");
    const struct gauge *fastest = NULL;
    size_t known = 0;
    double sum = 0;
    double most = 0;

    for (size_t i = 0; i < count; i++) {
        const struct gauge *gauge = &gauges[i];

        if (!begins(gauge, "cpu") || !isfinite(gauge->value))
            continue;
        if (strstr(gauge->name, ".load") != NULL) {
            known++;
            sum += gauge->value;
            most = fmax(most, gauge->value);
        } else if (strstr(gauge->name, ".frequency") != NULL &&
                   (fastest == NULL || gauge->value > fastest->value)) {
            fastest = gauge;
        }
    }
    if (online != NULL && online->limit > online->value)
        strbuf_printf(&text, "%.0f of %.0f cores on; ", online->value, online->limit);
    else if (online != NULL)
        strbuf_printf(&text, "%.0f core%s; ", online->value, online->value == 1 ? "" : "s");
    if (known > 0)
        strbuf_printf(&text, "%.0f %% busy, the busiest %.0f %%; ", 100 * sum / (double)known,
                      100 * most);
    if (fastest != NULL) {
        strbuf_add(&text, "up to "); /* they need not be alike */
        add_clock(&text, fastest);
    } else if (text.length >= 2) {
        text.text[text.length -= 2] = '\0';
    }
    flush(out, "CPU", &text);
}

static void write_gpu(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct gauge *load = find(gauges, count, "gpu.load");
    const struct gauge *clock = find(gauges, count, "gpu.frequency");
    const struct gauge *memory = find(gauges, count, "gpu.memory");
    char figure[FIGURE_SIZE];

    if (load != NULL && isfinite(load->value)) {
        percent_format(figure, load->value, out->style.unicode);
        text_add_solid(&text, figure);
        strbuf_add(&text, " busy");
    } else if (load != NULL) {
        strbuf_add(&text, "load unknown: ");
        add_reason(&text, load, out->style.unicode);
    }
    if (clock != NULL && isfinite(clock->value)) {
        strbuf_add(&text, load == NULL ? "" : isfinite(load->value) ? " at " : "; at ");
        add_clock(&text, clock);
    }
    if (memory != NULL && isfinite(memory->value)) {
        plain_format(figure, memory->value / GIB, out->style.unicode);
        strbuf_printf(&text, "%s%s GiB of memory held", text.length > 0 ? "; " : "", figure);
    }
    flush(out, "GPU", &text);
}

static void write_emc(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct gauge *load = find(gauges, count, "emc.load");
    const struct gauge *clock = find(gauges, count, "emc.frequency");

    if (load == NULL || clock == NULL)
        return;
    strbuf_add(&text, "memory controller: ");
    if (isfinite(load->value))
        strbuf_printf(&text, "%.0f %% busy at ", 100 * load->value);
    if (isfinite(clock->value))
        add_clock(&text, clock);
    if (!isfinite(load->value)) {
        strbuf_add(&text, isfinite(clock->value) ? "; its load: " : "");
        add_reason(&text, load, out->style.unicode);
    }
    flush(out, "EMC", &text);
}

static void add_size(struct strbuf *text, const struct gauge *gauge, const char *what, bool unicode)
{
    char used[FIGURE_SIZE];
    char all[FIGURE_SIZE];

    if (gauge == NULL)
        return;
    if (text->length > 0)
        strbuf_add(text, "; ");
    if (!(gauge->limit > 0)) {
        strbuf_printf(text, "no %s", what);
        return;
    }
    plain_format(used, gauge->value / GIB, unicode);
    plain_format(all, gauge->limit / GIB, unicode);
    strbuf_printf(text, "%s%s%s of %s GiB%s", what, what[0] != '\0' ? " " : "", used, all,
                  what[0] == '\0' ? " used" : "");
}

static void write_memory(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    add_size(&text, find(gauges, count, "memory.used"), "", out->style.unicode);
    add_size(&text, find(gauges, count, "swap.used"), "swap", out->style.unicode);
    flush(out, "RAM", &text);
}

/* "in °C: cpu-thermal 48.3, gpu-thermal 47.0; off: cv0-thermal" */
static void write_temperatures(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf off = { 0 };
    bool unicode = out->style.unicode;

    for (size_t i = 0; i < count; i++) {
        const struct gauge *gauge = &gauges[i];
        struct strbuf *to = isfinite(gauge->value) ? &text : &off;
        const char *name = gauge->label[0] != '\0' ? gauge->label : strchr(gauge->name, '.');

        if (!begins(gauge, "temperature."))
            continue;
        if (to->length > 0)
            strbuf_add(to, ", ");
        else if (to == &text)
            strbuf_add(to, unicode ? "in °C: " : "in degC: ");
        text_add_clean(to, name, unicode);
        if (isfinite(gauge->value))
            strbuf_printf(to, " %.1f", gauge->value);
    }
    if (off.length > 0)
        strbuf_printf(&text, "%soff: %s", text.length > 0 ? "; " : "", strbuf_text(&off));
    flush(out, "temp", &text);
}

static void write_fans(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    for (size_t i = 0; i < count; i++) {
        const struct gauge *gauge = &gauges[i];

        if (!begins(gauge, "fan") || !isfinite(gauge->value))
            continue;
        strbuf_add(&text, text.length > 0 ? ", " : "");
        if (gauge->unit == GAUGE_RATIO)
            strbuf_printf(&text, "%.0f %%", 100 * gauge->value);
        else
            strbuf_printf(&text, "%.0f rpm", gauge->value);
    }
    flush(out, "fan", &text);
}

static void write_mode(struct text_out *out, const struct gauge *gauges, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct gauge *mode = find(gauges, count, "module0.mode");
    bool unicode = out->style.unicode;

    if (mode == NULL)
        return;
    if (mode->word[0] != '\0') {
        /* "mode 0" has no name */
        strbuf_add(&text, strncmp(mode->word, "mode ", 5) == 0 ? "power " : "power mode ");
        text_add_clean(&text, mode->word, unicode);
    } else {
        strbuf_add(&text, "power mode unknown: ");
        add_reason(&text, mode, unicode);
    }
    flush(out, "mode", &text);
}

void gauges_text(struct text_out *out, const struct gauge *gauges, size_t count)
{
    const char *rails = "rails";

    write_mode(out, gauges, count);
    write_rails(out, gauges, count, "", &rails, "");
    write_rails(out, gauges, count, "module0", &rails, "inside the module: ");
    write_rails(out, gauges, count, "board", &rails, "of the carrier board: ");
    write_gpu(out, gauges, count);
    write_cpus(out, gauges, count);
    write_memory(out, gauges, count);
    write_emc(out, gauges, count);
    write_temperatures(out, gauges, count);
    write_fans(out, gauges, count);
}
