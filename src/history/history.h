/* SPDX-License-Identifier: Apache-2.0 */
/* history/history.h - the SQLite history: joules with times, places and methods; the only SQL */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/device.h"
#include "model/documents.h"
#include "model/run.h"
#include "model/slice.h"
#include "model/task.h"

struct history; /* one connection; used by one thread at a time */

enum { HISTORY_READ = 0, HISTORY_WRITE = 1 };

/**
 * history_default_path() - where the history lives
 * root: /var/lib/aico2/history.db; else $XDG_DATA_HOME/aico2/history.db or
 * ~/.local/share/aico2/history.db
 * Return: 0 or -ENOENT (no home), -ENAMETOOLONG
 */
int history_default_path(char *path_out, size_t size, struct aico2_error *err);

/**
 * history_hold_memory() - from now on a history that is opened takes all that its cache may need at once, so that a
 *                         program which keeps one open for months does not grow by it
 * Before the first is opened, and by a program alone: it holds for all that the process does with SQLite.
 */
void history_hold_memory(void);

/**
 * history_open() - open, and with HISTORY_WRITE create (0640, directories 0750) and migrate
 * On a network file system (by statfs magic) a writer gets its own file in history.d/ beside
 * `path`, and a reader all of them, merged.
 * Errors: -ENOENT (read: no history yet), -EACCES, -EROFS, -EBADMSG (not a history or damaged: the
 * file is left as it is), -ENOTSUP (made by a newer version), -ENOSPC, -EIO. The message names the
 * file and what to do.
 */
int history_open(const char *path, int mode, struct history **history_out, struct aico2_error *err);
void history_close(struct history *history); /* NULL allowed */
/* Whether what was committed gets to the disk: 0, or why the last attempt failed (a disk that cannot sync, say). */
int history_check_disk(const struct history *history, struct aico2_error *err);

/* --- writing; a run in progress --- */

/* Inserts the run (state running) and its devices, in one transaction. */
int history_run_begin(struct history *history, const struct run *run, const struct device *devices,
                      size_t device_count, struct aico2_error *err);

/* Stores the devices anew: some were found after the run began (a slow driver), or are metered
 * another way since (a counter that never moved). */
int history_put_devices(struct history *history, const struct run *run,
                        const struct device *devices, const struct device_totals *totals,
                        size_t device_count, struct aico2_error *err);

/* A sample row: the sums of one device over one interval ending at end_wall_ns. */
struct history_sample {
    int64_t end_wall_ns;
    double interval_seconds;
    int device;
    struct energy_sums sums;
    double power_watts; /* NAN none */
};

/**
 * history_append() - one transaction: samples, the current slices, device totals, the run's
 * progress
 * @run: ended_wall_ns, duration_ns, cpu_seconds, own_*, late_ticks are stored
 * @totals: one per device; peak, floor and lowest are stored (the sums are those of the slices)
 * @slices: those that changed since the last call: inserted or replaced by (run, start, device)
 */
int history_append(struct history *history, const struct run *run,
                   const struct history_sample *samples, size_t sample_count,
                   const struct slice *slices, size_t slice_count,
                   const struct device_totals *totals, size_t device_count,
                   struct aico2_error *err);

/**
 * history_put_tasks() - one transaction: what was planned, and the tasks and their sums that changed
 * @first: index of tasks[0] among all of the run; what was stored of later ones is gone
 */
int history_put_tasks(struct history *history, const struct run *run,
                      const struct training *training, size_t first, const struct task *tasks,
                      size_t task_count, const struct slice *slices, size_t slice_count,
                      struct aico2_error *err);

/* The final row: state, exit status, units, place, warnings, and the report's totals for `runs`
 * (joules, grams). */
int history_run_end(struct history *history, const struct run *run, double total_joules,
                    double total_gco2e, struct aico2_error *err);

/* --- reading --- */

struct history_record {
    struct run run;
    struct device *devices;
    struct device_totals *totals; /* sums filled from the slices */
    size_t device_count;
    struct slice_list slices;
    struct training training;
    struct task_list tasks;        /* none: nobody cut the run into tasks */
    struct slice_list task_slices; /* their start is the task's: ns since the run began */
};
void history_record_deinit(struct history_record *record);

/* By id or an unambiguous prefix of at least 6 characters, by exact name (the newest), or "last", which no
 * watch of a server is.
 * -ENODATA: no such run; -EINVAL: ambiguous prefix. */
int history_load(struct history *history, const char *run, struct history_record *record_out,
                 struct aico2_error *err);

/* The run alone, for who and where: no devices, no slices. run_deinit() frees. */
int history_load_run(struct history *history, const char *run, struct run *run_out,
                     struct aico2_error *err);

struct history_filter {
    const char *stage;            /* NULL any */
    const char *name;             /* NULL any */
    const char *search;           /* part of the name or of the id; NULL any */
    size_t limit;                 /* 0: 50 */
    const char *cursor;           /* id after which to go on; NULL from the newest */
    int64_t started_from_wall_ns; /* that began then or later, by their ids; 0 any */
    int64_t ended_from_wall_ns;   /* whose last sample is not older; 0 any */
};
/* Newest first. next_out (may be NULL) gets the cursor of the next page or "". The caller frees
 * rows. */
int history_list(struct history *history, const struct history_filter *filter,
                 struct run_row **rows_out, size_t *count_out, char next_out[ULID_SIZE],
                 struct aico2_error *err);

/* Ids of the runs whose labels have this line, oldest first. The caller frees. */
int history_list_labelled(struct history *history, const char *line, char (**ids_out)[ULID_SIZE],
                          size_t *count_out, struct aico2_error *err);

/* Ids of runs marked running whose writer is gone: this host (hostname and boot-id history), and
 * boot id, pid and start time no longer match a living process. Never another host's. The caller
 * frees. */
int history_list_dead(struct history *history, const char *hostname, const char *boot_id,
                      int proc_fd, char (**ids_out)[ULID_SIZE], size_t *count_out,
                      struct aico2_error *err);

/* Marks a dead run recovered; its end is its last stored sample. */
int history_mark_recovered(struct history *history, const char *id, double total_joules,
                           double total_gco2e, struct aico2_error *err);

/**
 * history_each_sample() - calls back for every stored sample of a run, or (run NULL) of every run
 * that overlaps the window, in order of device id, then end time
 * A callback that returns non-zero ends the walk with that value.
 */
struct history_sample_row {
    const char *run_id;
    const struct device *device; /* of that run */
    struct history_sample sample;
};
typedef int history_sample_fn(void *payload, const struct history_sample_row *row);
int history_each_sample(struct history *history, const char *run_id, int64_t from_wall_ns,
                        int64_t to_wall_ns, history_sample_fn *each, void *payload,
                        struct aico2_error *err);

/* The width of what samples of a run are put together to when they are stored, some sixty of a device to a row;
 * 0: none are, at intervals above a second. */
int64_t history_rollup_width_ns(int64_t interval_ns);

/* One sample, or those of a device that ended in a stretch of that width. */
struct history_power {
    int64_t end_wall_ns;
    double interval_seconds;
    int device;
    bool together;
    double joules;
    double covered_seconds;
    double least_watts; /* of samples put together; else not set */
    double most_watts;
};

/**
 * history_each_power() - calls back for the power of a run over time, in order of end time, all devices in one pass:
 * several times faster than history_each_sample()
 * @run_id:       whole, as history_load() tells it
 * @device_count: that of the run; a sample of another is damage (-EBADMSG)
 * @together:     samples put together where they are stored so, which are some sixty times fewer; false: each
 * A callback that returns non-zero ends the walk with that value.
 */
typedef int history_power_fn(void *payload, const struct history_power *power);
int history_each_power(struct history *history, const char *run_id, size_t device_count,
                       bool together, history_power_fn *each, void *payload,
                       struct aico2_error *err);

/* When there was a run, of those that overlap the window: by rising start. The caller frees. */
struct history_span {
    int64_t started_wall_ns;
    int64_t ended_wall_ns; /* of a running one: the last stored sample */
};
int history_list_spans(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                       struct history_span **spans_out, size_t *count_out, struct aico2_error *err);

/**
 * history_each_slice() - calls back for every stored slice that starts in the window, run by run,
 * in order of time within a run: the sums of whole hours, many times fewer than their samples
 * A callback that returns non-zero ends the walk with that value.
 */
struct history_slice_row {
    struct history_span span;           /* of the run */
    const struct device *device;        /* of that run */
    const struct device_totals *totals; /* of the whole run: peak, floor and lowest; no sums */
    struct slice slice;
};
typedef int history_slice_fn(void *payload, const struct history_slice_row *row);
int history_each_slice(struct history *history, int64_t from_wall_ns, int64_t to_wall_ns,
                       history_slice_fn *each, void *payload, struct aico2_error *err);

/**
 * history_thin() - samples older than a day become one a minute, older than 30 days one an hour
 * @chunks:       transactions to spend at most, some ten milliseconds each; the next call goes on
 *                from there
 * @finished_out: nothing is left to thin
 * Sums are kept exactly (to the bit of a sum of doubles); slices are untouched.
 * Return: rows removed, or -errno (-EINVAL: the clock is not set).
 */
int64_t history_thin(struct history *history, int64_t now_wall_ns, size_t chunks,
                     bool *finished_out, struct aico2_error *err);

/* Stores a finished, computed run as a new one (recompute --save): run, devices, slices. -EEXIST: there
 * is one of its id. */
int history_store(struct history *history, const struct history_record *record, double total_joules,
                  double total_gco2e, struct aico2_error *err);
/* The same with its samples (import), in one transaction: all of it is there, or nothing. */
int history_store_samples(struct history *history, const struct history_record *record,
                          const struct history_sample *samples, size_t sample_count,
                          double total_joules, double total_gco2e, struct aico2_error *err);

/* Between the two, runs that are stored go into one transaction of the main file: one wait for the disk for
 * a file of many runs. A run that cannot be stored takes none of the others along. */
int history_batch_begin(struct history *history, struct aico2_error *err);
int history_batch_end(struct history *history, struct aico2_error *err);

/* When there was an imported run. */
struct history_import {
    char id[ULID_SIZE];
    int64_t started_wall_ns;
    int64_t ended_wall_ns;
};
struct history_imports {
    struct history_import *items;
    size_t count;
    size_t capacity;
};
/* All of them, so that a file of many runs asks once. history_imports_deinit() frees. */
int history_list_imports(struct history *history, struct history_imports *imports_out,
                         struct aico2_error *err);
void history_imports_deinit(struct history_imports *imports);
/* Return: 0 or -ENOMEM. */
int history_imports_add(struct history_imports *imports, const struct run *run);

/* Whether a run has this device, read by the same reader. Return: 1, 0, or -errno. */
int history_has_device(struct history *history, const char *id, const struct device *device,
                       struct aico2_error *err);
