/* SPDX-License-Identifier: Apache-2.0 */
/* tui/settings.h - what options, files and environment say of the monitor, checked before it is used */
#pragma once

#include <limits.h>

#include "cli/options/here.h"
#include "config/options.h"

struct settings {
    const struct options *options; /* the caller's */
    struct here here;
    struct calibration calibration;
    bool calibrated;
    struct intensity_series series; /* of --intensity-file; none */
    char db_path[PATH_MAX];         /* of the history to show; "" there can be none */
};

/**
 * settings_read()
 * @why_out: something to be warned of; untouched: nothing is
 * Return: 0; -EINVAL for a bad value, -EBADMSG for a bad file, another -errno. settings_deinit() in every case.
 */
int settings_read(const struct options *options, struct settings *settings_out,
                  struct aico2_error *why_out, struct aico2_error *err);
void settings_deinit(struct settings *settings);
