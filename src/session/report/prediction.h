/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/prediction.h - a report's prediction of the whole training */
#pragma once

#include "session/report/build.h"

/* After the tasks: none without epochs that are done and a number of them that is planned. Return: 0 or
 * -ENOMEM. */
int report_add_prediction(struct report *report, const struct carbon_basis *basis);
