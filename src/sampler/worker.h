/* SPDX-License-Identifier: Apache-2.0 */
/* sampler/worker.h - a thread of its own for a reader whose calls may hang */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/reader.h"

/**
 * struct worker - probes and reads one driver; the loop asks, goes on, and takes the answer later
 * A call that never returns costs a thread, nothing else: worker_stop() leaves it behind. With a
 * driver that reads its devices one by one it costs the other devices nothing either.
 */
struct worker;

/* notify_fd: an eventfd that gets 1 when the probe or a read has finished, never after
 * worker_stop(). env is copied; the descriptors and strings in it must outlive the process (a hung
 * call may still use them). */
int worker_start(struct worker **worker_out, const struct reader_driver *driver,
                 const struct reader_env *env, int notify_fd, struct aico2_error *err);

/* The opened reader once the probe has finished and found something; else NULL. Its device list
 * never changes; the reader itself is the worker's. */
const struct reader *worker_reader(struct worker *worker);
/* true once the probe has finished; status_out gets why there is nothing. */
bool worker_probed(struct worker *worker, struct reader_status *status_out);

/* Asks for one reading. Return: false when one is under way, when the answer of the last has not been
 * taken, or when there is nothing to read. */
bool worker_request(struct worker *worker);
/* The answer of the last request, once: samples, one per device (borrowed until the next request),
 * or NULL. */
const struct sample *worker_take(struct worker *worker);
/**
 * worker_watch() - look after a reading in progress
 * A device whose call has not come back in 50 ms is passed over: another thread goes on with the
 * rest. It has no answer then, after 2 s -ETIMEDOUT, and is read again once the call has come back;
 * what that brought is given in place of the next answer that is late.
 * Return: when to look again, nanoseconds from now; 0: not before the next request
 */
int64_t worker_watch(struct worker *worker, int64_t now_mono_ns);
/* How long the call in progress has been silent, nanoseconds; 0: none. */
int64_t worker_silent_ns(struct worker *worker, int64_t now_mono_ns);
/* How long the last reading took, nanoseconds; 0: none yet. */
int64_t worker_pace_ns(struct worker *worker);

/* Ends the threads; the last closes the reader. If one is inside a call and does not come out of it
 * within wait_ns it is left behind, and closes it when it does. NULL allowed. Return: false when it
 * was left behind. */
bool worker_stop(struct worker *worker, int64_t wait_ns);
