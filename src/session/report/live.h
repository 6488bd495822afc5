/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/live.h - the joules of a report matched to live values, and what is to be said of that */
#pragma once

#include "session/report/build.h"

/* Where there is no value the yearly figure stands in. */
void report_match_live(struct report *report, const struct history_record *record,
                       const struct carbon_basis *basis);

/* The mean of the marginal signal that the joules met, or what was kept of it: in no total. */
void report_match_marginal(struct report *report, const struct history_record *record,
                           const struct carbon_basis *basis);

/* One line each: who was asked in vain, what had no value, what kinds were put together. */
void report_warn_of_live(struct report *report, const struct intensity *yearly);

/* Whose figure a mean is; "mixed" where the yearly figure of another kind stood in for a part. */
void report_name_live(struct intensity *intensity, const struct live *live,
                      const char *yearly_kind);
