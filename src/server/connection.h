/* SPDX-License-Identifier: Apache-2.0 */
/* server/connection.h - who is connected since when, and who takes too long
 *
 * libmicrohttpd ends connections that are silent; one that sends a byte a second is not. All of it belongs
 * to the thread that serves.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum connection_phase {
    CONNECTION_HEADER,  /* the first request is not complete; TLS included */
    CONNECTION_REQUEST, /* its body, or our answer, is under way */
    CONNECTION_IDLE,    /* between requests */
    CONNECTION_STREAM,  /* an answer without end; since it last took what was sent */
};

struct connection {
    struct connection *next;
    struct connection *before;
    int fd;
    const void *daemon; /* of the library, which it is of */
    bool is_worked_for; /* another thread has its request */
    bool half_closed;   /* by the client, when its last request had been answered */
    enum connection_phase phase;
    int64_t since_mono_ns; /* of the phase */
    unsigned char address[16];
    char text[48]; /* the same, for people */
};

struct connections {
    struct connection *first;
    size_t count;
};

/* Limits, seconds: a header, a request with its answer, a connection between requests, a stream whose client
 * takes nothing: it is told something each 15 s. */
enum { HEADER_SECONDS = 10, REQUEST_SECONDS = 60, IDLE_SECONDS = 75, STREAM_SECONDS = 45 };

/* Return: NULL without memory. */
struct connection *connections_add(struct connections *connections, int fd,
                                   const struct sockaddr *address, int64_t now_mono_ns);
void connections_remove(struct connections *connections, struct connection *connection);
void connection_enter(struct connection *connection, enum connection_phase phase,
                      int64_t now_mono_ns);
/* The client will send no more. An end that comes with the last request's bytes is no event to a library that
 * reads until it has less than it asked for. */
bool connection_is_half_closed(const struct connection *connection);
/* Both ways are closed, or it was shut down: nobody is left to answer. For the thread that has its request. */
bool connection_is_gone(const struct connection *connection);
/* Whether a request of one of this daemon's clients is with another thread. */
bool connections_are_worked_for(const struct connections *connections, const void *daemon);
/* It came over loopback or a socket file. NULL: not known, no. */
bool connection_is_of_this_machine(const struct connection *connection);
/* The port of ours that it came to; 0: not known. */
unsigned connection_port(const struct connection *connection);
/* How many connections this address has; those of this machine itself are not counted: 0. */
size_t connections_from(const struct connections *connections, const struct sockaddr *address);
/* Shuts down those that take too long: the library notices and closes them. */
void connections_sweep(struct connections *connections, int64_t now_mono_ns);
