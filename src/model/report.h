/* SPDX-License-Identifier: Apache-2.0 */
/* model/report.h - the figures of one run, computed; what every writer formats and none computes */
#pragma once

#include <stdbool.h>

#include "model/band.h"
#include "model/device.h"
#include "model/embodied.h"
#include "model/equivalent.h"
#include "model/intensity.h"
#include "model/live.h"
#include "model/market.h"
#include "model/price.h"
#include "model/run.h"
#include "model/run_wait.h"
#include "model/task.h"
#include "model/water.h"

/* A NAN is an unavailable figure: JSON null, CSV empty, text "–". Joules, watts, seconds, grams. */
struct report_device {
    struct device device;
    struct band energy;
    double job_joules; /* active energy of the job, without a share of idle */
    double others_joules;
    double idle_joules;       /* job + others + idle = energy.value */
    double idle_share_joules; /* the job's share of idle_joules, by the run's idle policy */
    double share_ratio;       /* of idle energy and of manufacture that is the job's */
    double mean_power_watts;
    double peak_power_watts;
    double idle_power_watts; /* the floor or the model's, whichever was used */
    double mean_utilization_ratio;
    double utilization_seconds; /* that it is the mean of */
    double coverage_ratio;
    double gap_seconds;
    uint64_t samples;
    bool inside_module;       /* shown, not added: a metered module holds it */
    double operational_gco2e; /* of the share the report's total counts */
    double embodied_gco2e;
};

/* A stretch of the run; without a name it is what lies between the tasks. Together they are the run. */
struct report_task {
    char name[RUN_NAME_SIZE];
    enum task_kind kind;
    double epochs; /* or validations in it; 0: it goes on with the last */
    double start_seconds;
    double duration_seconds;
    double energy_joules;
    double total_gco2e;
};

enum prediction_basis {
    PREDICTION_NONE,
    PREDICTION_FIRST_EPOCH,
    PREDICTION_STEADY_EPOCHS,
    PREDICTION_MEASURED
};

/* What the whole training uses, as it looked when its last epoch ended. */
struct report_prediction {
    enum prediction_basis basis;
    double epochs; /* of the whole training */
    double epochs_done;
    size_t steady_tasks; /* the rest is foretold from */
    double validations;  /* of the whole training, as they have come so far; 0: none has */
    double validations_done;
    struct band
        validation_joules; /* of all of them; part of the energy below, as their time is of */
    struct band validation_seconds; /* the duration */
    double at_seconds;              /* since the run began */
    struct band energy_joules;      /* of what the report's total will say */
    struct band duration_seconds;
    struct band total_gco2e; /* with the bands of meters and intensity too */
};

/* What the run might use, and what it did. */
struct report_budget {
    char unit[8]; /* "joules", "gco2e", "EUR"; "": there is none */
    double amount;
    double used;
    double predicted; /* by the whole training; NAN */
};

/* What the devices of one machine used together; all of them add up to machine_joules. */
struct report_host {
    char name[DEVICE_ID_SIZE]; /* as in their ids; else the machine's; "" unknown */
    struct band energy;        /* whole, whoever used it */
    double measured_ratio;
    size_t device_count; /* that are added */
};

struct report {
    struct run run;
    char recomputed_from[ULID_SIZE]; /* "" when it is the run's own report */
    struct report_device *devices;
    size_t device_count;

    struct report_host *hosts;
    size_t host_count;

    struct band total; /* joules the carbon is computed from: by scope, without PUE */
    double machine_joules;
    double job_joules;
    double others_joules;
    double idle_joules;
    double idle_share_joules;
    double measured_ratio;  /* share of machine_joules that is measured */
    struct band own_energy; /* of this program, within others_joules: never to be added */

    struct intensity intensity; /* the yearly figure, or the energy-weighted mean of the series */
    bool time_matched;
    bool series_whole; /* by a file: no other figure stood in for a part */
    struct live live;  /* whose values these are; .asked false: no provider was asked */
    struct live_marginal marginal;
    double pue;
    struct band operational_gco2e;
    struct band embodied_gco2e;     /* the sum of the parts; NAN with --no-embodied */
    struct embodied_part *embodied; /* devices, then what the machine has beside them */
    size_t embodied_count;
    char **unmade; /* what has no figure of its making, named: "network" ... */
    size_t unmade_count;
    struct band total_gco2e;
    struct market_based market; /* beside them; the location-based figures are the report's */
    struct run_wait wait;
    int64_t measured_by; /* pid of the process that did, for others too; 0: the run's own */
    struct water water;
    struct cost cost;
    double sci_gco2e_per_unit;
    double car_km;
    double tree_seedling_months;
    struct equivalent picture; /* a third thing, chosen by size */

    struct training training;
    struct report_task *tasks;
    size_t task_count;
    struct report_prediction prediction;
    struct report_budget budget;
    char **warnings; /* one line each, no full stop */
    size_t warning_count;
    const char *loss; /* that of them which says what the history has not; NULL: none does */
    char **missing; /* what is not counted, named: "fans", "disks" ... */
    size_t missing_count;
    char suggested_country[3];       /* from the time zone, when the world average was used */
    char suggested_country_name[96]; /* "France"; "" when its name is not known */
};

/* Joules of a device that the report's total counts: by scope, idle share included, without PUE. */
static inline double report_counted_joules(const struct report *report,
                                           const struct report_device *item)
{
    if (report->run.scope == SCOPE_MACHINE)
        return item->energy.value;
    return item->job_joules + item->idle_share_joules;
}

/* Whether it is part of the machine's sums: a board holds others, as does a metered module. */
static inline bool report_is_added(const struct report_device *item)
{
    return item->device.kind != DEVICE_BOARD && band_is_known(item->energy) && !item->inside_module;
}
