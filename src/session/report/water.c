/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/water.c - the water of a report: what cooled its joules on site */
#include "session/report/water.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "carbon/footprint.h"
#include "carbon/place.h"
#include "session/place/text.h"

void report_add_water(struct report *report)
{
    static const char cloud[] = "cloud:";
    struct water *water = &report->water;
    char place[RUN_PLACE_SIZE];
    struct place_site site;

    *water = (struct water){ .litres = BAND_NONE, .wue_l_per_kwh = NAN };
    if (report->run.wue_given) {
        water->wue_l_per_kwh = report->run.wue_l_per_kwh;
        (void)snprintf(water->source, sizeof(water->source), "given by --wue");
    } else {
        place_text_place(report->run.place_option, place, sizeof(place));
        if (strncmp(place, cloud, strlen(cloud)) != 0 ||
            !place_cloud_site(place + strlen(cloud), &site) || !isfinite(site.wue_l_per_kwh))
            return;
        water->wue_l_per_kwh = site.wue_l_per_kwh;
        memcpy(water->source, site.wue_source, sizeof(water->source));
    }
    water->litres = footprint_water(report->total, water->wue_l_per_kwh);
}
