/* SPDX-License-Identifier: Apache-2.0 */
/* session/compare.h - two reports against each other, "cannot tell" included */
#pragma once

#include "base/error.h"
#include "model/documents.h"
#include "model/report.h"

/* rows are the comparison's; free with comparison_deinit(). Return: 0 or -ENOMEM. */
int comparison_make(const struct report *a, const struct report *b,
                    struct comparison *comparison_out, struct aico2_error *err);
void comparison_deinit(struct comparison *comparison);
