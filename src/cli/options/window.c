/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/window.c - --start and --end: a stretch of time that is past */
#include "cli/options/window.h"

#include <errno.h>

#include "base/error.h"

int window_check(const struct options *options, struct aico2_error *err)
{
    if (options_given(options, OPT_START) && options_given(options, OPT_END) &&
        options_integer(options, OPT_END) <= options_integer(options, OPT_START))
        return aico2_error_set(err, -EINVAL, "--end '%s' is not after --start '%s'",
                               options_text(options, OPT_END), options_text(options, OPT_START));
    return 0;
}

int window_from_options(const struct options *options, int64_t *from_wall_ns_out,
                        int64_t *to_wall_ns_out, struct aico2_error *err)
{
    int r;

    if (!options_given(options, OPT_START) || !options_given(options, OPT_END))
        return aico2_error_set(err, -EINVAL,
                               "--start and --end are both needed (RFC 3339 such as "
                               "2026-11-24T10:00:00Z, or unix seconds)");
    r = window_check(options, err);
    if (r < 0)
        return r;
    *from_wall_ns_out = options_integer(options, OPT_START);
    *to_wall_ns_out = options_integer(options, OPT_END);
    return 0;
}
