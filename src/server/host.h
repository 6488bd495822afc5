/* SPDX-License-Identifier: Apache-2.0 */
/* server/host.h - which names a client may call us by: the guard against DNS rebinding
 *
 * A page of a stranger can have its own name lead to this machine, and then reads what a browser takes
 * for its own origin. It cannot make an address literal of its name, nor "localhost".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct host_names {
    char **items; /* lower case */
    size_t count;
};

/* Adds a name in lower case. Return: 0; -EINVAL for what is no host name; -ENOMEM */
int host_names_add(struct host_names *names, const char *name);
void host_names_deinit(struct host_names *names);

enum host_verdict { HOST_ALLOWED, HOST_STRANGE, HOST_BAD };

/* A Host header: an address literal, localhost or one of the names, with or without a port. */
enum host_verdict host_check(const struct host_names *names, const char *value, size_t length);
