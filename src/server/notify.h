/* SPDX-License-Identifier: Apache-2.0 */
/* server/notify.h - what systemd is told, where it has started us */
#pragma once

/* "READY=1", "STOPPING=1", "WATCHDOG=1"; several lines at once too. Without a NOTIFY_SOCKET nothing. */
void notify(const char *state);
/* RELOADING=1 with the time that systemd wants beside it. */
void notify_reloading(void);
