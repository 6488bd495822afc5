/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_places.c - GET /api/v1/intensity: the tables' places, and one of them */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "server/api.h"

#include "base/array.h"
#include "carbon/own_table.h"
#include "carbon/place.h"
#include "cli/options/own_figures.h"
#include "server/settings.h"
#include "writers/writer.h"

void api_intensities(struct request *request, const struct settings *settings)
{
    const struct place_filter filter = { 0 };
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    AICO2_CLEANUP(own_table_deinit) struct own_table own = { 0 };
    struct aico2_error err = { 0 };
    size_t count = 0;

    if (place_search(&filter, &list, &count, &err) < 0 ||
        own_figures_load(&settings->options, &own, &err) < 0) {
        made_failure(request, &err);
        return;
    }
    for (size_t i = 0; i < count; i++)
        (void)own_table_apply(&own, NULL, 0, &list[i]);
    write_intensity_list_json(&request->made.body, list, count);
}

void api_intensity(struct request *request, const struct settings *settings)
{
    const struct place_query query = { .any = request_rest(request), .gco2e_per_kwh = NAN };
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    struct intensity first;
    struct aico2_error err = { 0 };
    size_t count = 0;
    bool own = false;

    if (own_figures_resolve(&settings->options, &query, &first, &own, &err) < 0) {
        if (err.code == -EINVAL) /* the value is a path: what it names is not there */
            err.code = -ENODATA;
        made_failure(request, &err);
        return;
    }
    if (place_figures(&query, &list, &count, NULL) < 0)
        count = 0; /* a place of the user's own has no others */
    write_intensity_json(&request->made.body, &first, count > 0 ? list + 1 : NULL,
                         count > 0 ? count - 1 : 0, NULL);
}
