/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/pusher.c - snapshots handed to a fetcher that pushes them, without ever waiting for it */
#include "session/push/pusher.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "session/push/child.h"
#include "session/push/frames.h"

static const int64_t FIRST_PAUSE_NS = NSEC_PER_SEC;
static const int64_t LONGEST_PAUSE_NS = 60 * NSEC_PER_SEC;
/* one that lived so long is started again as if nothing had been */
static const int64_t GOOD_LIFE_NS = 60 * NSEC_PER_SEC;
static const int64_t BETWEEN_LINES_NS = 60 * NSEC_PER_SEC;

enum { PATH_SIZE = 4096, STATUS_UNSENT = 4, STATUS_ABSENT = 5 };

/* A trouble that is told once, again when it is another one, and when it is over. */
struct trouble {
    char told[PUSH_MESSAGE_SIZE]; /* "": none */
    int64_t told_mono_ns;
};

struct pusher {
    char program[PATH_SIZE];
    struct push_setup setup;
    const struct log *log;
    struct push_child child;
    struct push_frames frames;
    struct push_state state; /* of the process that runs, or ran last */
    size_t state_read;       /* bytes of the next one */
    char state_bytes[sizeof(struct push_state)];
    struct pusher_figures before; /* of the processes before it */
    uint64_t dropped_samples;     /* by us */
    int64_t last_wall_ns;
    int64_t started_mono_ns;
    int64_t next_start_mono_ns;
    int64_t pause_ns;
    int last_status; /* of waitpid; -1 unknown */
    bool is_absent;  /* this build has none */
    bool is_over;    /* it is not started again: it will never do, or was to do it once */
    bool is_stopping;
    struct trouble server;
    struct trouble queue;
};

static void tell(const struct pusher *pusher, struct trouble *trouble, const char *message,
                 const char *is_well)
{
    const int64_t now_ns = clock_mono_ns();

    if (strcmp(trouble->told, message) == 0)
        return;
    if (message[0] != '\0' && trouble->told[0] != '\0' &&
        now_ns - trouble->told_mono_ns < BETWEEN_LINES_NS)
        return;
    if (message[0] != '\0')
        log_write(pusher->log, LOG_WARNING, "remote write: %s", message);
    else
        log_write(pusher->log, LOG_INFO, "remote write: %s", is_well);
    (void)snprintf(trouble->told, sizeof(trouble->told), "%s", message);
    trouble->told_mono_ns = now_ns;
}

static int start(struct pusher *pusher, struct aico2_error *err)
{
    int r = push_frames_restart(&pusher->frames, &pusher->setup);

    if (r < 0)
        return aico2_error_set(err, r, "out of memory");
    r = push_child_start(&pusher->child, pusher->program, err);
    pusher->started_mono_ns = clock_mono_ns();
    pusher->state_read = 0;
    return r;
}

int pusher_start(struct pusher **pusher_out, const char *program, const struct push_setup *setup,
                 const struct log *log, struct aico2_error *err)
{
    struct pusher *pusher = calloc(1, sizeof(*pusher));
    int r;

    if (pusher == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    pusher->child = PUSH_CHILD_NULL;
    pusher->log = log;
    pusher->pause_ns = FIRST_PAUSE_NS;
    pusher->setup = *setup;
    pusher->setup.magic = PUSH_MAGIC;
    pusher->setup.version = PUSH_VERSION;
    if (!push_setup_check(&pusher->setup) ||
        snprintf(pusher->program, sizeof(pusher->program), "%s", program) >=
            (int)sizeof(pusher->program))
        r = aico2_error_set(err, -EINVAL, "a set-up that cannot be put to aico2-fetch");
    else
        r = start(pusher, err);
    if (r < 0) {
        pusher_free(pusher);
        return r;
    }
    *pusher_out = pusher;
    return 0;
}

bool pusher_is_over(const struct pusher *pusher)
{
    return pusher->is_over;
}

bool pusher_has_room(const struct pusher *pusher)
{
    return push_frames_have_room(&pusher->frames);
}

/* A pipe without a reader would end the caller. Return: as push_frames_write(). */
static int write_frames(struct pusher *pusher)
{
    sigset_t pipe_signal;
    sigset_t before;
    const struct timespec at_once = { 0 };
    int r;

    (void)sigemptyset(&pipe_signal);
    (void)sigaddset(&pipe_signal, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    r = push_frames_write(&pusher->frames, pusher->child.frames_fd);
    if (r == -EPIPE && sigismember(&before, SIGPIPE) == 0)
        (void)sigtimedwait(&pipe_signal, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

static void write_some(struct pusher *pusher)
{
    if (pusher->child.frames_fd >= 0 && write_frames(pusher) < 0)
        fd_closep(
            &pusher->child.frames_fd); /* it is ending: what it has not stored stays with us */
}

bool pusher_push(struct pusher *pusher, const struct metrics *metrics, enum push_kind kind)
{
    int r;

    /* of one sequence: two samples of a series never have the same time */
    if (kind == PUSH_SNAPSHOT &&
        pusher->last_wall_ns / NSEC_PER_MSEC == metrics->wall_ns / NSEC_PER_MSEC)
        r = -EEXIST;
    else
        r = push_frames_add(&pusher->frames, metrics, kind);
    if (r < 0) {
        pusher->dropped_samples += metrics->sample_count;
        return false;
    }
    if (kind == PUSH_SNAPSHOT)
        pusher->last_wall_ns = metrics->wall_ns;
    write_some(pusher);
    return true;
}

static void take_state(struct pusher *pusher)
{
    struct push_state state;

    memcpy(&state, pusher->state_bytes, sizeof(state));
    if (!push_state_check(&state))
        return;
    pusher->state = state;
    push_frames_stored(&pusher->frames, state.stored);
    tell(pusher, &pusher->server, state.server, "the server takes samples again");
    tell(pusher, &pusher->queue, state.queue, "the queue is on the disk again");
}

static void read_states(struct pusher *pusher)
{
    while (pusher->child.states_fd >= 0) {
        ssize_t got = read(pusher->child.states_fd, pusher->state_bytes + pusher->state_read,
                           sizeof(pusher->state_bytes) - pusher->state_read);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            fd_closep(&pusher->child.states_fd);
            return;
        }
        pusher->state_read += (size_t)got;
        if (pusher->state_read == sizeof(pusher->state_bytes)) {
            pusher->state_read = 0;
            take_state(pusher);
        }
    }
}

/* Its counts stay; the next begins with its own. */
static void add_figures(struct pusher *pusher)
{
    pusher->before.sent_samples += pusher->state.sent_samples;
    pusher->before.dropped_samples += pusher->state.dropped_samples;
    pusher->before.failed_samples += pusher->state.failed_samples;
    pusher->before.retries += pusher->state.retries;
    pusher->state.sent_samples = 0;
    pusher->state.dropped_samples = 0;
    pusher->state.failed_samples = 0;
    pusher->state.retries = 0;
    pusher->state.stored = 0;
}

static void has_ended(struct pusher *pusher, int status)
{
    const int64_t now_ns = clock_mono_ns();

    read_states(pusher); /* what it said last */
    push_child_close(&pusher->child);
    pusher->last_status = status;
    add_figures(pusher);
    if (pusher->is_stopping)
        return;
    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == STATUS_ABSENT) {
        pusher->is_absent = true;
        pusher->is_over = true;
        log_write(pusher->log, LOG_ERROR,
                  "remote write: aico2-fetch was built without snappy, and cannot push");
        return;
    }
    if (pusher->setup.mode == PUSH_ONCE) {
        pusher->is_over = true;
        return;
    }
    if (now_ns - pusher->started_mono_ns >= GOOD_LIFE_NS)
        pusher->pause_ns = FIRST_PAUSE_NS;
    pusher->next_start_mono_ns = now_ns + pusher->pause_ns;
    log_write(pusher->log, LOG_WARNING,
              "remote write: aico2-fetch has ended%s%d; it is started again in %" PRId64 " s",
              status != -1 && WIFSIGNALED(status) ? " by signal " : " with status ",
              status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
              pusher->pause_ns / NSEC_PER_SEC);
    pusher->pause_ns *= 2;
    if (pusher->pause_ns > LONGEST_PAUSE_NS)
        pusher->pause_ns = LONGEST_PAUSE_NS;
}

static void start_again(struct pusher *pusher)
{
    struct aico2_error err;

    pusher->before.restarts++;
    if (start(pusher, &err) == 0)
        return;
    log_write(pusher->log, LOG_WARNING, "remote write: %s", err.message);
    pusher->next_start_mono_ns = clock_mono_ns() + pusher->pause_ns;
}

void pusher_turn(struct pusher *pusher)
{
    int status;

    if (pusher->is_over)
        return;
    if (pusher->child.pid == 0) {
        if (clock_mono_ns() >= pusher->next_start_mono_ns)
            start_again(pusher);
    } else if (push_child_has_ended(&pusher->child, &status) != 0) {
        has_ended(pusher, status);
        return;
    }
    read_states(pusher);
    write_some(pusher);
}

int pusher_poll_fds(const struct pusher *pusher, struct pollfd fds_out[2])
{
    int count = 0;

    if (pusher->child.states_fd >= 0)
        fds_out[count++] = (struct pollfd){ .fd = pusher->child.states_fd, .events = POLLIN };
    if (pusher->child.frames_fd >= 0 && (pusher->frames.next < pusher->frames.count ||
                                         pusher->frames.head_written < pusher->frames.head.length))
        fds_out[count++] = (struct pollfd){ .fd = pusher->child.frames_fd, .events = POLLOUT };
    return count;
}

pid_t pusher_pid(const struct pusher *pusher)
{
    return pusher->child.pid;
}

void pusher_figures(const struct pusher *pusher, struct pusher_figures *figures_out)
{
    struct pusher_figures figures = pusher->before;

    figures.sent_samples += pusher->state.sent_samples;
    figures.dropped_samples += pusher->state.dropped_samples + pusher->dropped_samples;
    figures.failed_samples += pusher->state.failed_samples;
    figures.retries += pusher->state.retries;
    figures.state = pusher->state;
    *figures_out = figures;
}

/* All is written, then the pipe closed; read until the process is gone. Return: whether it went in time. */
static bool wait_for_end(struct pusher *pusher, int64_t deadline_mono_ns, int *status_out)
{
    while (push_child_has_ended(&pusher->child, status_out) == 0) {
        const int64_t left_ms = (deadline_mono_ns - clock_mono_ns()) / NSEC_PER_MSEC;
        struct pollfd fds[2];
        int count = pusher_poll_fds(pusher, fds);

        if (left_ms <= 0)
            return false;
        /* its end shows as that of its states, and it may be reaped a moment later */
        if (count == 0)
            clock_pause_ns(NSEC_PER_MSEC);
        else
            (void)poll(fds, (nfds_t)count, left_ms < 100 ? (int)left_ms : 100);
        read_states(pusher);
        if (pusher->child.frames_fd >= 0 && write_frames(pusher) != 0)
            fd_closep(&pusher->child.frames_fd);
    }
    return true;
}

int pusher_stop(struct pusher *pusher, int64_t wait_ms, struct aico2_error *err)
{
    const int64_t deadline_ns = clock_mono_ns() + wait_ms * NSEC_PER_MSEC;
    const char *why = pusher->state.server[0] != '\0' ? pusher->state.server : pusher->state.queue;
    int status = pusher->last_status;
    bool in_time = true;

    if (pusher->child.pid == 0 && pusher->frames.count > 0 && !pusher->is_over)
        start_again(pusher); /* to take over what is left */
    pusher->is_stopping = true;
    if (pusher->child.pid != 0) {
        in_time = wait_for_end(pusher, deadline_ns, &status);
        if (!in_time)
            push_child_kill(&pusher->child);
        has_ended(pusher, status);
    }
    pusher->dropped_samples += push_frames_samples(&pusher->frames);
    if (why[0] == '\0')
        why = pusher->state.server;
    if (!in_time)
        return aico2_error_set(err, -ETIMEDOUT, "aico2-fetch did not end in time%s%s",
                               why[0] != '\0' ? ": " : "", why);
    if (pusher->is_absent)
        return aico2_error_set(err, -EIO, "aico2-fetch was built without snappy");
    if (status == 0 && pusher->frames.count == 0)
        return 0;
    return aico2_error_set(err, -EIO, "not all samples were sent%s%s", why[0] != '\0' ? ": " : "",
                           why);
}

void pusher_free(struct pusher *pusher)
{
    if (pusher == NULL)
        return;
    push_child_kill(&pusher->child);
    push_child_close(&pusher->child);
    push_frames_deinit(&pusher->frames);
    free(pusher);
}
