/* SPDX-License-Identifier: Apache-2.0 */
/* model/documents.c - the words of comparisons and estimates */
#include "model/documents.h"

const char *compare_verdict_name(enum compare_verdict verdict)
{
    static const char *const names[] = {
        [COMPARE_LOWER] = "lower",
        [COMPARE_HIGHER] = "higher",
        [COMPARE_CANNOT_TELL] = "cannot tell",
    };

    return names[verdict];
}

const char *power_basis_name(enum power_basis basis)
{
    static const char *const names[] = {
        [POWER_OPTION] = "option",
        [POWER_TABLE] = "table",
        [POWER_ASSUMED] = "assumed",
    };

    return names[basis];
}

const char *when_basis_name(enum when_basis basis)
{
    static const char *const names[] = {
        [WHEN_FORECAST] = "forecast",
        [WHEN_TYPICAL_DAY] = "typical-day",
        [WHEN_YEARLY] = "yearly",
    };

    return names[basis];
}
