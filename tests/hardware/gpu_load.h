/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/gpu_load.h - processes that keep an NVIDIA GPU busy, through its driver alone */
#pragma once

#include <sys/types.h>

/* A process that computes on GPU 0 until it is ended, for on_ms of each on_ms + off_ms (off_ms 0:
 * all the time). Return: its pid, when it computes; -1. */
pid_t gpu_load_start(unsigned on_ms, unsigned off_ms);
void gpu_load_end(pid_t pid);
