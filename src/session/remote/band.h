/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/band.h - how well what an exporter reads is metered: as by a reader of our own */
#pragma once

#include "model/machine.h"
#include "model/remote.h"

/* Half-width, 95 %, of a device's figures where it tells energy or power, before what the scrape leaves open. */
double remote_band_ratio(const struct remote_device *device, const struct machine *machine);
