/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/log.h - follows the log that a training writes, without ever waiting for it */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "session/epoch/lines.h"

struct epoch_log {
    char *path; /* owned; NULL: there is none */
    int fd;     /* -1: not there yet */
    int inotify_fd;
    int watch;     /* of the file; -1 none */
    int dir_watch; /* of its directory, while the file is not there */
    int64_t offset;
    unsigned wakes;    /* since the last tick */
    char trouble[256]; /* why it is not followed, said once; "" */
    bool skipped;      /* it was written faster than it can be read */
    struct epoch_lines lines;
};

#define EPOCH_LOG_NULL \
    ((struct epoch_log){ .fd = -1, .inotify_fd = -1, .watch = -1, .dir_watch = -1 })

/**
 * epoch_log_open() - from now on what is written to the file
 * What stands in it already is of another training. It need not exist yet.
 * Return: 0; -EINVAL for a bad regex or for what is no regular file (a FIFO would be read away from
 * whoever it is for); -EACCES ... epoch_log_close() always.
 */
int epoch_log_open(struct epoch_log *log, const char *path, const char *regex,
                   epoch_mark_fn *on_mark, void *payload, struct aico2_error *err);
void epoch_log_close(struct epoch_log *log);

/* Readable when something was written; -1: it is only looked at with every tick. */
int epoch_log_fd(const struct epoch_log *log);

/* Reads what is new, a bounded part of it at a time; calls back for the marks in it. */
void epoch_log_wake(struct epoch_log *log);
/* The same, and looks whether the file was replaced. Once a tick. */
void epoch_log_tick(struct epoch_log *log);
/* The run is over: reads to the end. */
void epoch_log_end(struct epoch_log *log);
