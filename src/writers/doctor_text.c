/* SPDX-License-Identifier: Apache-2.0 */
/* writers/doctor_text.c - `aico2 doctor` for a person: what could be better, how, and at what price */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "writers/format.h"
#include "writers/sensor_text.h"
#include "writers/text_out.h"
#include "writers/writer.h"

enum { SENSOR_COLUMNS = 18, DETAIL_INDENT = 4, COMMAND_INDENT = 6 };

static const char *domain_name(enum device_kind kind)
{
    static const char *const names[] = {
        [DEVICE_CPU] = "CPU",       [DEVICE_DRAM] = "memory",       [DEVICE_MEMORY] = "memory",
        [DEVICE_GPU] = "GPU",       [DEVICE_MODULE] = "the module", [DEVICE_BOARD] = "the machine",
        [DEVICE_OTHER] = "devices",
    };

    return names[kind];
}

static void add_band(struct strbuf *out, double ratio, bool unicode)
{
    char figure[FIGURE_SIZE];

    band_format(figure, band_relative(1, ratio), unicode);
    text_add_solid(out, figure);
}

/* "±80 % now, ±10 % with it" */
static void add_gain(struct strbuf *out, const struct sensor_check *check, bool unicode)
{
    if (isfinite(check->band_now)) {
        add_band(out, check->band_now, unicode);
        strbuf_add(out, " now, ");
    } else {
        strbuf_add(out, check->domain == DEVICE_BOARD ? "no meter of all of it now, "
                                                      : "not measured now, ");
    }
    add_band(out, check->band_then, unicode);
    strbuf_add(out, " with it");
}

/* It is read, and one of its meters is not. */
static bool gains(const struct sensor_check *check)
{
    return check->band_then < check->band_now;
}

static void add_bands(struct text_out *out, const struct sensor_check *check)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;

    if (!isfinite(check->band_then))
        return;
    strbuf_printf(&text, "%s: ", domain_name(check->domain));
    if ((check->state == READER_USED || check->state == READER_AVAILABLE) && !gains(check)) {
        add_band(&text, check->band_now, unicode);
        if (isfinite(check->band_others)) {
            strbuf_add(&text, ", for who may not read it ");
            add_band(&text, check->band_others, unicode);
        }
    } else {
        add_gain(&text, check, unicode);
    }
    text_item(out, NULL, DETAIL_INDENT, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_file(struct text_out *out, const struct doctor *doctor, const struct remedy *remedy)
{
    const char *line = remedy->content;

    text_pad(out->buffer, 0, DETAIL_INDENT);
    strbuf_printf(out->buffer, "%s/etc/%s:\n", doctor->root, remedy->path);
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");

        text_pad(out->buffer, 0, COMMAND_INDENT); /* as it is, however long: it may be copied */
        strbuf_add_bytes(out->buffer, line, length);
        strbuf_add(out->buffer, "\n");
        line += length + (line[length] == '\n');
    }
}

static void add_commands(struct text_out *out, const struct remedy *remedy)
{
    for (size_t i = 0; remedy->commands[i] != NULL; i++)
        sensor_text_command(out, COMMAND_INDENT, remedy->commands[i]);
}

/* The first command of a remedy with a file is this program's own, as it stands in fix. */
static void add_remedy(struct text_out *out, const struct doctor *doctor,
                       const struct sensor_check *check)
{
    const struct remedy *remedy = check->remedy;

    if (remedy->path != NULL && doctor->named)
        add_file(out, doctor, remedy);
    text_item(out, NULL, DETAIL_INDENT,
              check->root_only ? "to open it to others than root:" : "to mend it:");
    if (remedy->path != NULL) {
        const char *end = strstr(check->fix, " && ");
        int length = end != NULL ? (int)(end - check->fix) : (int)strlen(check->fix);
        char own[SENSOR_FIX_SIZE + sizeof(doctor->root) + 128];

        (void)snprintf(own, sizeof(own), "%.*s  # writes %s/etc/%s", length, check->fix,
                       doctor->root, remedy->path);
        sensor_text_command(out, COMMAND_INDENT, own);
    }
    add_commands(out, remedy);
    text_itemf(out, NULL, DETAIL_INDENT, "which opens %s", remedy->opens);
    if (check->file_there && check->state == READER_DENIED)
        text_item(
            out, NULL, DETAIL_INDENT,
            "its file is there already: who was added to the group has to log in again, and the "
            "other commands may be missing");
}

static void add_check(struct text_out *out, const struct doctor *doctor,
                      const struct sensor_check *check)
{
    sensor_text_row(out, check->sensor, SENSOR_COLUMNS, check->state,
                    check->reason[0] != '\0' ? check->reason : check->summary);
    add_bands(out, check);
    if (check->fix[0] == '\0')
        return;
    if (check->remedy != NULL) {
        add_remedy(out, doctor, check);
        return;
    }
    text_item(out, NULL, DETAIL_INDENT, "to mend it:");
    sensor_text_command(out, COMMAND_INDENT, check->fix);
}

static enum sensor_group group_of(const struct sensor_check *check)
{
    if (gains(check) && check->fix[0] != '\0')
        return SENSOR_TO_MEND;
    return check->no_better ? SENSOR_TO_SPARE : sensor_group_of(check->state, check->fix);
}

/* What it means for everybody else, and where to read on. */
static void add_root_only(struct strbuf *out, const struct sensor_check *check, bool unicode)
{
    strbuf_add(out, "; readable by root alone");
    if (isfinite(check->band_others)) {
        strbuf_add(out, " (for others ");
        add_band(out, check->band_others, unicode);
        strbuf_add(out, ")");
    }
    strbuf_printf(out, ": `aico2 doctor %s` says how to open it to a group", check->sensor);
}

/* One line for what needs no attention. */
static void add_line(struct text_out *out, const struct sensor_check *check)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    bool unicode = out->style.unicode;

    if (check->state == READER_USED && isfinite(check->band_now)) {
        strbuf_printf(&text, "%s ", domain_name(check->domain));
        add_band(&text, check->band_now, unicode);
        strbuf_add(&text, ": ");
    }
    strbuf_add(&text, check->reason[0] != '\0' ? check->reason : check->summary);
    if (check->root_only)
        add_root_only(&text, check, unicode);
    else if (check->fix[0] != '\0')
        strbuf_printf(&text, "%s; `aico2 doctor %s` says what would help",
                      check->no_better ? "; no better than what is used" : "", check->sensor);
    sensor_text_row(out, check->sensor, SENSOR_COLUMNS, check->state, strbuf_text(&text));
    out->buffer->failed = out->buffer->failed || text.failed;
}

static void add_group(struct text_out *out, const struct doctor *doctor, int group)
{
    static const char *const titles[] = {
        [SENSOR_TO_MEND] = "could be better",
        [SENSOR_IN_USE] = "in use",
        [SENSOR_TO_SPARE] = "not needed",
        [SENSOR_NOT_HERE] = "not on this machine",
    };
    bool first = true;

    for (size_t i = 0; i < doctor->check_count; i++) {
        const struct sensor_check *check = &doctor->checks[i];

        if ((int)group_of(check) != group)
            continue;
        if (first) {
            strbuf_add(out->buffer, "\n");
            text_title(out, titles[group], "");
        } else if (group == SENSOR_TO_MEND) {
            strbuf_add(out->buffer, "\n");
        }
        first = false;
        if (group == SENSOR_TO_MEND)
            add_check(out, doctor, check);
        else
            add_line(out, check);
    }
}

static bool has_to_mend(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->check_count; i++) {
        if (group_of(&doctor->checks[i]) == SENSOR_TO_MEND)
            return true;
    }
    return false;
}

/* What a person should know of the place before all lines. */
static void add_place(struct text_out *out, const struct doctor *doctor)
{
    if (doctor->container)
        text_item(out, NULL, 0,
                  "This is a container: what is hidden or denied here is opened where the "
                  "container is started, or on its host.");
    if (doctor->virtualized && doctor->measured_count == 0 && !has_to_mend(doctor))
        text_item(out, NULL, 0,
                  "This is a virtual machine: its hypervisor passes no meter on, and nothing that "
                  "could be done inside would change that.");
    else if (!has_to_mend(doctor))
        text_item(out, NULL, 0, "Nothing is closed or broken that would make a figure better.");
}

void write_doctor_text(struct strbuf *out, const struct doctor *doctor, struct text_style style)
{
    struct text_out text = text_out_begin(out, style);
    char line[128];

    if (doctor->named) {
        for (size_t i = 0; i < doctor->check_count; i++) {
            if (i > 0)
                strbuf_add(out, "\n");
            add_check(&text, doctor, &doctor->checks[i]);
        }
        return;
    }
    sensor_text_summary(line, sizeof(line), doctor->device_count, doctor->measured_count);
    text_title(&text, line, "");
    add_place(&text, doctor);
    for (int group = 0; group < SENSOR_GROUPS; group++)
        add_group(&text, doctor, group);
    if (doctor->measured_count < doctor->device_count) {
        strbuf_add(out, "\n");
        text_item(
            &text, NULL, 0,
            "Where a model stands in, `aico2 calibrate --load` narrows its band: once, by the "
            "meters of this machine or the log of a wall meter (--meter).");
    }
}

void write_doctor_plan(struct strbuf *out, const struct doctor *doctor, struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    for (size_t i = 0; i < doctor->check_count; i++) {
        const struct sensor_check *check = &doctor->checks[i];

        text_itemf(&text, NULL, 0, "for %s:", check->sensor);
        add_file(&text, doctor, check->remedy);
        text_itemf(&text, NULL, DETAIL_INDENT, "which opens %s", check->remedy->opens);
    }
}

void write_doctor_applied(struct strbuf *out, const struct doctor *doctor, struct text_style style)
{
    struct text_out text = text_out_begin(out, style);

    for (size_t i = 0; i < doctor->check_count; i++) {
        const struct sensor_check *check = &doctor->checks[i];

        if (check->applied != APPLY_WRITTEN && check->applied != APPLY_THERE)
            continue;
        strbuf_printf(out, "%s: %s/etc/%s\n",
                      check->applied == APPLY_WRITTEN ? "written" : "already there", doctor->root,
                      check->remedy->path);
        text_item(&text, NULL, 0, "For it to count now, without a restart, type:");
        add_commands(&text, check->remedy);
    }
}
