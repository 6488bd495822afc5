/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_activity.c - CPU time of the job, of this program and of everybody */
#include <math.h>

#include "session/session_private.h"

#include "base/clock.h"
#include "readers/proc_cpu.h"

static int64_t machine_busy_ns(const struct session *session, uint64_t *forks_out,
                               int64_t *stolen_ns_out)
{
    int64_t busy_ns = -1;

    *forks_out = 0;
    *stolen_ns_out = 0;
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        const struct source *source = &session->sampler.sources[i];

        if (source->own_reader == NULL)
            continue;
        if (session->options.sysroot == NULL && source->driver == &reader_proc_cpu)
            *forks_out = proc_cpu_forks(source->own_reader);
        if (source->driver == &reader_proc_cpu)
            *stolen_ns_out = proc_cpu_stolen_ns(source->own_reader);
        for (size_t j = 0; j < source->own_reader->device_count; j++) {
            if (source->own_reader->devices[j].kind == DEVICE_CPU &&
                (source->own_samples[j].valid & SAMPLE_BUSY) != 0)
                busy_ns = (busy_ns < 0 ? 0 : busy_ns) + source->own_samples[j].busy_ns;
        }
    }
    return busy_ns;
}

/* Of the moment of job_cpu_ns where both are parts of one process. */
static int64_t own_cpu_ns(const struct session *session)
{
    return session->options.self && session->job != NULL ? job_cpu_own_ns(session->job)
                                                         : session_own_cpu_ns(session);
}

/*
 * The exact clocks of the job and of this program may know of more CPU time than the machine's
 * tick-sampled counters do: then they raise the machine's. Compared as sums since the start, so
 * that the coarseness of ticks does not add up. Return: CPU seconds of everybody since the last
 * call; *raised_out: of them, by the exact clocks.
 */
static double advance_machine(struct session *session, int64_t busy_ns, int64_t stolen_ns,
                              double *raised_out)
{
    int64_t own_ns = own_cpu_ns(session) - session->own_cpu_start_ns;
    int64_t before_ns = session->busy_ns + session->raised_ns;
    int64_t raised_before_ns = session->raised_ns;

    if (busy_ns >= 0) {
        if (session->busy_start_ns < 0) {
            session->busy_start_ns = busy_ns;
            session->stolen_start_ns = stolen_ns;
        }
        if (busy_ns - session->busy_start_ns > session->busy_ns)
            session->busy_ns = busy_ns - session->busy_start_ns;
        session->stolen_ns = stolen_ns - session->stolen_start_ns;
    }
    if (session->busy_ns + session->raised_ns < session->job_cpu_ns + own_ns)
        session->raised_ns = session->job_cpu_ns + own_ns - session->busy_ns;
    *raised_out = seconds_from_ns(session->raised_ns - raised_before_ns);
    return seconds_from_ns(session->busy_ns + session->raised_ns - before_ns);
}

static double threads_of_packages(const struct session *session)
{
    double threads = 0;

    for (size_t i = 0; i < session->channel_count; i++) {
        if (session->record.devices[i].kind == DEVICE_CPU)
            threads += session->record.devices[i].threads;
    }
    return threads;
}

/* CPU seconds of our control group since the last call; NAN: not known. Compared with the job's as sums
 * since the start, as the machine's are: two counters are never read at one moment. */
static double advance_group(struct session *session)
{
    int64_t before_ns = session->group_ns;
    int64_t usage_ns;

    if (session->group.fd < 0 || cgroup_usage_read(&session->group, &usage_ns) < 0)
        return NAN;
    if (session->group_start_ns < 0)
        session->group_start_ns = usage_ns;
    usage_ns -= session->group_start_ns;
    if (usage_ns < session->job_cpu_ns)
        usage_ns = session->job_cpu_ns;
    if (usage_ns > before_ns)
        session->group_ns = usage_ns;
    return seconds_from_ns(session->group_ns - before_ns);
}

void session_advance_activity(struct session *session)
{
    double threads = threads_of_packages(session);
    int64_t stolen_ns;
    int64_t busy_ns = machine_busy_ns(session, &session->forks, &stolen_ns);
    double job_seconds;
    double all_seconds;
    double raised_seconds;
    double group_seconds;

    if (session->job != NULL) {
        job_cpu_see_machine(session->job, busy_ns, stolen_ns);
        session->job_cpu_ns = session->ending ? job_cpu_settle(session->job)
                                              : job_cpu_read(session->job, session->forks,
                                                             session->forks != 0 ? busy_ns : -1);
    }
    job_seconds = seconds_from_ns(session->job_cpu_ns - session->job_seen_ns);
    session->job_seen_ns = session->job_cpu_ns;
    all_seconds = advance_machine(session, busy_ns, stolen_ns, &raised_seconds);
    group_seconds = advance_group(session);

    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];
        const struct device *device = &session->record.devices[i];

        if (device->kind == DEVICE_GPU)
            continue;
        channel->job_activity += job_seconds;
        channel->all_activity +=
            device->kind == DEVICE_MEMORY && isfinite(group_seconds) ? group_seconds : all_seconds;
        if (device->kind == DEVICE_CPU && threads > 0)
            channel->raised_ns += (int64_t)(raised_seconds * 1e9 * device->threads / threads);
    }
}
