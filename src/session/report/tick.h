/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/tick.h - what counters took of a report last, for who looks on */
#pragma once

#include "model/report.h"
#include "model/tick.h"
#include "session/metrics/device_counters.h"

/**
 * tick_of_report() - fills in the devices; id, time and interval are the caller's
 * @counters: took this report just now
 * @exact:    for who may see finer figures; else they are as coarse as those of /metrics
 * Return: 0 or -ENOMEM
 */
int tick_of_report(struct tick *tick, const struct device_counters *counters,
                   const struct report *report, bool exact);
void tick_deinit(struct tick *tick);
