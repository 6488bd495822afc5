/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_hosts.h - the lines of a text report that say what each of several machines used */
#pragma once

#include "model/report.h"
#include "writers/text_out.h"

/* Nothing where there is but one. */
void report_hosts_add(struct text_out *out, const struct report *report);
