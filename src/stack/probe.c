/* SPDX-License-Identifier: Apache-2.0 */
/* stack/probe.c - asking a service of this machine whether it is up, over HTTP */
#include "stack/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

int http_status_parse(const char *text)
{
    int status = 0;

    if (strncmp(text, "HTTP/1.", 7) != 0 || (text[7] != '0' && text[7] != '1') || text[8] != ' ')
        return 0;
    for (int i = 9; i < 12; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        status = status * 10 + (text[i] - '0');
    }
    if (text[12] != ' ' && text[12] != '\r' && text[12] != '\n')
        return 0;
    return status >= 100 && status < 600 ? status : 0;
}

const char *http_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end != NULL ? end + 4 : NULL;
}

bool text_has_line(const char *text, const char *beginning)
{
    size_t length = strlen(beginning);

    while (*text != '\0') {
        if (strncmp(text, beginning, length) == 0)
            return true;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return false;
}

/* Return: 0 or -errno; -ETIMEDOUT past the deadline. */
static int wait_for(int fd, short events, int64_t deadline_ns)
{
    struct pollfd wait = { .fd = fd, .events = events };

    for (;;) {
        int64_t left_ms = (deadline_ns - clock_mono_ns() + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
        int r;

        if (left_ms <= 0)
            return -ETIMEDOUT;
        r = poll(&wait, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (r > 0)
            return 0;
        if (r < 0 && errno != EINTR)
            return -errno;
    }
}

static int connect_to(const char *address, int32_t port, int64_t deadline_ns)
{
    AICO2_CLEANUP(fd_closep)
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int code = 0;
    socklen_t size = sizeof(code);
    int r;

    if (fd < 0)
        return -errno;
    if (inet_pton(AF_INET, address, &place.sin_addr) != 1)
        return -EINVAL;
    if (connect(fd, (const struct sockaddr *)&place, sizeof(place)) < 0) {
        if (errno != EINPROGRESS)
            return -errno;
        r = wait_for(fd, POLLOUT, deadline_ns);
        if (r < 0)
            return r;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
            return -errno;
        if (code != 0)
            return -code;
    }
    return fd_take(&fd);
}

static int ask(int fd, const char *address, int32_t port, const char *path, int64_t deadline_ns)
{
    char request[512];
    /* 1.0: the answer ends with the connection, and is not cut into chunks */
    int length = snprintf(request, sizeof(request),
                          "GET %s HTTP/1.0\r\nHost: %s:%d\r\nUser-Agent: aico2\r\n\r\n", path,
                          address, port);
    int r = wait_for(fd, POLLOUT, deadline_ns);

    if (r < 0)
        return r;
    if (length < 0 || (size_t)length >= sizeof(request))
        return -EINVAL;
    /* a few bytes into an empty buffer: it takes all of them */
    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        return errno != 0 ? -errno : -EIO;
    return 0;
}

static int take_answer(int fd, struct strbuf *answer, int64_t deadline_ns)
{
    char buffer[16384];

    while (answer->length < PROBE_BODY_MOST) {
        ssize_t got;
        int r = wait_for(fd, POLLIN, deadline_ns);

        if (r < 0)
            return r;
        got = recv(fd, buffer, sizeof(buffer), 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        strbuf_add_bytes(answer, buffer, (size_t)got);
        if (answer->failed)
            return -ENOMEM;
    }
    return 0;
}

static int exchange(const char *address, int32_t port, const char *path, int64_t deadline_ns,
                    struct strbuf *answer)
{
    AICO2_CLEANUP(fd_closep) int fd = connect_to(address, port, deadline_ns);
    int r;

    if (fd < 0)
        return fd;
    r = ask(fd, address, port, path, deadline_ns);
    return r < 0 ? r : take_answer(fd, answer, deadline_ns);
}

int probe_get(const char *address, int32_t port, const char *path, int64_t wait_ns,
              struct strbuf *body_out, struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf answer = { 0 };
    int r = exchange(address, port, path, clock_mono_ns() + wait_ns, &answer);
    const char *body;
    int status;

    if (r < 0)
        return aico2_error_set_errno(err, -r, "http://%s:%d%s", address, port, path);
    status = http_status_parse(strbuf_text(&answer));
    body = http_body(strbuf_text(&answer));
    if (status == 0 || body == NULL)
        return aico2_error_set(err, -EBADMSG, "http://%s:%d%s: what answers there speaks no HTTP",
                               address, port, path);
    strbuf_add(body_out, body);
    return status;
}
