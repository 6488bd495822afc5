/* SPDX-License-Identifier: Apache-2.0 */
/* cli/fetcher.c - the fetcher, a program of its own: started, asked one question, its answer taken */
#include "cli/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "carbon/series.h"

/* The end of one that does not keep its deadline by itself. */
static const int64_t GRACE_MS = 1000;
enum { NICENESS = 10 };

struct fetch {
    pid_t pid;     /* 0: waited for */
    int status;    /* of waitpid, once pid is 0 */
    int answer_fd; /* -1: read to its end */
    char *bytes;
    size_t length;
    size_t capacity;
    bool too_much;
};

/* Everything of an answer, and a byte that must not be there. */
static const size_t ANSWER_MOST =
    sizeof(struct fetch_answer) + FETCH_POINTS_MAX * sizeof(struct intensity_point) + 1;

/* "/usr/bin/aico2" and "libexec/aico2/aico2-fetch" of the prefix: "/usr/bin/../libexec/...". */
static bool is_there(char *path_out, size_t size, const char *directory, const char *rest)
{
    int length = snprintf(path_out, size, "%s/%s", directory, rest);

    return length > 0 && (size_t)length < size && access(path_out, X_OK) == 0;
}

int fetch_find_program(char *path_out, size_t size, struct aico2_error *err)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (length <= 0)
        return aico2_error_set_errno(err, length < 0 ? errno : ENOENT,
                                     "cannot tell where this program stands");
    self[length] = '\0';
    slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    if (is_there(path_out, size, self, "../libexec/aico2/aico2-fetch"))
        return 0;
    slash = strrchr(self, '/');
    if (slash != NULL && strcmp(slash, "/cli") == 0 &&
        is_there(path_out, size, self, "../fetch/aico2-fetch"))
        return 0;
    return aico2_error_set(err, -ENOENT,
                           "this installation has no aico2-fetch, the program that asks providers");
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
static int put_question(const struct fetch_question *question, struct aico2_error *err)
{
    int fd = memfd_create("aico2-question", MFD_CLOEXEC);
    int r;

    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot put a question to aico2-fetch");
    r = fs_write_all(fd, (const char *)question, sizeof(*question));
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

static int start(struct fetch *fetch, const char *program, const struct fetch_question *question,
                 struct aico2_error *err)
{
    char credentials[PATH_MAX];
    char *environment[3];
    int question_fd = put_question(question, err);
    int answer[2];
    pid_t parent = getpid();

    if (question_fd < 0)
        return question_fd;
    if (pipe2(answer, O_CLOEXEC) < 0) {
        int r = aico2_error_set_errno(err, errno, "cannot create a pipe");

        (void)close(question_fd);
        return r;
    }
    make_environment(environment, credentials, sizeof(credentials));
    fetch->pid = fork();
    if (fetch->pid == 0)
        become_fetcher(program, environment, question_fd, answer[1], parent,
                       (unsigned)((question->deadline_ms + GRACE_MS + 999) / 1000));
    (void)close(question_fd);
    (void)close(answer[1]);
    fetch->answer_fd = answer[0];
    if (fetch->pid < 0) {
        fetch->pid = 0;
        return aico2_error_set_errno(err, errno, "cannot start aico2-fetch");
    }
    (void)fcntl(answer[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int fetch_ask(struct fetch **fetch_out, const char *program, const struct fetch_question *question,
              struct aico2_error *err)
{
    struct fetch *fetch;
    int r;

    if (!fetch_question_check(question))
        return aico2_error_set(err, -EINVAL, "a question that cannot be put to aico2-fetch");
    fetch = calloc(1, sizeof(*fetch));
    if (fetch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    fetch->answer_fd = -1;
    r = start(fetch, program, question, err);
    if (r < 0) {
        fetch_free(fetch);
        return r;
    }
    *fetch_out = fetch;
    return 0;
}

pid_t fetch_pid(const struct fetch *fetch)
{
    return fetch->pid;
}

bool fetch_reaped(struct fetch *fetch, pid_t pid, int status)
{
    if (fetch == NULL || pid != fetch->pid)
        return false;
    fetch->pid = 0;
    fetch->status = status;
    return true;
}

/* Return: 1 there may be more, 0 the end, -errno. */
static int read_some(struct fetch *fetch)
{
    ssize_t got;

    if (array_reserve(&fetch->bytes, &fetch->capacity, fetch->length + 4096, 1) < 0)
        return -ENOMEM;
    got = read(fetch->answer_fd, fetch->bytes + fetch->length, fetch->capacity - fetch->length);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -errno;
    if (got == 0)
        return 0;
    fetch->length += (size_t)got;
    fetch->too_much = fetch->length >= ANSWER_MOST;
    return !fetch->too_much;
}

static int read_answer(struct fetch *fetch, int64_t wait_ms, int wake_fd,
                       bool (*woken)(void *payload), void *payload, struct aico2_error *err)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ms * NSEC_PER_MSEC;

    for (;;) {
        struct pollfd wait[2] = { { .fd = fetch->answer_fd, .events = POLLIN },
                                  { .fd = wake_fd, .events = POLLIN } };
        int64_t left_ns = deadline_ns - clock_mono_ns();
        int64_t left_ms = left_ns <= 0 ? 0 : left_ns / NSEC_PER_MSEC + 1;
        int count = poll(wait, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

        if (count < 0 && errno != EINTR)
            return aico2_error_set_errno(err, errno, "cannot wait for aico2-fetch");
        if (count > 0 && wait[0].revents != 0) {
            int r = read_some(fetch);

            if (r < 0)
                return aico2_error_set_errno(err, -r, "cannot read from aico2-fetch");
            if (r == 0)
                return 0;
        }
        if (count > 0 && wait[1].revents != 0 && woken(payload))
            return aico2_error_set(err, -EINTR, "a signal ended the wait for aico2-fetch");
        if (clock_mono_ns() >= deadline_ns)
            return aico2_error_set(err, -ETIMEDOUT, "aico2-fetch did not answer in time");
    }
}

/* At its end: how it came to it, for what is no answer. */
static void end_process(struct fetch *fetch)
{
    if (fetch->pid == 0)
        return;
    if (waitpid(fetch->pid, &fetch->status, WNOHANG) == 0) {
        (void)kill(fetch->pid, SIGKILL);
        (void)waitpid(fetch->pid, &fetch->status, 0);
    }
    fetch->pid = 0;
}

static int no_answer(const struct fetch *fetch, struct aico2_error *err)
{
    if (WIFSIGNALED(fetch->status) && WTERMSIG(fetch->status) != SIGKILL)
        return aico2_error_set(err, -ECHILD, "aico2-fetch was ended by signal %d",
                               WTERMSIG(fetch->status));
    if (WIFEXITED(fetch->status) && WEXITSTATUS(fetch->status) != 0)
        return aico2_error_set(err, -ECHILD, "aico2-fetch ended with status %d, without an answer",
                               WEXITSTATUS(fetch->status));
    return aico2_error_set(err, -ECHILD, "aico2-fetch ended without an answer");
}

static int check_answer(struct fetch *fetch, struct fetch_result *result_out,
                        struct aico2_error *err)
{
    struct fetch_result result;
    struct intensity_point *points = NULL;
    size_t size;

    if (fetch->length == 0)
        return no_answer(fetch, err);
    if (fetch->too_much || fetch->length < sizeof(result.answer))
        return aico2_error_set(err, -EBADMSG, "the answer of aico2-fetch is %s",
                               fetch->too_much ? "too long" : "cut short");
    memcpy(&result.answer, fetch->bytes, sizeof(result.answer));
    if (!fetch_answer_check(&result.answer))
        return aico2_error_set(err, -EBADMSG, "the answer of aico2-fetch is none");
    size = result.answer.point_count * sizeof(*points);
    if (fetch->length - sizeof(result.answer) != size)
        return aico2_error_set(err, -EBADMSG, "the answer of aico2-fetch is %s",
                               fetch->length - sizeof(result.answer) < size ? "cut short"
                                                                            : "too long");
    points = malloc(size + 1);
    if (points == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(points, fetch->bytes + sizeof(result.answer), size);
    if (!fetch_points_check(points, result.answer.point_count)) {
        free(points);
        return aico2_error_set(err, -EBADMSG, "aico2-fetch brings values that cannot be");
    }
    result.series = (struct intensity_series){
        .points = points,
        .count = result.answer.point_count,
        .capacity = result.answer.point_count,
        .origin = result.answer.origin,
    };
    *result_out = result;
    return 0;
}

int fetch_take(struct fetch *fetch, int64_t wait_ms, int wake_fd, bool (*woken)(void *payload),
               void *payload, struct fetch_result *result_out, struct aico2_error *err)
{
    int r = read_answer(fetch, wait_ms, wake_fd, woken, payload, err);

    end_process(fetch);
    return r < 0 ? r : check_answer(fetch, result_out, err);
}

void fetch_free(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    end_process(fetch);
    fd_closep(&fetch->answer_fd);
    free(fetch->bytes);
    free(fetch);
}
