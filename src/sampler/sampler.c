/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/sampler.c - the loop's half of measuring: which reader is asked when, and what it answered */
#include "sampler/sampler.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fs.h"
#include "sampler/worker.h"

static const int64_t SILENT_NS = 2 * NSEC_PER_SEC;

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
    int r = source->driver->probe(&sampler->env, &source->own_reader, &source->status, err);

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
    source->status.state = READER_BROKEN;
    (void)snprintf(source->status.reason, sizeof(source->status.reason), "%.180s", err.message);
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
    if (sampler->sources == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    sampler->source_count = count;
    for (size_t i = 0; i < count; i++)
        sampler->sources[i].driver = drivers[i];

    r = open_descriptors(sampler, interval_ns, err);
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (drivers[i]->may_block)
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
    free(sampler->sources);
    sampler->sources = NULL;
    sampler->source_count = 0;
    ticker_close(&sampler->ticker);
    fd_closep(&sampler->epoll_fd);
    /* a thread that hangs in a driver may still write to it one day */
    if (!left_behind)
        fd_closep(&sampler->notify_fd);
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

static void take_answers(struct sampler *sampler)
{
    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];
        const struct sample *samples;

        if (source->worker == NULL)
            continue;
        if (!source->probed && worker_probed(source->worker, &source->status)) {
            source->probed = true;
            source->reader = worker_reader(source->worker);
            worker_request(source->worker); /* its baseline, without waiting for a tick */
        }
        samples = worker_take(source->worker);
        if (samples != NULL)
            sampler->on_samples(sampler->payload, i, samples);
    }
}

static void tick(struct sampler *sampler, int64_t now_mono_ns)
{
    take_answers(sampler); /* one that came with this tick would be lost with the next request */
    for (size_t i = 0; i < sampler->source_count; i++) {
        struct source *source = &sampler->sources[i];

        if (source->worker == NULL)
            continue;
        worker_request(source->worker);
        if (worker_silent_ns(source->worker, now_mono_ns) > SILENT_NS && !source->complained) {
            source->complained = true;
            log_write(sampler->env.log, LOG_WARNING,
                      "reader '%s' does not answer; its devices have a gap until it does",
                      source->driver->name);
        }
    }
    sampler_read_now(sampler);
    sampler->on_tick(sampler->payload, now_mono_ns);
}

void sampler_dispatch(struct sampler *sampler)
{
    struct epoll_event events[4];
    int count = epoll_wait(sampler->epoll_fd, events, 4, 0);
    int64_t now = now_ns(sampler);
    uint64_t ignored;

    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == sampler->notify_fd) {
            if (read(sampler->notify_fd, &ignored, sizeof(ignored)) == (ssize_t)sizeof(ignored))
                take_answers(sampler);
        } else if (ticker_take(&sampler->ticker, now)) {
            tick(sampler, now);
        }
    }
}

/* Return: true when no worker owes an answer. */
static bool all_answered(struct sampler *sampler, const bool *taken)
{
    for (size_t i = 0; i < sampler->source_count; i++) {
        if (sampler->sources[i].worker != NULL && sampler->sources[i].reader != NULL && !taken[i])
            return false;
    }
    return true;
}

enum { SOURCES_MAX = 32 };

void sampler_finish(struct sampler *sampler, int64_t wait_ns)
{
    int64_t deadline_ns = now_ns(sampler) + wait_ns;
    bool taken[SOURCES_MAX] = { false };

    take_answers(sampler); /* what came in before the end, and frees the workers for the last request */
    for (size_t i = 0; i < sampler->source_count; i++) {
        if (sampler->sources[i].worker != NULL)
            worker_request(sampler->sources[i].worker);
    }
    sampler_read_now(sampler);
    while (!all_answered(sampler, taken)) {
        int64_t left_ns = deadline_ns - now_ns(sampler);
        struct pollfd wait = { .fd = sampler->notify_fd, .events = POLLIN };
        uint64_t ignored;

        if (left_ns <= 0)
            break;
        if (poll(&wait, 1, (int)(left_ns / NSEC_PER_MSEC) + 1) > 0 &&
            read(sampler->notify_fd, &ignored, sizeof(ignored)) < 0)
            continue;
        for (size_t i = 0; i < sampler->source_count && i < SOURCES_MAX; i++) {
            const struct sample *samples =
                sampler->sources[i].worker == NULL || sampler->sources[i].reader == NULL
                    ? NULL
                    : worker_take(sampler->sources[i].worker);

            if (samples != NULL) {
                taken[i] = true;
                sampler->on_samples(sampler->payload, i, samples);
            }
        }
    }
}
