/* SPDX-License-Identifier: Apache-2.0 */
/* writers/sensor_text.h - what `devices` and `doctor` say alike of a reader */
#pragma once

#include <stddef.h>

#include "model/sensor.h"
#include "writers/text_out.h"

enum { SENSOR_STATE_COLUMNS = 10 };

/* In the order a person should read them. */
enum sensor_group {
    SENSOR_TO_MEND,
    SENSOR_IN_USE,
    SENSOR_TO_SPARE,
    SENSOR_NOT_HERE,
    SENSOR_GROUPS
};

/* What can be mended counts as such, whatever its state; fix: "" when nothing is known to help. */
enum sensor_group sensor_group_of(enum reader_state state, const char *fix);

/* "  rapl         used       what follows, wrapped"; columns: of the longest name. What follows begins
 * in column 2 + columns + 1 + SENSOR_STATE_COLUMNS. */
void sensor_text_row(struct text_out *out, const char *name, size_t columns,
                     enum reader_state state, const char *text);

/* "3 of 4 devices here are measured, the rest modelled" */
void sensor_text_summary(char *line_out, size_t size, size_t devices, size_t measured);

/**
 * sensor_text_command() - commands to be typed, at most the width of the page
 * @fix: for a shell; a long line goes on after a backslash, which a shell takes too, and no word is
 *       broken. What stands behind '#' is a remark: it stays one on every line.
 */
void sensor_text_command(struct text_out *out, size_t indent, const char *fix);
