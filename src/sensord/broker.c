/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/broker.c - the loop: clients, the tick of a second, signals
 *
 * Nothing a client does can end it, grow it or hold it up: requests have a size, clients a number and a rate, answers are
 * sent whole or not at all, and who does not take his is sent away.
 */
#include "sensord/broker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/notify.h"

enum { EVENTS_MAX = 64, ACCEPTS_A_TURN = 16 };

static const int64_t COMPLAIN_NS = 60 * NSEC_PER_SEC;

static int watch(const struct broker *broker, int fd, void *who)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = who };

    return epoll_ctl(broker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* --- clients --- */

static void send_away(struct broker *broker, struct client *client)
{
    clients_remove(&broker->clients, client);
    if (broker->clients.count == 0)
        broker->idle_ns = clock_mono_ns();
}

static void complain(struct broker *broker, uid_t uid, const char *why, int64_t now_ns)
{
    if (broker->refused_ns != 0 && now_ns - broker->refused_ns < COMPLAIN_NS)
        return;
    broker->refused_ns = now_ns;
    log_write(broker->log, LOG_WARNING, "a client of user %u was refused: %s", (unsigned)uid, why);
}

/* Not let in: told why, as far as he listens. */
static void refuse(struct broker *broker, int fd, uid_t uid, int error, const char *why,
                   int64_t now_ns)
{
    size_t length = desk_refuse(0, error, why, broker->answer);

    (void)send(fd, broker->answer, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    complain(broker, uid, why, now_ns);
}

static void let_in(struct broker *broker, int accepted, int64_t now_ns)
{
    AICO2_CLEANUP(fd_closep) int fd = accepted;
    AICO2_CLEANUP(peer_deinit) struct peer peer = { .groups = NULL };
    struct client *client;
    enum right right;

    if (peer_read(fd, &peer) < 0)
        return;
    right = rights_of(&broker->rights, &peer);
    if (right == RIGHT_NONE) {
        refuse(broker, fd, peer.uid, EACCES, "not a member of the group", now_ns);
        return;
    }
    client = clients_add(&broker->clients, fd, peer.uid, right, now_ns);
    if (client == NULL) {
        refuse(broker, fd, peer.uid, EUSERS, "too many connections", now_ns);
        return;
    }
    (void)fd_take(&fd);
    if (watch(broker, client->fd, client) < 0)
        send_away(broker, client);
}

static void let_all_in(struct broker *broker, int64_t now_ns)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(broker->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            let_in(broker, fd, now_ns);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            broker->crowded = true;
            (void)epoll_ctl(broker->epoll_fd, EPOLL_CTL_DEL, broker->listen_fd, NULL);
            log_write(broker->log, LOG_WARNING, "nobody more can connect for a moment: %s",
                      strerror(errno));
        }
        return;
    }
}

/* One request of one client: the others have their turn. */
static void serve(struct broker *broker, struct client *client, int64_t now_ns)
{
    char request[sizeof(struct aico2_sensord_request)];
    ssize_t got = recv(client->fd, request, sizeof(request), MSG_DONTWAIT | MSG_TRUNC);
    bool end = true;
    size_t length;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        send_away(broker, client);
        return;
    }
    if (client_may_ask(client, now_ns)) {
        length = desk_answer(&broker->desk, client->right, request, (size_t)got, now_ns,
                             broker->answer, &end);
    } else {
        length = desk_refuse(0, EBUSY, "too many requests", broker->answer);
        complain(broker, client->uid, "too many requests", now_ns);
    }
    /* one that does not take its answers gets no more */
    if (send(client->fd, broker->answer, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 || end)
        send_away(broker, client);
}

/* --- the tick --- */

/* What was lost, and only opening it again would help: that is for whoever starts us. */
static void look_for_lost(struct broker *broker)
{
    const struct device *lost = meters_lost(broker->desk.meters);

    if (lost == NULL)
        return;
    log_write(broker->log, LOG_WARNING,
              "%s cannot be read any more: this process ends, and its socket starts another",
              lost->id);
    broker->ending = true;
}

/* One tick at a time: late ones are not made up for. */
static int set_timer(const struct broker *broker)
{
    const struct itimerspec next = {
        .it_value = { .tv_sec = broker->desk.pace.next_ns / NSEC_PER_SEC,
                      .tv_nsec = broker->desk.pace.next_ns % NSEC_PER_SEC },
    };

    return timerfd_settime(broker->timer_fd, TFD_TIMER_ABSTIME, &next, NULL) < 0 ? -errno : 0;
}

static void tick(struct broker *broker, int64_t now_ns)
{
    desk_tick(&broker->desk, now_ns);
    (void)set_timer(broker); /* which takes the expiry with it */
    notify_send(broker->notify_fd, "WATCHDOG=1");
    look_for_lost(broker);
    if (broker->idle_exit_ns > 0 && broker->clients.count == 0 &&
        now_ns - broker->idle_ns >= broker->idle_exit_ns) {
        log_write(broker->log, LOG_INFO, "nobody has asked for %lld s: the end",
                  (long long)((now_ns - broker->idle_ns) / NSEC_PER_SEC));
        broker->ending = true;
    }
    if (broker->crowded && watch(broker, broker->listen_fd, &broker->listen_fd) == 0)
        broker->crowded = false;
}

static void take_signal(struct broker *broker)
{
    struct signalfd_siginfo info;

    if (read(broker->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        broker->ending = true;
}

/* --- life --- */

static int open_signals(struct broker *broker)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    broker->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return broker->signal_fd < 0 ? -errno : 0;
}

static int open_timer(struct broker *broker)
{
    broker->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return broker->timer_fd < 0 ? -errno : set_timer(broker);
}

int broker_open(struct broker *broker, struct meters *meters, int listen_fd,
                const struct rights *rights, const struct log *log, struct aico2_error *err)
{
    int r;

    broker->log = log;
    broker->listen_fd = listen_fd;
    broker->notify_fd = broker->epoll_fd = broker->timer_fd = broker->signal_fd = -1;
    broker->rights = *rights;
    broker->idle_ns = clock_mono_ns();
    clients_init(&broker->clients);
    r = desk_open(&broker->desk, meters, err);
    if (r < 0)
        return r;
    broker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    r = broker->epoll_fd < 0 ? -errno : open_signals(broker);
    if (r == 0)
        r = open_timer(broker);
    if (r == 0)
        r = watch(broker, broker->listen_fd, &broker->listen_fd);
    if (r == 0)
        r = watch(broker, broker->timer_fd, &broker->timer_fd);
    if (r == 0)
        r = watch(broker, broker->signal_fd, &broker->signal_fd);
    return r < 0 ? aico2_error_set_errno(err, -r, "cannot set up the loop") : 0;
}

static void dispatch(struct broker *broker, void *who, int64_t now_ns)
{
    if (who == &broker->listen_fd)
        let_all_in(broker, now_ns);
    else if (who == &broker->timer_fd)
        tick(broker, now_ns);
    else if (who == &broker->signal_fd)
        take_signal(broker);
    else if (((struct client *)who)->fd >= 0)
        serve(broker, who, now_ns);
}

int broker_run(struct broker *broker, struct aico2_error *err)
{
    while (!broker->ending) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(broker->epoll_fd, events, EVENTS_MAX, -1);
        int64_t now_ns = clock_mono_ns();

        if (count < 0 && errno != EINTR)
            return aico2_error_set_errno(err, errno, "cannot wait");
        for (int i = 0; i < count && !broker->ending; i++)
            dispatch(broker, events[i].data.ptr, now_ns);
    }
    return 0;
}

void broker_close(struct broker *broker)
{
    if (broker->log == NULL)
        return; /* it was never opened */
    notify_send(broker->notify_fd, "STOPPING=1");
    clients_close(&broker->clients);
    desk_close(&broker->desk);
    fd_closep(&broker->listen_fd);
    fd_closep(&broker->notify_fd);
    fd_closep(&broker->epoll_fd);
    fd_closep(&broker->timer_fd);
    fd_closep(&broker->signal_fd);
}
