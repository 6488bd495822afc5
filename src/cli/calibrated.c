/* SPDX-License-Identifier: Apache-2.0 */
/* cli/calibrated.c - the calibration that a command is to use */
#include "cli/calibrated.h"

#include "cli/options/here.h"

int calibrated_read(const struct cli *cli, struct calibration *calibration_out, bool *found_out,
                    struct aico2_error *err)
{
    struct aico2_error why = { 0 };
    int r = here_calibration(&cli->options, calibration_out, found_out, &why, err);

    if (why.code != 0)
        cli_warning(cli, "without a calibration: %s", why.message);
    return r;
}
