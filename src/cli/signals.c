/* SPDX-License-Identifier: Apache-2.0 */
/* cli/signals.c - which signals are meant for the command, and how they get there once */
#include "cli/signals.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

/* SIGTSTP, SIGTTIN, SIGTTOU and SIGCONT keep their default action: job control works on the whole
 * group. SIGALRM is here because alarm(2) before an exec is a common way to limit a command. */
static const int forwarded[] = { SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM, SIGUSR1,
                                 SIGUSR2, SIGALRM, SIGWINCH, SIGPWR };

static void add_forwarded(sigset_t *set, int number)
{
    struct sigaction action;

    /* blocked signals are queued even when ignored: what nohup ignores stays out of the set */
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        (void)sigaddset(set, number);
}

int signals_watch(struct signals *signals, struct aico2_error *err)
{
    struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t watched;
    sigset_t blocked;

    (void)sigemptyset(&watched);
    (void)sigaddset(&watched, SIGCHLD);
    for (size_t i = 0; i < ARRAY_LENGTH(forwarded); i++)
        add_forwarded(&watched, forwarded[i]);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        add_forwarded(&watched, number);
    /* a reader of stderr that left, a file that may not grow: an error, not the end of the
     * measurement */
    blocked = watched;
    (void)sigaddset(&blocked, SIGPIPE);
    (void)sigaddset(&blocked, SIGXFSZ);

    /* with SIGCHLD ignored the kernel would reap the command and its status would be lost */
    (void)sigaction(SIGCHLD, &usual, &signals->original_chld);
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &signals->original_mask);
    signals->fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0) {
        int errnum = errno;

        signals_restore(signals);
        return aico2_error_set_errno(err, errnum, "cannot watch signals");
    }
    return 0;
}

void signals_restore(const struct signals *signals)
{
    (void)sigaction(SIGCHLD, &signals->original_chld, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &signals->original_mask, NULL);
}

/*
 * What the terminal sends goes to the whole group by itself: the command has it already. A hang-up
 * goes to the session's leader alone, though, and that may be us.
 */
bool signals_reached_group(const struct signalfd_siginfo *info)
{
    if (info->ssi_code != SI_KERNEL)
        return false;
    switch (info->ssi_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGWINCH:
        return true;
    case SIGHUP:
        return getsid(0) != getpid();
    default: /* an alarm of ours that was the command's */
        return false;
    }
}

void signals_send(pid_t pid, const struct signalfd_siginfo *info)
{
    if (info->ssi_code == SI_QUEUE) {
        union sigval value;

        memcpy(&value, &info->ssi_ptr, sizeof(value));
        (void)sigqueue(pid, (int)info->ssi_signo, value);
    } else {
        (void)kill(pid, (int)info->ssi_signo);
    }
}
