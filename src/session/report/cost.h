/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/cost.h - what the electricity of a report costs */
#pragma once

#include "session/report/build.h"

/* After the joules: they times PUE times the price, that of their own hour where there is a series. */
void report_add_cost(struct report *report, const struct history_record *record,
                     const struct carbon_basis *basis);
