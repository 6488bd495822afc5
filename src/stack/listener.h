/* SPDX-License-Identifier: Apache-2.0 */
/* stack/listener.h - whether a port of this machine is free, and whose it is if not */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A socket that listens, as a line of /proc/net/tcp tells it. */
struct listener {
    uint64_t inode;
    uint32_t uid;
};

/**
 * listener_parse() - the first socket that listens on a port
 * @text: of /proc/net/tcp or /proc/net/tcp6
 * Source: proc_pid_net(5); "0A" is LISTEN
 * Return: false: none does; *listener_out is untouched then
 */
bool listener_parse(const char *text, int32_t port, struct listener *listener_out);

/**
 * port_take() - whether a program of ours could listen there now
 * @port: 0 looks for one that is free
 * Return: the port; -EADDRINUSE; -EACCES for a port of root's; another -errno
 */
int port_take(const char *address, int32_t port);

/* "'prometheus' (pid 812)", "a process of user 113 that may not be looked at", "somebody": as much as can be
 * known. Return: the pid, or 0. */
int64_t port_owner(int proc_fd, int32_t port, char *text_out, size_t size);
