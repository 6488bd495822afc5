/* SPDX-License-Identifier: Apache-2.0 */
/* tui/settings.c - what options, files and environment say of the monitor, checked before it is used */
#include "tui/settings.h"

#include <errno.h>
#include <stdio.h>

#include "carbon/series.h"
#include "history/history.h"

/* Without a home there is no history to show, which is no reason not to look at the machine. */
static int find_db(struct settings *settings, struct aico2_error *err)
{
    const char *named = options_text(settings->options, OPT_DB);
    const size_t size = sizeof(settings->db_path);

    if (named == NULL) {
        if (history_default_path(settings->db_path, size, NULL) < 0)
            settings->db_path[0] = '\0';
        return 0;
    }
    if ((size_t)snprintf(settings->db_path, size, "%s", named) >= size)
        return aico2_error_set(err, -ENAMETOOLONG, "the path of the history is too long");
    return 0;
}

int settings_read(const struct options *options, struct settings *settings_out,
                  struct aico2_error *why_out, struct aico2_error *err)
{
    const char *file = options_text(options, OPT_INTENSITY_FILE);
    int r;

    *settings_out = (struct settings){ .options = options, .calibration = CALIBRATION_NULL };
    r = here_from_options(options, &settings_out->here, err);
    if (r == 0 && file != NULL)
        r = intensity_series_read(file, &settings_out->series, err);
    if (r == 0)
        r = here_calibration(options, &settings_out->calibration, &settings_out->calibrated,
                             why_out, err);
    return r == 0 ? find_db(settings_out, err) : r;
}

void settings_deinit(struct settings *settings)
{
    intensity_series_deinit(&settings->series);
}
