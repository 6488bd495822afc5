/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_status.c - why RAPL zones cannot be used, and what would help */
#include "readers/rapl_status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"

void rapl_refuse(struct rapl_refusals *refusals, const struct rapl_candidate *candidate, int code)
{
    bool denied = fs_is_denied(code);
    char *list = denied ? refusals->denied : refusals->broken;
    size_t *count = denied ? &refusals->denied_count : &refusals->broken_count;
    char place[24];

    if (!denied && refusals->broken_code == 0)
        refusals->broken_code = code;
    (*count)++;
    if (*count == 4)
        text_append(list, sizeof(refusals->denied), ", ...");
    if (*count >= 4)
        return;
    if (candidate->kind == DEVICE_BOARD)
        (void)snprintf(place, sizeof(place), "psys");
    else
        (void)snprintf(place, sizeof(place), "package-%d", candidate->package);
    text_append(list, sizeof(refusals->denied), "%s%s%s", *count > 1 ? ", " : "",
                candidate->kind == DEVICE_DRAM ? "dram of " : "", place);
}

void rapl_explain(struct reader_status *status, enum reader_state state,
                  const struct rapl_refusals *refusals)
{
    *status = (struct reader_status){ .state = state };
    if (refusals->denied_count > 0) {
        text_append(status->reason, sizeof(status->reason), "no permission to read energy_uj of %s",
                    refusals->denied);
        status->remedy = REMEDY_POWERCAP_GROUP;
    }
    if (refusals->broken_count > 0) {
        struct aico2_error why = { 0 };

        if (refusals->broken_code == -EBADMSG)
            (void)aico2_error_set(&why, -EBADMSG, "no number in energy_uj of %s", refusals->broken);
        else
            (void)aico2_error_set_errno(&why, -refusals->broken_code, "cannot read energy_uj of %s",
                                        refusals->broken);
        text_append(status->reason, sizeof(status->reason), "%s%s",
                    refusals->denied_count > 0 ? "; " : "", why.message);
    }
}

void rapl_explain_nothing(struct reader_status *status, const struct powercap_zones *zones,
                          const struct cpuinfo *info)
{
    *status = (struct reader_status){ .state = READER_ABSENT };
    if (zones->count == 0 && zones->dangling > 0) {
        text_append(status->reason, sizeof(status->reason),
                    "RAPL zones are masked by the container runtime");
        text_append(status->fix, sizeof(status->fix),
                    "docker run --security-opt systempaths=unconfined ...  # shows all that the "
                    "runtime hides; less: -v /sys/class/powercap:/host/sys/class/powercap:ro "
                    "-v /sys/devices/virtual/powercap:/host/sys/devices/virtual/powercap:ro "
                    "-v /proc:/host/proc:ro, and then: aico2 run --sysroot=/host");
    } else if (zones->count > 0) {
        text_append(status->reason, sizeof(status->reason),
                    "RAPL zones, but none of a package or its DRAM");
    } else if (info->arm_implementer >= 0) {
        text_append(status->reason, sizeof(status->reason),
                    "no RAPL zones: ARM processors have none");
    } else if (info->hypervisor) {
        text_append(status->reason, sizeof(status->reason),
                    "no RAPL zones: the hypervisor does not pass them on to this virtual machine");
    } else {
        text_append(
            status->reason, sizeof(status->reason),
            "no RAPL zones: a driver that is not loaded, or a processor without the counter");
        status->remedy = REMEDY_RAPL_MODULE;
    }
}
