/* SPDX-License-Identifier: Apache-2.0 */
/* server/watch.h - the measurement without end: a session, cut into a run a day */
#pragma once

#include "base/error.h"
#include "server/http.h"
#include "server/settings.h"

struct watch;

/**
 * watch_start() - measures from now on
 * @service:  gets what is measured, tick by tick
 */
int watch_start(struct watch **watch_out, struct settings *settings, struct service *service,
                struct aico2_error *err);

/* Waits for fd as well as for the time to measure, and measures. Return: 1 when fd is readable, 0, or
 * -errno. fd is the same in every call. */
int watch_wait(struct watch *watch, int fd);

/* From the next tick on by these settings' place and PUE, in a run of their own, where they differ. What else
 * differs holds for the next start. */
void watch_change(struct watch *watch, struct settings *settings);

/* The last readings; all of it is in the history when it returns, unless a line on stderr says otherwise.
 * NULL allowed. */
void watch_stop(struct watch *watch);
