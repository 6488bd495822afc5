/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/apply.h - a machine's calibration put to use in a run */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/calibration.h"
#include "model/machine.h"
#include "session/plan.h"

/* What a calibration of this machine, as it is now, would hold for. */
void calibration_basis_read(int sys_fd, const struct machine *machine,
                            struct calibration_basis *basis_out);

/* Whether a calibration holds no longer; why_out says what has changed. */
bool calibration_is_stale(const struct calibration_basis *then, const struct calibration_basis *now,
                          char *why_out, size_t size);

/**
 * calibration_apply() - what a device draws at rest and at full load, as it was seen to
 * A measured device gets its idle floor; a model gets its points, its band and its source.
 */
void calibration_apply(const struct calibration *calibration, struct device *device,
                       struct plan *plan);

/* The band of a calibrated model at the power that it came to. */
void calibration_settle(const struct plan *plan, double mean_watts, struct device *device);
