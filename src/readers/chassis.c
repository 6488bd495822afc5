/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/chassis.c - what the firmware says that a computer is built as
 *
 * DMTF DSP0134 7.4.1 (System Enclosure or Chassis Types), as Linux shows it: a decimal number. "Other" (1)
 * and "Unknown" (2) stand in the firmware of many servers and of all hypervisors; a pizza box (5) may be
 * a server and may lie under a screen. What is not plain is unknown: nothing is made up of it.
 */
#include "readers/chassis.h"

#include "base/fs.h"

enum chassis chassis_read(int sys_fd)
{
    uint64_t type = 0;

    if (sys_fd < 0 || fs_read_u64_at(sys_fd, "class/dmi/id/chassis_type", &type, NULL) < 0)
        return CHASSIS_UNKNOWN;
    switch (type) {
    case 3:  /* desktop */
    case 4:  /* low profile desktop */
    case 6:  /* mini tower */
    case 7:  /* tower */
    case 13: /* all in one */
    case 15: /* space-saving */
    case 16: /* lunch box */
    case 24: /* sealed-case PC */
    case 35: /* mini PC */
        return CHASSIS_DESKTOP;
    case 8:  /* portable */
    case 9:  /* laptop */
    case 10: /* notebook */
    case 14: /* sub notebook */
    case 31: /* convertible */
    case 32: /* detachable */
        return CHASSIS_LAPTOP;
    case 17: /* main server chassis */
    case 23: /* rack mount chassis */
    case 25: /* multi-system chassis */
        return CHASSIS_SERVER;
    case 28: /* blade */
        return CHASSIS_BLADE;
    default:
        return CHASSIS_UNKNOWN;
    }
}
