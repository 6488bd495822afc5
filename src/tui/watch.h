/* SPDX-License-Identifier: Apache-2.0 */
/* tui/watch.h - the machine under watch: a session that stores nothing, and a glance a tick */
#pragma once

#include "model/glance.h"
#include "tui/settings.h"

struct watch;

/* From now on it is measured. settings: the caller's, and outlive it. */
int watch_start(struct watch **watch_out, const struct settings *settings, struct aico2_error *err);
void watch_stop(struct watch *watch); /* NULL allowed */

/**
 * watch_wait() - waits for fd as well as for the time to measure, and measures
 * @fd: the same in every call
 * @timeout_ms: at most so long; -1: without end
 * Return: 1 when fd is readable, 0, or -errno
 */
int watch_wait(struct watch *watch, int fd, int timeout_ms);

/* What was seen at the last tick; NULL: nothing new since the last call. The watch's, until the next wait. */
const struct glance *watch_take(struct watch *watch);
