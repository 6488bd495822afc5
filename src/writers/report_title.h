/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_title.h - the first line of the text report, and what run its figures are of */
#pragma once

#include "model/report.h"
#include "writers/text_out.h"

/* "aico2: train.py, 50.1 s, exit 0    run 01KB3F...", and a line more for a window or a
 * recomputation. */
void report_title_add(struct text_out *out, const struct report *report);
