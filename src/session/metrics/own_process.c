/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/own_process.c - what this program costs, as every exporter tells it: process_* */
#include "session/metrics/own_process.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/pid_stat.h"

static void read_memory(int proc_fd, struct own_process *process)
{
    const double page = (double)sysconf(_SC_PAGESIZE);
    char text[128];
    unsigned long long total;
    unsigned long long resident;

    if (fs_read_text_at(proc_fd, "self/statm", text, sizeof(text), NULL) <= 0 ||
        sscanf(text, "%llu %llu", &total, &resident) != 2)
        return;
    process->virtual_bytes = (double)total * page;
    process->resident_bytes = (double)resident * page;
}

static double count_descriptors(int proc_fd)
{
    AICO2_CLEANUP(fs_closedirp) DIR *stream = fs_list_at(proc_fd, "self/fd");
    const struct dirent *entry;
    double count = -1; /* that of the list itself */

    if (stream == NULL)
        return NAN;
    while ((entry = readdir(stream)) != NULL)
        count += entry->d_name[0] != '.';
    return count;
}

static double start_wall_seconds(int proc_fd)
{
    const double hz = (double)sysconf(_SC_CLK_TCK);
    struct pid_stat stat;

    if (!pid_stat_read(proc_fd, getpid(), &stat))
        return NAN;
    return seconds_from_ns(clock_wall_ns() - clock_boot_ns()) + (double)stat.start_ticks / hz;
}

void own_process_read(int proc_fd, struct own_process *process)
{
    struct rlimit limit;

    process->cpu_seconds = seconds_from_ns(clock_process_cpu_ns());
    process->resident_bytes = NAN;
    process->virtual_bytes = NAN;
    process->max_fds = NAN;
    read_memory(proc_fd, process);
    process->open_fds = count_descriptors(proc_fd);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        process->max_fds = limit.rlim_cur == RLIM_INFINITY ? INFINITY : (double)limit.rlim_cur;
    if (!(process->start_wall_seconds > 0))
        process->start_wall_seconds = start_wall_seconds(proc_fd);
}
