/* SPDX-License-Identifier: Apache-2.0 */
/* cli/calibrated.h - the calibration that a command is to use */
#pragma once

#include "cli/cli.h"
#include "model/calibration.h"

/**
 * calibrated_read() - the one of --calibration, else this host's own
 * The one that was named has to be there; what is wrong with the host's own is warned of and no reason
 * not to go on. A captured machine has none of ours.
 * @calibration_out: CALIBRATION_NULL before
 * @found_out:       whether there is one
 * Return: 0 or -errno
 */
int calibrated_read(const struct cli *cli, struct calibration *calibration_out, bool *found_out,
                    struct aico2_error *err);
