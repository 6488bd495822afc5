/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stored.h - runs of the history turned into reports */
#pragma once

#include "cli/cli.h"
#include "cli/figures.h"
#include "history/history.h"
#include "model/report.h"

/**
 * stored_report() - the report of a stored run, under its own place, PUE and policies
 * Return: 0; -ENODATA for an unknown run; the history's errors.
 */
int stored_report(struct history *history, const char *name, struct report *report_out,
                  struct aico2_error *err);
/* The same with all other runs of its training in it: session/ranks/joined.h. */
int stored_joined(struct history *history, const char *name, struct report *report_out,
                  struct aico2_error *err);

/* Where the user gave an option of that group, it replaces the run's own. */
void stored_apply_policies(const struct cli *cli, struct run *run);
