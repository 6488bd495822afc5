/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/carbon.c - the grams of a report, out of its joules, a place and the hardware */
#include "session/report/carbon.h"

#include <math.h>
#include <stdio.h>

#include "attribution/split.h"
#include "base/clock.h"
#include "carbon/equivalents.h"
#include "carbon/footprint.h"
#include "carbon/market.h"
#include "carbon/series.h"
#include "model/units.h"
#include "session/place/text.h"
#include "session/report/embodied.h"
#include "session/report/live.h"

double report_counted_sums(const struct run *run, const struct energy_sums *sums,
                           const struct report_device *item)
{
    struct attribution parts;

    if (run->scope == SCOPE_MACHINE)
        return sums->joules;
    parts = attribution_split(sums, item->idle_power_watts);
    return parts.job_joules + item->share_ratio * parts.idle_joules;
}

double report_slice_joules(const struct report *report, const struct slice *slice)
{
    const struct report_device *item = &report->devices[slice->device];

    if (!report_is_added(item))
        return 0;
    return report_counted_sums(&report->run, &slice->sums, item);
}

void report_name_series(struct intensity *intensity)
{
    (void)snprintf(intensity->kind, sizeof(intensity->kind), "user");
    (void)snprintf(intensity->source, sizeof(intensity->source), "--intensity-file");
    (void)snprintf(intensity->source_short, sizeof(intensity->source_short), "--intensity-file");
    intensity->year = 0;
    intensity->quality[0] = '\0';
    intensity->note[0] = '\0';
}

/* What thinned samples cannot tell any more widens the band. */
static void take_doubt(struct report *report, const struct recut_doubt *doubt)
{
    struct band *band = &report->intensity.gco2e_per_kwh;

    if (!(doubt->below > 0 || doubt->above > 0))
        return;
    band->low = fmax(band->low - doubt->below, 0);
    band->high += doubt->above;
    (void)report_warn(
        report,
        "%.1f %% of the energy is in samples that were thinned out and lie across changes "
        "of the intensity: the mean may be %.2f g/kWh lower or %.2f higher, in the band",
        100 * doubt->joules_ratio, doubt->below, doubt->above);
}

static void warn_of_end(struct report *report, double after_ratio)
{
    if (after_ratio > 0)
        (void)report_warn(
            report,
            "%.1f %% of the energy was used after the time that the intensity file's last "
            "value is of: it is taken to hold on",
            100 * after_ratio);
}

/* The mean of the series, weighted with the joules that are counted in each stretch of time. */
static void match_series(struct report *report, const struct history_record *record,
                         const struct carbon_basis *basis)
{
    struct band weighted = { 0 };
    double weight = 0;
    double before_joules = 0;
    double after_joules = 0;
    int64_t known_until_ns = intensity_series_end(basis->series);

    for (size_t i = 0; i < record->slices.count; i++) {
        const struct slice *slice = &record->slices.items[i];
        double from_series = intensity_series_at(basis->series, slice->start_wall_ns);
        struct band intensity = { from_series, from_series, from_series };
        double joules = report_slice_joules(report, slice);

        if (!isfinite(from_series)) {
            intensity = basis->intensity.gco2e_per_kwh;
            before_joules += joules;
        }
        if (slice->start_wall_ns >= known_until_ns)
            after_joules += joules;
        weighted = band_sum(weighted, band_scaled(intensity, joules));
        weight += joules;
    }
    if (!(weight > 0))
        return;

    report->time_matched = true;
    report->intensity.gco2e_per_kwh = band_scaled(weighted, 1 / weight);
    report->series_whole = !(before_joules > 0);
    take_doubt(report, &basis->doubt);
    warn_of_end(report, after_joules / weight);
    if (!(before_joules > 0)) /* else it is a mixture: the warning says so */
        report_name_series(&report->intensity);
    if (before_joules > 0)
        (void)report_warn(report,
                          "%.1f %% of the energy was used before the first value of the intensity "
                          "file: the yearly figure of %s (%.2f g/kWh) stands in for it",
                          100 * before_joules / weight, basis->intensity.name,
                          basis->intensity.gco2e_per_kwh.value);
}

/* It was asked for by name; whoever reads the report may not know that. */
static void warn_of_marginal(struct report *report)
{
    if (intensity_kind_is_marginal(report->intensity.kind))
        (void)report_warn(report,
                          "the grams are marginal (%s): what one kilowatt-hour more causes, not a "
                          "share of what is emitted; not to be added to footprints",
                          report->intensity.kind);
}

static void add_market(struct report *report)
{
    struct market_terms terms;

    place_text_market(report->run.place_option, &terms);
    report->market =
        market_based_make(&terms, band_scaled(report->total, report->pue / JOULES_PER_KWH),
                          report->intensity.gco2e_per_kwh, report->embodied_gco2e);
}

int report_add_carbon(struct report *report, const struct history_record *record,
                      const struct carbon_basis *basis)
{
    int r;

    report->intensity = basis->intensity;
    report->time_matched = basis->time_matched;
    report->pue = basis->pue;
    report->live = basis->live;
    if (basis->series != NULL && basis->series->count > 0 && basis->live.asked)
        report_match_live(report, record, basis);
    else if (basis->series != NULL && basis->series->count > 0)
        match_series(report, record, basis);
    report_match_marginal(report, record, basis);
    warn_of_marginal(report);
    report_warn_of_live(report, basis->time_matched ? &basis->yearly : &basis->intensity);

    report->operational_gco2e =
        footprint_operational(report->total, basis->pue, report->intensity.gco2e_per_kwh);
    r = report_add_embodied(report);
    if (r < 0)
        return r;
    report->total_gco2e = report->operational_gco2e;
    if (band_is_known(report->embodied_gco2e))
        report->total_gco2e = band_sum(report->total_gco2e, report->embodied_gco2e);
    add_market(report);
    for (size_t i = 0; i < report->device_count; i++) {
        struct report_device *item = &report->devices[i];

        if (report_is_added(item))
            item->operational_gco2e = kwh_from_joules(report_counted_joules(report, item)) *
                                      basis->pue * report->intensity.gco2e_per_kwh.value;
    }
    report->sci_gco2e_per_unit =
        report->run.units > 0 ? report->total_gco2e.value / report->run.units : NAN;
    report->car_km = equivalent_car_km(report->total_gco2e.value);
    report->tree_seedling_months = equivalent_tree_seedling_months(report->total_gco2e.value);
    report->picture = equivalent_to_picture(report->total_gco2e.value);
    return 0;
}
