/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_cpu.h - busy time of each CPU package from /proc/stat */
#pragma once

#include <stdint.h>

#include "readers/reader.h"

extern const struct reader_driver reader_proc_cpu;

/* Processes started since boot, as of its last successful read; 0 unknown. The reader must be of
 * this driver. */
uint64_t proc_cpu_forks(const struct reader *reader);

/* CPU time that the hypervisor took from all packages, since the reader was opened; of this driver likewise. */
int64_t proc_cpu_stolen_ns(const struct reader *reader);
