/* SPDX-License-Identifier: Apache-2.0 */
/* server/listen.c - addresses to answer at, and the sockets opened there or handed over */
#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/handed_fds.h"
#include "base/number.h"

enum { BACKLOG = 512, PORT_MAX = 65535, HOST_SIZE = 72 };

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr) != 0;
    return address->ss_family == AF_UNIX;
}

/* Parts "[::1]:80" and "h:80" into host and port. */
static bool split(const char *text, char host_out[HOST_SIZE], const char **port_out)
{
    const char *colon = strrchr(text, ':');
    const char *start = text;
    const char *end = colon;

    if (colon == NULL)
        return false;
    if (text[0] == '[') {
        if (colon == text + 1 || colon[-1] != ']')
            return false;
        start = text + 1;
        end = colon - 1;
    } else if (memchr(text, ':', (size_t)(colon - text)) != NULL) {
        return false; /* an IPv6 address stands in brackets */
    }
    if (end - start >= HOST_SIZE)
        return false;
    memcpy(host_out, start, (size_t)(end - start));
    host_out[end - start] = '\0';
    *port_out = colon + 1;
    return text[0] != '[' || strchr(host_out, ':') != NULL;
}

static bool resolve(const char *host, const char *port, struct listen_address *address_out)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found = NULL;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return false;
    memcpy(&address_out->address, found->ai_addr, found->ai_addrlen);
    address_out->length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

int listen_parse(const char *text, struct listen_address *address_out, struct aico2_error *err)
{
    struct listen_address address = { 0 };
    char host[HOST_SIZE];
    const char *port;
    uint64_t number;

    if (!split(text, host, &port) || port[0] < '0' || port[0] > '9' ||
        !number_parse_u64(port, &number))
        return aico2_error_set(err, -EINVAL,
                               "--listen '%.60s': an address and a port, as in 127.0.0.1:8000, "
                               "[::1]:8000 or :8000 for all addresses",
                               text);
    if (number > PORT_MAX)
        return aico2_error_set(err, -EINVAL, "--listen '%.60s': a port is 0 to %d", text, PORT_MAX);
    if (strcmp(host, "localhost") == 0)
        (void)snprintf(host, sizeof(host), "127.0.0.1");
    address.both = host[0] == '\0';
    if (!resolve(address.both ? "::" : host, port, &address))
        return aico2_error_set(err, -EINVAL,
                               "--listen '%.60s': '%s' is no address (names are not looked up, but "
                               "for localhost)",
                               text, host);
    address.loopback = is_loopback(&address.address);
    *address_out = address;
    return 0;
}

void listen_address_text(const struct listen_address *address, char text_out[LISTEN_TEXT_SIZE])
{
    char host[HOST_SIZE];
    char port[8];

    if (getnameinfo((const struct sockaddr *)&address->address, address->length, host, sizeof(host),
                    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(text_out, LISTEN_TEXT_SIZE, "an address");
    else
        (void)snprintf(text_out, LISTEN_TEXT_SIZE,
                       address->address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

struct listen_address listen_at_port(const struct listen_address *address, unsigned port)
{
    struct listen_address other = *address;

    if (other.address.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&other.address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)&other.address)->sin_port = htons((uint16_t)port);
    return other;
}

/* What a socket is bound to, with the port that the kernel chose. */
static void describe(struct listener *listener)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof(address);
    char host[HOST_SIZE];
    char port[8];

    (void)snprintf(listener->text, sizeof(listener->text), "a socket");
    if (getsockname(listener->fd, (struct sockaddr *)&address, &length) < 0)
        return;
    listener->loopback = is_loopback(&address);
    if (getnameinfo((const struct sockaddr *)&address, length, host, sizeof(host), port,
                    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
        address.ss_family != AF_UNIX)
        (void)snprintf(listener->text, sizeof(listener->text),
                       address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int append(struct listeners *listeners, int fd, struct aico2_error *err)
{
    struct listener *grown =
        realloc(listeners->items, (listeners->count + 1) * sizeof(*listeners->items));

    if (grown == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    listeners->items = grown;
    grown[listeners->count] = (struct listener){ .fd = fd };
    describe(&grown[listeners->count++]);
    return 0;
}

int listeners_add(struct listeners *listeners, const struct listen_address *address,
                  struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep)
    int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    const int only = !address->both;
    char text[LISTEN_TEXT_SIZE];
    int r;

    listen_address_text(address, text);
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open a socket for %s", text);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (address->address.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    if (bind(fd, (const struct sockaddr *)&address->address, address->length) < 0 ||
        listen(fd, BACKLOG) < 0)
        return aico2_error_set_errno(err, errno, "cannot listen at %s%s", text,
                                     errno == EADDRINUSE ? " (another program does; --listen "
                                                           "chooses another port)"
                                                         : "");
    r = append(listeners, fd, err);
    if (r == 0)
        (void)fd_take(&fd);
    return r;
}

int listeners_inherit(struct listeners *listeners, struct aico2_error *err)
{
    size_t count = handed_fds();

    for (size_t i = 0; i < count; i++) {
        int fd = HANDED_FIRST + (int)i;
        int listening = 0;
        int type = 0;
        socklen_t size = sizeof(int);
        int r;

        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening ||
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
            return aico2_error_set(err, -EINVAL,
                                   "LISTEN_FDS: descriptor %d is no listening stream socket", fd);
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        r = append(listeners, fd, err);
        if (r < 0)
            return r;
    }
    return (int)count;
}

void listeners_close(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        fd_closep(&listeners->items[i].fd);
    free(listeners->items);
    *listeners = (struct listeners){ 0 };
}
