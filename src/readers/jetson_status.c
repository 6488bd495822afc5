/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_status.c - why a Jetson's rails tell nothing, and what would help */
#include "readers/jetson_status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/text.h"

void jetson_list_rails(const struct jetson_rails *rails, char *text, size_t size)
{
    for (size_t i = 0; i < rails->count; i++) {
        const struct jetson_rail *rail = &rails->items[i];

        if (i > 0 && strcmp(rail->chip, rails->items[i - 1].chip) == 0)
            text_append(text, size, ", %s", rail->label);
        else
            text_append(text, size, "%s%s: %s", i > 0 ? "; " : "power monitors ", rail->chip,
                        rail->label);
    }
}

void jetson_refuse(int sys_fd, const struct jetson_rail *rail, int code,
                   struct reader_status *status)
{
    struct jetson_monitor monitor = { .path = "" };
    struct aico2_error why = { 0 };
    char fix[sizeof(status->fix)] = "";

    (void)jetson_find_monitor(sys_fd, rail->chip, &monitor);
    status->state = READER_BROKEN;
    if (rail->off) {
        (void)aico2_error_set(&why, code, "the monitor of rail '%s' is off", rail->label);
        (void)snprintf(fix, sizeof(fix), "echo 1 | sudo tee /sys/%s/in%d_enable", monitor.path,
                       rail->channel);
    } else if (fs_is_denied(code)) {
        status->state = READER_DENIED;
        (void)aico2_error_set(&why, code, "no permission to read rail '%s'", rail->label);
        (void)snprintf(fix, sizeof(fix), "sudo chmod a+r /sys/%s/*_input", monitor.path);
    } else if (code == -EBADMSG) {
        (void)aico2_error_set(&why, code, "no number, or none that can be, for rail '%s'",
                              rail->label);
    } else {
        (void)aico2_error_set_errno(&why, -code, "cannot read rail '%s'", rail->label);
    }
    text_append_note(status->reason, sizeof(status->reason), why.message);
    if (status->fix[0] == '\0')
        (void)snprintf(status->fix, sizeof(status->fix), "%s", fix);
}

void jetson_explain_nothing(bool jetson, const struct jetson_rails *rails,
                            struct reader_status *status_out)
{
    struct reader_status *status = status_out;

    *status = (struct reader_status){ .state = READER_ABSENT };
    if (!jetson) {
        text_append(status->reason, sizeof(status->reason), "not an NVIDIA Jetson");
    } else if (rails->count == 0) {
        text_append(
            status->reason, sizeof(status->reason),
            "no power monitor (ina3221) on the I2C buses of this Jetson: a Nano of 2 GB has none");
    } else {
        text_append(status->reason, sizeof(status->reason),
                    "none of the rails is known to be all of the module");
        jetson_list_rails(rails, status->detail, sizeof(status->detail));
    }
}
