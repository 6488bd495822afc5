/* SPDX-License-Identifier: Apache-2.0 */
/* readers/perf_event.c - counters of a whole CPU through perf_event_open(), injected for tests
 *
 * perf_event_open(2). A PMU outside the cores refuses events that exclude anything or count a task:
 * every bit stays 0 and pid is -1.
 */
#include "readers/perf_event.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_event(void *payload, uint32_t type, uint64_t config, int cpu)
{
    struct perf_event_attr attributes = {
        .type = type,
        .size = sizeof(attributes),
        .config = config,
    };
    long fd = syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

    (void)payload;
    return fd < 0 ? -errno : (int)fd;
}

static int read_event(void *payload, int fd, uint64_t *value_out)
{
    uint64_t value;
    ssize_t got = read(fd, &value, sizeof(value));

    (void)payload;
    if (got < 0)
        return -errno;
    if (got != (ssize_t)sizeof(value))
        return -ENODEV; /* the end of the file is how a counter in error is told */
    *value_out = value;
    return 0;
}

static void close_event(void *payload, int fd)
{
    (void)payload;
    (void)close(fd);
}

const struct perf_events perf_events_system = {
    .open = open_event,
    .read = read_event,
    .close = close_event,
};
