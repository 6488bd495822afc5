/* SPDX-License-Identifier: Apache-2.0 */
/* model/intensity.c - the words for how a place was found */
#include "model/intensity.h"

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
