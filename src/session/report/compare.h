/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/compare.h - two reports against each other, "cannot tell" included */
#pragma once

#include "base/error.h"
#include "model/documents.h"
#include "model/report.h"

/* The rows are the comparison's, a currency in them is a's: free with comparison_deinit() before that. What one of them
 * lacks has no row, nor have costs in two currencies. Return: 0 or -ENOMEM. */
int comparison_make(const struct report *a, const struct report *b,
                    struct comparison *comparison_out, struct aico2_error *err);
void comparison_deinit(struct comparison *comparison);
