/* SPDX-License-Identifier: Apache-2.0 */
/* readers/sensord_link.c - a connection to aico2-sensord that never keeps its user waiting for long */
#include "readers/sensord_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"

/* It answers in a tenth of this, unless the machine has better things to do. */
enum { PATIENCE_MS = 20 };

static const int64_t SILENT_NS = 2 * NSEC_PER_SEC;
static const int64_t RETRY_LEAST_NS = 100 * NSEC_PER_MSEC;
static const int64_t RETRY_MOST_NS = 10 * NSEC_PER_SEC;

static int64_t now(const struct sensord_link *link)
{
    return link->clock->mono_ns(link->clock->payload);
}

/* A name of a socket has 107 bytes, and a root may be anywhere: it is named by its descriptor. */
static int connect_below(int root_fd)
{
    AICO2_CLEANUP(fd_closep)
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (fd < 0)
        return -errno;
    if (faccessat(root_fd, SENSORD_LINK_PATH, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", root_fd,
                   SENSORD_LINK_PATH);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return fd_take(&fd);
}

int sensord_link_open(struct sensord_link *link)
{
    link->fd = connect_below(link->root_fd);
    link->asked_ns = 0;
    link->silent = false;
    if (link->fd >= 0)
        return 0;
    link->error = link->fd;
    link->fd = -1;
    return link->error;
}

void sensord_link_close(struct sensord_link *link)
{
    fd_closep(&link->fd);
}

static int fail(struct sensord_link *link, int code)
{
    sensord_link_close(link);
    link->error = code;
    return code;
}

static int send_request(struct sensord_link *link, uint16_t command, uint32_t argument)
{
    struct aico2_sensord_request request = {
        .magic = AICO2_SENSORD_MAGIC,
        .version = AICO2_SENSORD_VERSION,
        .command = command,
        .tag = ++link->tag,
        .argument = argument,
    };

    if (send(link->fd, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return fail(link, -errno);
    link->asked_ns = now(link);
    return 0;
}

/* Only the last question's answer is one. Return: bytes, 0: nothing yet, or -errno. */
static int receive(struct sensord_link *link, char *answer_out, size_t size)
{
    for (;;) {
        uint32_t tag = 0;
        ssize_t got = recv(link->fd, answer_out, size, MSG_DONTWAIT);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        if (got < 0)
            return fail(link, -errno);
        if (got == 0)
            return fail(link, -ECONNRESET);
        if (got < AICO2_SENSORD_RECORD_SIZE)
            return fail(link, -EBADMSG);
        memcpy(&tag, answer_out + 4, sizeof(tag));
        if (tag == link->tag) {
            link->asked_ns = 0;
            link->silent = false;
            return (int)got;
        }
    }
}

static int receive_within(struct sensord_link *link, int patience_ms, char *answer_out, size_t size)
{
    struct pollfd wait = { .fd = link->fd, .events = POLLIN };
    int r = receive(link, answer_out, size);

    if (r != 0 || patience_ms <= 0)
        return r;
    if (poll(&wait, 1, patience_ms) <= 0)
        return 0;
    return receive(link, answer_out, size);
}

int sensord_link_ask(struct sensord_link *link, uint16_t command, uint32_t argument,
                     int patience_ms, char *answer_out, size_t size)
{
    int r = link->fd < 0 ? -ENOTCONN : send_request(link, command, argument);

    if (r == 0)
        r = receive_within(link, patience_ms, answer_out, size);
    return r == 0 ? -ETIMEDOUT : r;
}

static int connect_again(struct sensord_link *link)
{
    int64_t now_ns = now(link);

    if (now_ns < link->retry_ns)
        return link->error;
    link->wait_ns = link->wait_ns == 0 ? RETRY_LEAST_NS : link->wait_ns * 2;
    if (link->wait_ns > RETRY_MOST_NS)
        link->wait_ns = RETRY_MOST_NS;
    link->retry_ns = now_ns + link->wait_ns;
    return sensord_link_open(link);
}

int sensord_link_read(struct sensord_link *link, char *answer_out, size_t size)
{
    int r = link->fd < 0 ? connect_again(link) : 0;

    if (r == 0 && link->asked_ns == 0)
        r = send_request(link, AICO2_SENSORD_READ, 0);
    if (r == 0)
        r = receive_within(link, link->silent ? 0 : PATIENCE_MS, answer_out, size);
    if (r > 0)
        link->wait_ns = 0;
    if (r != 0)
        return r;
    link->silent = true;
    return now(link) - link->asked_ns > SILENT_NS ? -ETIMEDOUT : 0;
}
