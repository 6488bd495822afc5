/* SPDX-License-Identifier: Apache-2.0 */
/* model/gauge.c - the words for the units of live figures */
#include "model/gauge.h"

const char *gauge_unit_name(enum gauge_unit unit)
{
    static const char *const names[] = {
        [GAUGE_RATIO] = "ratio",  [GAUGE_HERTZ] = "Hz",  [GAUGE_BYTES] = "B",
        [GAUGE_CELSIUS] = "degC", [GAUGE_WATTS] = "W",   [GAUGE_RPM] = "rpm",
        [GAUGE_COUNT] = "count",  [GAUGE_WORD] = "text",
    };

    return names[unit];
}
