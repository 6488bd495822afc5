/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/output_copier.c - the process that brings what the command prints from its pty to our stdout
 *
 * Source: tty_ioctl(4), TIOCPKT (ioctl_tty(2)); the kernel's n_tty.c and pty.c for what is read before EIO.
 */
#include "cli/output_copier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    READ_BYTES = 64 * 1024, /* as a pipe; a pty gives 4 KiB at a time */
    /* More than a pty can hold: what was printed before a flush was asked for has come by then. */
    FLUSH_BYTES = 256 * 1024,
};

/* A bar that is drawn at every step does not wake us at every step. */
static const int64_t WAKE_EVERY_NS = 50 * NSEC_PER_MSEC;

struct copying {
    const struct copier *copier;
    int ask_fd;           /* -1: nobody asks any more */
    int resize_fd;        /* -1 */
    struct termios modes; /* of the pty, as we know it */
    unsigned flushes;     /* asked for */
    size_t since_flush;   /* bytes that were copied since the last was asked for */
    bool wasting;         /* nobody takes the output */
    bool to_wake;         /* the ring has something that its reader was not told of */
    int64_t woken_ns;
    char bytes[READ_BYTES + 1];
};

static void tell(const struct copying *copying)
{
    uint64_t one = 1;

    if (copying->ask_fd >= 0)
        (void)!write(copying->copier->news_fd, &one, sizeof(one));
}

/* Who follows the output is woken for the first of several lines, and after a while for the others. Return: in how
 * many milliseconds that is; -1: nothing is left. */
static int wake(struct copying *copying)
{
    int64_t now_ns = clock_mono_ns();

    if (!copying->to_wake)
        return -1;
    if (now_ns - copying->woken_ns < WAKE_EVERY_NS)
        return (int)((WAKE_EVERY_NS - (now_ns - copying->woken_ns)) / NSEC_PER_MSEC) + 1;
    copying->to_wake = false;
    copying->woken_ns = now_ns;
    byte_ring_wake(copying->copier->ring);
    return -1;
}

/* Return: 0, or the errno of a write that will never work. */
static int put(const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t put = write(STDOUT_FILENO, bytes, count);

        if (put >= 0) {
            bytes += put;
            count -= (size_t)put;
        } else if (errno == EAGAIN) { /* somebody who shares it has made it so */
            struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

            (void)poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static tcflag_t patched(tcflag_t real, tcflag_t before, tcflag_t now)
{
    return (real & ~(before ^ now)) | (now & (before ^ now));
}

/*
 * The command has changed the modes of its output, as full-screen programs do: what it changed is
 * changed on the terminal. Only how output is turned into lines stays the terminal's, for the pty does
 * not touch it.
 */
static void pass_modes_on(struct copying *copying)
{
    struct termios before = copying->modes;
    struct termios real;
    struct termios now;

    if (tcgetattr(copying->copier->master_fd, &now) < 0)
        return;
    if ((now.c_oflag & OPOST) != 0 || (now.c_lflag & EXTPROC) == 0) {
        now.c_oflag &= ~(tcflag_t)OPOST;
        now.c_lflag |= EXTPROC;
        (void)tcsetattr(copying->copier->master_fd, TCSANOW, &now);
    }
    copying->modes = now;
    if (tcgetattr(STDOUT_FILENO, &real) < 0)
        return;
    real.c_iflag = patched(real.c_iflag, before.c_iflag, now.c_iflag);
    real.c_lflag = patched(real.c_lflag, before.c_lflag, now.c_lflag);
    for (size_t i = 0; i < NCCS; i++) {
        if (now.c_cc[i] != before.c_cc[i])
            real.c_cc[i] = now.c_cc[i];
    }
    (void)tcsetattr(STDOUT_FILENO, TCSADRAIN, &real);
}

static void AICO2_NORETURN hang_up(const struct copying *copying)
{
    tell(copying);
    _exit(0);
}

static void take(struct copying *copying, const char *bytes, size_t count)
{
    int errnum;

    copying->since_flush += count;
    if (copying->wasting) {
        atomic_fetch_add(&copying->copier->news->wasted, 1);
        tell(copying);
        return;
    }
    if (copying->ask_fd >= 0) {
        byte_ring_add(copying->copier->ring, bytes, count);
        copying->to_wake = true;
        wake(copying);
    }
    errnum = put(bytes, count);
    if (errnum == 0)
        return;
    /* Without us the command would have got this error, or a signal. */
    atomic_store(&copying->copier->news->refused, errnum);
    if (copying->ask_fd < 0 || (errnum != EPIPE && errnum != EFBIG))
        hang_up(copying);
    copying->wasting = true;
    tell(copying);
}

/* Return: whether there may be more. */
static bool copy_some(struct copying *copying)
{
    ssize_t got = read(copying->copier->master_fd, copying->bytes, sizeof(copying->bytes));
    size_t head = copying->copier->packets ? 1 : 0;

    if (got < 0 && errno == EINTR)
        return true;
    if (got < 0 && errno == EAGAIN)
        return false;
    if (got <= 0) /* EIO: nobody has it open any more */
        hang_up(copying);
    if (head > 0 && (copying->bytes[0] & TIOCPKT_IOCTL) != 0)
        pass_modes_on(copying);
    if ((size_t)got > head)
        take(copying, copying->bytes + head, (size_t)got - head);
    return true;
}

static void copy(struct copying *copying)
{
    bool more = copy_some(copying);

    while (more && copying->flushes != atomic_load(&copying->copier->news->flushed) &&
           copying->since_flush < FLUSH_BYTES)
        more = copy_some(copying);
    if (copying->flushes != atomic_load(&copying->copier->news->flushed)) {
        atomic_store(&copying->copier->news->flushed, copying->flushes);
        tell(copying);
    }
}

static void take_asked(struct copying *copying)
{
    char asked[16];
    ssize_t got = read(copying->ask_fd, asked, sizeof(asked));

    if (got == 0)
        copying->ask_fd = -1;
    if (got == 0 && copying->wasting)
        hang_up(copying);
    for (ssize_t i = 0; i < got; i++) {
        if (asked[i] == COPIER_HANG_UP)
            hang_up(copying);
        copying->flushes++;
        copying->since_flush = 0;
    }
}

static void take_size(struct copying *copying)
{
    struct signalfd_siginfo info;
    struct winsize before = { 0 };
    struct winsize size;

    while (read(copying->resize_fd, &info, sizeof(info)) > 0)
        continue;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
        ioctl(copying->copier->master_fd, TIOCGWINSZ, &before) < 0 ||
        (size.ws_row == before.ws_row && size.ws_col == before.ws_col))
        return;
    (void)ioctl(copying->copier->master_fd, TIOCSWINSZ, &size);
    atomic_store(&copying->copier->news->resized, true);
    tell(copying);
}

static void close_others(const struct copying *copying)
{
    const struct copier *copier = copying->copier;
    int limit = 0;
    const int kept[] = { STDOUT_FILENO,   copier->master_fd,  copier->ask_fd,
                         copier->news_fd, copying->resize_fd, byte_ring_fd(copier->ring) };

    for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
        limit = kept[i] > limit ? kept[i] : limit;
    /* what reads from our stdin, or waits for our stderr to close, shall not wait for us */
    for (int fd = 0; fd < limit; fd++) {
        bool keep = false;

        for (size_t i = 0; i < ARRAY_LENGTH(kept); i++)
            keep = keep || kept[i] == fd;
        if (!keep)
            (void)close(fd);
    }
    closefrom(limit + 1);
}

void output_copier_run(const struct copier *copier)
{
    struct copying copying = { .copier = copier, .ask_fd = copier->ask_fd, .resize_fd = -1 };
    sigset_t resize;

    (void)sigemptyset(&resize);
    (void)sigaddset(&resize, SIGWINCH);
    (void)sigprocmask(SIG_BLOCK, &resize, NULL);
    if (copier->terminal)
        copying.resize_fd = signalfd(-1, &resize, SFD_CLOEXEC | SFD_NONBLOCK);
    /* a command that is stopped has printed what it has printed */
    (void)signal(SIGTSTP, SIG_IGN);
    (void)prctl(PR_SET_NAME, "aico2-output", 0, 0, 0);
    (void)tcgetattr(copier->master_fd, &copying.modes);
    close_others(&copying);

    for (;;) {
        struct pollfd waits[] = { { .fd = copier->master_fd, .events = POLLIN },
                                  { .fd = copying.ask_fd, .events = POLLIN },
                                  { .fd = copying.resize_fd, .events = POLLIN } };

        if (poll(waits, ARRAY_LENGTH(waits), wake(&copying)) < 0)
            continue;
        if (waits[2].revents != 0)
            take_size(&copying);
        if (waits[1].revents != 0)
            take_asked(&copying);
        if (waits[0].revents != 0 || copying.flushes != atomic_load(&copier->news->flushed))
            copy(&copying);
    }
}
