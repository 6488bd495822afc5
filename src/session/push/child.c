/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/child.c - a process of the fetcher with a pipe to it and one from it (posix_spawn) */
#include "session/push/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"

enum {
    NICENESS = 10,
    PIPE_BYTES = 1 << 20, /* a few snapshots of a large node */
    ABOVE_STANDARD = 3,
};

/* None of the three standard ones, whatever of them the caller has closed. */
static int make_pipe(int fds_out[2])
{
    int made[2];
    int r = 0;

    if (pipe2(made, O_CLOEXEC) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        fds_out[i] = fcntl(made[i], F_DUPFD_CLOEXEC, ABOVE_STANDARD);
        if (fds_out[i] < 0)
            r = -errno;
        (void)close(made[i]);
    }
    if (r < 0) {
        fd_closep(&fds_out[0]);
        fd_closep(&fds_out[1]);
    }
    return r;
}

static int spawn(const char *program, int frames_fd, int states_fd, pid_t *pid_out)
{
    char *const words[] = { (char[]){ "aico2-fetch" }, (char[]){ "--push" }, NULL };
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char credentials[PATH_MAX];
    char *environment[] = { (char[]){ "LC_ALL=C" }, NULL, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    int r;

    if (folder != NULL && snprintf(credentials, sizeof(credentials), "CREDENTIALS_DIRECTORY=%s",
                                   folder) < (int)sizeof(credentials))
        environment[1] = credentials;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attributes);
    r = posix_spawn_file_actions_adddup2(&actions, frames_fd, STDIN_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, states_fd, STDOUT_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_addchdir_np(&actions, "/");
    if (r == 0)
        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
    if (r == 0)
        r = posix_spawnattr_setsigmask(&attributes, &none);
    if (r == 0)
        r = posix_spawnattr_setsigdefault(&attributes, &all);
    if (r == 0)
        r = posix_spawn(pid_out, program, &actions, &attributes, words, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return -r;
}

int push_child_start(struct push_child *child, const char *program, struct aico2_error *err)
{
    int frames[2] = { -1, -1 };
    int states[2] = { -1, -1 };
    pid_t pid = 0;
    int r = make_pipe(frames);

    if (r == 0)
        r = make_pipe(states);
    if (r == 0)
        r = spawn(program, frames[0], states[1], &pid);
    fd_closep(&frames[0]);
    fd_closep(&states[1]);
    if (r < 0) {
        fd_closep(&frames[1]);
        fd_closep(&states[0]);
        return aico2_error_set_errno(err, -r, "cannot start '%s'", program);
    }
    (void)setpriority(PRIO_PROCESS, (id_t)pid, NICENESS);
    (void)fcntl(frames[1], F_SETPIPE_SZ, PIPE_BYTES); /* as large as the system lets us */
    (void)fcntl(frames[1], F_SETFL, O_NONBLOCK);
    (void)fcntl(states[0], F_SETFL, O_NONBLOCK);
    *child = (struct push_child){ .pid = pid, .frames_fd = frames[1], .states_fd = states[0] };
    return 0;
}

int push_child_has_ended(struct push_child *child, int *status_out)
{
    int status = -1;
    pid_t r = child->pid > 0 ? waitpid(child->pid, &status, WNOHANG) : 0;

    if (r == 0 || (r < 0 && errno == EINTR))
        return 0;
    child->pid = 0;
    *status_out = r < 0 ? -1 : status;
    return 1;
}

void push_child_kill(struct push_child *child)
{
    if (child->pid <= 0)
        return;
    (void)kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
}

void push_child_close(struct push_child *child)
{
    fd_closep(&child->frames_fd);
    fd_closep(&child->states_fd);
}
