/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/ticker.c - when to read: absolute deadlines on the monotonic clock */
#include "sampler/ticker.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

enum { JITTER_PART = 20 };
static const int64_t JITTER_MOST_NS = 60 * NSEC_PER_SEC; /* longer than any sensor's period */
static const int64_t SECOND_LEAST_NS = 970 * NSEC_PER_MSEC;

static int64_t span_ns(const struct ticker *ticker)
{
    int64_t span = ticker->interval_ns / JITTER_PART;

    return span > ticker->jitter_most_ns ? ticker->jitter_most_ns : span;
}

static int64_t jitter_ns(struct ticker *ticker)
{
    int64_t span = span_ns(ticker);

    ticker->random = ticker->random * 1664525u + 1013904223u;
    /* the upper 24 bits, the good ones, as a fraction of the whole width */
    return (int64_t)((uint64_t)(ticker->random >> 8) * (uint64_t)(2 * span + 1) >> 24) - span;
}

static int arm(struct ticker *ticker)
{
    int64_t deadline_ns =
        ticker->start_mono_ns + ticker->index * ticker->interval_ns + jitter_ns(ticker);
    struct itimerspec when = {
        .it_value = { .tv_sec = deadline_ns / NSEC_PER_SEC, .tv_nsec = deadline_ns % NSEC_PER_SEC },
    };

    return timerfd_settime(ticker->fd, TFD_TIMER_ABSTIME, &when, NULL) == 0 ? 0 : -errno;
}

int ticker_open(struct ticker *ticker_out, int64_t interval_ns, int64_t now_mono_ns,
                struct aico2_error *err)
{
    struct ticker ticker = {
        .interval_ns = interval_ns,
        .start_mono_ns = now_mono_ns,
        .index = 1,
        .jitter_most_ns = JITTER_MOST_NS,
        .random = (uint32_t)now_mono_ns,
    };
    int r;

    ticker.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (ticker.fd < 0)
        return aico2_error_set_errno(err, errno, "cannot create a timer");
    r = arm(&ticker);
    if (r < 0) {
        ticker_close(&ticker);
        return aico2_error_set_errno(err, -r, "cannot set a timer");
    }
    *ticker_out = ticker;
    return 0;
}

void ticker_close(struct ticker *ticker)
{
    fd_closep(&ticker->fd);
}

void ticker_keep_seconds(struct ticker *ticker, int64_t second_mono_ns, int64_t now_mono_ns)
{
    const int64_t interval_ns = ticker->interval_ns;
    const int64_t apart_ns = interval_ns > NSEC_PER_SEC ? interval_ns : NSEC_PER_SEC;

    ticker->jitter_most_ns = (apart_ns - SECOND_LEAST_NS) / 2;
    if (ticker->jitter_most_ns > JITTER_MOST_NS)
        ticker->jitter_most_ns = JITTER_MOST_NS;
    if (interval_ns > NSEC_PER_SEC)
        return;
    ticker->start_mono_ns = second_mono_ns - interval_ns / 10 * 9;
    /* not one that was early and has been taken */
    ticker->index =
        (now_mono_ns + 2 * span_ns(ticker) - ticker->start_mono_ns) / interval_ns + 1;
    (void)arm(ticker);
}

void ticker_fired(struct ticker *ticker, int64_t now_mono_ns)
{
    int64_t next = (now_mono_ns - ticker->start_mono_ns) / ticker->interval_ns + 1;

    /* a deadline moved before its place would fire again at once */
    if (next <= ticker->index)
        next = ticker->index + 1;
    else
        ticker->late_ticks += (uint64_t)(next - ticker->index - 1);
    ticker->index = next;
    (void)arm(ticker);
}

bool ticker_take(struct ticker *ticker, int64_t now_mono_ns)
{
    uint64_t fired;

    if (read(ticker->fd, &fired, sizeof(fired)) != (ssize_t)sizeof(fired))
        return false;
    ticker_fired(ticker, now_mono_ns);
    return true;
}
