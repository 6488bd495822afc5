/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/command_output.c - what the command prints comes through a pty, so that it can be followed
 *
 * A program that prints to a terminal prints line by line, to a pipe by the block: only through a pty are
 * epochs seen when they end. The pty is no controlling terminal; keys, job control and standard error stay
 * with the real one. It changes no byte: it turns no line feed into two.
 */
#include "cli/command_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "cli/output_copier.h"
#include "cli/output_writer.h"

/* What is not read for a second because we are busy or stopped is still there. */
enum { RING_BYTES = 1024 * 1024 };

struct command_output {
    struct copier copier;
    int slave_fd; /* the command's end; -1 once it has it */
    int ask_fd;   /* to the copier */
    pid_t pid;    /* of the copier; 0: not started, or waited for */
    bool ended;   /* it has no output any more */
    struct stat terminal;
    unsigned flushes; /* asked for */
    bool is_refused;  /* nobody takes the output any more */
    pid_t told;       /* a signal was sent there: its writing failed */
    bool is_clearing; /* what it printed before it died is thrown away */
    unsigned wasted_seen;
    bool hung_up;
};

static int open_slave(int master_fd)
{
    char path[64];
    int fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    if (ptsname_r(master_fd, path, sizeof(path)) != 0)
        return -1;
    return open(path, O_RDWR | O_NOCTTY | O_CLOEXEC); /* before Linux 4.13 */
}

/* A terminal of the same size and modes, which changes no byte. */
static int make_alike(struct command_output *output)
{
    struct copier *copier = &output->copier;
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    struct termios modes;
    int on = 1;

    copier->terminal = isatty(STDOUT_FILENO) == 1;
    if (tcgetattr(output->slave_fd, &modes) < 0)
        return -errno;
    if (copier->terminal) {
        (void)tcgetattr(STDOUT_FILENO, &modes);
        (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
        copier->packets = ioctl(copier->master_fd, TIOCPKT, &on) == 0;
        modes.c_lflag |= EXTPROC; /* with it the master hears of changes */
    }
    modes.c_oflag &= ~(tcflag_t)OPOST;
    if (tcsetattr(output->slave_fd, TCSANOW, &modes) < 0)
        return -errno;
    (void)ioctl(copier->master_fd, TIOCSWINSZ, &size);
    return 0;
}

static int open_pty(struct command_output *output)
{
    struct copier *copier = &output->copier;

    copier->master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (copier->master_fd < 0 || grantpt(copier->master_fd) < 0 || unlockpt(copier->master_fd) < 0)
        return -errno;
    output->slave_fd = open_slave(copier->master_fd);
    if (output->slave_fd < 0 || fstat(output->slave_fd, &output->terminal) < 0)
        return -errno;
    return make_alike(output);
}

static int open_channels(struct command_output *output)
{
    struct copier *copier = &output->copier;
    int ask[2];

    if (pipe2(ask, O_CLOEXEC) < 0)
        return -errno;
    copier->ask_fd = ask[0];
    output->ask_fd = ask[1];
    copier->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (copier->news_fd < 0)
        return -errno;
    copier->news = mmap(NULL, sizeof(*copier->news), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (copier->news == MAP_FAILED) {
        copier->news = NULL;
        return -ENOMEM;
    }
    copier->ring = byte_ring_new(RING_BYTES);
    return copier->ring == NULL ? -ENOMEM : 0;
}

int command_output_open(struct command_output **output_out, struct aico2_error *err)
{
    struct command_output *output;
    int flags = fcntl(STDOUT_FILENO, F_GETFD);
    int r;

    /* where it is closed, main() holds its place, and the command gets nothing of that */
    if (flags < 0 || (flags & FD_CLOEXEC) != 0)
        return aico2_error_set(err, -EBADF, "standard output is closed");
    output = calloc(1, sizeof(*output));
    if (output == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    output->copier.master_fd = output->copier.ask_fd = output->copier.news_fd = -1;
    output->slave_fd = output->ask_fd = -1;
    r = open_pty(output);
    if (r == 0)
        r = open_channels(output);
    if (r < 0) {
        command_output_free(output);
        return aico2_error_set_errno(err, -r, "cannot make a terminal for the command's output");
    }
    *output_out = output;
    return 0;
}

void command_output_free(struct command_output *output)
{
    if (output == NULL)
        return;
    fd_closep(&output->copier.master_fd);
    fd_closep(&output->copier.ask_fd);
    fd_closep(&output->copier.news_fd);
    fd_closep(&output->slave_fd);
    fd_closep(&output->ask_fd);
    byte_ring_free(output->copier.ring);
    if (output->copier.news != NULL)
        (void)munmap(output->copier.news, sizeof(*output->copier.news));
    free(output);
}

struct byte_ring *command_output_ring(const struct command_output *output)
{
    return output != NULL ? output->copier.ring : NULL;
}

pid_t command_output_start(struct command_output *output, struct aico2_error *err)
{
    pid_t pid = fork();

    if (pid < 0)
        return aico2_error_set_errno(err, errno, "cannot fork");
    if (pid == 0)
        output_copier_run(&output->copier);
    output->pid = pid;
    fd_closep(&output->copier.master_fd); /* the copier's alone: when it goes, writing fails */
    fd_closep(&output->copier.ask_fd);
    return pid;
}

void command_output_become(const struct command_output *output)
{
    (void)dup2(output->slave_fd, STDOUT_FILENO);
}

void command_output_started(struct command_output *output)
{
    fd_closep(&output->slave_fd);
}

pid_t command_output_pid(const struct command_output *output)
{
    return output != NULL ? output->pid : 0;
}

bool command_output_reaped(struct command_output *output, pid_t pid)
{
    if (output == NULL || output->pid == 0 || output->pid != pid)
        return false;
    output->pid = 0;
    return true;
}

int command_output_fd(const struct command_output *output)
{
    return output->copier.news_fd;
}

static void ask(const struct command_output *output, char what)
{
    (void)!write(output->ask_fd, &what, 1);
}

/* Its next writing shall fail as it would without us: by a signal where that ends it, else by an error. */
static void refuse(struct command_output *output, struct session *session, int errnum)
{
    int number = errnum == EFBIG ? SIGXFSZ : SIGPIPE;
    pid_t pid = output_writer_find(session, &output->terminal, number);

    output->told = pid;
    if (pid > 0 && kill(pid, number) == 0)
        return;
    output->hung_up = true;
    ask(output, COPIER_HANG_UP);
}

/* Whether there was more output than what a process left that had its signal. */
static bool is_printed_on(struct command_output *output)
{
    const struct copier_news *news = output->copier.news;

    if (output->told > 0) {
        if (output_writer_prints(output->told, &output->terminal))
            return false; /* it is dying */
        output->told = 0;
        output->is_clearing = true;
        command_output_flush(output); /* what it left is out of the way then */
    }
    if (output->is_clearing && atomic_load(&news->flushed) != output->flushes)
        return false;
    if (output->is_clearing)
        output->wasted_seen = atomic_load(&news->wasted);
    output->is_clearing = false;
    return atomic_load(&news->wasted) != output->wasted_seen;
}

void command_output_serve(struct command_output *output, struct session *session)
{
    struct copier_news *news = output->copier.news;
    uint64_t count;
    int errnum;

    if (read(output->copier.news_fd, &count, sizeof(count)) <= 0)
        return;
    if (atomic_exchange(&news->resized, false)) {
        pid_t pids[256];
        size_t living = session_living(session, pids, ARRAY_LENGTH(pids));

        for (size_t i = 0; i < living && i < ARRAY_LENGTH(pids); i++)
            (void)kill(pids[i], SIGWINCH);
    }
    errnum = atomic_load(&news->refused);
    if (errnum == 0 || output->hung_up)
        return;
    if (output->is_refused && !is_printed_on(output))
        return;
    output->is_refused = true;
    refuse(output, session, errnum);
}

void command_output_flush(struct command_output *output)
{
    output->flushes++;
    ask(output, COPIER_FLUSH);
}

/* It is not waited for: what it has cost is still to be asked. */
static void has_ended(struct command_output *output)
{
    siginfo_t info = { 0 };

    if (output->pid != 0 &&
        waitid(P_PID, (id_t)output->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == output->pid)
        output->ended = true;
}

static bool is_flushed(const struct command_output *output)
{
    return output->pid == 0 || output->ended || atomic_load(&output->copier.news->refused) != 0 ||
           atomic_load(&output->copier.news->flushed) == output->flushes;
}

void command_output_wait(struct command_output *output, int64_t wait_ns, int wake_fd,
                         bool (*woken)(void *payload), void *payload)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;

    while (!is_flushed(output)) {
        struct pollfd waits[] = { { .fd = output->copier.news_fd, .events = POLLIN },
                                  { .fd = wake_fd, .events = POLLIN } };
        int64_t left_ns = wait_ns < 0 ? NSEC_PER_SEC : deadline_ns - clock_mono_ns();
        uint64_t count;

        if (left_ns <= 0)
            return;
        (void)poll(waits, ARRAY_LENGTH(waits), (int)(left_ns / NSEC_PER_MSEC) + 1);
        (void)!read(output->copier.news_fd, &count, sizeof(count));
        if (waits[1].revents != 0 && woken(payload))
            return;
        has_ended(output);
    }
}

int command_output_failure(const struct command_output *output)
{
    int errnum = output != NULL ? atomic_load(&output->copier.news->refused) : 0;

    return errnum == EPIPE ? 0 : errnum;
}
