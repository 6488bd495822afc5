/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/listen.c - the socket that is answered at: the service manager's, or one of our own */
#include "sensord/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/handed_fds.h"
#include "sensord/rights.h"

enum { BACKLOG = 128 };

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

int listen_handed(struct aico2_error *err)
{
    size_t count = handed_fds();
    int fd = HANDED_FIRST;

    if (count == 0)
        return -ENOENT;
    if (count != 1 || option_of(fd, SO_ACCEPTCONN) != 1 || option_of(fd, SO_DOMAIN) != AF_UNIX ||
        option_of(fd, SO_TYPE) != SOCK_SEQPACKET)
        return aico2_error_set(err, -EINVAL,
                               "LISTEN_FDS: what is wanted is one listening socket, "
                               "ListenSequentialPacket= of a path");
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* /run is empty after a boot. What cannot be made, bind() will name. */
static void make_folder(const char *path)
{
    char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    char *end;

    (void)snprintf(folder, sizeof(folder), "%s", path);
    end = strrchr(folder, '/');
    if (end == NULL || end == folder)
        return;
    *end = '\0';
    (void)mkdir(folder, 0755);
}

/* Whether somebody answers there. */
static bool is_in_use(const struct sockaddr_un *address)
{
    AICO2_CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    return fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
}

/* What stands in the way: a socket of a process that is gone may be taken away, nothing else. */
static int make_way(const char *path, const struct sockaddr_un *address, struct aico2_error *err)
{
    struct stat file;

    if (lstat(path, &file) < 0)
        return 0;
    if (!S_ISSOCK(file.st_mode))
        return aico2_error_set(err, -EEXIST, "--socket '%.100s': there is a file that is no socket",
                               path);
    if (is_in_use(address))
        return aico2_error_set(err, -EADDRINUSE,
                               "--socket '%.100s': somebody listens there already", path);
    if (unlink(path) < 0)
        return aico2_error_set_errno(err, errno, "--socket '%.100s': cannot remove the old one",
                                     path);
    return 0;
}

static int give_to(const char *path, gid_t group, struct aico2_error *err)
{
    if (group == GROUP_NONE)
        return 0;
    if (lchown(path, (uid_t)-1, group) < 0 || chmod(path, 0660) < 0)
        return aico2_error_set_errno(err, errno, "--socket '%.100s': cannot give it to group %u",
                                     path, (unsigned)group);
    return 0;
}

int listen_at(const char *path, gid_t group, struct aico2_error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    AICO2_CLEANUP(fd_closep)
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask;
    int r;

    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open a socket");
    if (strlen(path) >= sizeof(address.sun_path))
        return aico2_error_set(err, -ENAMETOOLONG,
                               "--socket '%.100s...': a path is at most %zu bytes", path,
                               sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path));
    r = make_way(path, &address, err);
    if (r < 0)
        return r;
    make_folder(path);
    mask = umask(0177); /* nobody else's for a moment */
    r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
    (void)umask(mask);
    if (r < 0)
        return aico2_error_set_errno(err, -r, "--socket '%.100s': cannot listen there", path);
    r = give_to(path, group, err);
    if (r == 0 && listen(fd, BACKLOG) < 0)
        r = aico2_error_set_errno(err, errno, "--socket '%.100s': cannot listen there", path);
    if (r < 0) {
        (void)unlink(path);
        return r;
    }
    return fd_take(&fd);
}
