/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/report.h - making the reports of include/aico2/report.h */
#pragma once

#include <aico2/report.h>

#include "base/error.h"
#include "model/report.h"

/* Takes the report, whatever comes of it. Return: 0 or -ENOMEM. */
int public_report_new(struct aico2_report **report_out, struct report *report,
                      struct aico2_error *err);
