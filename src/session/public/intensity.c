/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/intensity.c - implements include/aico2/intensity.h */
#include <aico2/intensity.h>

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/attributes.h"
#include "carbon/place.h"
#include "session/public/public.h"
#include "writers/writer.h"

struct aico2_intensity {
    struct intensity intensity;
    struct strbuf json;
};

int public_place_resolve(const char *place, double gco2e_per_kwh, struct intensity *intensity_out,
                         struct aico2_error *err)
{
    const struct place_query query = {
        .any = place,
        .gco2e_per_kwh = gco2e_per_kwh,
        .basis = PLACE_OPTION,
    };

    return place_resolve(&query, intensity_out, err);
}

struct aico2_band public_band(struct band band)
{
    return (struct aico2_band){ .value = band.value, .low = band.low, .high = band.high };
}

int aico2_intensity_new(struct aico2_intensity **intensity_out, const char *place,
                        struct aico2_error *err)
{
    const struct place_query query = { .any = place, .gco2e_per_kwh = NAN, .basis = PLACE_OPTION };
    struct aico2_intensity *made = calloc(1, sizeof(*made));
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    size_t count = 0;
    int r;

    if (made == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = place_figures(&query, &list, &count, err);
    if (r == 0) {
        made->intensity = list[0];
        write_intensity_json(&made->json, &list[0], list + 1, count - 1, NULL);
        if (made->json.failed)
            r = aico2_error_set(err, -ENOMEM, "out of memory");
    }
    if (r < 0) {
        aico2_intensity_free(made);
        return r;
    }
    *intensity_out = made;
    return 0;
}

void aico2_intensity_free(struct aico2_intensity *intensity)
{
    if (intensity == NULL)
        return;
    strbuf_deinit(&intensity->json);
    free(intensity);
}

struct aico2_band aico2_intensity_gco2e_per_kwh(const struct aico2_intensity *intensity)
{
    return public_band(intensity->intensity.gco2e_per_kwh);
}

const char *aico2_intensity_place(const struct aico2_intensity *intensity)
{
    return intensity->intensity.place;
}

const char *aico2_intensity_name(const struct aico2_intensity *intensity)
{
    return intensity->intensity.name;
}

const char *aico2_intensity_kind(const struct aico2_intensity *intensity)
{
    return intensity->intensity.kind;
}

const char *aico2_intensity_source(const struct aico2_intensity *intensity)
{
    return intensity->intensity.source;
}

int aico2_intensity_year(const struct aico2_intensity *intensity)
{
    return intensity->intensity.year;
}

const char *aico2_intensity_json(const struct aico2_intensity *intensity)
{
    return strbuf_text(&intensity->json);
}
