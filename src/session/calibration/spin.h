/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/spin.h - all CPUs busy for a while, with the lowest claim to them */
#pragma once

#include "base/error.h"

struct spin;

/* A thread for each CPU that we may use, nice 19: who has work comes first. Return: 0 or -errno. */
int spin_start(struct spin **spin_out, struct aico2_error *err);
/* Ends and waits for them; NULL allowed. */
void spin_stop(struct spin *spin);
