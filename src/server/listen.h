/* SPDX-License-Identifier: Apache-2.0 */
/* server/listen.h - addresses to answer at, and the sockets opened there or handed over */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"

enum { LISTEN_TEXT_SIZE = 80 };

struct listen_address {
    struct sockaddr_storage address;
    socklen_t length;
    bool loopback; /* only this machine can get there */
    bool both;     /* IPv4 too, at an IPv6 address that stands for all */
};

/**
 * listen_parse() - "127.0.0.1:8000", "[::1]:8000", "localhost:8000"; ":8000" is every address
 * Names are not looked up. Return: 0 or -EINVAL, the message quoting the text
 */
int listen_parse(const char *text, struct listen_address *address_out, struct aico2_error *err);

/* The same host at another port. */
struct listen_address listen_at_port(const struct listen_address *address, unsigned port);
/* "127.0.0.1:8000" */
void listen_address_text(const struct listen_address *address, char text_out[LISTEN_TEXT_SIZE]);

struct listener {
    int fd;                      /* not blocking, close-on-exec */
    bool loopback;               /* or a socket of the file system */
    char text[LISTEN_TEXT_SIZE]; /* as it is bound: "127.0.0.1:41234" */
};

struct listeners {
    struct listener *items;
    size_t count;
};

/* Adds a socket that listens there. Return: 0 or -errno, the message naming address and reason. */
int listeners_add(struct listeners *listeners, const struct listen_address *address,
                  struct aico2_error *err);
/**
 * listeners_inherit() - those that systemd has opened for us (LISTEN_FDS)
 * Return: how many; 0 none were handed over; -EINVAL for one that is no listening stream socket
 */
int listeners_inherit(struct listeners *listeners, struct aico2_error *err);
void listeners_close(struct listeners *listeners);
