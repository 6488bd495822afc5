/* SPDX-License-Identifier: Apache-2.0 */
/* server/remote_write.h - what /metrics shows, pushed to a server as well (--remote-write) */
#pragma once

#include "base/error.h"
#include "config/options.h"
#include "model/metrics.h"
#include "model/push.h"

struct remote_write;

/* Fills what the options say. Return: 1; 0: there is no --remote-write; -EINVAL, -ENOENT, -EACCES */
int remote_write_settings(const struct options *options, struct push_setup *setup_out,
                          struct aico2_error *err);

/* Return: 0; -ENOENT: this installation has no aico2-fetch; -errno */
int remote_write_start(struct remote_write **write_out, const struct push_setup *setup,
                       int64_t interval_ns, struct aico2_error *err);

/* Of the thread that measures, tick by tick: never waits. Adds figures of its own to the snapshot. */
void remote_write_add_metrics(const struct remote_write *write, struct metrics *metrics);
/* Pushes it when it is time for one. */
void remote_write_tick(struct remote_write *write, const struct metrics *metrics);

/* The last snapshot is passed on, whether it is time or not; waits for that, within bounds. write: NULL allowed. */
void remote_write_stop(struct remote_write *write, const struct metrics *last);
