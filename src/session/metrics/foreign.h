/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/foreign.h - the same figures under the names of other exporters */
#pragma once

#include "session/metrics/report.h"

/* Adds those that source->names asks for; none for METRICS_AICO2. */
void metrics_add_foreign(struct metrics *metrics, const struct metrics_source *source);
