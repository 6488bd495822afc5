/* SPDX-License-Identifier: Apache-2.0 */
/* base/notify.c - what systemd is told, where it has started us
 *
 * sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names; "@" begins an abstract one.
 */
#include "base/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

int notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = path == NULL ? 0 : strlen(path);
    int fd;

    if (length < 2 || length >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
        return -1;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    if (connect(fd, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

void notify_send(int fd, const char *state)
{
    /* a manager that does not read loses what we say: the sampler does not wait for it */
    if (fd >= 0)
        (void)send(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void notify(const char *state)
{
    int fd = notify_open();

    notify_send(fd, state);
    if (fd >= 0)
        (void)close(fd);
}

void notify_reloading(void)
{
    char state[64];

    (void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                   clock_mono_ns() / 1000);
    notify(state);
}
