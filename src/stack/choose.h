/* SPDX-License-Identifier: Apache-2.0 */
/* stack/choose.h - which services are to run here, with which programs, on which ports */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "stack/record.h"
#include "stack/stack.h"

/**
 * stack_choose() - the state of every service before anything is started
 * @report_out: a row for each of service_rows, in its order
 * @begin_out:  by the index of the service: it is to be started
 * @record:     those that live already
 * Return: 0; -EINVAL for a wish that cannot be met
 */
int stack_choose(const struct stack_plan *plan, struct record *record,
                 struct stack_report *report_out, bool begin_out[STACK_SERVICES_MAX],
                 struct aico2_error *err);
