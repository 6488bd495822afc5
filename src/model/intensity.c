/* SPDX-License-Identifier: Apache-2.0 */
/* model/intensity.c - the words for how a place was found */
#include "model/intensity.h"

#include <string.h>

const char *place_basis_name(enum place_basis basis)
{
    static const char *const names[] = {
        [PLACE_OPTION] = "option",
        [PLACE_CONFIG] = "config",
        [PLACE_CLOUD] = "cloud",
        [PLACE_WORLD] = "world",
    };

    return names[basis];
}

bool intensity_kind_is_marginal(const char *kind)
{
    const char *dash = strchr(kind, '-');

    return dash != NULL && strcmp(dash, "-marginal") == 0;
}

bool intensity_kind_is(const char *kind, const char *asked)
{
    const char *dash = strchr(kind, '-');
    size_t length = strlen(asked);

    if (strcmp(kind, asked) == 0)
        return true;
    if (dash == NULL)
        return false;
    if (strcmp(dash + 1, asked) == 0)
        return true;
    return (size_t)(dash - kind) == length && memcmp(kind, asked, length) == 0 &&
           !intensity_kind_is_marginal(kind);
}
