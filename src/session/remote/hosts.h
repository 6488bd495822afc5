/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/hosts.h - the machines of a server's answer, and what each is called */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/device.h"
#include "model/machine.h"
#include "model/remote.h"

/* What the models need to know of one host.
 * @here: this machine, which knows itself better than an exporter tells, where the host is it; NULL: unknown */
struct machine remote_machine(const struct remote_host *host, const struct machine *here);

/* Whether a host is this machine: by its name, and its processor where that is told. */
bool remote_host_is_here(const struct remote_host *host, const struct machine *here);

/* Of all of them together: what is alike, and sums of sockets, threads and memory. */
struct machine remote_machines(const struct remote_host *hosts, size_t count,
                               const struct machine *here);

enum { REMOTE_NAME_SIZE = 48 };

/**
 * remote_host_names() - short names that no two hosts share, in a device's id either
 * Return: count texts of REMOTE_NAME_SIZE, to be freed; NULL: out of memory
 */
char (*remote_host_names(const struct remote_host *hosts, size_t count))[REMOTE_NAME_SIZE];
