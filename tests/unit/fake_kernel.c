/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/fake_kernel.c - processes, their clocks and what a kernel refuses, as a test says (uses --wrap) */
#include "fake_kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct fake_kernel fake_kernel;
static bool is_fake;

static struct fake_process *find(pid_t pid)
{
    for (size_t i = 0; i < fake_kernel.count; i++) {
        if (fake_kernel.processes[i].pid == pid)
            return &fake_kernel.processes[i];
    }
    return NULL;
}

void fake_kernel_begin(void)
{
    fake_kernel = (struct fake_kernel){
        .mono_ns = -1,
        .perf_fd = -EACCES,
        .perf_first = -EACCES,
        .waited_count = 1,
        .allocations_left = -1,
    };
    fake_kernel.proc_fd = temp_dir_open(fake_kernel.path);
    tree_write(fake_kernel.proc_fd, "loadavg", "0.41 0.36 0.30 2/137 1\n");
    is_fake = true;
}

void fake_kernel_end(void)
{
    is_fake = false;
    (void)close(fake_kernel.proc_fd);
    temp_dir_remove(fake_kernel.path);
}

void fake_process_set(pid_t pid, pid_t parent, int64_t clock_ns, int64_t waited_ticks)
{
    struct fake_process *process = find(pid);
    char path[32];
    char line[160];

    if (process == NULL) {
        assert_true(fake_kernel.count < FAKE_PROCESSES_MAX);
        process = &fake_kernel.processes[fake_kernel.count++];
    }
    *process = (struct fake_process){
        .pid = pid, .clock_ns = clock_ns, .reads_left = -1, .session = FAKE_SESSION
    };
    (void)snprintf(path, sizeof(path), "%d/stat", (int)pid);
    (void)snprintf(line, sizeof(line), "%d (a) S %d 1 1 0 -1 1 1 2 0 0 1 1 %lld 0 20 0 1 0 100 1\n",
                   (int)pid, (int)parent, (long long)waited_ticks);
    if (faccessat(fake_kernel.proc_fd, path, F_OK, 0) == 0)
        tree_update(fake_kernel.proc_fd, path, line);
    else
        tree_write(fake_kernel.proc_fd, path, line);
}

void fake_process_run(pid_t pid, int64_t clock_ns)
{
    struct fake_process *process = find(pid);

    assert_non_null(process);
    process->clock_ns = clock_ns;
}

void fake_process_of_session(pid_t pid, pid_t session)
{
    struct fake_process *process = find(pid);

    assert_non_null(process);
    process->session = session;
}

void fake_process_end(pid_t pid)
{
    struct fake_process *process = find(pid);
    char path[32];

    assert_non_null(process);
    *process = fake_kernel.processes[--fake_kernel.count];
    (void)snprintf(path, sizeof(path), "%d/stat", (int)pid);
    assert_int_equal(unlinkat(fake_kernel.proc_fd, path, 0), 0);
    (void)snprintf(path, sizeof(path), "%d", (int)pid);
    assert_int_equal(unlinkat(fake_kernel.proc_fd, path, AT_REMOVEDIR), 0);
}

/* --- what the linker puts in place of the C library's --- */

int __real_clock_getcpuclockid(pid_t pid, clockid_t *clock_out);
int __wrap_clock_getcpuclockid(pid_t pid, clockid_t *clock_out);
int __real_clock_gettime(clockid_t clock, struct timespec *now_out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now_out);
pid_t __real_getsid(pid_t pid);
pid_t __wrap_getsid(pid_t pid);
int __real_getrusage(__rusage_who_t who, struct rusage *usage_out);
int __wrap_getrusage(__rusage_who_t who, struct rusage *usage_out);
/* With 64 behind their names where the C library has them so. */
int __wrap_fstatfs(int fd, struct statfs *status_out);
int __wrap_fstatfs64(int fd, struct statfs *status_out);
int __wrap_fstat(int fd, struct stat *status_out);
int __wrap_fstat64(int fd, struct stat *status_out);
struct dirent *__real_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream);
/* not of every C library, which then has no use of it */
struct dirent *__real_readdir64(DIR *stream) __attribute__((weak));
struct dirent *__wrap_readdir64(DIR *stream);
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
int __real_waitid(idtype_t type, id_t id, siginfo_t *info_out, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info_out, int options);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

static int refuse(int errnum)
{
    errno = errnum;
    return -1;
}

int __wrap_clock_getcpuclockid(pid_t pid, clockid_t *clock_out)
{
    if (!is_fake)
        return __real_clock_getcpuclockid(pid, clock_out);
    if (pid == fake_kernel.without_clock || find(pid) == NULL)
        return ESRCH;
    *clock_out = -pid;
    return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now_out)
{
    int64_t now_ns = fake_kernel.mono_ns;

    if (!is_fake || (clock >= 0 && (clock != CLOCK_MONOTONIC || now_ns < 0)))
        return __real_clock_gettime(clock, now_out);
    if (clock < 0) {
        struct fake_process *process = find(-clock);

        if (process == NULL || process->reads_left == 0)
            return refuse(EINVAL);
        if (process->reads_left > 0)
            process->reads_left--;
        now_ns = process->clock_ns;
    }
    now_out->tv_sec = (time_t)(now_ns / 1000000000);
    now_out->tv_nsec = (long)(now_ns % 1000000000);
    return 0;
}

pid_t __wrap_getsid(pid_t pid)
{
    const struct fake_process *process = find(pid);

    if (!is_fake)
        return __real_getsid(pid);
    if (pid == fake_kernel.hidden)
        return refuse(EPERM);
    if (process == NULL && fake_kernel.count > 0) /* the root is there from the beginning */
        return refuse(ESRCH);
    return process != NULL ? process->session : FAKE_SESSION;
}

int __wrap_getrusage(__rusage_who_t who, struct rusage *usage_out)
{
    int64_t waited_ns = fake_kernel.waited_ns[0];

    if (!is_fake || who != RUSAGE_CHILDREN)
        return __real_getrusage(who, usage_out);
    if (fake_kernel.waited_count > 1)
        memmove(fake_kernel.waited_ns, fake_kernel.waited_ns + 1,
                --fake_kernel.waited_count * sizeof(fake_kernel.waited_ns[0]));
    if (waited_ns < 0)
        return refuse(EINVAL);
    *usage_out = (struct rusage){
        .ru_utime = { .tv_sec = (time_t)(waited_ns / 1000000000),
                      .tv_usec = (suseconds_t)(waited_ns % 1000000000 / 1000) },
    };
    return 0;
}

int __wrap_fstatfs(int fd, struct statfs *status_out)
{
    char path[32];

    if (!is_fake) {
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return statfs(path, status_out);
    }
    if (fake_kernel.statfs_fails)
        return refuse(EIO);
    *status_out = (struct statfs){ .f_type = fake_kernel.proc_is_foreign ? 0 : PROC_SUPER_MAGIC };
    return 0;
}

int __wrap_fstatfs64(int fd, struct statfs *status_out)
{
    return __wrap_fstatfs(fd, status_out);
}

int __wrap_fstat(int fd, struct stat *status_out)
{
    return is_fake && fake_kernel.fstat_fails ? refuse(EIO)
                                              : fstatat(fd, "", status_out, AT_EMPTY_PATH);
}

int __wrap_fstat64(int fd, struct stat *status_out)
{
    return __wrap_fstat(fd, status_out);
}

static struct dirent *next_entry(DIR *stream, struct dirent *(*real)(DIR *stream))
{
    static struct dirent zero = { .d_name = "0" };

    return is_fake && fake_kernel.folders_have_no_end ? &zero : real(stream);
}

struct dirent *__wrap_readdir(DIR *stream)
{
    return next_entry(stream, __real_readdir);
}

struct dirent *__wrap_readdir64(DIR *stream)
{
    return next_entry(stream, __real_readdir64);
}

int __wrap_prctl(int option, ...)
{
    va_list arguments;
    unsigned long argument;

    va_start(arguments, option);
    argument = va_arg(arguments, unsigned long);
    va_end(arguments);
    if (!is_fake || option != PR_GET_CHILD_SUBREAPER)
        return __real_prctl(option, argument, 0ul, 0ul, 0ul);
    if (fake_kernel.subreaper < 0)
        return refuse(EINVAL);
    memcpy((void *)argument, &fake_kernel.subreaper, sizeof(fake_kernel.subreaper)); /* NOLINT */
    return 0;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info_out, int options)
{
    if (!is_fake)
        return __real_waitid(type, id, info_out, options);
    return fake_kernel.waitid_errnum == 0 ? 0 : refuse(fake_kernel.waitid_errnum);
}

/* No call has more than six arguments, and to pass what was not given does no harm. */
long __wrap_syscall(long number, ...)
{
    va_list arguments;
    long given[6];

    va_start(arguments, number);
    for (size_t i = 0; i < 6; i++)
        given[i] = va_arg(arguments, long);
    va_end(arguments);
    if (is_fake && number == SYS_perf_event_open) {
        int answer = fake_kernel.perf_calls++ == 0 ? fake_kernel.perf_first : fake_kernel.perf_fd;

        return answer < 0 ? refuse(-answer) : answer;
    }
    return __real_syscall(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

static bool is_refused(void)
{
    if (!is_fake || fake_kernel.allocations_left < 0)
        return false;
    if (fake_kernel.allocations_left == 0)
        return true;
    fake_kernel.allocations_left--;
    return false;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}
