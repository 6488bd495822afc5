/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/fleet_query.h - what the engine of a fleet is asked, in PromQL: sums by work or machine, place and hour */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/fleet.h"

/*
 * Of the recorded series of contrib/prometheus/aico2.rules.yml, or the same out of the exporter's own, which
 * costs the engine far more. range_ns: the stretch that ends at the time of the query, an hour for recorded ones.
 */
void fleet_query_energy(struct strbuf *query, enum fleet_by by, bool recorded, int64_t range_ns);
/* Mean intensity of that stretch by place. */
void fleet_query_intensity(struct strbuf *query, bool recorded, int64_t range_ns);

/**
 * fleet_row_name() - what a row is called, by its labels: a job's cluster and number, or its pod
 * @label: gives a label's value, "" where there is none
 */
void fleet_row_name(enum fleet_by by, const char *(*label)(const void *labels, const char *name),
                    const void *labels, char *name_out, size_t size);
