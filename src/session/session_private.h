/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_private.h - the inside of a session, shared by the files that make it up */
#pragma once

#include "attribution/cgroup_usage.h"
#include "attribution/job_cpu.h"
#include "base/clock.h"
#include "base/thread_clocks.h"
#include "history/history.h"
#include "model/tick.h"
#include "sampler/sampler.h"
#include "session/channel.h"
#include "session/environment.h"
#include "session/epoch/count.h"
#include "session/epoch/log.h"
#include "session/epoch/output.h"
#include "session/recorder.h"
#include "session/report/build.h"
#include "session/session.h"

enum { SESSION_HELPERS_MAX = 4 };

struct session {
    struct session_options options;
    const struct clock *clock;
    struct environment environment;
    struct thread_clocks *own_threads; /* NULL: this program is all ours */
    struct sampler sampler;
    struct job_cpu *job;       /* NULL: no job */
    struct recorder *recorder; /* NULL: no history */
    struct aico2_error history_error;

    struct channel *channels; /* one per device of record.devices, same order */
    size_t channel_count;
    size_t channel_capacity;
    size_t device_capacity;
    size_t totals_capacity;
    struct history_record record; /* run, devices, totals, slices: what a report is built from */

    int64_t reading_ns; /* between two readings: the interval, or a whole part of a long one */
    bool started;
    bool ending;
    bool devices_changed; /* how a device is metered, since the last commit */
    int64_t start_mono_ns;
    int64_t start_boot_ns;
    int64_t wall_offset_ns; /* wall - mono, looked at every tick */
    int64_t sleep_ns;       /* boot - mono: grows by what was slept through */
    double slept_seconds;
    double clock_step_seconds;
    pid_t helpers[SESSION_HELPERS_MAX]; /* that are living */
    size_t helper_count;
    int64_t helpers_cpu_ns;   /* of those that are not */
    int64_t own_cpu_start_ns; /* of this program, when the session began */
    int64_t rolled_own_ns;    /* of this program, when the run before this one ended; 0 none did */
    uint64_t rolled_late_ticks;
    int64_t job_cpu_ns;      /* of the job, exact */
    int64_t job_seen_ns;     /* of it, what is in the sums */
    int64_t busy_start_ns;   /* of the machine's CPUs, when the run began; -1 not known yet */
    int64_t busy_ns;         /* since then */
    int64_t stolen_start_ns; /* what a hypervisor took of them, likewise */
    int64_t stolen_ns;
    int64_t rolled_busy_ns; /* of these, what was before the run before this one ended */
    int64_t rolled_stolen_ns;
    struct cgroup_usage group; /* our own, where it has less memory than the machine; else none */
    int64_t group_start_ns;    /* its CPU time when the run began; -1 not known yet */
    int64_t group_ns;          /* since then, the job's at the least */
    int64_t raised_ns;         /* what the exact clocks know of that the machine's do not */
    uint64_t readings;         /* there have been so many */
    int64_t read_mono_ns;      /* when the last one was; 0: never */
    int64_t stored_mono_ns;    /* of the last commit */
    int64_t second_mono_ns;    /* when a second was over last, for those who are told of seconds; 0: never */
    bool second_is_over;       /* with this tick */
    bool keeps_seconds;        /* commits wait for that: what is stored is told, too */
    int64_t flushed_mono_ns;   /* of --samples */
    size_t committed_from;     /* index of the first slice of that commit */
    struct history_sample *waiting; /* samples for the next commit */
    size_t waiting_count;
    size_t waiting_capacity;
    uint64_t dropped_samples; /* there were too many to wait for a history that cannot be written */
    uint64_t forks;           /* processes started on the machine until the last tick; 0 unknown */
    double module_gpu_ratio; /* load of graphics whose power is the module's alone; NAN: not told */
    int64_t gpu_open_ns;     /* when the job's files were last looked through; 0: not yet */
    int gpu_open;            /* whether a GPU was among them: 1 or 0; -1: unknown */
    pid_t *job_pids;         /* as the readers were told last */
    size_t job_pids_capacity;
    int64_t job_told_ns; /* not before */
    bool gpu_pids_ours;  /* a driver names processes as we do: it has listed one of the job's */
    struct epoch_log epoch_log;       /* no path: none is followed */
    struct epoch_output epoch_output; /* no ring: likewise */
    struct epoch_count epochs;
    int64_t looked_mono_ns;        /* into the log */
    bool epoch_ended;              /* since the last tick */
    struct figures_follow *follow; /* whose figures these are; NULL: our own readings' */
    bool reads_between; /* for those that follow: rows come at their interval all the same */
    uint64_t accounts;  /* intervals of devices so far */
    size_t committed_task_slice;
    int64_t tasks_until_ns; /* readings are shared out among the tasks up to here */

    struct process_watch *processes; /* NULL: not asked for */
    char **warnings;
    size_t warning_count;
    void (*tick_hook)(void *payload);
    void *tick_payload;
    void (*turn_hook)(void *payload, struct session *session, bool readable);
    void *turn_payload;
    int turn_fd; /* -1: none is watched, and each turn is told that it may be readable */
};

static inline int64_t session_mono_ns(const struct session *session)
{
    return session->clock->mono_ns(session->clock->payload);
}

static inline int64_t session_boot_ns(const struct session *session)
{
    return session->clock->boot_ns(session->clock->payload);
}

static inline int64_t session_wall_ns(const struct session *session)
{
    return session->clock->wall_ns(session->clock->payload);
}

/* CPU time of this program. */
static inline int64_t session_own_cpu_ns(const struct session *session)
{
    if (session->options.self)
        return thread_clocks_ns(session->own_threads);
    return session->clock->process_cpu_ns != NULL
               ? session->clock->process_cpu_ns(session->clock->payload)
               : clock_process_cpu_ns();
}

/* session.c: whether its energy stands in a total. */
bool session_is_counted(const struct session *session, size_t index);

/* calibration/board.c: at the end, the machine by its calibration where nothing meters it. */
int session_add_calibrated_board(struct session *session, struct aico2_error *err);

/* session_channels.c: which device is metered how. */
int session_add_channels(struct session *session, struct aico2_error *err);
/* The next word of "0,2" or "GPU-1ab, GPU-2", which is moved on; NULL: there is none. */
const char *session_next_gpu(const char **list, size_t *length_out);
/* Whether it is a GPU's number, or the beginning of its UUID. */
bool session_is_gpu(const char *word, size_t length, const struct device *device);

/* session_clocks.c: looks at the clocks, at every tick. */
void session_watch_clocks(struct session *session);
/* Where seconds are kept: to where the wall clock has them now. */
void session_place_ticks(struct session *session);
/* Duration and end of the run up to now. */
void session_set_duration(struct session *session, int64_t now_mono_ns);

/* session_activity.c: what the job and everybody did since the last call, for each device. */
void session_advance_activity(struct session *session);

/* session_samples.c: readings to sums. */
void session_take_samples(void *payload, size_t source, const struct sample *samples);
void session_take_tick(void *payload, int64_t now_mono_ns);
/* Accounts what the drivers that do not block have answered. */
void session_account_readings(struct session *session);

/* session_follow.c: what another process's page says since it was last looked at. Return: whether that was anything. */
bool session_take_page(struct session *session);

/* session_proof.c: a stand-in takes over from a counter that had the time to move and did not. */
void session_judge_counter(struct session *session, size_t index);
/* Judges counters that never moved; copies the totals into the record. */
void session_settle(struct session *session);

/* session_gpu.c: makes the job's processes known if one of the answers lists any. */
void session_gpu_look(struct session *session, size_t source, const struct sample *samples);
/* What counts for a process where memory residency stands in for time; memory_known: of all that are listed. */
double session_gpu_weight(const struct sample *sample, const struct process_use *process,
                          bool memory_known);
bool session_gpu_memory_known(const struct sample *sample);
/* Its SM time a second, of the whole GPU. */
double session_gpu_sm(const struct process_use *process);
/* Takes a list of processes into what is known of a GPU's use. */
void session_gpu_take(struct session *session, size_t index, const struct sample *sample);
/* Tells the readers that want to know which processes are the job's, about once a second. */
void session_tell_job(struct session *session, int64_t now_mono_ns);
/* The activity of the job and of everybody since the last reading, `seconds` ago. */
void session_gpu_activity(struct session *session, size_t index, const struct sample *sample,
                          double seconds);
/* What is not known counts as used. */
bool session_gpu_is_idle(const struct gpu_use *use);
/* The peak power of an interval of an energy counter: over a second, or none. */
void session_gpu_peak(struct channel *channel, struct interval *interval);
/* Notes how the shares were found; a short run widens the band. */
void session_settle_gpu(struct session *session, size_t index);

/* session_processes.c: nothing of it unless the options say so. */
int session_open_processes(struct session *session, struct aico2_error *err);
void session_close_processes(struct session *session);
/* A GPU's list. */
void session_processes_take(struct session *session, size_t index, const struct sample *sample);

/* session_module.c: whether the job has a GPU of NVIDIA's open: 1, or 0; -1: not to be known. */
int session_gpu_is_open(struct session *session);
/* The graphics of a module that are read through another driver. */
void session_module_look(struct session *session, size_t source, const struct sample *samples);
/* How busy the CPUs of a module that stands for them were, 0-1; NAN: it does not. To be asked first. */
double session_module_utilization(const struct session *session, size_t index, double seconds);
/* Activity since the last reading of a module or a part of one, by what its rails feed. */
void session_module_activity(struct session *session, size_t index, double seconds);
void session_settle_module(struct session *session, size_t index);

/* session_store.c: sums to slices, the history and --samples. */
void session_account(struct session *session, size_t index, const struct interval *interval,
                     const struct energy_sums *sums, int64_t end_mono_ns);
/* The rows that wait for their interval to be whole. */
void session_flush_rows(struct session *session);
/* A stand-in takes over: its sums so far become the device's. */
void session_account_shadow(struct session *session, size_t index);
void session_store_progress(struct session *session, int64_t now_mono_ns);
void session_look_at_second(struct session *session, int64_t now_mono_ns);
/* All there is, unless the disk is slow: whoever waits next may be killed. */
void session_store_now(struct session *session);
/* Whether the history could take the end of a run right now, without waiting. */
bool session_store_is_ready(struct session *session);
/* Return: 0 once it was handed over, -ETIMEDOUT or -ENOMEM. */
int session_store_end(struct session *session, double total_joules, double total_gco2e,
                      struct aico2_error *err);

static inline bool session_follows_epochs(const struct session *session)
{
    return session->epoch_log.path != NULL || session->epoch_output.ring != NULL;
}

/* session_tasks.c: follows the command's log or its output; nothing without either. */
int session_open_tasks(struct session *session, struct aico2_error *err);
void session_tasks_wake(struct session *session);
void session_tasks_tick(struct session *session, int64_t now_mono_ns);
/* The command has ended: what is left of the log; before the last readings are accounted. */
void session_tasks_end(struct session *session, int64_t now_mono_ns);
/* The last stretch ends with the run. */
void session_tasks_close(struct session *session, bool succeeded);
/* An interval of a device, shared out by time among the tasks it lies in. */
void session_tasks_account(struct session *session, size_t index, const struct energy_sums *sums,
                           int64_t start_mono_ns, int64_t end_mono_ns);
int session_fill_tasks(struct session *session, struct record_batch *batch);

/* session_warnings.c */
void session_warn(struct session *session, const char *format, ...) AICO2_PRINTF(2, 3);
/* Adds a sentence to a device's note, once. */
void session_note(struct session *session, size_t index, const char *text);
void session_warn_of_sources(struct session *session);

/* session_self.c: whose CPU time the job's is. */
int session_open_job(struct session *session, struct aico2_error *err);
/* Where the job is this process: threads of ours are counted apart. */
int session_count_threads(struct session *session, struct aico2_error *err);
/* The job is there already, and the time since session_new() is nobody's. */
void session_begin_self(struct session *session);

/* session.c: what measuring has cost so far. */
void session_measure_self(struct session *session);
int session_store_warnings(struct session *session);
struct carbon_basis session_basis(const struct session *session);
