/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics_foreign.h - the same figures under the names of other exporters */
#pragma once

#include "session/report_metrics.h"

/* Adds those that source->names asks for; none for METRICS_AICO2. */
void metrics_add_foreign(struct metrics *metrics, const struct metrics_source *source);
