/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/timezone.c - the country that the machine's time zone speaks for
 *
 * Order: TZ, /etc/timezone, the target of /etc/localtime. A zone that says nothing (UTC) ends the
 * search: the machine was told a zone, and guessing past it would be a guess.
 */
#include "carbon/place.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"

struct zone_country {
    uint16_t text;
    char country[3];
};

#include "carbon/zone_tables.h"

static bool country_of_zone(const char *zone, char country_out[3])
{
    static const char folder[] = "zoneinfo/";
    const char *found = strstr(zone, folder);
    size_t low = 0;
    size_t high = ARRAY_LENGTH(zone_countries);

    if (found != NULL)
        zone = found + strlen(folder);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(zone_texts + zone_countries[middle].text, zone);

        if (order == 0) {
            memcpy(country_out, zone_countries[middle].country, 3);
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool place_suggest_country(int etc_fd, const char *tz, char country_out[3])
{
    char zone[PATH_MAX];
    ssize_t length;

    if (tz != NULL)
        return country_of_zone(*tz == ':' ? tz + 1 : tz, country_out);

    if (fs_read_text_at(etc_fd, "timezone", zone, sizeof(zone), NULL) > 0)
        return country_of_zone(zone, country_out);

    length = readlinkat(etc_fd, "localtime", zone, sizeof(zone) - 1);
    if (length <= 0)
        return false;
    zone[length] = '\0';
    if (strstr(zone, "zoneinfo/") == NULL)
        return false;
    return country_of_zone(zone, country_out);
}
