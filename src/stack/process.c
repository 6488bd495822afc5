/* SPDX-License-Identifier: Apache-2.0 */
/* stack/process.c - one certain process: whether it lives, and its end */
#include "stack/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/pid_stat.h"

static const int64_t PAUSE_NS = 20 * NSEC_PER_MSEC;
static const int64_t KILL_WAIT_NS = 5 * NSEC_PER_SEC;

bool process_lives(int proc_fd, int64_t pid, int64_t start_ticks)
{
    struct pid_stat stat;

    return pid_stat_read(proc_fd, pid, &stat) && stat.start_ticks == start_ticks &&
           stat.state != 'Z' && stat.state != 'X';
}

int64_t process_start_ticks(int proc_fd, int64_t pid)
{
    struct pid_stat stat;

    return pid_stat_read(proc_fd, pid, &stat) ? stat.start_ticks : -1;
}

/* A handle on the process, opened before it is looked at: whoever is found to have that start is the one it
 * is on. Return: -ENOSYS on kernels before 5.3. */
static int open_handle(int64_t pid)
{
    long fd = syscall(SYS_pidfd_open, (pid_t)pid, 0);

    return fd < 0 ? -errno : (int)fd;
}

int process_signal(int proc_fd, int64_t pid, int64_t start_ticks, int number)
{
    AICO2_CLEANUP(fd_closep) int handle = open_handle(pid);
    long r;

    if (handle == -ESRCH || !process_lives(proc_fd, pid, start_ticks))
        return -ESRCH;
    if (handle >= 0)
        r = syscall(SYS_pidfd_send_signal, handle, number, NULL, 0);
    else
        r = kill((pid_t)pid,
                 number); /* an old kernel: a pid is not used again within microseconds */
    return r < 0 ? -errno : 0;
}

/* Return: whether it has ended. */
static bool wait_for_end(int proc_fd, int64_t pid, int64_t start_ticks, int64_t wait_ns)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;

    while (process_lives(proc_fd, pid, start_ticks)) {
        if (clock_mono_ns() >= deadline_ns)
            return false;
        clock_pause_ns(PAUSE_NS);
    }
    (void)waitpid((pid_t)pid, NULL, WNOHANG); /* where it is a child of ours */
    return true;
}

enum process_end process_end(int proc_fd, int64_t pid, int64_t start_ticks, int64_t wait_ns)
{
    int r = process_signal(proc_fd, pid, start_ticks, SIGTERM);

    if (r == -ESRCH)
        return PROCESS_GONE;
    if (r < 0)
        return PROCESS_REFUSED;
    if (wait_for_end(proc_fd, pid, start_ticks, wait_ns))
        return PROCESS_ENDED;
    r = process_signal(proc_fd, pid, start_ticks, SIGKILL);
    if (r == -ESRCH)
        return PROCESS_ENDED;
    return wait_for_end(proc_fd, pid, start_ticks, KILL_WAIT_NS) ? PROCESS_KILLED : PROCESS_STAYS;
}
