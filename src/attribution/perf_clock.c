/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/perf_clock.c - exact CPU time of a process tree with one read, where the kernel allows it */
#include "attribution/perf_clock.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

int perf_clock_open(pid_t pid, struct aico2_error *err)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof(attributes),
        .config = PERF_COUNT_SW_TASK_CLOCK,
        .disabled = 1,
        .inherit = 1,
        .enable_on_exec = 1,
    };
    long fd = syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);

    if (fd < 0 && (errno == EACCES || errno == EPERM)) {
        /* the clock of a task counts its time in the kernel all the same */
        attributes.exclude_kernel = 1;
        attributes.exclude_hv = 1;
        fd = syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    }
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "perf_event_open (task-clock)");
    return (int)fd;
}

int perf_clock_read(int fd, int64_t *cpu_ns_out)
{
    uint64_t value;
    ssize_t got = read(fd, &value, sizeof(value));

    if (got != (ssize_t)sizeof(value))
        return got < 0 ? -errno : -EIO;

    *cpu_ns_out = (int64_t)value;
    return 0;
}
