/* SPDX-License-Identifier: Apache-2.0 */
/* session/cloud_dmi.h - the cloud that a machine's firmware says it is of */
#pragma once

#include <stdbool.h>

#include "base/error.h"

enum { CLOUD_NAME_SIZE = 16 };

/**
 * cloud_dmi_find() - by sys/class/dmi/id below a root
 * Only a machine whose firmware names a cloud is one for which that cloud's metadata service is asked: no other sends
 * a packet.
 * @sysroot: NULL for this machine
 * @cloud_out: "aws", a name of the fetcher's table
 * Return: false where the firmware names none that is known
 */
bool cloud_dmi_find(const char *sysroot, char cloud_out[CLOUD_NAME_SIZE]);
