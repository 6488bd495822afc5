/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/embodied.h - a run's share of making the hardware, part by part */
#pragma once

#include "model/report.h"

/**
 * report_add_embodied() - fills embodied, embodied_gco2e and unmade
 * A device's share is that of its idle energy. What is no device (board, chassis, supplies, drives) has the mean of
 * these, weighted with the energy that each device drew: shares of jobs that add up to at most 1 on each device
 * do so here. METHODOLOGY.md, section 5.
 * Return: 0 or -ENOMEM.
 */
int report_add_embodied(struct report *report);
