/* SPDX-License-Identifier: Apache-2.0 */
/* readers/sensord_link.h - a connection to aico2-sensord that never keeps its user waiting for long */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aico2/sensord.h>

#include "base/clock.h"

/* Below the root of the machine. */
#define SENSORD_LINK_PATH "run/aico2/sensord.sock"

struct sensord_link {
    const struct clock *clock;
    int root_fd;
    int fd;           /* -1: closed */
    int error;        /* while closed: why */
    int64_t retry_ns; /* not connected again before */
    int64_t wait_ns;  /* how long until the next try after that */
    uint32_t tag;     /* of the last question */
    int64_t asked_ns; /* when it was asked; 0: it is answered */
    bool silent;      /* the last answer did not come in time: none is waited for */
};

#define SENSORD_LINK_NULL ((struct sensord_link){ .root_fd = -1, .fd = -1 })

/* Return: 0 or -errno; -ENOENT: nobody has such a socket here, -EACCES: it is not for us. */
int sensord_link_open(struct sensord_link *link);
void sensord_link_close(struct sensord_link *link);

/**
 * sensord_link_ask() - one question, waited for
 * @patience_ms: no longer than that
 * Return: bytes of the answer; -ETIMEDOUT; -errno, and the connection is closed
 */
int sensord_link_ask(struct sensord_link *link, uint16_t command, uint32_t argument,
                     int patience_ms, char *answer_out, size_t size);

/**
 * sensord_link_read() - the answer to READ
 * Asks where no question is open, and waits some milliseconds; a daemon that once let us wait is not waited for until it
 * answers: what it says is taken at the next call. Connects again where the connection has gone, ever more rarely.
 * Return: bytes of the answer; 0: it has not come yet; -ETIMEDOUT: nor has it for seconds; -errno
 */
int sensord_link_read(struct sensord_link *link, char *answer_out, size_t size);
