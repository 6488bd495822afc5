/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/build.h - from what was recorded to the figures of a report */
#pragma once

#include "base/error.h"
#include "history/history.h"
#include "model/intensity.h"
#include "model/live.h"
#include "model/price.h"
#include "model/report.h"
#include "session/recut.h"

/* Under which assumptions grams are computed; joules do not depend on them. */
struct carbon_basis {
    struct intensity intensity;            /* the yearly figure, or what was matched before */
    bool time_matched;                     /* the latter */
    struct intensity yearly;               /* with the latter: what stood in for a part of it */
    const struct intensity_series *series; /* NULL: none */
    struct recut_doubt doubt;              /* of what was cut anew by it */
    struct live
        live; /* of providers; .asked false: the series is the user's own, or there is none */
    const struct intensity_series *marginal; /* the marginal signal of the run's time; NULL: none */
    struct live_marginal marginal_met;       /* what was asked of it, or met before */
    double pue;
    struct price price; /* fixed, or what was matched before; without a currency there is none */
    bool price_matched; /* the latter */
    const struct price_series *prices; /* NULL: none */
};

/**
 * report_build() - compute a report; the record stays as it is
 * Used alike for a run that has just ended, for `show`, `recover`, `recompute` and `measure`.
 * Return: 0 or -ENOMEM. The caller frees with report_deinit().
 */
int report_build(const struct history_record *record, const struct carbon_basis *basis,
                 struct report *report_out, struct aico2_error *err);
void report_deinit(struct report *report);

/* The idle power: what was seen, else the model's; never above the lowest power there was. */
double report_idle_watts(const struct device *device, const struct device_totals *totals);
/* What of idle is the job's, by the policy, with so much of the activity. */
double report_share_of_idle(enum idle_policy policy, double job_share);

/* Adds a line; a NULL text (out of memory) is dropped. */
int report_warn(struct report *report, const char *format, ...) AICO2_PRINTF(2, 3);
