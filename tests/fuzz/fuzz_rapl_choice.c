/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_rapl_choice.c - any lines "node name" as RAPL zones */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/rapl_choice.h"

enum { ZONES_MAX = 64 };

static size_t make_zones(char *text, struct powercap_zone zones[ZONES_MAX])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < ZONES_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        char *name = strchr(line, ' ');

        (void)snprintf(zones[count].node, sizeof(zones[count].node), "%.*s",
                       (int)strcspn(line, " "), line);
        (void)snprintf(zones[count].name, sizeof(zones[count].name), "%s",
                       name != NULL ? name + 1 : "");
        count++;
    }
    return count;
}

static void check(const struct rapl_candidate *candidates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rapl_candidate *one = &candidates[i];

        if (one->place.package < 0 || one->place.die < RAPL_DIE_NONE ||
            strcmp(one->zone->name, "core") == 0 || strcmp(one->zone->name, "uncore") == 0)
            abort();
        for (size_t j = 0; j < i; j++) { /* each place once */
            if (rapl_place_compare(&candidates[j].place, &one->place) == 0)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rapl_candidate candidates[ZONES_MAX];
    struct powercap_zones zones = { .capacity = ZONES_MAX };
    char *text = malloc(size + 1);

    zones.zones = calloc(ZONES_MAX, sizeof(*zones.zones));
    if (text != NULL && zones.zones != NULL) {
        if (size > 0)
            memcpy(text, data, size);
        text[size] = '\0';
        zones.count = make_zones(text, zones.zones);
        check(candidates, rapl_choose(&zones, candidates));
    }
    powercap_zones_deinit(&zones);
    free(text);
    return 0;
}
