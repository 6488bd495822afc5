/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/sampler.h - the loop's half of measuring: which reader is asked when, what it answered */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/reader.h"
#include "sampler/ticker.h"

struct worker;

/* One row of reader_drivers. */
struct source {
    const struct reader_driver *driver;
    const struct reader *reader;  /* NULL: nothing here, or not probed yet */
    struct reader_status *status; /* one of sampler.statuses */
    bool probed;
    bool complained;           /* its silence has been logged */
    bool device_complained;    /* or that of one of its devices */
    bool again;                /* its next answer is of a reading begun too early: ask once more */
    bool settled;              /* at the end: it owes no answer any more */
    struct reader *own_reader; /* of a driver that does not block; owned */
    struct sample *own_samples;
    struct worker *worker; /* of one that may; owned */
};

/**
 * struct sampler - sources, timer and wake-ups behind one epoll descriptor
 * Events are handed to `on_samples` (a source has fresh samples: one per device, borrowed) and
 * `on_tick` (after the sources that do not block were read). on_samples is called first for a
 * source with its baseline.
 */
struct sampler {
    struct source *sources; /* small: all of them are walked at every tick */
    struct reader_status *statuses;
    size_t source_count;
    struct reader_env env;
    struct ticker ticker;
    int epoll_fd;
    int notify_fd;
    bool started; /* before, there are no ticks; workers probe and read nothing */
    void (*on_samples)(void *payload, size_t source, const struct sample *samples);
    void (*on_tick)(void *payload, int64_t now_mono_ns);
    void *payload;
};

/**
 * sampler_reading_ns() - how often to read for figures every interval_ns
 * Return: interval_ns, or a whole part of one above 10 s: the smallest RAPL range, 65 kJ, is half
 * used in 90 s by a large socket, and a counter must be read twice within its range; processes come
 * and go too.
 * Source: docs/readers.md, rapl.
 */
int64_t sampler_reading_ns(int64_t interval_ns);

/* Starts the workers first, then probes the others: a slow driver gets all the time there is. */
int sampler_open(struct sampler *sampler, const struct reader_driver *const *drivers,
                 const struct reader_env *env, int64_t interval_ns, struct aico2_error *err);
/* Return: false when a thread that hangs in a driver was left behind: what env points to must stay
 * then. */
bool sampler_close(struct sampler *sampler);

/* Descriptors that a wait has found readable. */
struct sampler_events {
    int fds[4];
    int count; /* or -errno */
};

/* Readable when sampler_wait() has something to do. */
int sampler_fd(const struct sampler *sampler);

/* How long at most to wait for that, since readings in progress are looked after; -1: as long as one likes. */
int sampler_patience_ms(struct sampler *sampler);

/* A descriptor of the caller's that sampler_wait() shall wait for as well. */
int sampler_watch(struct sampler *sampler, int fd, struct aico2_error *err);
/* Waits, at most timeout_ms (-1: without end), and dispatches, in one system call.
 * Return: 1 when a watched descriptor is readable, 0 or -errno. */
int sampler_wait(struct sampler *sampler, int timeout_ms, struct sampler_events *events_out);
/* The two halves of it. The first touches nothing but the epoll instance, so that nobody is locked out meanwhile; it
 * should wait no longer than sampler_patience_ms() says. */
void sampler_await(const struct sampler *sampler, int timeout_ms,
                   struct sampler_events *events_out);
int sampler_take(struct sampler *sampler, const struct sampler_events *events);
/* Whether a descriptor is among those. */
bool sampler_has_found(const struct sampler_events *events, int fd);

/* The first reading: everything now; workers are asked, if they have something to read, not waited
 * for. */
void sampler_start(struct sampler *sampler);
/* Reads every source that does not block, now. */
void sampler_read_now(struct sampler *sampler);

/* Asks the others for one; their answers come as they do after a tick. */
void sampler_request(struct sampler *sampler);

/* The last reading: everything once more. A worker is waited for at most wait_ns, one that has
 * answered before a tenth of a second or longer if it is slow; one that hangs is not waited for at
 * all. */
void sampler_finish(struct sampler *sampler, int64_t wait_ns);
