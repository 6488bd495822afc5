/* SPDX-License-Identifier: Apache-2.0 */
/* server/import_file.c - the log of another program, as `aico2 import` takes it, with this server's place and history */
#include "server/import_file.h"

#include <errno.h>
#include <math.h>

#include "base/array.h"
#include "server/settings.h"

int import_file(const struct settings *settings, const struct import_source *source,
                import_each_fn *each, void *payload, struct aico2_error *err)
{
    const struct options *options = &settings->options;
    const struct import_options asked = {
        .path = source->path,
        .from_fd = source->fd,
        .start_wall_ns = INT64_MIN,
        .watts = NAN,
        .memory_gib = NAN,
        .sysroot = options_text(options, OPT_SYSROOT),
        .name = source->name,
        .stage = source->stage,
        .embodied = options_flag(options, OPT_EMBODIED),
        .lifetime_years = NAN,
        .units = NAN,
        .pue = settings->site.pue,
        .pue_source = settings->site.pue_source,
        .wue_given = settings->site.wue_given,
        .wue_l_per_kwh = settings->site.wue_l_per_kwh,
        .pue_given = options_given(options, OPT_PUE),
        .intensity = settings->intensity,
        .price = settings->price,
        .place_option = settings->place_option,
        .db_path = settings->db_path,
    };

    return import_log(&asked, each, payload, err);
}

bool import_fault_is_its_own(int code)
{
    static const int own[] = { -EBADMSG, -EINVAL, -ENODATA, -EEXIST, -EFBIG, -ERANGE };

    for (size_t i = 0; i < ARRAY_LENGTH(own); i++) {
        if (own[i] == code)
            return true;
    }
    return false;
}
