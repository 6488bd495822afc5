/* SPDX-License-Identifier: Apache-2.0 */
/* session/recorder.c - the thread that writes the history: the loop never waits for a disk */
#include "session/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "history/fork_gate.h"

enum { RECORDER_STACK_BYTES = 256 * 1024 };

/* Old samples are thinned while nothing is to be written: not in the first seconds of a run, a
 * little at a time, and when all is done again after an hour. */
static const int64_t THIN_AFTER_NS = 5 * NSEC_PER_SEC;
static const int64_t THIN_NEXT_NS = NSEC_PER_SEC / 2;
static const int64_t THIN_AGAIN_NS = 3600 * NSEC_PER_SEC;

struct recorder {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *path;
    struct record_batch batch; /* the loop's while !full, the thread's while full */
    bool full;
    bool stopping;
    bool ended;
    bool abandoned;
    /* the thread's alone */
    struct history *history;
    bool begun;           /* the run stands in the file */
    size_t begun_devices; /* with so many devices */
    int64_t thin_mono_ns; /* when old samples are looked for; 0 never: it has failed */
    /* guarded by lock */
    struct aico2_error error; /* of the last commit; code 0 it reached the file */
    bool stored;              /* something has */
};

static int write_batch(struct recorder *recorder, struct aico2_error *err)
{
    const struct record_batch *batch = &recorder->batch;
    int r = 0;

    if (recorder->history == NULL) {
        r = history_open(recorder->path, HISTORY_WRITE, &recorder->history, err);
        if (r < 0)
            return r;
    }
    if (!recorder->begun)
        r = history_run_begin(recorder->history, &batch->run, batch->devices, batch->device_count,
                              err);
    else if (batch->device_count > recorder->begun_devices || batch->devices_changed)
        r = history_put_devices(recorder->history, &batch->run, batch->devices, batch->totals,
                                batch->device_count, err);
    if (r < 0)
        return r;
    recorder->begun = true;
    recorder->begun_devices = batch->device_count;

    if (batch->sample_count > 0 || batch->slice_count > 0) {
        r = history_append(recorder->history, &batch->run, batch->samples, batch->sample_count,
                           batch->slices, batch->slice_count, batch->totals, batch->device_count,
                           err);
        if (r < 0)
            return r;
    }
    if (batch->task_count > 0 || batch->task_slice_count > 0 || batch->training.budget[0] != '\0') {
        r = history_put_tasks(recorder->history, &batch->run, &batch->training, batch->first_task,
                              batch->tasks, batch->task_count, batch->task_slices,
                              batch->task_slice_count, err);
        if (r < 0)
            return r;
    }
    if (batch->end)
        r = history_run_end(recorder->history, &batch->run, batch->total_joules, batch->total_gco2e,
                            err);
    return r;
}

/* Thinning only saves room: what fails is left as it is, and nobody waits for it. */
static void thin(struct recorder *recorder)
{
    bool finished = false;
    int64_t now_ns = clock_mono_ns();

    fork_gate_enter();
    if (history_thin(recorder->history, clock_wall_ns(), 1, &finished, NULL) < 0)
        recorder->thin_mono_ns = 0;
    else
        recorder->thin_mono_ns = now_ns + (finished ? THIN_AGAIN_NS : THIN_NEXT_NS);
    fork_gate_leave();
}

/* Under the lock. Returns when there is a batch or the end has come; thins meanwhile. */
static void wait_for_batch(struct recorder *recorder)
{
    while (!recorder->full && !recorder->stopping) {
        if (recorder->history == NULL || recorder->thin_mono_ns == 0) {
            (void)pthread_cond_wait(&recorder->changed, &recorder->lock);
        } else if (thread_wait_until(&recorder->changed, &recorder->lock, recorder->thin_mono_ns) ==
                   -ETIMEDOUT) {
            (void)pthread_mutex_unlock(&recorder->lock);
            thin(recorder);
            (void)pthread_mutex_lock(&recorder->lock);
        }
    }
}

static void recorder_free(struct recorder *recorder)
{
    fork_gate_enter();
    history_close(recorder->history);
    fork_gate_leave();
    free(recorder->path);
    free(recorder->batch.samples);
    free(recorder->batch.slices);
    free(recorder->batch.devices);
    free(recorder->batch.totals);
    free(recorder->batch.tasks);
    free(recorder->batch.task_slices);
    free(recorder->batch.command_json);
    free(recorder->batch.warnings_json);
    free(recorder->batch.labels);
    (void)pthread_cond_destroy(&recorder->changed);
    (void)pthread_mutex_destroy(&recorder->lock);
    free(recorder);
}

static void *recorder_main(void *payload)
{
    struct recorder *recorder = payload;
    bool abandoned;

    (void)pthread_mutex_lock(&recorder->lock);
    for (;;) {
        struct aico2_error err = { 0 };
        int r;

        wait_for_batch(recorder);
        if (!recorder->full)
            break;
        (void)pthread_mutex_unlock(&recorder->lock);
        fork_gate_enter();
        r = write_batch(recorder, &err);
        fork_gate_leave();
        (void)pthread_mutex_lock(&recorder->lock);
        recorder->stored = recorder->stored || recorder->begun;
        /* slices hold the totals: the next commit that works makes up for one that did not. The
         * samples stay too, and go in with it, until there are too many */
        if (r == 0) {
            recorder->batch.sample_count = 0;
            recorder->batch.slice_count = 0;
            recorder->batch.task_count = 0;
            recorder->batch.task_slice_count = 0;
            recorder->batch.devices_changed = false;
            recorder->begun = recorder->begun && !recorder->batch.end;
            recorder->batch.end = false;
        }
        if (r == 0) /* in the file, and from there? */
            r = history_check_disk(recorder->history, &err);
        recorder->error = r < 0 ? err : (struct aico2_error){ 0 };
        if (r < 0 && err.code == 0)
            (void)aico2_error_set_errno(&recorder->error, -r, "'%s'", recorder->path);
        recorder->full = false;
        (void)pthread_cond_broadcast(&recorder->changed);
    }
    recorder->ended = true;
    abandoned = recorder->abandoned;
    (void)pthread_cond_broadcast(&recorder->changed);
    (void)pthread_mutex_unlock(&recorder->lock);
    if (abandoned)
        recorder_free(recorder);
    return NULL;
}

int recorder_start(struct recorder **recorder_out, const char *path,
                   struct thread_clocks *own_threads, struct aico2_error *err)
{
    struct recorder *recorder = calloc(1, sizeof(*recorder));
    int r;

    if (recorder == NULL || (recorder->path = strdup(path)) == NULL) {
        free(recorder);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    recorder->thin_mono_ns = clock_mono_ns() + THIN_AFTER_NS;
    (void)pthread_mutex_init(&recorder->lock, NULL);
    thread_condition_init(&recorder->changed);
    r = thread_start_counted(&recorder->thread, RECORDER_STACK_BYTES, recorder_main, recorder,
                             own_threads);
    if (r < 0) {
        recorder_free(recorder);
        return aico2_error_set_errno(err, -r, "cannot start the history's thread");
    }
    *recorder_out = recorder;
    return 0;
}

static int copy_text(char **copy, const char *text)
{
    char *fresh;

    if (text == NULL || (*copy != NULL && strcmp(*copy, text) == 0))
        return 0;
    fresh = strdup(text);
    if (fresh == NULL)
        return -ENOMEM;
    free(*copy);
    *copy = fresh;
    return 0;
}

int record_batch_set_run(struct record_batch *batch, const struct run *run)
{
    if (copy_text(&batch->command_json, run->command_json) < 0 ||
        copy_text(&batch->warnings_json, run->warnings_json) < 0 ||
        copy_text(&batch->labels, run->labels) < 0)
        return -ENOMEM;
    batch->run = *run;
    batch->run.command_json = batch->command_json;
    batch->run.warnings_json = batch->warnings_json;
    batch->run.labels = batch->labels;
    return 0;
}

struct record_batch *recorder_batch(struct recorder *recorder)
{
    bool full;

    (void)pthread_mutex_lock(&recorder->lock);
    full = recorder->full;
    (void)pthread_mutex_unlock(&recorder->lock);
    return full ? NULL : &recorder->batch;
}

bool recorder_is_failing(struct recorder *recorder, struct aico2_error *why_out)
{
    struct aico2_error error;

    (void)pthread_mutex_lock(&recorder->lock);
    error = recorder->error;
    (void)pthread_mutex_unlock(&recorder->lock);
    if (error.code != 0 && why_out != NULL)
        *why_out = error;
    return error.code != 0;
}

struct record_batch *recorder_wait(struct recorder *recorder, int64_t wait_ns)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;
    bool full;
    int r = 0;

    (void)pthread_mutex_lock(&recorder->lock);
    while (recorder->full && r == 0)
        r = thread_wait_until(&recorder->changed, &recorder->lock, deadline_ns);
    full = recorder->full;
    (void)pthread_mutex_unlock(&recorder->lock);
    return full ? NULL : &recorder->batch;
}

void recorder_commit(struct recorder *recorder)
{
    (void)pthread_mutex_lock(&recorder->lock);
    recorder->full = true;
    (void)pthread_cond_broadcast(&recorder->changed);
    (void)pthread_mutex_unlock(&recorder->lock);
}

void recorder_stop(struct recorder *recorder, int64_t wait_ns, struct aico2_error *err,
                   bool *stored_out)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;
    int r = 0;

    *stored_out = false;
    if (recorder == NULL)
        return;

    (void)pthread_mutex_lock(&recorder->lock);
    recorder->stopping = true;
    (void)pthread_cond_broadcast(&recorder->changed);
    while (!recorder->ended && r == 0)
        r = thread_wait_until(&recorder->changed, &recorder->lock, deadline_ns);
    *err = recorder->error;
    *stored_out = recorder->stored;
    if (!recorder->ended) {
        (void)aico2_error_set(err, -ETIMEDOUT, "'%s' is locked or its disk does not answer",
                              recorder->path);
        recorder->abandoned = true;
        (void)pthread_detach(recorder->thread);
        (void)pthread_mutex_unlock(&recorder->lock);
        return;
    }
    (void)pthread_mutex_unlock(&recorder->lock);
    (void)pthread_join(recorder->thread, NULL);
    recorder_free(recorder);
}
