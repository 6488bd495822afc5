/* SPDX-License-Identifier: Apache-2.0 */
/* model/documents.c - a run as a line of a list, and the words of comparisons and estimates */
#include "model/documents.h"

#include <string.h>

#include "base/clock.h"
#include "model/report.h"

struct run_row run_row_of(const struct report *report)
{
    const struct run *run = &report->run;
    struct run_row row = {
        .state = run->state,
        .started_wall_ns = run->started_wall_ns,
        .duration_seconds = seconds_from_ns(run->duration_ns),
        .total_joules = report->total.value,
        .total_gco2e = report->total_gco2e.value,
    };

    memcpy(row.id, run->id, sizeof(row.id));
    memcpy(row.name, run->name, sizeof(row.name));
    memcpy(row.stage, run->stage, sizeof(row.stage));
    return row;
}

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

const char *day_quality_name(enum day_quality quality)
{
    static const char *const names[] = {
        [DAY_MEASURED] = "measured",
        [DAY_ESTIMATED] = "estimated",
        [DAY_FORECAST] = "forecast",
        [DAY_TYPICAL] = "typical",
    };

    return names[quality];
}
