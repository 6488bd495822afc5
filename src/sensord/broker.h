/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/broker.h - the loop: clients, the tick of a second, signals */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensord/clients.h"
#include "sensord/desk.h"
#include "sensord/rights.h"

struct broker {
    struct desk desk;
    struct clients clients;
    struct rights rights;
    const struct log *log;
    int64_t idle_exit_ns; /* without a client for so long it ends; 0: never */
    int64_t idle_ns;      /* since when there is none */
    int64_t refused_ns;   /* when the log last said that somebody was refused */
    int listen_fd;
    int notify_fd; /* of the service manager; -1 */
    int epoll_fd;
    int timer_fd;
    int signal_fd;
    bool crowded; /* there are no descriptors left: nobody is let in until the next tick */
    bool ending;
    char answer[AICO2_SENSORD_ANSWER_MAX];
};

/* Takes over the meters (which stay the caller's) and the listening socket. Return: 0 or -errno. */
int broker_open(struct broker *broker, struct meters *meters, int listen_fd,
                const struct rights *rights, const struct log *log, struct aico2_error *err);
/* Until it is told to end, nobody has come for long, or a device is lost. Return: 0 or -errno. */
int broker_run(struct broker *broker, struct aico2_error *err);
void broker_close(struct broker *broker);
