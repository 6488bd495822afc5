/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/live.c - the joules of a report matched to live values, and what is to be said of that */
#include "session/report/live.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "carbon/series.h"
#include "session/report/carbon.h"

/* Below this share nobody misses it. */
static const double NOTHING_RATIO = 1e-9;

/* Whether the yearly figure that stands in for a part is of another kind than the rest. */
static bool is_mixed(const struct live *live, const char *yearly_kind)
{
    return live->known_ratio < 1 - NOTHING_RATIO && strcmp(yearly_kind, live->origin.kind) != 0;
}

void report_name_live(struct intensity *intensity, const struct live *live, const char *yearly_kind)
{
    const struct intensity_origin *origin = &live->origin;

    (void)snprintf(intensity->kind, sizeof(intensity->kind), "%s",
                   is_mixed(live, yearly_kind) ? "mixed" : origin->kind);
    (void)snprintf(intensity->source, sizeof(intensity->source), "%s", origin->source);
    (void)snprintf(intensity->source_short, sizeof(intensity->source_short), "%s",
                   origin->source_short[0] != '\0' ? origin->source_short : origin->provider);
    intensity->year = 0;
    intensity->quality[0] = '\0';
    intensity->note[0] = '\0';
}

void report_match_live(struct report *report, const struct history_record *record,
                       const struct carbon_basis *basis)
{
    struct live *live = &report->live;
    struct band weighted = { 0 };
    double weight = 0;
    double known = 0;
    double estimated = 0;
    double forecast = 0;

    for (size_t i = 0; i < record->slices.count; i++) {
        const struct slice *slice = &record->slices.items[i];
        const struct report_device *item = &report->devices[slice->device];
        const struct intensity_point *point;
        struct band intensity = basis->intensity.gco2e_per_kwh;
        double joules;

        if (!report_is_added(item))
            continue;
        joules = report_counted_sums(&report->run, &slice->sums, item);
        point = intensity_series_point(basis->series, slice->start_wall_ns);
        if (point != NULL && isfinite(point->gco2e_per_kwh)) {
            intensity = intensity_point_band(point, &live->origin);
            known += joules;
            estimated += point->quality == POINT_ESTIMATED ? joules : 0;
            forecast += point->quality == POINT_FORECAST ? joules : 0;
        }
        weighted = band_sum(weighted, band_scaled(intensity, joules));
        weight += joules;
    }
    if (!(weight > 0) || !(known > 0))
        return;

    live->known_ratio = known / weight;
    live->estimated_ratio = estimated / weight;
    live->forecast_ratio = forecast / weight;
    report->time_matched = true;
    report->intensity.gco2e_per_kwh = band_scaled(weighted, 1 / weight);
    report_name_live(&report->intensity, live, basis->intensity.kind);
}

void report_match_marginal(struct report *report, const struct history_record *record,
                           const struct carbon_basis *basis)
{
    struct live_marginal *marginal = &report->marginal;
    struct band weighted = { 0 };
    double known = 0;
    double weight = 0;

    *marginal = basis->marginal_met;
    if (basis->marginal == NULL)
        return;
    marginal->known_ratio = 0;
    for (size_t i = 0; i < record->slices.count; i++) {
        const struct slice *slice = &record->slices.items[i];
        const struct intensity_point *point =
            intensity_series_point(basis->marginal, slice->start_wall_ns);
        double joules = report_slice_joules(report, slice);

        weight += joules;
        if (point == NULL || !isfinite(point->gco2e_per_kwh))
            continue;
        weighted =
            band_sum(weighted,
                     band_scaled(intensity_point_band(point, &basis->marginal->origin), joules));
        known += joules;
    }
    if (!(known > 0)) {
        (void)report_warn(report, "no marginal intensity: %s",
                          marginal->reason[0] != '\0' ? marginal->reason
                                                      : "nothing was known of this time");
        return;
    }
    marginal->gco2e_per_kwh = band_scaled(weighted, 1 / known);
    marginal->known_ratio = known / weight;
}

static void warn_of_gap(struct report *report, const struct intensity *yearly)
{
    const struct live *live = &report->live;
    bool mixed = is_mixed(live, yearly->kind);

    (void)report_warn(report,
                      "no live value for %.1f %% of the energy: the yearly figure of %s (%.2f "
                      "g/kWh%s%s) stands in%s%s",
                      100 * (1 - live->known_ratio), yearly->name, yearly->gco2e_per_kwh.value,
                      mixed ? ", " : "", mixed ? yearly->kind : "",
                      mixed ? ", beside live values that are " : "",
                      mixed ? live->origin.kind : "");
}

/* "gb unreachable (connection refused); fr not covered": those that were asked in vain. */
static void list_failures(const struct live *live, char *text_out, size_t size)
{
    text_out[0] = '\0';
    for (uint32_t i = 0; i < live->step_count; i++) {
        const struct fetch_step *step = &live->steps[i];

        if (fetch_step_served(step))
            continue;
        text_append(text_out, size, "%s%s %s", text_out[0] != '\0' ? "; " : "", step->provider,
                    fetch_outcome_name(step->outcome));
        if (step->reason[0] != '\0')
            text_append(text_out, size, " (%s)", step->reason);
    }
}

void report_warn_of_live(struct report *report, const struct intensity *yearly)
{
    const struct live *live = &report->live;
    char failures[384];

    if (!live->asked)
        return;
    list_failures(live, failures, sizeof(failures));
    if (!report->time_matched)
        (void)report_warn(report, "no live intensity, so the yearly figure of %s stands in: %s",
                          yearly->name,
                          failures[0] != '\0' ? failures : "nothing was known of this time");
    else if (failures[0] != '\0')
        (void)report_warn(report, "live intensity is by %s: %s",
                          live->origin.source_short[0] != '\0' ? live->origin.source_short
                                                               : live->origin.provider,
                          failures);
    if (report->time_matched && live->known_ratio < 1 - NOTHING_RATIO)
        warn_of_gap(report, yearly);
}
