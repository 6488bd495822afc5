/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/rights.c - who may ask, and for what: socket(7), SO_PEERCRED and SO_PEERGROUPS */
#include "sensord/rights.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/number.h"

enum { GROUPS_MAX = 65536 }; /* of the kernel, NGROUPS_MAX */

int rights_find_group(const char *name, gid_t *gid_out, struct aico2_error *err)
{
    uint64_t number;
    const struct group *group;

    if (number_parse_u64(name, &number)) {
        if (number >= (uint64_t)GROUP_NONE)
            return aico2_error_set(err, -EINVAL, "group '%.40s': a number below %u", name,
                                   (unsigned)GROUP_NONE);
        *gid_out = (gid_t)number;
        return 0;
    }
    errno = 0;
    group = getgrnam(name);
    if (group == NULL)
        return aico2_error_set(err, -ENOENT, "there is no group '%.40s'", name);
    *gid_out = group->gr_gid;
    return 0;
}

static bool is_in(const struct peer *peer, gid_t group)
{
    if (group == GROUP_NONE)
        return false;
    for (size_t i = 0; i < peer->group_count; i++) {
        if (peer->groups[i] == group)
            return true;
    }
    return peer->gid == group;
}

enum right rights_of(const struct rights *rights, const struct peer *peer)
{
    if (peer->uid == 0 || is_in(peer, rights->raw_group))
        return RIGHT_RAW;
    return is_in(peer, rights->group) ? RIGHT_COARSE : RIGHT_NONE;
}

static int read_groups(int fd, struct peer *peer)
{
    socklen_t size = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0)
        return 0;
    if (errno != ERANGE || size > GROUPS_MAX * sizeof(gid_t))
        return errno == ENOPROTOOPT ? 0 : -EIO; /* before Linux 4.13: the first group alone */
    peer->groups = malloc(size);
    if (peer->groups == NULL)
        return -ENOMEM;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &size) < 0)
        return -errno;
    peer->group_count = size / sizeof(gid_t);
    return 0;
}

int peer_read(int fd, struct peer *peer_out)
{
    struct ucred who;
    struct peer peer = { .groups = NULL };
    socklen_t size = sizeof(who);
    int r;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return -errno;
    peer.uid = who.uid;
    peer.gid = who.gid;
    r = read_groups(fd, &peer);
    if (r < 0) {
        peer_deinit(&peer);
        return r;
    }
    *peer_out = peer;
    return 0;
}

void peer_deinit(struct peer *peer)
{
    free(peer->groups);
    *peer = (struct peer){ .groups = NULL };
}
