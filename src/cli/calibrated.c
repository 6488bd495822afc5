/* SPDX-License-Identifier: Apache-2.0 */
/* cli/calibrated.c - the calibration that a command is to use */
#include "cli/calibrated.h"

#include <errno.h>
#include <string.h>

#include "session/calibration_file.h"

int calibrated_read(const struct cli *cli, struct calibration *calibration_out, bool *found_out,
                    struct aico2_error *err)
{
    const char *path = options_text(&cli->options, OPT_CALIBRATION);
    struct aico2_error why = { 0 };
    int r;

    *found_out = false;
    if (path != NULL && strcmp(path, "none") == 0)
        return 0;
    if (path != NULL) {
        r = calibration_read(path, calibration_out, err);
        *found_out = r == 0;
        return r;
    }
    if (options_text(&cli->options, OPT_SYSROOT) != NULL)
        return 0;
    r = calibration_read_default(calibration_out, &why);
    *found_out = r == 0;
    if (r < 0 && r != -ENOENT)
        cli_warning(cli, "without a calibration: %s", why.message);
    return 0;
}
