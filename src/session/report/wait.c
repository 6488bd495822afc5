/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/wait.c - what a run saved by waiting for a greener time */
#include "session/report/wait.h"

#include <math.h>

#include "carbon/greenest.h"
#include "session/place/text.h"
#include "session/report/carbon.h"
#include "session/slicing.h"

/* 1 - grams of the run / grams of the same joules that much earlier. NAN where the series does not speak of
 * both: a run begun at once would have used the same power, so far as anybody knows. */
static double saving_of(const struct report *report, const struct history_record *record,
                        const struct intensity_series *series, int64_t wait_ns)
{
    double grams = 0;
    double earlier = 0;

    for (size_t i = 0; i < record->slices.count; i++) {
        const struct slice *slice = &record->slices.items[i];
        double joules = report_slice_joules(report, slice);
        int64_t start_ns = slice->start_wall_ns;
        int64_t end_ns = slicing_end(series, start_ns);

        if (!(joules > 0))
            continue;
        /* the first and the last begin and end with the run */
        if (start_ns < report->run.started_wall_ns)
            start_ns = report->run.started_wall_ns;
        if (end_ns > report->run.ended_wall_ns)
            end_ns = report->run.ended_wall_ns;
        if (end_ns <= start_ns) /* a clock was set meanwhile */
            end_ns = start_ns + 1;
        grams += joules * greenest_mean(series, start_ns, end_ns);
        earlier += joules * greenest_mean(series, start_ns - wait_ns, end_ns - wait_ns);
    }
    return earlier > 0 ? 1 - grams / earlier : NAN;
}

void report_add_wait(struct report *report, const struct history_record *record,
                     const struct carbon_basis *basis)
{
    const struct run *run = &record->run;

    place_text_wait(run->place_option, &report->wait);
    if (report->wait.asked_wall_ns > 0 && basis->series != NULL && basis->series->count > 0)
        report->wait.saving_ratio = saving_of(report, record, basis->series,
                                              run->started_wall_ns - report->wait.asked_wall_ns);
}
