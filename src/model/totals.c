/* SPDX-License-Identifier: Apache-2.0 */
/* model/totals.c - what is added up over time for one device */
#include "model/totals.h"

void energy_sums_add(struct energy_sums *sum, const struct energy_sums *part)
{
    sum->joules += part->joules;
    sum->covered_seconds += part->covered_seconds;
    sum->gap_seconds += part->gap_seconds;
    sum->job_gross_joules += part->job_gross_joules;
    sum->job_seconds += part->job_seconds;
    sum->others_gross_joules += part->others_gross_joules;
    sum->others_seconds += part->others_seconds;
    sum->job_activity += part->job_activity;
    sum->all_activity += part->all_activity;
    sum->utilization_seconds += part->utilization_seconds;
    sum->utilization_covered_seconds += part->utilization_covered_seconds;
    sum->samples += part->samples;
}

struct energy_sums energy_sums_scaled(const struct energy_sums *sums, double ratio)
{
    return (struct energy_sums){
        .joules = sums->joules * ratio,
        .covered_seconds = sums->covered_seconds * ratio,
        .gap_seconds = sums->gap_seconds * ratio,
        .job_gross_joules = sums->job_gross_joules * ratio,
        .job_seconds = sums->job_seconds * ratio,
        .others_gross_joules = sums->others_gross_joules * ratio,
        .others_seconds = sums->others_seconds * ratio,
        .job_activity = sums->job_activity * ratio,
        .all_activity = sums->all_activity * ratio,
        .utilization_seconds = sums->utilization_seconds * ratio,
        .utilization_covered_seconds = sums->utilization_covered_seconds * ratio,
        .samples = sums->samples,
    };
}
