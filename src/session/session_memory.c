/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_memory.c - how full the memories are, as they were read last */
#include "session/session_private.h"

#include <string.h>

#include "readers/proc_memory.h"

/* In whole MiB: what is finer is a side channel, and interests nobody. */
static double coarse_bytes(uint64_t bytes)
{
    return (double)(bytes >> 20 << 20);
}

static void tell_device(const struct session *session, struct tick_device *device)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        uint64_t used_bytes = session->channels[i].memory_used_bytes;

        if (used_bytes > 0 && strcmp(session->record.devices[i].id, device->id) == 0)
            device->memory_used_bytes = coarse_bytes(used_bytes);
    }
}

void session_tell_memory(const struct session *session, struct tick *tick)
{
    struct meminfo meminfo;

    for (size_t i = 0; i < tick->device_count; i++) {
        if (tick->devices[i].kind == DEVICE_GPU)
            tell_device(session, &tick->devices[i]);
    }
    if (!meminfo_read(session->environment.reader.proc_fd, &meminfo))
        return;
    tick->memory_used_bytes = coarse_bytes(meminfo.total_bytes - meminfo.available_bytes);
    tick->memory_total_bytes = (double)meminfo.total_bytes;
}
