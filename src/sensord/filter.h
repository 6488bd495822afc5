/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/filter.h - the system calls that are left to a process that has opened all it needs */
#pragma once

#include "base/error.h"

/**
 * filter_enter() - for all threads, for good: seccomp(2)
 * What reads, answers and waits is allowed; opening a file says -EACCES, anything else -EPERM: no socket, no program, no
 * file written. Needs no_new_privs.
 * Return: 0; -ENOSYS: the kernel or this processor has no filter; -errno
 */
int filter_enter(struct aico2_error *err);
