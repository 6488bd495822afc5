/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/clients.c - who is connected, how much they may ask, and where they are sent away */
#include "sensord/clients.h"

#include <math.h>

#include "base/clock.h"
#include "base/fs.h"

void clients_init(struct clients *clients)
{
    clients->count = 0;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        clients->slots[i] = (struct client){ .fd = -1 };
}

static struct client *find_room(struct clients *clients, uid_t uid)
{
    struct client *room = NULL;
    size_t of_user = 0;

    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = &clients->slots[i];

        if (client->fd < 0)
            room = room == NULL ? client : room;
        else
            of_user += client->uid == uid;
    }
    return uid != 0 && of_user >= CLIENTS_OF_USER_MAX ? NULL : room;
}

struct client *clients_add(struct clients *clients, int fd, uid_t uid, enum right right,
                           int64_t now_ns)
{
    struct client *client = find_room(clients, uid);

    if (client == NULL)
        return NULL;
    *client = (struct client){ .fd = fd,
                               .uid = uid,
                               .right = right,
                               .requests_left = CLIENT_REQUESTS_AT_ONCE,
                               .refilled_ns = now_ns };
    clients->count++;
    return client;
}

void clients_remove(struct clients *clients, struct client *client)
{
    fd_closep(&client->fd);
    clients->count--;
}

void clients_close(struct clients *clients)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (clients->slots[i].fd >= 0)
            clients_remove(clients, &clients->slots[i]);
    }
}

bool client_may_ask(struct client *client, int64_t now_ns)
{
    double seconds = seconds_from_ns(now_ns - client->refilled_ns);

    client->requests_left =
        fmin(client->requests_left + seconds * CLIENT_REQUESTS_A_SECOND, CLIENT_REQUESTS_AT_ONCE);
    client->refilled_ns = now_ns;
    if (client->requests_left < 1)
        return false;
    client->requests_left -= 1;
    return true;
}
