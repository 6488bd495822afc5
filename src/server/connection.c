/* SPDX-License-Identifier: Apache-2.0 */
/* server/connection.c - who is connected since when, and who takes too long */
#include "server/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* IPv4 as IPv6 has it; other families are this machine's. */
static void take_address(const struct sockaddr *address, unsigned char bytes_out[16])
{
    memset(bytes_out, 0, 16);
    if (address != NULL && address->sa_family == AF_INET6) {
        memcpy(bytes_out, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    } else if (address != NULL && address->sa_family == AF_INET) {
        bytes_out[10] = bytes_out[11] = 0xff;
        memcpy(bytes_out + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else {
        bytes_out[15] = 1;
    }
}

static bool is_local(const unsigned char bytes[16])
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const unsigned char loopback[16] = { [15] = 1 };

    return memcmp(bytes, loopback, 16) == 0 ||
           (memcmp(bytes, mapped, sizeof(mapped)) == 0 && bytes[12] == 127);
}

bool connection_is_of_this_machine(const struct connection *connection)
{
    return connection != NULL && is_local(connection->address);
}

unsigned connection_port(const struct connection *connection)
{
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof(address);

    if (connection == NULL || getsockname(connection->fd, (struct sockaddr *)&address, &length) < 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    return address.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)&address)->sin_port)
                                        : 0;
}

static void name(struct connection *connection)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (memcmp(connection->address, mapped, sizeof(mapped)) == 0)
        (void)inet_ntop(AF_INET, connection->address + 12, connection->text,
                        sizeof(connection->text));
    else
        (void)inet_ntop(AF_INET6, connection->address, connection->text, sizeof(connection->text));
}

/* What is sent and not taken lies in the kernel: of 2,048 clients that read nothing, 0.5 GB in place of 8. */
static void bound_what_is_sent(int fd)
{
    static const int bytes = 128 * 1024;

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

struct connection *connections_add(struct connections *connections, int fd,
                                   const struct sockaddr *address, int64_t now_mono_ns)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    bound_what_is_sent(fd);
    connection->fd = fd;
    connection->since_mono_ns = now_mono_ns;
    take_address(address, connection->address);
    name(connection);
    connection->next = connections->first;
    if (connections->first != NULL)
        connections->first->before = connection;
    connections->first = connection;
    connections->count++;
    return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->before != NULL)
        connection->before->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next != NULL)
        connection->next->before = connection->before;
    connections->count--;
    free(connection);
}

void connection_enter(struct connection *connection, enum connection_phase phase,
                      int64_t now_mono_ns)
{
    if (connection == NULL)
        return;
    connection->phase = phase;
    connection->since_mono_ns = now_mono_ns;
}

size_t connections_from(const struct connections *connections, const struct sockaddr *address)
{
    unsigned char bytes[16];
    size_t count = 0;

    take_address(address, bytes);
    if (is_local(bytes))
        return 0;
    for (const struct connection *at = connections->first; at != NULL; at = at->next)
        count += memcmp(at->address, bytes, sizeof(bytes)) == 0;
    return count;
}

bool connection_is_half_closed(const struct connection *connection)
{
    char byte;

    return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool connection_is_gone(const struct connection *connection)
{
    struct pollfd pollfd = { .fd = connection->fd };

    return poll(&pollfd, 1, 0) > 0 && (pollfd.revents & (POLLHUP | POLLERR)) != 0;
}

bool connections_are_worked_for(const struct connections *connections, const void *daemon)
{
    for (const struct connection *at = connections->first; at != NULL; at = at->next) {
        if (at->daemon == daemon && at->is_worked_for)
            return true;
    }
    return false;
}

/* Between requests: a client that has gone, or one that has begun and is slow. */
static void look_at_idle(struct connection *connection, int64_t now_mono_ns)
{
    int64_t idle_ns = now_mono_ns - connection->since_mono_ns;
    struct tcp_info info = { 0 };
    socklen_t size = sizeof(info);

    if (getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return;
    if (info.tcpi_state == TCP_CLOSE_WAIT)
        (void)shutdown(connection->fd, SHUT_RDWR);
    else if (info.tcpi_last_data_recv * NSEC_PER_MSEC < idle_ns - NSEC_PER_SEC / 2)
        connection_enter(connection, CONNECTION_HEADER, now_mono_ns);
}

void connections_sweep(struct connections *connections, int64_t now_mono_ns)
{
    static const int64_t limits_seconds[] = {
        [CONNECTION_HEADER] = HEADER_SECONDS,
        [CONNECTION_REQUEST] = REQUEST_SECONDS,
        [CONNECTION_IDLE] = IDLE_SECONDS,
        [CONNECTION_STREAM] = STREAM_SECONDS,
    };

    for (struct connection *at = connections->first; at != NULL; at = at->next) {
        int64_t age_ns = now_mono_ns - at->since_mono_ns;

        if (age_ns > limits_seconds[at->phase] * NSEC_PER_SEC ||
            (at->half_closed && at->phase == CONNECTION_IDLE))
            (void)shutdown(at->fd, SHUT_RDWR);
        else if (at->phase == CONNECTION_IDLE && age_ns > NSEC_PER_SEC)
            look_at_idle(at, now_mono_ns);
    }
}
