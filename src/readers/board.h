/* SPDX-License-Identifier: Apache-2.0 */
/* readers/board.h - what the meters of a whole machine have in common */
#pragma once

#include <stdint.h>

#include "readers/live_file.h"
#include "readers/reader.h"

/* What a file says now. Return: the length or -errno; -ENODEV where its path leads nowhere. Blanks at
 * the end are cut. */
int board_read_text(int sys_fd, struct live_file *file, char *text_out, size_t size);
/* A whole number, negative ones too. Return: 0 or -errno. */
int board_read_i64(int sys_fd, struct live_file *file, int64_t *value_out);

/**
 * board_check_watts() - whether a machine that is on can draw this
 * Firmware that does not know says 0 for ever.
 * Return: 0; -ENODATA below 0.05 W; -ERANGE above 20 kW
 */
int board_check_watts(double watts);

/* A board device with what does not depend on the meter. */
void board_describe(struct device *device_out, const char *reader, const char *id,
                    double band_ratio);

/* Why `what` gave no reading when it was looked for: denied or broken, and in which words. */
void board_refuse(struct reader_status *status, const char *what, int code);
