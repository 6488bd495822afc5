/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/sampler.c - the loop's half of measuring: which reader is asked when, what it answered */
#include "sampler/sampler.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "sampler/worker.h"

static const int64_t SILENT_NS = 2 * NSEC_PER_SEC;

/* The last reading is given the time of so many, within these bounds. */
enum { PACES_AT_END = 4 };
static const int64_t FINISH_LEAST_NS = 100 * NSEC_PER_MSEC;
static const int64_t FINISH_MOST_NS = 250 * NSEC_PER_MSEC;

static const int64_t READING_MOST_NS = 10 * NSEC_PER_SEC;

int64_t sampler_reading_ns(int64_t interval_ns)
{
    int64_t parts = (interval_ns + READING_MOST_NS - 1) / READING_MOST_NS;

    return parts > 1 ? interval_ns / parts : interval_ns;
}

static int64_t now_ns(const struct sampler *sampler)
{
    return sampler->env.clock->mono_ns(sampler->env.clock->payload);
}

static int probe_here(struct sampler *sampler, struct source *source, struct aico2_error *err)
{
    int r = source->driver->probe(&sampler->env, &source->own_reader, source->status, err);

    source->probed = true;
    if (r < 0)
        return r;
    if (source->own_reader == NULL)
        return 0;

    source->own_samples = calloc(source->own_reader->device_count + 1, sizeof(struct sample));
    if (source->own_samples == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    source->reader = source->own_reader;
    return 0;
}

static int watch(const struct sampler *sampler, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(sampler->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int open_descriptors(struct sampler *sampler, int64_t interval_ns, struct aico2_error *err)
{
    int r;

    sampler->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (sampler->epoll_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot create an epoll instance");
    sampler->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sampler->notify_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot create an event descriptor");
    r = ticker_open(&sampler->ticker, interval_ns, now_ns(sampler), err);
    if (r < 0)
        return r;
    if (watch(sampler, sampler->ticker.fd) < 0 || watch(sampler, sampler->notify_fd) < 0)
        return aico2_error_set_errno(err, errno, "cannot watch the timer");
    return 0;
}

/* A limit on threads is no reason not to run the command: the others still measure. */
static void start_worker(struct sampler *sampler, struct source *source)
{
    struct aico2_error err = { 0 };

    if (worker_start(&source->worker, source->driver, &sampler->env, sampler->notify_fd, &err) == 0)
        return;
    source->probed = true;
    source->status->state = READER_BROKEN;
    (void)snprintf(source->status->reason, sizeof(source->status->reason), "%.180s", err.message);
}

static bool is_absent(const struct sampler *sampler, struct source *source)
{
    if (sampler->env.explain || source->driver->is_absent == NULL)
        return false;
    source->probed = source->driver->is_absent(&sampler->env, source->status);
    return source->probed;
}

static void free_sources(struct sampler *sampler)
{
    free(sampler->sources);
    free(sampler->statuses);
    sampler->sources = NULL;
    sampler->statuses = NULL;
    sampler->source_count = 0;
}

int sampler_open(struct sampler *sampler, const struct reader_driver *const *drivers,
                 const struct reader_env *env, int64_t interval_ns, struct aico2_error *err)
{
    size_t count = 0;
    int r;

    sampler->env = *env;
    sampler->epoll_fd = -1;
    sampler->notify_fd = -1;
    sampler->ticker = TICKER_NULL;
    while (drivers[count] != NULL)
        count++;
    sampler->sources = calloc(count + 1, sizeof(*sampler->sources));
    sampler->statuses = calloc(count + 1, sizeof(*sampler->statuses));
    if (sampler->sources == NULL || sampler->statuses == NULL) {
        free_sources(sampler);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    sampler->source_count = count;
    for (size_t i = 0; i < count; i++)
        sampler->sources[i] =
            (struct source){ .driver = drivers[i], .status = &sampler->statuses[i] };

    r = open_descriptors(sampler, interval_ns, err);
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (drivers[i]->may_block && !is_absent(sampler, &sampler->sources[i]))
            start_worker(sampler, &sampler->sources[i]);
    }
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (!drivers[i]->may_block)
            r = probe_here(sampler, &sampler->sources[i], err);
    }
    if (r < 0)
        (void)sampler_close(sampler);
    return r;
}

bool sampler_close(struct sampler *sampler)
{
    bool left_behind = false;

    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];

        if (source->worker != NULL && !worker_stop(source->worker, 20 * NSEC_PER_MSEC))
            left_behind = true;
        if (source->own_reader != NULL)
            source->driver->close(source->own_reader);
        free(source->own_samples);
    }
    free_sources(sampler);
    ticker_close(&sampler->ticker);
    fd_closep(&sampler->epoll_fd);
    fd_closep(&sampler->notify_fd); /* a thread left behind knows that nobody listens */
    return !left_behind;
}

int sampler_fd(const struct sampler *sampler)
{
    return sampler->epoll_fd;
}

void sampler_read_now(struct sampler *sampler)
{
    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];

        if (source->own_reader == NULL)
            continue;
        source->driver->read(source->own_reader, source->own_samples);
        sampler->on_samples(sampler->payload, i, source->own_samples);
    }
}

/* Looks after the readings in progress. Return: when to look again, ns from now; -1: no need to. */
static int64_t look_after(struct sampler *sampler)
{
    int64_t soonest_ns = -1;

    for (size_t i = 0; i < sampler->source_count; i++) {
        struct worker *worker = sampler->sources[i].worker;
        int64_t left_ns = worker != NULL ? worker_watch(worker, clock_mono_ns()) : 0;

        if (left_ns > 0 && (soonest_ns < 0 || left_ns < soonest_ns))
            soonest_ns = left_ns;
    }
    return soonest_ns;
}

/* A wait of at most so long, cut short by what has to be looked after. */
static int cut_short_ms(int timeout_ms, int64_t left_ns)
{
    int64_t left_ms = left_ns / NSEC_PER_MSEC + 1;

    return left_ns >= 0 && (timeout_ms < 0 || left_ms < timeout_ms) ? (int)left_ms : timeout_ms;
}

/* Return: true when the source had an answer, which has gone where answers go. */
static bool deliver(struct sampler *sampler, size_t index)
{
    struct source *source = &sampler->sources[index];
    const struct sample *samples = worker_take(source->worker);

    if (samples == NULL)
        return false;
    for (size_t i = 0; i < source->reader->device_count && !source->device_complained; i++) {
        if (samples[i].error != -ETIMEDOUT)
            continue;
        source->device_complained = true;
        log_write(sampler->env.log, LOG_WARNING,
                  "%s (reader '%s') does not answer; it has a gap until it does",
                  source->reader->devices[i].id, source->driver->name);
    }
    sampler->on_samples(sampler->payload, index, samples);
    return true;
}

/* Asks for a reading that begins after this moment, unless one is under way. An answer that comes
 * meanwhile is taken first: it may be the baseline. */
static bool request(struct sampler *sampler, size_t index)
{
    struct worker *worker = sampler->sources[index].worker;

    return worker_request(worker) || (deliver(sampler, index) && worker_request(worker));
}

void sampler_request(struct sampler *sampler)
{
    for (size_t i = 0; i < sampler->source_count; i++) {
        if (sampler->sources[i].worker != NULL)
            (void)request(sampler, i);
    }
}

/* Asks as request() does, and again as soon as the one under way has come back. */
static void ask(struct sampler *sampler, size_t index)
{
    sampler->sources[index].again = !request(sampler, index);
}

/* Return: true when the source has given what it was last asked for. */
static bool take_answer(struct sampler *sampler, size_t index)
{
    if (!deliver(sampler, index))
        return false;
    if (!sampler->sources[index].again)
        return true;
    ask(sampler, index); /* what has been answered was under way when it was asked */
    return false;
}

static void take_answers(struct sampler *sampler)
{
    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];

        if (source->worker == NULL)
            continue;
        if (!source->probed && worker_probed(source->worker, source->status)) {
            source->probed = true;
            source->reader = worker_reader(source->worker);
            if (sampler->started)
                (void)request(sampler, i); /* its baseline, without waiting for a tick */
        }
        (void)take_answer(sampler, i);
    }
}

void sampler_start(struct sampler *sampler)
{
    sampler->started = true;
    for (size_t i = 0; i < sampler->source_count; i++) {
        if (sampler->sources[i].reader != NULL && sampler->sources[i].worker != NULL)
            (void)request(sampler, i);
    }
    take_answers(sampler); /* which asks those that have just been found */
    sampler_read_now(sampler);
}

static void tick(struct sampler *sampler, int64_t now_mono_ns)
{
    if (!sampler->started)
        return;
    take_answers(sampler);
    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];

        if (source->worker == NULL)
            continue;
        (void)request(sampler, i);
        if (worker_silent_ns(source->worker, clock_mono_ns()) > SILENT_NS && !source->complained) {
            source->complained = true;
            log_write(sampler->env.log, LOG_WARNING,
                      "reader '%s' does not answer; its devices have a gap until it does",
                      source->driver->name);
        }
    }
    sampler_read_now(sampler);
    sampler->on_tick(sampler->payload, now_mono_ns);
}

int sampler_watch(struct sampler *sampler, int fd, struct aico2_error *err)
{
    int r = watch(sampler, fd);

    return r < 0 ? aico2_error_set_errno(err, -r, "cannot watch a descriptor") : 0;
}

int sampler_patience_ms(struct sampler *sampler)
{
    return cut_short_ms(-1, look_after(sampler));
}

void sampler_await(const struct sampler *sampler, int timeout_ms, struct sampler_events *events_out)
{
    struct epoll_event events[ARRAY_LENGTH(events_out->fds)];

    events_out->count = epoll_wait(sampler->epoll_fd, events, ARRAY_LENGTH(events), timeout_ms);
    if (events_out->count < 0)
        events_out->count = errno == EINTR ? 0 : -errno;
    for (int i = 0; i < events_out->count; i++)
        events_out->fds[i] = events[i].data.fd;
}

int sampler_take(struct sampler *sampler, const struct sampler_events *events)
{
    int64_t now = events->count > 0 ? now_ns(sampler) : 0;
    uint64_t ignored;
    int watched = 0;

    for (int i = 0; i < events->count; i++) {
        if (events->fds[i] == sampler->notify_fd) {
            if (read(sampler->notify_fd, &ignored, sizeof(ignored)) == (ssize_t)sizeof(ignored))
                take_answers(sampler);
        } else if (events->fds[i] != sampler->ticker.fd) {
            watched = 1;
        } else {
            ticker_fired(&sampler->ticker, now);
            tick(sampler, now);
        }
    }
    return events->count < 0 ? events->count : watched;
}

bool sampler_has_found(const struct sampler_events *events, int fd)
{
    for (int i = 0; i < events->count; i++) {
        if (events->fds[i] == fd)
            return true;
    }
    return false;
}

int sampler_wait(struct sampler *sampler, int timeout_ms, struct sampler_events *events_out)
{
    sampler_await(sampler, cut_short_ms(timeout_ms, look_after(sampler)), events_out);
    return sampler_take(sampler, events_out);
}

/* How long a source is waited for at the end. One whose call hangs, or that has nothing to read,
 * owes nothing; one that is still probing gets wait_ns, so that a short run does not call it
 * silent; one that has answered before will do so again, if only its thread gets to run. */
static int64_t patience_ns(const struct source *source, int64_t wait_ns)
{
    int64_t patience = FINISH_LEAST_NS;
    int64_t pace_ns;

    if (source->worker == NULL || worker_silent_ns(source->worker, clock_mono_ns()) > SILENT_NS)
        return 0;
    if (!source->probed)
        return wait_ns;
    if (source->reader == NULL)
        return 0;
    pace_ns = worker_pace_ns(source->worker);
    if (pace_ns == 0)
        return wait_ns;
    if (PACES_AT_END * pace_ns > patience)
        patience = PACES_AT_END * pace_ns;
    if (patience > FINISH_MOST_NS)
        patience = FINISH_MOST_NS;
    return patience > wait_ns ? patience : wait_ns;
}

/* Looks at every worker. Return: how long to wait for those that owe an answer; 0: for none. */
static int64_t collect(struct sampler *sampler, int64_t waited_ns, int64_t wait_ns)
{
    int64_t left_ns = 0;

    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];
        int64_t patience = patience_ns(source, wait_ns);

        if (source->worker == NULL)
            continue;
        if (!source->probed && worker_probed(source->worker, source->status)) {
            source->probed = true;
            source->reader = worker_reader(source->worker);
            source->settled = true; /* too late for two readings */
        }
        source->settled = source->settled || (source->reader != NULL && take_answer(sampler, i));
        if (!source->settled && patience - waited_ns > left_ns)
            left_ns = patience - waited_ns;
    }
    return left_ns;
}

void sampler_finish(struct sampler *sampler, int64_t wait_ns)
{
    int64_t start_ns = clock_mono_ns(); /* threads live by the real clock */
    int64_t left_ns;

    /* ticks that a stop of ours ate, when the command ended before the loop came to its timer: late
     * all the same; the reading is the one that follows */
    (void)ticker_take(&sampler->ticker, now_ns(sampler));
    take_answers(sampler); /* what came in before the end */
    for (size_t i = 0; i < sampler->source_count; i++) {
        if (sampler->sources[i].worker != NULL && sampler->sources[i].reader != NULL)
            ask(sampler, i);
    }
    sampler_read_now(sampler);
    while ((left_ns = collect(sampler, clock_mono_ns() - start_ns, wait_ns)) > 0) {
        struct pollfd wait = { .fd = sampler->notify_fd, .events = POLLIN };
        int wait_ms = cut_short_ms((int)(left_ns / NSEC_PER_MSEC) + 1, look_after(sampler));
        uint64_t ignored;

        if (poll(&wait, 1, wait_ms) > 0 && read(sampler->notify_fd, &ignored, sizeof(ignored)) < 0)
            continue;
    }
}
