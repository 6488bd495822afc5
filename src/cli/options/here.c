/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/here.c - where this machine is and what is known of it, for who measures it without end */
#include "cli/options/here.h"

#include <errno.h>
#include <string.h>

#include "cli/options/own_figures.h"
#include "session/calibration/file.h"
#include "session/place/own.h"
#include "session/place/text.h"

enum { OWN_SIZE = 384 };

int here_from_options(const struct options *options, struct here *here_out, struct aico2_error *err)
{
    struct place_query query = place_query_from_options(options);
    struct here here = { .site = { .pue = 1 } };
    char text[OWN_SIZE];
    bool own = false;
    int r = place_options_check(options, err);

    if (r == 0 && cloud_auto_asked(options))
        r = aico2_error_set(err, -EINVAL,
                            "--cloud 'auto': not asked here, for it needs a network; name the "
                            "region, as in aws:eu-west-3");
    if (r == 0)
        r = own_figures_resolve(options, &query, &here.intensity, &own, err);
    if (r < 0)
        return r;
    here.site = site_from_options(options);
    place_text_name(&query, here.place_option, sizeof(here.place_option));
    if (own) {
        place_own_write(text, sizeof(text), &here.intensity);
        place_text_set(here.place_option, sizeof(here.place_option), "own", text);
    }
    *here_out = here;
    return 0;
}

int here_calibration(const struct options *options, struct calibration *calibration_out,
                     bool *found_out, struct aico2_error *why_out, struct aico2_error *err)
{
    const char *path = options_text(options, OPT_CALIBRATION);
    struct aico2_error why = { 0 };
    int r;

    *calibration_out = CALIBRATION_NULL;
    *found_out = false;
    if (path != NULL && strcmp(path, "none") == 0)
        return 0;
    if (path != NULL) {
        r = calibration_read(path, calibration_out, err);
        *found_out = r == 0;
        return r;
    }
    if (options_text(options, OPT_SYSROOT) != NULL)
        return 0;
    r = calibration_read_default(calibration_out, &why);
    *found_out = r == 0;
    if (r < 0 && r != -ENOENT)
        *why_out = why;
    return 0;
}
