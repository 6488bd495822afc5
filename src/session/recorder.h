/* SPDX-License-Identifier: Apache-2.0 */
/* session/recorder.h - the thread that writes the history: the loop never waits for a disk */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/thread_clocks.h"
#include "history/history.h"

struct recorder;

/* What one commit stores; the arrays are reused. What a commit could not store is still there
 * afterwards. */
struct record_batch {
    struct history_sample *samples;
    size_t sample_count;
    size_t sample_capacity;
    struct slice *slices;
    size_t slice_count;
    size_t slice_capacity;
    struct device *devices; /* all known so far: the new ones are added to the run */
    struct device_totals *totals;
    size_t device_count;
    size_t device_capacity;
    size_t totals_capacity;
    struct training training;
    struct task *tasks;
    size_t first_task; /* index of tasks[0] among all */
    size_t task_count;
    size_t task_capacity;
    struct slice *task_slices;
    size_t task_slice_count;
    size_t task_slice_capacity;
    struct run run; /* its texts are the two below: a thread left behind may outlive the session */
    char *command_json;
    char *warnings_json;
    char *labels;
    bool devices_changed; /* since the last commit that worked */
    bool end; /* the run ends with it; cleared when that is stored, and another run may begin */
    double total_joules;
    double total_gco2e;
};

/* path: copied. The file is opened by the thread. own_threads: whom to count it among; NULL: nobody. */
int recorder_start(struct recorder **recorder_out, const char *path,
                   struct thread_clocks *own_threads, struct aico2_error *err);

/* The batch to fill, or NULL while the last one is still being written. */
struct record_batch *recorder_batch(struct recorder *recorder);
/* Whether the last commit did not reach the file, or the file not the disk; why_out: then why (NULL allowed). */
bool recorder_is_failing(struct recorder *recorder, struct aico2_error *why_out);
/* Gives the batch copies of the run and its texts. Return: 0 or -ENOMEM, the batch as it was. */
int record_batch_set_run(struct record_batch *batch, const struct run *run);
/* The same, waiting for the batch at most wait_ns. */
struct record_batch *recorder_wait(struct recorder *recorder, int64_t wait_ns);
/* Hands the filled batch to the thread. */
void recorder_commit(struct recorder *recorder);

/* Ends the thread after what was handed over is written, waiting at most wait_ns. err: why the last
 * of it did not reach the file, code 0 when it did; *stored_out: whether anything did. */
void recorder_stop(struct recorder *recorder, int64_t wait_ns, struct aico2_error *err,
                   bool *stored_out);
