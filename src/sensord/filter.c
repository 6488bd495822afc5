/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/filter.c - the system calls that are left to a process that has opened all it needs */
#include "sensord/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ipmi.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#define FILTER_ARCH 0
#endif

/* Sensors, clients, the clock, and what the C library does beside. */
static const uint32_t allowed[] = {
    SYS_read,           SYS_pread64,         SYS_write,
    SYS_recvfrom,       SYS_sendto,          SYS_accept4,
    SYS_getsockopt,     SYS_close,           SYS_epoll_pwait,
    SYS_epoll_ctl,      SYS_timerfd_settime, SYS_ppoll,
    SYS_clock_gettime,  SYS_clock_nanosleep, SYS_fstat,
    SYS_newfstatat,     SYS_statx,           SYS_faccessat,
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
    SYS_lseek,          SYS_futex,           SYS_brk,
    SYS_munmap,         SYS_mremap,          SYS_madvise,
    SYS_rt_sigprocmask, SYS_rt_sigreturn,    SYS_restart_syscall,
    SYS_sched_yield,    SYS_getpid,          SYS_gettid,
    SYS_tgkill,         SYS_set_robust_list, SYS_exit,
    SYS_exit_group,     SYS_sigaltstack, /* a sanitizer needs it when a thread ends */
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_epoll_wait /* not on newer processors */
    SYS_epoll_wait,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_stat
    SYS_stat,           SYS_lstat,           SYS_access,
#endif
};

/* Looking for a sensor's file again is no crime; it is only not found. */
static const uint32_t not_opened[] = {
    SYS_openat,
#ifdef SYS_open
    SYS_open,
#endif
#ifdef SYS_openat2
    SYS_openat2,
#endif
};

static const uint32_t ioctls[] = {
    (uint32_t)IPMICTL_SEND_COMMAND,
    (uint32_t)IPMICTL_RECEIVE_MSG_TRUNC,
    (uint32_t)IPMICTL_RECEIVE_MSG,
};

enum { PROGRAM_MAX = 160 };

struct program {
    struct sock_filter steps[PROGRAM_MAX];
    unsigned short count;
};

static void add(struct program *program, struct sock_filter step)
{
    if (program->count < PROGRAM_MAX)
        program->steps[program->count] = step;
    program->count++;
}

static void load(struct program *program, size_t offset)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *program, uint32_t action)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* If what is loaded equals the value, the action. */
static void answer_if(struct program *program, uint32_t value, uint32_t action)
{
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    answer(program, action);
}

/* The low half of an argument: what lies in the high one is none of the values that are let through. */
static size_t argument(int number)
{
    return offsetof(struct seccomp_data, args) + (size_t)number * sizeof(uint64_t);
}

/* Memory may be had, but none that could be run. */
static void add_memory(struct program *program, uint32_t call)
{
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
    load(program, argument(2));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

static void add_ioctls(struct program *program)
{
    const uint8_t past = (uint8_t)(2 * ARRAY_LENGTH(ioctls) + 2);

    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, past));
    load(program, argument(1));
    for (size_t i = 0; i < ARRAY_LENGTH(ioctls); i++)
        answer_if(program, ioctls[i], SECCOMP_RET_ALLOW);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
}

static void make(struct program *program)
{
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0));
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    load(program, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < ARRAY_LENGTH(allowed); i++)
        answer_if(program, allowed[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < ARRAY_LENGTH(not_opened); i++)
        answer_if(program, not_opened[i], SECCOMP_RET_ERRNO | EACCES);
    add_memory(program, SYS_mmap);
    add_memory(program, SYS_mprotect);
    add_ioctls(program);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
}

int filter_enter(struct aico2_error *err)
{
    struct program program = { .count = 0 };
    struct sock_fprog filter = { .filter = program.steps };
    long r;

    if (FILTER_ARCH == 0)
        return -ENOSYS;
    make(&program);
    filter.len = program.count;
    if (program.count > PROGRAM_MAX)
        return aico2_error_set(err, -E2BIG, "the filter of system calls has grown too long");
    r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    if (r == 0)
        return 0;
    if (r > 0) /* a thread that cannot follow */
        return aico2_error_set(err, -EPERM, "a thread stays out of the filter of system calls");
    if (errno == ENOSYS || errno == EINVAL)
        return -ENOSYS;
    return aico2_error_set_errno(err, errno, "cannot enter the filter of system calls");
}
