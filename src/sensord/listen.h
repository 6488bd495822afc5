/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/listen.h - the socket that is answered at: the service manager's, or one of our own */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/* The one that systemd has handed over. Return: it; -ENOENT: it has handed none over; -EINVAL: something else. */
int listen_handed(struct aico2_error *err);

/**
 * listen_at() - a socket at a path, 0660, of a group
 * @group: GROUP_NONE: of nobody but its owner, 0600
 * Its folder is made where it is missing, 0755. One that a process before has left is replaced, one
 * that somebody listens at is not.
 * Return: the descriptor or -errno
 */
int listen_at(const char *path, gid_t group, struct aico2_error *err);
