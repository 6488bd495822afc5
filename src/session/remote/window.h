/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/window.h - a past stretch of time out of what a time-series server kept of it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "history/history.h"
#include "model/intensity.h"
#include "model/remote.h"
#include "session/series/run.h"

/* What the server told, its readings one after the other: checked, each device's by rising time. */
struct remote_answer {
    /* Return: 1; 0 at the end, and then `end` and notes are known; -errno: it is torn, and what came before
     * holds */
    int (*next)(struct remote_answer *answer, struct remote_reading *reading_out,
                struct aico2_error *err);

    /* known before the first reading */
    struct remote_server server;
    struct remote_host *hosts;
    size_t host_count;
    struct remote_device *devices;
    size_t device_count;

    /* known at the end */
    struct remote_end end;
    char **notes;
    size_t note_count;
};

struct remote_window {
    int64_t from_wall_ns;
    int64_t to_wall_ns;
    const struct intensity_series *cuts; /* NULL: whole hours */
    const char *sysroot; /* of this machine, which may be one of the hosts; NULL: its own root */
    bool hours; /* slices by the hour, for a history; else only what is cut by needs them */
    bool rows;  /* the intervals, too; with hours they are there anyway */
    bool apart; /* devices carry their host's name, be it the only one */
};

/* The caller's, whatever the outcome: remote_result_deinit(). */
struct remote_result {
    struct history_record record; /* its devices, totals, slices, machine, and the run's times */
    struct series_rows rows;      /* with `hours` or `rows`, one device after the other */
    char **notes;                 /* one line each */
    size_t note_count;
    struct digest digest; /* of what it was asked and told */
    bool partial;         /* more was asked for than came */
};
void remote_result_deinit(struct remote_result *result);

/**
 * remote_window_read() - integrate an answer to its end, each device by itself
 * Counters and powers go through the meters of a run, loads through the models of what the host is.
 * Return: 0, also when a part is missing; -ENODATA when nothing tells any energy; by its end's outcome
 * -ECONNREFUSED, -EACCES, -EBADMSG, -EBUSY, -ETIMEDOUT, -EREMOTEIO; -EFBIG; -ENOMEM
 */
int remote_window_read(struct remote_answer *answer, const struct remote_window *window,
                       struct remote_result *result, struct aico2_error *err);
