/* SPDX-License-Identifier: Apache-2.0 */
/* cli/fetch_process.c - the process of aico2-fetch: where its program stands, how it is started */
#include "cli/fetch_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/own_program.h"

enum { NICENESS = 10, ANSWER_PIPE_BYTES = 1 << 20 };

int fetch_find_program(char *path_out, size_t size, struct aico2_error *err)
{
    int r = own_program_find("aico2-fetch", "fetch", path_out, size, err);

    return r != -ENOENT ? r
                        : aico2_error_set(err, r,
                                          "this installation has no aico2-fetch, the program that "
                                          "asks providers: it comes in the package aico2-fetch, and "
                                          "is built where libcurl is");
}

/* In the child of a program with threads: only calls that are safe after a fork. */
static void become_fetcher(const char *program, char *const *environment, int question_fd,
                           int answer_fd, pid_t parent, unsigned seconds)
{
    char *const words[] = { (char[]){ "aico2-fetch" }, NULL };
    sigset_t none;
    int null_fd = open("/dev/null", O_RDWR);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent || null_fd < 0)
        _exit(1);
    (void)setsid();
    (void)setpriority(PRIO_PROCESS, 0, NICENESS);
    if (chdir("/") < 0)
        _exit(1);
    /* above 2 first, so that none of the three overwrites another */
    question_fd = fcntl(question_fd, F_DUPFD, 3);
    answer_fd = fcntl(answer_fd, F_DUPFD, 3);
    if (dup2(question_fd, STDIN_FILENO) < 0 || dup2(answer_fd, STDOUT_FILENO) < 0 ||
        dup2(null_fd, STDERR_FILENO) < 0)
        _exit(1);
    closefrom(STDERR_FILENO + 1); /* what the command was to inherit is not the fetcher's to hold */
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)alarm(seconds); /* is kept over exec: the last resort if we are stopped, say */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execve(program, words, environment);
    _exit(1);
}

/* All of it lies in a file of memory: no pipe can be too small for it, and no reader too slow. */
static int put_question(const void *question, size_t size, struct aico2_error *err)
{
    int fd = memfd_create("aico2-question", MFD_CLOEXEC);
    int r;

    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot put a question to aico2-fetch");
    r = fs_write_all(fd, question, size);
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = -errno;
    if (r < 0) {
        (void)close(fd);
        return aico2_error_set_errno(err, -r, "cannot put a question to aico2-fetch");
    }
    return fd;
}

/* Nothing of ours but where systemd put its credentials: no proxy, no library path, no secret. */
static void make_environment(char *environment[3], char *credentials, size_t size)
{
    static char locale[] = "LC_ALL=C";
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    size_t count = 0;

    environment[count++] = locale;
    if (directory != NULL && strlen(directory) + sizeof("CREDENTIALS_DIRECTORY=") <= size) {
        (void)snprintf(credentials, size, "CREDENTIALS_DIRECTORY=%s", directory);
        environment[count++] = credentials;
    }
    environment[count] = NULL;
}

int fetch_process_start(const char *program, const void *question, size_t size, int64_t deadline_ms,
                        pid_t *pid_out, int *answer_fd_out, struct aico2_error *err)
{
    char credentials[PATH_MAX];
    char *environment[3];
    int question_fd = put_question(question, size, err);
    int answer[2];
    pid_t parent = getpid();
    pid_t pid;

    if (question_fd < 0)
        return question_fd;
    if (pipe2(answer, O_CLOEXEC) < 0) {
        int r = aico2_error_set_errno(err, errno, "cannot create a pipe");

        (void)close(question_fd);
        return r;
    }
    make_environment(environment, credentials, sizeof(credentials));
    pid = fork();
    if (pid == 0)
        become_fetcher(program, environment, question_fd, answer[1], parent,
                       (unsigned)((deadline_ms + FETCH_GRACE_MS + 999) / 1000));
    (void)close(question_fd);
    (void)close(answer[1]);
    if (pid < 0) {
        int r = aico2_error_set_errno(err, errno, "cannot start aico2-fetch");

        (void)close(answer[0]);
        return r;
    }
    (void)fcntl(answer[0], F_SETFL, O_NONBLOCK);
    /* a `run` reads it when its command has ended: until then it lies there */
    (void)fcntl(answer[0], F_SETPIPE_SZ, ANSWER_PIPE_BYTES);
    *pid_out = pid;
    *answer_fd_out = answer[0];
    return 0;
}

int fetch_process_end(pid_t *pid, int status)
{
    if (*pid == 0)
        return status;
    if (waitpid(*pid, &status, WNOHANG) == 0) {
        (void)kill(*pid, SIGKILL);
        (void)waitpid(*pid, &status, 0);
    }
    *pid = 0;
    return status;
}

int fetch_process_failed(int status, struct aico2_error *err)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        return aico2_error_set(err, -ECHILD, "aico2-fetch was ended by signal %d",
                               WTERMSIG(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return aico2_error_set(err, -ECHILD, "aico2-fetch ended with status %d, without an answer",
                               WEXITSTATUS(status));
    return aico2_error_set(err, -ECHILD, "aico2-fetch ended without an answer");
}
