/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/again.h - the assumptions that a stored run was reported under */
#pragma once

#include "base/error.h"
#include "session/report/build.h"

/**
 * place_again() - the basis of the run's own report, out of what is stored of it
 * Return: 0; -EINVAL for a place that the tables no longer know
 */
int place_again(const struct run *run, struct carbon_basis *basis_out, struct aico2_error *err);

/* Keeps what the report's joules met of a series: it can be made again without the file. */
void place_keep_match(struct run *run, const struct report *report);
/* Leaves the place alone. */
void place_forget_match(struct run *run);
