/* SPDX-License-Identifier: Apache-2.0 */
/* readers/board.h - what the meters of a whole machine have in common */
#pragma once

#include <stdint.h>

#include "readers/reader.h"

enum { WATCHED_PATH_SIZE = 384 };

/* A file below a directory that may be replaced, removed and come back. */
struct watched_file {
    char path[WATCHED_PATH_SIZE]; /* "": there is none */
    int fd;
};

#define WATCHED_FILE_NULL ((struct watched_file){ .fd = -1 })

/* Return: the length or -errno; -ENODEV where the path leads nowhere. Blanks at the end are cut. */
int watched_text(int dirfd, struct watched_file *file, char *text_out, size_t size);
/* A whole number, negative ones too. Return: 0 or -errno. */
int watched_i64(int dirfd, struct watched_file *file, int64_t *value_out);

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
