/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cloud_auto.h - `--cloud auto`: the cloud region this machine says it is in */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/options/place.h"
#include "model/intensity.h"

/**
 * cloud_auto_find() - by the firmware and, where that names a cloud, by its metadata service
 * Never a guess: what cannot be told is told, and the place stays unknown. Takes --fetch-timeout at most.
 * @region_out: "aws:eu-west-3"
 * Return: 0; -ENODEV where the firmware names no cloud; -ENODATA where the service does not answer or the
 * region has no figure
 */
int cloud_auto_find(const struct cli *cli, char region_out[64], struct intensity *intensity_out,
                    struct aico2_error *err);
