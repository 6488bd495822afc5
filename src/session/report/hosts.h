/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/hosts.h - what each machine of a report used, where its devices are of several */
#pragma once

#include "base/error.h"
#include "model/report.h"

/* After the devices' figures. Return: 0 or -ENOMEM. */
int report_add_hosts(struct report *report, struct aico2_error *err);
