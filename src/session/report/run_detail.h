/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/run_detail.h - what a list of runs tells of each beside its totals: where, on what, how well known */
#pragma once

#include "model/documents.h"
#include "model/report.h"

/* Without a unit that was given, that of a run with epochs is the epoch. */
void run_detail_make(const struct report *report, struct run_detail *detail_out);
