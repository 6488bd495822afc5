/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drives.h - the disks that are a part of the machine */
#pragma once

#include "model/machine.h"

/* By sys/block; what it does not tell is unknown, and a machine of which nothing is read has none. Wakes no disk. */
void drives_read(int sys_fd, struct drives *drives_out);
