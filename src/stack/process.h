/* SPDX-License-Identifier: Apache-2.0 */
/* stack/process.h - one certain process: whether it lives, and its end */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The process of that pid that began at that time still runs. proc_fd: /proc */
bool process_lives(int proc_fd, int64_t pid, int64_t start_ticks);

/* When it began; -1: there is none. */
int64_t process_start_ticks(int proc_fd, int64_t pid);

/* Sends a signal to that process and to no other. Return: 0; -ESRCH it is no more; -EPERM; -errno */
int process_signal(int proc_fd, int64_t pid, int64_t start_ticks, int number);

enum process_end { PROCESS_ENDED, PROCESS_KILLED, PROCESS_GONE, PROCESS_REFUSED, PROCESS_STAYS };

/**
 * process_end() - SIGTERM, and SIGKILL to who has not ended by then
 * @wait_ns: between the two
 * PROCESS_REFUSED: it is not ours to signal. PROCESS_STAYS: it outlives SIGKILL, in a driver say.
 */
enum process_end process_end(int proc_fd, int64_t pid, int64_t start_ticks, int64_t wait_ns);
