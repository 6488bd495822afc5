/* SPDX-License-Identifier: Apache-2.0 */
/* model/documents.h - the answers of the commands other than a report, as plain structs */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/band.h"
#include "model/device.h"
#include "model/intensity.h"
#include "model/market.h"
#include "model/run.h"
#include "model/water.h"

/* A line of `aico2 runs`. NAN: unavailable. */
struct run_row {
    char id[ULID_SIZE];
    char name[RUN_NAME_SIZE];
    char stage[RUN_WORD_SIZE];
    enum run_state state;
    int64_t started_wall_ns;
    double duration_seconds;
    double total_joules;
    double total_gco2e;
};

struct report;
struct run_row run_row_of(const struct report *report);

/* What the report of a run adds to its line. NAN and "": unavailable. */
struct run_detail {
    char place[48]; /* "FR"; "world" */
    double intensity_gco2e_per_kwh;
    char hardware[256];       /* "8 × NVIDIA A100, 2 × Intel Xeon": what computes */
    char unit[RUN_WORD_SIZE]; /* what grams are told for one of: "epoch" */
    double units;
    double gco2e_per_unit;
    double measured_ratio; /* share of the energy */
    struct band total_joules;
    struct band total_gco2e;
};

enum compare_verdict { COMPARE_LOWER, COMPARE_HIGHER, COMPARE_CANNOT_TELL };

/* b against a: "lower" means that b is lower, and that the band of the difference excludes 0. */
struct compare_row {
    const char *what; /* "energy_joules", "total_gco2e", "duration_seconds", ... */
    const char *unit; /* "J", "gCO2e", "s", "W", "l", a currency */
    double a;
    double b;
    double delta; /* b - a */
    double low;
    double high;
    enum compare_verdict verdict;
};

struct comparison {
    char a[ULID_SIZE];
    char b[ULID_SIZE];
    char a_name[RUN_NAME_SIZE];
    char b_name[RUN_NAME_SIZE];
    struct compare_row *rows;
    size_t row_count;
};

enum power_basis { POWER_OPTION, POWER_TABLE, POWER_ASSUMED };

/* One kind of device of an estimate. */
struct estimate_part {
    enum device_kind kind;
    double count;
    double hours;
    double power_watts; /* of one, before utilisation */
    enum power_basis power_basis;
    char model[160]; /* the table's name; "" none */
    char power_source[160];
    double utilization_ratio;
    struct band energy_kwh;     /* of all of them, with PUE */
    struct band embodied_gco2e; /* NAN: no figure */
};

struct estimate {
    double it_energy_kwh;   /* without PUE */
    struct band energy_kwh; /* with PUE */
    struct band operational_gco2e;
    struct band embodied_gco2e; /* NAN with --no-embodied */
    struct band servers_gco2e;  /* of it: board, chassis and supplies; NAN not counted */
    struct band total_gco2e;
    struct market_based market; /* beside them */
    double power_watts;         /* of one device, before utilisation */
    enum power_basis power_basis;
    char power_model[160]; /* the table's name; "" none */
    char power_source[160];
    struct estimate_part *parts; /* the first is what the power fields speak of */
    size_t part_count;
    double pue;
    char pue_source[96]; /* who disclosed it; "" as given, or 1.0 */
    struct water water;
    struct cost cost;
    struct intensity intensity;
    char **assumptions; /* sentences */
    size_t assumption_count;
    char **warnings;
    size_t warning_count;
};

/* Wall nanoseconds; the mean intensity of the stretch with its band. NAN: not known. */
struct when_stretch {
    int64_t start_ns;
    int64_t end_ns;
    double gco2e_per_kwh;
    double low;
    double high;
};

/* Yearly: no hour is known, the figure of the place stands for all of them. */
enum when_basis { WHEN_FORECAST, WHEN_TYPICAL_DAY, WHEN_YEARLY };

/* The greenest stretch ahead. */
struct when {
    enum when_basis basis;
    size_t days; /* that the typical day was made of */
    int64_t from_ns;
    int64_t until_ns;       /* asked for */
    int64_t known_until_ns; /* and how far the figures reach */
    int64_t duration_ns;
    struct when_stretch best;
    struct when_stretch now;  /* beginning at from_ns; NAN where nothing is known of it */
    struct band saving_ratio; /* of now's; BAND_NONE. Without a width where the figures have none */
    struct intensity place;   /* what the figures are of: a label */
    char source[160];         /* the file; of a yearly figure its source */
};

enum day_quality { DAY_MEASURED, DAY_ESTIMATED, DAY_FORECAST, DAY_TYPICAL };

/* A value of a place's day, holding until the next one's time. NAN: nothing is known from here on. */
struct day_point {
    int64_t wall_ns;
    double gco2e_per_kwh;
    enum day_quality quality;
};

/* The hours of a place around a moment. */
struct place_day {
    struct intensity place; /* with its yearly figure */
    char source[160];       /* of the points; "" there are none */
    int64_t from_ns;
    int64_t now_ns;
    int64_t until_ns;
    struct day_point *points; /* by rising time */
    size_t count;
    size_t capacity;
    bool has_when; /* false: neither a forecast nor a usual day is known */
    struct when when;
};

enum { WHEN_PLACES_MAX = 64 };

/* The same job in one of several places. */
struct when_choice {
    struct when *places; /* the first is where it would run otherwise */
    size_t count;
    size_t best;              /* of places: the lowest mean; of equals the first */
    struct band saving_ratio; /* of the first place's now; BAND_NONE where that is not known */
    bool kinds_differ;        /* figures that are no measure of each other: it has to be said */
};

/* A start within a minute is not worth waiting for: neither at(1) nor cron know less. */
#define WHEN_AT_ONCE_NS (60 * INT64_C(1000000000))

const char *when_basis_name(enum when_basis basis);
const char *day_quality_name(enum day_quality quality);
const char *compare_verdict_name(enum compare_verdict verdict);
const char *power_basis_name(enum power_basis basis);
