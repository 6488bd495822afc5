/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/sample_report.h - reports for the tests of writers, with figures that are easy to
 * follow */
#pragma once

#include "model/report.h"

/* Room for a report whose parts are all here: nothing to free. */
struct sample_report {
    struct report report;
    struct report_device devices[12];
    struct report_task tasks[12];
    char *warnings[4];
    char *missing[4];
    struct embodied_part embodied[6];
    char *unmade[2];
    char command_json[64];
};

/* train.py of 50.1 s in France: an A100 and a Xeon measured, 24 GiB modelled, 6.35 Wh of 7.25 the
 * job's. */
void sample_report_fill(struct sample_report *sample);

/* Every figure NAN, every text empty: what a report can be at its poorest. */
void sample_report_empty(struct sample_report *sample);

/* Every text as long as its field, with controls, quotes and bytes that are no UTF-8; every figure
 * huge. */
void sample_report_extreme(struct sample_report *sample);
