/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/wait.h - what a run saved by waiting for a greener time */
#pragma once

#include "session/report/build.h"

/* After the joules: of a run that waited, its saving by the series, else by what is stored of it. */
void report_add_wait(struct report *report, const struct history_record *record,
                     const struct carbon_basis *basis);
