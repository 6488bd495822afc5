/* SPDX-License-Identifier: Apache-2.0 */
/* base/notify.h - what systemd is told, where it has started us */
#pragma once

/* A socket to the manager, for who may open none later. Return: it, or -1: nobody wants to be told. */
int notify_open(void);
/* "READY=1", "STOPPING=1", "WATCHDOG=1"; several lines at once too. To -1 nothing. */
void notify_send(int fd, const char *state);

/* The same at once. Without a NOTIFY_SOCKET nothing. */
void notify(const char *state);
/* RELOADING=1 with the time that systemd wants beside it. */
void notify_reloading(void);
