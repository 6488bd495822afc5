/* SPDX-License-Identifier: Apache-2.0 */
/* server/sample_steps.h - samples of one device drawn as steps of time: least, mean and most watts of each */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/history.h"

enum { SAMPLE_STEPS_MAX = 1500 };

/* How finely the power of a run is told. */
enum sample_detail {
    SAMPLES_EXACT,
    SAMPLES_ROUNDED, /* of a second and more each, to 0.1 J and 0.1 W */
    /* the same of what was read more often, from one second of the clock to another, whatever is asked: two questions
     * have the same seconds. No least and no most, which would be of less */
    SAMPLES_COARSE,
};

struct step_cell {
    double joules;
    double seconds; /* that were measured; 0: a gap */
    double least_watts;
    double most_watts;
};

/* A stretch of time and what was used in it. */
struct sample_stretch {
    int64_t start_wall_ns;
    int64_t end_wall_ns;
    double joules;
    double seconds; /* that were measured */
    double least_watts;
    double most_watts;
    bool together;
};

struct sample_steps {
    int64_t step_ns;
    int64_t first_wall_ns; /* where cells[0] begins: a multiple of the step */
    size_t count;
    enum sample_detail detail;
    struct sample_stretch pending; /* not exact: less than a second as yet */
    struct step_cell cells[SAMPLE_STEPS_MAX];
};

/**
 * sample_steps_plan() - the steps between two times, all of them empty
 * @wanted_ns: of a step, above 0; wider where SAMPLE_STEPS_MAX would not do, or a second at least unless exact
 * @unit_ns:   of which a step is a whole multiple: the width of samples that come put together; 0: they do not
 * @detail:    unless exact samples are put together to a second and more, and those to 0.1 J below
 */
void sample_steps_plan(struct sample_steps *steps, int64_t from_wall_ns, int64_t to_wall_ns,
                       int64_t wanted_ns, int64_t unit_ns, enum sample_detail detail);
/* Samples come in order of time. One longer than a step is in all that it covers; what was not measured, or lies
 * outside, is in none. Samples that come put together are in the step that they end in. */
void sample_steps_add(struct sample_steps *steps, const struct history_power *power);
/* There are no more, and never will be: the run has ended. A second that was not complete stays untold. */
void sample_steps_end(struct sample_steps *steps);
