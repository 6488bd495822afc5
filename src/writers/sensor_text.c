/* SPDX-License-Identifier: Apache-2.0 */
/* writers/sensor_text.c - what `devices` and `doctor` say alike of a reader */
#include "writers/sensor_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum sensor_group sensor_group_of(enum reader_state state, const char *fix)
{
    switch (state) {
    case READER_USED:
        return SENSOR_IN_USE;
    case READER_AVAILABLE:
        return SENSOR_TO_SPARE;
    case READER_DENIED:
        return fix[0] != '\0' ? SENSOR_TO_MEND : SENSOR_TO_SPARE;
    case READER_BROKEN:
        return SENSOR_TO_MEND;
    case READER_ABSENT:
        break;
    }
    return fix[0] != '\0' ? SENSOR_TO_MEND : SENSOR_NOT_HERE;
}

void sensor_text_row(struct text_out *out, const char *name, size_t columns,
                     enum reader_state state, const char *text)
{
    bool unicode = out->style.unicode;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf clean = { 0 };

    strbuf_add(out->buffer, "  ");
    text_cell_left(out->buffer, name, columns, unicode);
    strbuf_add(out->buffer, " ");
    text_cell_left(out->buffer, reader_state_name(state), SENSOR_STATE_COLUMNS, unicode);
    text_add_clean(&clean, text, unicode);
    text_go_on(out, 2 + columns + 1 + SENSOR_STATE_COLUMNS, strbuf_text(&clean));
    out->buffer->failed = out->buffer->failed || clean.failed;
}

void sensor_text_summary(char *line_out, size_t size, size_t devices, size_t measured)
{
    if (devices == 0)
        (void)snprintf(line_out, size, "no device can be measured or modelled here");
    else if (measured == 0)
        (void)snprintf(line_out, size, "nothing can be measured here: runs are modelled");
    else if (measured == devices)
        (void)snprintf(line_out, size, "all devices here are measured");
    else
        (void)snprintf(line_out, size, "%zu of %zu devices here are measured, the rest modelled",
                       measured, devices);
}

/* A line goes on behind `joint`, the next begins with `start`; no word is broken. */
static void add_lines(struct text_out *out, size_t indent, const char *start, const char *joint,
                      const char *text)
{
    size_t used = 0;

    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t length = strcspn(text, " ");
        bool first = used == 0;

        if (!first && used + 1 + length + strlen(joint) > out->width) {
            strbuf_printf(out->buffer, "%s\n", joint);
            used = 0;
        }
        if (used == 0) {
            text_pad(out->buffer, 0, indent);
            strbuf_add(out->buffer, start);
            used = indent + strlen(start);
            if (!first && start[0] == '\0') {
                strbuf_add(out->buffer, "  ");
                used += 2;
            }
        } else {
            strbuf_add(out->buffer, " ");
            used++;
        }
        strbuf_add_bytes(out->buffer, text, length);
        used += length;
        text += length;
    }
    if (used > 0)
        strbuf_add(out->buffer, "\n");
}

void sensor_text_command(struct text_out *out, size_t indent, const char *fix)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf clean = { 0 };
    char *remark;

    text_add_clean(&clean, fix, out->style.unicode);
    out->buffer->failed = out->buffer->failed || clean.failed;
    if (clean.text == NULL)
        return;
    remark = strchr(clean.text, '#');
    if (remark == NULL || indent + text_columns(clean.text) <= out->width) {
        add_lines(out, indent, "", " \\", clean.text);
        return;
    }
    *remark = '\0';
    add_lines(out, indent, "", " \\", clean.text);
    add_lines(out, indent, "# ", "", remark + 1);
}
