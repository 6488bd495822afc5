/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/clients.h - who is connected, how much they may ask, and where they are sent away */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensord/rights.h"

enum {
    CLIENTS_MAX = 256,
    CLIENTS_OF_USER_MAX = 128, /* one user leaves room for others; root has all of it */
    CLIENT_REQUESTS_A_SECOND = 200,
    CLIENT_REQUESTS_AT_ONCE = 1024, /* asking for every device there can be is no abuse */
};

struct client {
    int fd; /* -1: free */
    uid_t uid;
    enum right right;
    double requests_left;
    int64_t refilled_ns;
};

struct clients {
    struct client slots[CLIENTS_MAX];
    size_t count;
};

void clients_init(struct clients *clients);
/* The descriptor is theirs from here on. NULL: there is no room for this user. */
struct client *clients_add(struct clients *clients, int fd, uid_t uid, enum right right,
                           int64_t now_ns);
void clients_remove(struct clients *clients, struct client *client);
void clients_close(struct clients *clients);

/* One more request. false: it asks faster than anybody needs to. */
bool client_may_ask(struct client *client, int64_t now_ns);
