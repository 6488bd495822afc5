/* SPDX-License-Identifier: Apache-2.0 */
/* session/push/pusher.h - snapshots handed to a fetcher that pushes them, without ever waiting for it
 *
 * The fetcher is a process of its own, started here, started again when it ends, and ended here. A snapshot is
 * kept until the fetcher says that it has it on its disk, so that none is lost when it is killed; what does not
 * fit meanwhile is dropped, and counted.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"
#include "model/metrics.h"
#include "model/push.h"

/* It belongs to one thread. */
struct pusher;

struct pusher_figures {
    uint64_t sent_samples;
    uint64_t dropped_samples; /* by us, or by the fetcher */
    uint64_t failed_samples;
    uint64_t retries;
    uint64_t restarts;       /* of the fetcher */
    struct push_state state; /* the last one it told */
};

/**
 * pusher_start() - begin to push
 * @program: the fetcher, a whole path
 * @setup:   magic and version are set here
 * @log:     what goes wrong, and when it is well again; NULL nothing
 * Return: 0; -EINVAL for a set-up that cannot be; -errno when the fetcher cannot be started
 */
int pusher_start(struct pusher **pusher_out, const char *program, const struct push_setup *setup,
                 const struct log *log, struct aico2_error *err);

/**
 * pusher_push() - hand over a snapshot; wall_ns is the time of its samples
 * @kind: PUSH_SNAPSHOT, or PUSH_APART for one that is not of the same sequence
 * Return: whether it was taken; else it was dropped, and counted
 */
bool pusher_push(struct pusher *pusher, const struct metrics *metrics, enum push_kind kind);

/* Whether there is room for a frame more of the usual size. */
bool pusher_has_room(const struct pusher *pusher);

/* PUSH_ONCE: whether the fetcher has ended by itself, so that nothing more is of use. */
bool pusher_is_over(const struct pusher *pusher);

/* Writes and reads what can be, looks after the process. To be called at least once a second, or as poll() says. */
void pusher_turn(struct pusher *pusher);

/* What a loop may wait for to call pusher_turn() sooner. Return: how many of the two are filled. */
int pusher_poll_fds(const struct pusher *pusher, struct pollfd fds_out[2]);

/* Its process, for those who look after children; 0 none. */
pid_t pusher_pid(const struct pusher *pusher);

void pusher_figures(const struct pusher *pusher, struct pusher_figures *figures_out);

/* The same as families of a snapshot: aico2_remote_write_... */
void pusher_metrics(const struct pusher *pusher, struct metrics *metrics);

/**
 * pusher_stop() - no more snapshots: those handed over are passed on, and the fetcher ends
 * It goes on sending for the set-up's drain_ms; what it has on its disk by then it sends the next time.
 * @wait_ms: at most, then it is killed
 * Return: 0; -ETIMEDOUT when it had to be killed, -EIO when something is neither sent nor on the disk; the message
 * says what was wrong
 */
int pusher_stop(struct pusher *pusher, int64_t wait_ms, struct aico2_error *err);

/* Kills it, where it was not stopped. NULL is none. */
void pusher_free(struct pusher *pusher);
