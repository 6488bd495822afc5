/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/launch.c - a command under measurement: fork, signals, waiting, as other wrappers do it
 *
 * The command keeps our process group, terminal, descriptors, limits and environment; it gets back the
 * signal mask and the ignored signals that we were started with. Orphans of the command come to us, are
 * reaped and never signalled.
 */
#include "cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

/* SIGTSTP, SIGTTIN, SIGTTOU and SIGCONT keep their default action: job control works on the whole group. */
static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

/* What does not end on SIGTERM is given this long. */
static const int64_t KILL_AFTER_NS = 10 * NSEC_PER_SEC;
enum { SIGNALLED_MAX = 256 };

struct launch {
    sigset_t original_mask;
    sigset_t watched;
    struct sigaction original_chld;
    int signal_fd;
    int go_fd;     /* closed or written: the child goes on */
    int failed_fd; /* gets the errno of a failed exec; closed by a successful one */
    pid_t child;
    bool child_gone;
    int status;
    int64_t deadline_mono_ns; /* 0: none */
    bool timed_out;
    bool killed;
};

int launch_prepare(struct launch **launch_out, struct aico2_error *err)
{
    struct launch *launch = calloc(1, sizeof(*launch));
    struct sigaction usual = { .sa_handler = SIG_DFL };

    if (launch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    launch->signal_fd = launch->go_fd = launch->failed_fd = -1;
    (void)sigemptyset(&launch->watched);
    (void)sigaddset(&launch->watched, SIGCHLD);
    for (size_t i = 0; i < ARRAY_LENGTH(forwarded); i++) {
        struct sigaction action;

        /* blocked signals are queued even when ignored: what nohup ignores stays out of the set */
        if (sigaction(forwarded[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            (void)sigaddset(&launch->watched, forwarded[i]);
    }
    /* with SIGCHLD ignored the kernel would reap the command and its status would be lost */
    (void)sigaction(SIGCHLD, &usual, &launch->original_chld);
    (void)pthread_sigmask(SIG_BLOCK, &launch->watched, &launch->original_mask);
    launch->signal_fd = signalfd(-1, &launch->watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (launch->signal_fd < 0) {
        int errnum = errno;

        launch_free(launch);
        return aico2_error_set_errno(err, errnum, "cannot watch signals");
    }
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    *launch_out = launch;
    return 0;
}

void launch_free(struct launch *launch)
{
    if (launch == NULL)
        return;
    fd_closep(&launch->signal_fd);
    fd_closep(&launch->go_fd);
    fd_closep(&launch->failed_fd);
    free(launch);
}

/* In the child: only calls that are safe after a fork of a program with threads. */
static void AICO2_NORETURN become_command(const struct launch *launch, char *const *command,
                                          int wait_fd, int failed_fd)
{
    char go;
    int errnum;

    if (read(wait_fd, &go, 1) != 1)
        _exit(125); /* the parent has gone */
    (void)sigaction(SIGCHLD, &launch->original_chld, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &launch->original_mask, NULL);
    (void)execvp(command[0], command);
    errnum = errno;
    if (write(failed_fd, &errnum, sizeof(errnum)) < 0)
        _exit(125);
    _exit(errnum == ENOENT ? 127 : 126);
}

int launch_fork(struct launch *launch, const struct launch_options *options, pid_t *child_out,
                struct aico2_error *err)
{
    int go[2] = { -1, -1 };
    int failed[2] = { -1, -1 };
    int r = 0;

    if (pipe2(go, O_CLOEXEC) < 0 || pipe2(failed, O_CLOEXEC) < 0)
        r = aico2_error_set_errno(err, errno, "cannot create a pipe");
    if (r == 0 && setenv("AICO2_RUN_ID", options->run_id, 1) < 0)
        r = aico2_error_set_errno(err, errno, "cannot set AICO2_RUN_ID");
    if (r == 0) {
        launch->child = fork();
        if (launch->child < 0)
            r = aico2_error_set_errno(err, errno, "cannot fork");
        else if (launch->child == 0)
            become_command(launch, options->command, go[0], failed[1]);
    }
    fd_closep(&go[0]);
    fd_closep(&failed[1]);
    if (r < 0) {
        fd_closep(&go[1]);
        fd_closep(&failed[0]);
        return r;
    }
    launch->go_fd = go[1];
    launch->failed_fd = failed[0];
    if (options->timeout_ns > 0)
        launch->deadline_mono_ns = clock_mono_ns() + options->timeout_ns;
    *child_out = launch->child;
    return 0;
}

int launch_exec(struct launch *launch)
{
    int errnum = 0;
    ssize_t got;

    if (write(launch->go_fd, "", 1) != 1)
        return -EIO;
    fd_closep(&launch->go_fd);
    do
        got = read(launch->failed_fd, &errnum, sizeof(errnum));
    while (got < 0 && errno == EINTR);
    fd_closep(&launch->failed_fd);
    if (got != (ssize_t)sizeof(errnum))
        return 0;

    (void)waitpid(launch->child, NULL, 0);
    return errnum > 0 ? -errnum : -EIO;
}

static int64_t cpu_ns_of(const struct rusage *usage)
{
    return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * NSEC_PER_SEC +
           ((int64_t)usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

/* Return: false when there is no child left. */
static bool reap(struct launch *launch, struct session *session)
{
    for (;;) {
        struct rusage usage;
        int status;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);

        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            return pid == 0;
        session_reaped(session, pid, cpu_ns_of(&usage));
        if (pid == launch->child) {
            launch->child_gone = true;
            launch->status = status;
        }
    }
}

/* What the terminal sends goes to the whole group by itself: the command has it already. */
static void pass_on(const struct launch *launch, const struct signalfd_siginfo *info)
{
    if (info->ssi_signo == SIGCHLD || info->ssi_code == SI_KERNEL || launch->child_gone)
        return;
    (void)kill(launch->child, (int)info->ssi_signo);
}

static void take_signals(const struct launch *launch)
{
    struct signalfd_siginfo info;

    while (read(launch->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        pass_on(launch, &info);
}

/* At the deadline SIGTERM to the command and all below it, later SIGKILL. */
static void keep_deadline(struct launch *launch, struct session *session)
{
    pid_t pids[SIGNALLED_MAX];
    size_t count;

    if (launch->deadline_mono_ns == 0 || clock_mono_ns() < launch->deadline_mono_ns)
        return;
    count = session_living(session, pids, SIGNALLED_MAX);
    for (size_t i = 0; i < count && i < SIGNALLED_MAX; i++)
        (void)kill(pids[i], launch->timed_out ? SIGKILL : SIGTERM);
    if (count == 0 && !launch->child_gone)
        (void)kill(launch->child, launch->timed_out ? SIGKILL : SIGTERM);
    launch->deadline_mono_ns = launch->timed_out ? 0 : clock_mono_ns() + KILL_AFTER_NS;
    launch->timed_out = true;
}

static int poll_timeout_ms(const struct launch *launch)
{
    int64_t left_ns;

    if (launch->deadline_mono_ns == 0)
        return -1;
    left_ns = launch->deadline_mono_ns - clock_mono_ns();
    if (left_ns <= 0)
        return 0;
    return left_ns > 3600 * NSEC_PER_SEC ? 3600 * 1000 : (int)(left_ns / NSEC_PER_MSEC) + 1;
}

void launch_wait(struct launch *launch, const struct launch_options *options,
                 struct session *session, struct launch_result *result_out)
{
    bool children = true;

    while (!launch->child_gone || (options->wait_all && children)) {
        struct pollfd fds[] = {
            { .fd = launch->signal_fd, .events = POLLIN },
            { .fd = session_fd(session), .events = POLLIN },
        };

        if (poll(fds, ARRAY_LENGTH(fds), poll_timeout_ms(launch)) < 0 && errno != EINTR)
            break;
        if ((fds[1].revents & POLLIN) != 0)
            session_dispatch(session);
        take_signals(launch);
        children = reap(launch, session);
        if (!children && !launch->child_gone)
            break; /* cannot be: but never wait for what is not there */
        keep_deadline(launch, session);
    }
    *result_out = (struct launch_result){ .status = launch->status,
                                          .timed_out = launch->timed_out };
}

int launch_die_of(struct launch *launch, int signal_number)
{
    struct rlimit no_core = { 0, 0 };
    struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t only;

    (void)launch;
    if (getpid() == 1)
        return 128 + signal_number;
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)sigaction(signal_number, &usual, NULL);
    (void)sigemptyset(&only);
    (void)sigaddset(&only, signal_number);
    (void)raise(signal_number);
    (void)pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    return 128 + signal_number; /* a signal that does not end a program */
}
