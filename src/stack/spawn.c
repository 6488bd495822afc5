/* SPDX-License-Identifier: Apache-2.0 */
/* stack/spawn.c - a program started to go on without us, and only once it is known of */
#include "stack/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"

static void forget_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); /* not for SIGKILL and its like, which need it not */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void tell(int channel, int code)
{
    (void)send(channel, &code, sizeof(code), MSG_NOSIGNAL);
    _exit(127);
}

/* In the child. */
static void become(const struct spawn *spawn, int channel)
{
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log_fd;
    char go;

    forget_signals();
    (void)setsid();
    (void)umask(077);
    /* above the places that are filled below, so that none overwrites another */
    channel = fcntl(channel, F_DUPFD_CLOEXEC, 10);
    log_fd = fcntl(spawn->log_fd, F_DUPFD_CLOEXEC, 10);
    if (channel < 0 || log_fd < 0 || null_fd < 0 || fchdir(spawn->directory_fd) < 0)
        tell(channel, errno);
    if (dup2(null_fd, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0 || dup2(channel, 3) < 0)
        tell(channel, errno);
    closefrom(4); /* what a shell has left open is not the service's to hold for days */
    (void)fcntl(3, F_SETFD, FD_CLOEXEC);
    if (recv(3, &go, 1, 0) != 1)
        _exit(127);
    (void)execve(spawn->program, spawn->words, spawn->environment);
    tell(3, errno);
}

int spawn_prepare(const struct spawn *spawn, struct spawned *spawned_out, struct aico2_error *err)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return aico2_error_set_errno(err, errno, "cannot start '%s'", spawn->program);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]); /* else it would never see us go */
        become(spawn, ends[1]);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        int code = errno;

        (void)close(ends[0]);
        return aico2_error_set_errno(err, code, "cannot start '%s'", spawn->program);
    }
    *spawned_out = (struct spawned){ .pid = pid, .channel = ends[0] };
    return 0;
}

int spawn_release(struct spawned *spawned, const char *program, struct aico2_error *err)
{
    int code = 0;
    ssize_t got = send(spawned->channel, "g", 1, MSG_NOSIGNAL);

    if (got == 1) {
        do {
            got = recv(spawned->channel, &code, sizeof(code), MSG_WAITALL);
        } while (got < 0 && errno == EINTR);
    }
    fd_closep(&spawned->channel);
    if (got == 0)
        return 0; /* closed by exec */
    (void)waitpid(spawned->pid, NULL, 0);
    spawned->pid = 0;
    return aico2_error_set_errno(err, got == sizeof(code) && code != 0 ? code : EIO,
                                 "cannot execute '%s'", program);
}

void spawn_cancel(struct spawned *spawned)
{
    fd_closep(&spawned->channel);
    if (spawned->pid > 0)
        (void)waitpid(spawned->pid, NULL, 0);
    spawned->pid = 0;
}
