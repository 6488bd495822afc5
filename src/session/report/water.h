/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/water.h - the water of a report: what cooled its joules on site */
#pragma once

#include "model/report.h"

/* After the joules: by the WUE given, else by that of the run's cloud region; else unknown. */
void report_add_water(struct report *report);
