/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/cost.c - what the electricity of a report costs */
#include "session/report/cost.h"

#include <math.h>

#include "carbon/footprint.h"
#include "carbon/price.h"
#include "model/units.h"
#include "session/report/carbon.h"

/* The mean of the series, weighted with the joules that are counted in each stretch of time; of
 * what was used before its first value the fixed price. NAN where there is none. */
static double mean_price(struct report *report, const struct history_record *record,
                         const struct carbon_basis *basis)
{
    double weighted = 0;
    double weight = 0;
    double before_joules = 0;

    for (size_t i = 0; i < record->slices.count; i++) {
        const struct slice *slice = &record->slices.items[i];
        double per_kwh = price_series_at(basis->prices, slice->start_wall_ns);
        double joules = report_slice_joules(report, slice);

        if (!isfinite(per_kwh)) {
            before_joules += joules;
            per_kwh = basis->price.per_kwh;
        }
        if (joules > 0)
            weighted += joules * per_kwh;
        weight += joules;
    }
    if (!(weight > 0)) {
        double at_start = price_series_at(basis->prices, report->run.started_wall_ns);

        return isfinite(at_start) ? at_start : basis->price.per_kwh;
    }
    if (before_joules > 0)
        (void)report_warn(report,
                          "%.1f %% of the energy was used before the first value of the "
                          "price file: %s",
                          100 * before_joules / weight,
                          isfinite(basis->price.per_kwh)
                              ? "--price stands in for it"
                              : "what it cost is not known, --price tells it");
    return weighted / weight;
}

void report_add_cost(struct report *report, const struct history_record *record,
                     const struct carbon_basis *basis)
{
    struct cost *cost = &report->cost;

    *cost = (struct cost){
        .price = basis->price,
        .time_matched = basis->price_matched,
        .amount = BAND_NONE,
    };
    if (cost->price.currency[0] == '\0') {
        cost->price.per_kwh = NAN;
        return;
    }
    if (basis->prices != NULL && basis->prices->count > 0) {
        cost->price.per_kwh = mean_price(report, record, basis);
        cost->time_matched = true;
    }
    cost->amount =
        price_of(band_scaled(report->total, basis->pue / JOULES_PER_KWH), cost->price.per_kwh);
}
