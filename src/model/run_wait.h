/* SPDX-License-Identifier: Apache-2.0 */
/* model/run_wait.h - that a run waited for a greener time, and what that saved */
#pragma once

#include <stdint.h>

/* Of the grams for the electricity, against a start at once; NAN: not known. Below 0 waiting cost more. */
struct run_wait {
    int64_t asked_wall_ns; /* when the command was given; 0: it did not wait */
    double expected_ratio; /* saved, as foretold before the wait */
    double saving_ratio;   /* saved, as the series tells it of the run's own joules */
};
