/* SPDX-License-Identifier: Apache-2.0 */
/* session/place_again.h - the place a stored run was reported under */
#pragma once

#include "base/error.h"
#include "model/intensity.h"
#include "model/run.h"

/* From run->place_option; the world average when none was given. Return: 0 or -EINVAL (a place that the
 * tables no longer know). */
int place_again(const struct run *run, struct intensity *intensity_out, struct aico2_error *err);
