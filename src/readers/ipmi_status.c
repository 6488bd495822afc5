/* SPDX-License-Identifier: Apache-2.0 */
/* readers/ipmi_status.c - why no management controller tells its power, and what would help
 *
 * Where a controller shows itself without its device: linux/drivers/char/ipmi (class ipmi, platform
 * devices dmi-ipmi-*), the ACPI id IPI0001, SMBIOS type 38.
 */
#include "readers/ipmi_status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/dcmi.h"
#include "readers/remedy.h"
#include "readers/smbios.h"

static bool has_class(int sys_fd)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, "class/ipmi");
    const struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] != '.')
            return true;
    }
    return false;
}

/* What says that there is a controller; NULL: nothing. */
static const char *find_sign(int sys_fd)
{
    static const struct {
        const char *path;
        const char *words;
    } signs[] = {
        { "bus/platform/devices/dmi-ipmi-si.0", "SMBIOS type 38" },
        { "bus/platform/devices/dmi-ipmi-ssif.0", "SMBIOS type 38" },
        { "firmware/dmi/entries/38-0", "SMBIOS type 38" },
        { "bus/acpi/devices/IPI0001:00", "ACPI device IPI0001" },
    };
    AICO2_CLEANUP(freep) uint8_t *table = NULL;
    int size;

    for (size_t i = 0; sys_fd >= 0 && i < ARRAY_LENGTH(signs); i++) {
        if (faccessat(sys_fd, signs[i].path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return signs[i].words;
    }
    size = smbios_read(sys_fd, &table);
    return size > 0 && smbios_has(table, (size_t)size, SMBIOS_IPMI_DEVICE) ? "SMBIOS type 38"
                                                                           : NULL;
}

void ipmi_explain_absence(const struct reader_env *env, struct reader_status *status_out)
{
    const char *sign;

    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (has_class(env->sys_fd)) {
        text_append(status_out->reason, sizeof(status_out->reason),
                    "the kernel has a management controller (IPMI), but its device is not in /dev");
        text_append(status_out->fix, sizeof(status_out->fix),
                    "sudo modprobe ipmi_devintf  # in a container: docker run --device /dev/ipmi0");
        return;
    }
    sign = find_sign(env->sys_fd);
    if (sign == NULL) {
        text_append(status_out->reason, sizeof(status_out->reason),
                    "no management controller (BMC) that IPMI would reach: servers have one");
        return;
    }
    text_append(status_out->reason, sizeof(status_out->reason),
                "a management controller (%s), but no driver of it is loaded", sign);
    status_out->remedy = REMEDY_IPMI_MODULE;
}

static void deny(const struct ipmi_refusal *refusal, struct reader_status *status)
{
    status->state = READER_DENIED;
    text_append(status->reason, sizeof(status->reason),
                "no permission to open /dev/%s: who may can also switch the machine off",
                refusal->path);
    status->remedy = REMEDY_IPMI_GROUP;
}

static void refused_by_controller(const struct ipmi_refusal *refusal, struct reader_status *status)
{
    status->state = refusal->completion == DCMI_NOT_SUPPORTED ? READER_ABSENT : READER_BROKEN;
    text_append(status->reason, sizeof(status->reason),
                "the controller behind /dev/%s does not tell its power by DCMI: %s (0x%02X)",
                refusal->path, ipmi_completion_text(refusal->completion), refusal->completion);
    if (refusal->no_power)
        text_append(status->reason, sizeof(status->reason),
                    "; it speaks DCMI and says that it cannot");
}

void ipmi_explain_refusal(const struct ipmi_refusal *refusal, struct reader_status *status_out)
{
    const char *words = NULL;
    struct aico2_error why = { 0 };

    *status_out = (struct reader_status){ .state = READER_BROKEN };
    if (fs_is_denied(refusal->code)) {
        deny(refusal, status_out);
        return;
    }
    if (refusal->code == -EREMOTEIO) {
        refused_by_controller(refusal, status_out);
        return;
    }
    switch (refusal->code) {
    case -EXDEV:
        words = "a device or link of this machine below --sysroot: left alone";
        break;
    case -ENOTTY:
    case -ENOSYS: /* the kernel of an emulator, of requests that it does not know */
        words = "no IPMI device";
        break;
    case -ETIMEDOUT:
        words = "the controller does not answer";
        break;
    case -EBADMSG:
        words = "an answer that is none of DCMI";
        break;
    case -ENODATA:
        words = "it says 0 W, or that it does not measure";
        break;
    case -ERANGE:
        words = "it says what no machine draws";
        break;
    default:
        (void)aico2_error_set_errno(&why, -refusal->code, "cannot ask /dev/%s", refusal->path);
        (void)snprintf(status_out->reason, sizeof(status_out->reason), "%.190s", why.message);
        return;
    }
    text_append(status_out->reason, sizeof(status_out->reason), "/dev/%s: %s", refusal->path,
                words);
}
