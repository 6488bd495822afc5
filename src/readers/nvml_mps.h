/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_mps.h - clients of MPS compute through a server, whose SM time may be all that is told */
#pragma once

#include "readers/nvml_processes.h"

/* Takes the servers out of a list, and gives what they did to their clients. Asks for names only where
 * there are clients. */
void nvml_mps_fold(const struct nvml_library *library, struct nvml_processes *processes);
