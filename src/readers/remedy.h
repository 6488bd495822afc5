/* SPDX-License-Identifier: Apache-2.0 */
/* readers/remedy.h - what opens a sensor that is there and cannot be read, for `aico2 doctor` */
#pragma once

#include <stddef.h>

#include "model/sensor.h"

/* A reader names what would help by its id; the file, the commands and the risk are in remedy.c. */
enum remedy_id {
    REMEDY_NONE,
    REMEDY_RAPL_MODULE,       /* no powercap zone, on a processor that has the counter */
    REMEDY_POWERCAP_GROUP,    /* energy_uj is root's alone */
    REMEDY_PERF_CAPABILITY,   /* perf_event_open() of the power PMU is refused */
    REMEDY_MSR_MODULE,        /* no /dev/cpu/N/msr */
    REMEDY_IPMI_MODULE,       /* a BMC (SMBIOS type 38, an ACPI IPI0001 device) and no /dev/ipmi0 */
    REMEDY_IPMI_GROUP,        /* /dev/ipmi0 is root's alone */
    REMEDY_DMI_GROUP,         /* /sys/firmware/dmi/tables is root's alone */
    REMEDY_SENSORD,           /* aico2-sensord does not run */
    REMEDY_SENSORD_GROUP,     /* its socket is for a group */
    REMEDY_ACPI_METER_MODULE, /* an ACPI000D device and no driver */
    REMEDY_COUNT,
};

/* NULL for REMEDY_NONE. */
const struct remedy *remedy_find(enum remedy_id id);

/* All that is to be typed for it, in one line for a shell, `program doctor sensor --apply` first. */
void remedy_command(const struct remedy *remedy, const char *program, const char *sensor,
                    char *text_out, size_t size);
