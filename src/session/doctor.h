/* SPDX-License-Identifier: Apache-2.0 */
/* session/doctor.h - the checks that were asked for, and the files that `--apply` writes */
#pragma once

#include "base/error.h"
#include "model/inventory.h"

/**
 * doctor_choose() - what `aico2 doctor [SENSOR]` is about
 * @sensor:     a check's name, or a reader's: all its doors; NULL: everything
 * @sysroot:    NULL: this machine
 * @doctor_out: borrows what the checks of the inventory borrow; doctor_deinit() when done
 * Return: 0; -EINVAL for a name that is none, with the nearest; -ENOMEM
 */
int doctor_choose(const struct inventory *inventory, const char *sensor, const char *sysroot,
                  struct doctor *doctor_out, struct aico2_error *err);
void doctor_deinit(struct doctor *doctor);

/**
 * doctor_plan() - keep of a choice only what has a file to write, each file once
 * Without a name those are the sensors that are closed to us, or to all but root; what opens more than
 * a reading, or is only a guess (`asks`), has to be named.
 */
void doctor_plan(struct doctor *doctor);

/**
 * doctor_apply() - write the file of each check below etc
 * Nothing outside of etc is written, no link is followed, no other file replaced. What came of it is
 * in each check.
 * Return: 0 or the first -errno; the others are tried all the same. -EPERM in a container: its etc is
 * not the machine's.
 */
int doctor_apply(struct doctor *doctor, const char *sysroot, struct aico2_error *err);
