/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/wall_meter.h - a log of watts over time, as a meter in front of the machine writes it */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct wall_point {
    int64_t wall_ns;
    double watts;
};

struct wall_log {
    struct wall_point *points; /* owned; times rise */
    size_t count;
    size_t capacity;
};

/* From CSV text with the header time,watts; name: for messages, "NAME:LINE: ...". text is cut up.
 * Return: 0, -EBADMSG or -ENOMEM. */
int wall_log_parse(char *text, const char *name, struct wall_log *log_out, struct aico2_error *err);
/* The same from a file. Return: also -errno of reading it. */
int wall_log_read(const char *path, struct wall_log *log_out, struct aico2_error *err);
void wall_log_deinit(struct wall_log *log);

/**
 * wall_log_mean() - the mean power between two times, straight lines between points
 * Return: 0; -ENODATA: the points do not reach over it, or leave a hole
 */
int wall_log_mean(const struct wall_log *log, int64_t from_wall_ns, int64_t to_wall_ns,
                  const char *name, double *watts_out, struct aico2_error *err);
