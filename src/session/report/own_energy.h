/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/own_energy.h - what this program itself used, as a part of what others did */
#pragma once

#include "history/history.h"
#include "model/report.h"

/* Fills in report->own_energy out of the devices' parts; see METHODOLOGY.md, section 3. Return: 0 or -ENOMEM. */
int report_add_own_energy(struct report *report, const struct history_record *record);
