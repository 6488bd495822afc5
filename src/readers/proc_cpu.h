/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_cpu.h - busy time of each CPU package from /proc/stat */
#pragma once

#include <stdint.h>

#include "readers/reader.h"

extern const struct reader_driver reader_proc_cpu;

/* Of its last successful read, for whoever also wants them from the same text. The reader must be
 * of this driver. */
uint64_t proc_cpu_forks(const struct reader *reader);       /* since boot; 0 unknown */
double proc_cpu_steal_seconds(const struct reader *reader); /* since boot, all threads together */
