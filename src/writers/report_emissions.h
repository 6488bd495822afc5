/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_emissions.h - what a run's energy came to: grams, water, money, everyday things */
#pragma once

#include "model/report.h"
#include "writers/text_out.h"

void report_emissions_add(struct text_out *out, const struct report *report);
/* "as much as 1.5 m by car, or ..." */
void report_equivalents_add(struct text_out *out, const struct report *report);
