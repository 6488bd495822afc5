/* SPDX-License-Identifier: Apache-2.0 */
/* readers/chassis.h - what the firmware says that a computer is built as */
#pragma once

#include "model/machine.h"

/* By sys/class/dmi/id/chassis_type; unknown where there is none, or where it says a thing that is several. */
enum chassis chassis_read(int sys_fd);
