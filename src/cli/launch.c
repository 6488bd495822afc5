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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/number.h"
#include "cli/command_output.h"
#include "cli/fetcher.h"
#include "cli/signals.h"
#include "model/provider_names.h"

/* What does not end on SIGTERM is given this long. */
static const int64_t KILL_AFTER_NS = 10 * NSEC_PER_SEC;
/* Who ends a run does not wait for a reader that does not read. */
static const int64_t TOLD_PATIENCE_NS = NSEC_PER_SEC;
enum { SIGNALLED_MAX = 256, INHERITED_MAX = 64 };
/* Without memory for watching signals, they are looked for this often. */
enum { UNWATCHED_MS = 50, LOOK_MS = 1000 };

struct launch {
    struct signals signals;
    int parent_death_signal; /* what whoever started us wants to happen with its own end; 0 none */
    int go_fd;               /* closed or written: the child goes on */
    int failed_fd;           /* gets the errno of a failed exec; closed by a successful one */
    pid_t inherited[INHERITED_MAX]; /* children of whoever became us by exec: not the command's */
    size_t inherited_count;
    pid_t child;
    bool child_gone;
    int status;
    int64_t deadline_mono_ns; /* 0: none */
    bool timed_out;           /* the deadline has passed, SIGTERM was sent */
    bool cut_short;           /* and it was the command that it ended */
    bool stop_waiting;        /* for what the command left running (--wait-all) */
    unsigned end_signals;     /* that asked for the end, of the command or of our waiting */
    unsigned end_signals_seen;
};

/* `sh -c 'logger & exec aico2 run ...'`: we have a child that is none of the command's. */
static void find_inherited(struct launch *launch)
{
    siginfo_t info;
    char text[INHERITED_MAX * 12];
    char *at = text;

    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return; /* no child at all: nearly always */
    if (fs_read_text_at(AT_FDCWD, "/proc/thread-self/children", text, sizeof(text), NULL) <= 0)
        return;
    while (launch->inherited_count < INHERITED_MAX && *at != '\0') {
        size_t length = strcspn(at, " \n");
        bool last = at[length] == '\0';
        int64_t pid;

        at[length] = '\0';
        if (number_parse_i64(at, &pid))
            launch->inherited[launch->inherited_count++] = (pid_t)pid;
        at += length + (last ? 0 : 1);
    }
}

const pid_t *launch_inherited(const struct launch *launch, size_t *count_out)
{
    *count_out = launch->inherited_count;
    return launch->inherited;
}

int launch_prepare(struct launch **launch_out, struct aico2_error *err)
{
    struct launch *launch = calloc(1, sizeof(*launch));
    int r;

    if (launch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    launch->go_fd = launch->failed_fd = -1;
    r = signals_watch(&launch->signals, err);
    if (r < 0) {
        launch_free(launch);
        return r;
    }
    find_inherited(launch);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    (void)prctl(PR_GET_PDEATHSIG, &launch->parent_death_signal, 0, 0, 0);
    *launch_out = launch;
    return 0;
}

void launch_free(struct launch *launch)
{
    if (launch == NULL)
        return;
    fd_closep(&launch->signals.fd);
    fd_closep(&launch->go_fd);
    fd_closep(&launch->failed_fd);
    free(launch);
}

/* In the child: only calls that are safe after a fork of a program with threads. */
static void AICO2_NORETURN become_command(const struct launch *launch,
                                          const struct launch_options *options,
                                          char *const *environment, const int go[2], int failed_fd)
{
    char *const *command = options->command;
    char byte;
    int errnum;

    (void)close(go[1]); /* else our own end would keep us waiting for a parent that has gone */
    if (read(go[0], &byte, 1) != 1)
        _exit(125);
    /* a fork clears it: the command would outlive what it was to die with */
    if (launch->parent_death_signal != 0)
        (void)prctl(PR_SET_PDEATHSIG, launch->parent_death_signal, 0, 0, 0);
    signals_restore(&launch->signals);
    if (options->output != NULL)
        command_output_become(options->output);
    (void)execvpe(command[0], command, environment);
    errnum = errno;
    if (write(failed_fd, &errnum, sizeof(errnum)) < 0)
        _exit(125);
    _exit(errnum == ENOENT ? 127 : 126);
}

/* The command's environment: ours with one variable set, without the secrets of providers. Ours is not changed,
 * for a driver's library asks it on a thread of its own meanwhile. The words are borrowed. NULL: out of memory. */
static char **environment_with(char *variable)
{
    size_t name_length = strcspn(variable, "=") + 1;
    size_t count = 0;
    size_t kept = 0;
    char **words;

    while (environ != NULL && environ[count] != NULL)
        count++;
    words = calloc(count + 2, sizeof(*words));
    if (words == NULL)
        return NULL;

    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], variable, name_length) != 0 && !provider_is_secret(environ[i]))
            words[kept++] = environ[i];
    }
    words[kept] = variable;
    return words;
}

int launch_become(const struct launch *launch, char *const *command)
{
    size_t kept = 0;

    if (launch != NULL) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); /* an exec would keep it */
        signals_restore(&launch->signals);
    }
    /* in place: there may be no memory, and nobody of ours reads it any more */
    for (size_t i = 0; environ != NULL && environ[i] != NULL; i++) {
        if (!provider_is_secret(environ[i]))
            environ[kept++] = environ[i];
    }
    if (environ != NULL)
        environ[kept] = NULL;
    (void)execvp(command[0], command);
    return -errno;
}

int launch_fork(struct launch *launch, const struct launch_options *options, pid_t *child_out,
                struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char **environment = NULL;
    char variable[64];
    int go[2] = { -1, -1 };
    int failed[2] = { -1, -1 };
    int r = 0;

    (void)snprintf(variable, sizeof(variable), "AICO2_RUN_ID=%s", options->run_id);
    environment = environment_with(variable);
    if (environment == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (pipe2(go, O_CLOEXEC) < 0 || pipe2(failed, O_CLOEXEC) < 0)
        r = aico2_error_set_errno(err, errno, "cannot create a pipe");
    if (r == 0 && options->output != NULL)
        r = command_output_start(options->output, err) > 0 ? 0 : -EAGAIN;
    if (r == 0) {
        launch->child = fork();
        if (launch->child < 0)
            r = aico2_error_set_errno(err, errno, "cannot fork");
        else if (launch->child == 0)
            become_command(launch, options, environment, go, failed[1]);
    }
    fd_closep(&go[0]);
    fd_closep(&failed[1]);
    if (options->output != NULL)
        command_output_started(options->output);
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

static bool take_inherited(struct launch *launch, pid_t pid)
{
    for (size_t i = 0; i < launch->inherited_count; i++) {
        if (launch->inherited[i] == pid) {
            launch->inherited[i] = launch->inherited[--launch->inherited_count];
            return true;
        }
    }
    return false;
}

/* Return: false when there is no child of the command left. */
static bool reap(struct launch *launch, const struct launch_options *options,
                 struct session *session)
{
    bool others = launch->inherited_count > 0 ||
                  (options->fetch != NULL && fetch_pid(options->fetch) != 0) ||
                  command_output_pid(options->output) != 0;

    for (;;) {
        struct rusage usage;
        int status;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);

        if (pid < 0 && errno == EINTR)
            continue;
        if (pid <= 0)
            return pid == 0 &&
                   (!others || !launch->child_gone || session_living(session, NULL, 0) > 0);
        if (take_inherited(launch, pid))
            continue;
        if (fetch_reaped(options->fetch, pid, status) ||
            command_output_reaped(options->output, pid)) {
            session_helper_reaped(session, pid, cpu_ns_of(&usage));
            continue;
        }
        session_reaped(session, pid, cpu_ns_of(&usage));
        if (pid == launch->child) {
            launch->child_gone = true;
            launch->status = status;
        }
    }
}

static void pass_on(struct launch *launch, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;
    bool ends;

    if (number == SIGCHLD)
        return;
    ends = number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
    launch->end_signals += ends;
    if (launch->child_gone) {
        /* --wait-all has us wait for others, who are not ours to signal */
        launch->stop_waiting |= ends;
        return;
    }
    if (!signals_reached_group(info))
        signals_send(launch->child, info);
}

static void take_signals(struct launch *launch)
{
    struct signalfd_siginfo info;

    while (read(launch->signals.fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        pass_on(launch, &info);
}

int launch_signal_fd(const struct launch *launch)
{
    return launch->signals.fd;
}

bool launch_is_asked_to_end(struct launch *launch)
{
    take_signals(launch);
    return launch->stop_waiting;
}

static void end_process(pid_t pid, bool at_once)
{
    (void)kill(pid, at_once ? SIGKILL : SIGTERM);
    (void)kill(pid, SIGCONT); /* what is stopped would never see it */
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
        end_process(pids[i], launch->timed_out);
    if (count == 0 && !launch->child_gone)
        end_process(launch->child, launch->timed_out);
    launch->deadline_mono_ns = launch->timed_out ? 0 : clock_mono_ns() + KILL_AFTER_NS;
    launch->timed_out = true;
    launch->cut_short |= !launch->child_gone;
}

void launch_signal(const struct launch *launch, struct session *session, int number, bool all)
{
    pid_t pids[SIGNALLED_MAX];
    size_t count = all ? session_living(session, pids, SIGNALLED_MAX) : 0;

    for (size_t i = 0; i < count && i < SIGNALLED_MAX; i++)
        (void)kill(pids[i], number);
    if (count == 0 && !launch->child_gone)
        (void)kill(launch->child, number);
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
    bool watched = session_watch(session, launch->signals.fd, NULL) == 0;
    struct command_output *output = options->output;
    bool children = true;

    if (output != NULL)
        (void)session_watch(session, command_output_fd(output), NULL);
    for (;;) {
        int timeout_ms = poll_timeout_ms(launch);
        int r;

        if (!watched && (timeout_ms < 0 || timeout_ms > UNWATCHED_MS))
            timeout_ms = UNWATCHED_MS;
        if (options->look != NULL && (timeout_ms < 0 || timeout_ms > LOOK_MS))
            timeout_ms = LOOK_MS;
        r = session_wait(session, timeout_ms);
        if (r < 0)
            break;
        if (options->look != NULL)
            options->look(options->payload);
        if (r > 0 && output != NULL)
            command_output_serve(output, session);
        if (r > 0 || !watched || launch->child_gone) {
            take_signals(launch);
            children = reap(launch, options, session);
        }
        /* without a child never wait for what is not there, even if the command was not seen to go */
        if (!children || (launch->child_gone && (!options->wait_all || launch->stop_waiting)))
            break;
        keep_deadline(launch, session);
    }
    *result_out =
        (struct launch_result){ .status = launch->status, .timed_out = launch->cut_short };
}

static bool is_told_to_end(void *payload)
{
    struct launch *launch = payload;

    take_signals(launch);
    return launch->end_signals != launch->end_signals_seen;
}

void launch_deliver(struct launch *launch, const struct launch_options *options,
                    int64_t patience_ns)
{
    if (options->output == NULL)
        return;
    take_signals(launch);
    if (patience_ns < 0 && (launch->end_signals > 0 || launch->cut_short))
        patience_ns = TOLD_PATIENCE_NS;
    launch->end_signals_seen = launch->end_signals;
    command_output_flush(options->output);
    command_output_wait(options->output, patience_ns, launch->signals.fd, is_told_to_end, launch);
}

int launch_die_of(int signal_number)
{
    struct rlimit no_core = { 0, 0 };
    struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t only;

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
