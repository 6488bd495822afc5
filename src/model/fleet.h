/* SPDX-License-Identifier: Apache-2.0 */
/* model/fleet.h - what many machines used in a stretch of time, by whose work or which machine it was */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/band.h"
#include "model/intensity.h"

enum fleet_by { FLEET_JOB, FLEET_USER, FLEET_PROJECT, FLEET_NODE };

enum { FLEET_NAME_SIZE = 160 };

struct fleet_row {
    char name[FLEET_NAME_SIZE]; /* "" for what no label claims */
    double joules;              /* without PUE */
    struct band gco2e;          /* of the electricity, PUE included; the intensity's band alone */
    double hours;               /* by node: of which there is a figure; else NAN */
};

/* Where the machines of the rows stand, as they say themselves. */
struct fleet_place {
    char name[sizeof(((struct intensity *)NULL)->place)]; /* "" they do not say */
    struct intensity intensity; /* the yearly figure, for hours of which no other is told */
    double joules;
    struct band gco2e;
    double matched_ratio; /* share of the joules that met an intensity of their own hour, 0-1 */
};

struct fleet {
    enum fleet_by by;
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    double pue;
    char server[64];        /* "Prometheus 2.42.0"; "" it does not say */
    struct fleet_row *rows; /* by falling joules */
    size_t row_count;
    struct fleet_place *places; /* by falling joules */
    size_t place_count;
    struct fleet_row total;
    char **notes; /* one line each */
    size_t note_count;
};

const char *fleet_by_name(enum fleet_by by); /* "job" ... */
void fleet_deinit(struct fleet *fleet);
