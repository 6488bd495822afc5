/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_place.c - any text as any kind of place and as a time zone */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "carbon/place.h"

static void resolve(struct place_query query)
{
    struct intensity intensity;
    struct aico2_error err = { 0 };

    query.gco2e_per_kwh = NAN;
    if (place_resolve(&query, &intensity, &err) < 0) {
        if (err.code >= 0 || err.message[0] == '\0' || strchr(err.message, '\n') != NULL)
            abort();
    } else if (!(intensity.gco2e_per_kwh.low <= intensity.gco2e_per_kwh.value &&
                 intensity.gco2e_per_kwh.value <= intensity.gco2e_per_kwh.high) ||
               intensity.place[0] == '\0') {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char country[3];
    struct place_site site;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    resolve((struct place_query){ .country = text });
    resolve((struct place_query){ .region = text });
    resolve((struct place_query){ .cloud = text });
    resolve((struct place_query){ .zone = text });
    resolve((struct place_query){ .any = text });
    resolve((struct place_query){ .country = "US", .any = text });
    (void)place_cloud_site(text, &site);
    (void)place_suggest_country(-1, text, country);
    free(text);
    return 0;
}
