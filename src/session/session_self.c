/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_self.c - a session of the process that it runs in, as the library has them */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "session/session_private.h"

#include "base/text.h"
#include "model/labels.h"

static int64_t process_cpu_ns(void *payload)
{
    const struct clock *clock = payload;

    return clock->process_cpu_ns != NULL ? clock->process_cpu_ns(clock->payload)
                                         : clock_process_cpu_ns();
}

int session_open_job(struct session *session, struct aico2_error *err)
{
    const struct session_options *options = &session->options;

    if (options->self)
        return job_cpu_new_self(&session->job, session->environment.own_proc_fd, process_cpu_ns,
                                (void *)(uintptr_t)session->clock, session->own_threads, err);
    if (options->root > 0)
        return job_cpu_new(&session->job, options->root, session->environment.own_proc_fd, err);
    return 0;
}

/* A clock of a test's own tells the CPU time of a process that has no threads of ours. */
int session_count_threads(struct session *session, struct aico2_error *err)
{
    if (!session->options.self || session->clock->process_cpu_ns != NULL)
        return 0;
    session->own_threads = thread_clocks_new();
    session->environment.reader.own_threads = session->own_threads;
    return session->own_threads == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

void session_name(struct session *session, const char *id, const char *name)
{
    struct run *run = &session->record.run;

    (void)snprintf(run->id, sizeof(run->id), "%s", id);
    if (name != NULL)
        text_copy_clean(run->name, sizeof(run->name), name);
}

const char *session_run_name(const struct session *session)
{
    return session->record.run.name;
}

void session_read_now(struct session *session)
{
    sampler_read_now(&session->sampler);
    session_account_readings(session);
}

void session_start_late(struct session *session)
{
    if (session->job != NULL)
        job_cpu_begin_late(session->job);
    session_start(session);
}

void session_read_between(struct session *session)
{
    session->reads_between = true;
    sampler_request(&session->sampler);
    session_read_now(session);
}

void session_add_own_cpu(struct session *session, int64_t cpu_ns)
{
    thread_clocks_add(session->own_threads, cpu_ns);
}

void session_begin_self(struct session *session)
{
    const pid_t self = getpid();

    (void)ticker_take(&session->sampler.ticker, session->start_mono_ns);
    session->rolled_late_ticks = session->sampler.ticker.late_ticks;
    job_cpu_begin(session->job);
    if (session->environment.job_pids != NULL)
        (void)shared_pids_set(session->environment.job_pids, &self, 1);
}

void session_adopt(struct session *session, pid_t pid, int64_t cpu_ns)
{
    if (session->job != NULL)
        job_cpu_adopt(session->job, pid, cpu_ns);
}

int session_set_training(struct session *session, const char *training)
{
    struct run *run = &session->record.run;
    struct strbuf labels = { 0 };
    char *text;

    if (run->labels != NULL)
        strbuf_add(&labels, run->labels);
    labels_add(&labels, "training", training);
    text = strbuf_take(&labels);
    if (text == NULL)
        return -ENOMEM;
    free(run->labels);
    run->labels = text;
    return 0;
}
