/* SPDX-License-Identifier: Apache-2.0 */
/* model/sensor.c - the words for the states of a sensor */
#include "model/sensor.h"

const char *reader_state_name(enum reader_state state)
{
    static const char *const names[] = {
        [READER_USED] = "used",     [READER_AVAILABLE] = "available", [READER_DENIED] = "denied",
        [READER_ABSENT] = "absent", [READER_BROKEN] = "broken",
    };

    return names[state];
}
