/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/rights.h - who may ask, and for what */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* What a client gets. */
enum right { RIGHT_NONE, RIGHT_COARSE, RIGHT_RAW };

/* The groups that give it. GROUP_NONE: there is no such group here, and nobody is in it. */
#define GROUP_NONE ((gid_t)-1)

struct rights {
    gid_t group;
    gid_t raw_group;
};

/* Who is at the other end, by the kernel's word at the time of the connect. */
struct peer {
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* further ones */
    size_t group_count;
};

/* A name or a number. Return: 0; -ENOENT: no such group. */
int rights_find_group(const char *name, gid_t *gid_out, struct aico2_error *err);

enum right rights_of(const struct rights *rights, const struct peer *peer);

/* Of a connected socket: SO_PEERCRED, SO_PEERGROUPS. Return: 0 or -errno. */
int peer_read(int fd, struct peer *peer_out);
void peer_deinit(struct peer *peer);
