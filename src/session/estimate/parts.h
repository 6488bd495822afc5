/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate/parts.h - the devices of an estimate and what the tables know of them */
#pragma once

#include "base/attributes.h"
#include "session/estimate/estimate.h"

/* What a part is worked out from; the figures themselves stand in the estimate's part. */
struct part_facts {
    double band_ratio;
    double joules;                 /* where they are given; NAN: from watts and hours */
    char name[ESTIMATE_NAME_SIZE]; /* as given, for the table of manufacture */
    uint64_t memory_bytes;
};

/**
 * estimate_parts_make() - fills estimate->parts but for energy and manufacture, and says what is assumed
 * @query:     its hours are set where GPU-hours tell them
 * @facts_out: one for each part, the caller's to free
 * Return: 0; -EINVAL no device, or a count or watts that could be of several; -ENOMEM
 */
int estimate_parts_make(struct estimate_query *query, struct estimate *estimate,
                        struct part_facts **facts_out, struct aico2_error *err);

void estimate_assume(struct estimate *estimate, const char *format, ...) AICO2_PRINTF(2, 3);
