/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_status.h - why RAPL zones cannot be used, and what would help */
#pragma once

#include <stddef.h>

#include "readers/cpuinfo.h"
#include "readers/powercap.h"
#include "readers/rapl_choice.h"
#include "readers/reader.h"

/* What was found and could not be used, for one line of text. */
struct rapl_refusals {
    char denied[72];
    char broken[72];
    int broken_code;
    size_t denied_count;
    size_t broken_count;
};

/* code: -errno of opening or reading energy_uj. */
void rapl_refuse(struct rapl_refusals *refusals, const struct rapl_candidate *candidate, int code);

void rapl_explain(struct reader_status *status, enum reader_state state,
                  const struct rapl_refusals *refusals);
/* Not one candidate. */
void rapl_explain_nothing(struct reader_status *status, const struct powercap_zones *zones,
                          const struct cpuinfo *info);
