/* SPDX-License-Identifier: Apache-2.0 */
/* session/session.h - wires the stages: one run from its first reading to its report */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"
#include "model/intensity.h"
#include "model/price.h"
#include "model/report.h"
#include "model/run.h"
#include "session/epoch/count.h"

struct byte_ring;
struct calibration;
struct carbon_basis;
struct clock;
struct figures_follow;
struct reader_driver;
struct sampler_events;
struct session;

/* Strings are borrowed until session_free(). NAN and NULL: not given. */
struct session_options {
    const char *name;
    const char *stage;
    const char *const *command; /* NULL-terminated words, or NULL */
    int64_t interval_ns;
    enum energy_scope scope;
    enum idle_policy idle;
    bool embodied;
    double lifetime_years;
    const char *unit;
    double units;
    double pue;
    const char *pue_source; /* who disclosed it; NULL, "": as given, or 1.0 */
    bool wue_given;         /* else the cloud region's, where one is disclosed */
    double wue_l_per_kwh;
    struct intensity intensity;            /* resolved before anything starts */
    const char *place_option;              /* what was asked for, for recompute */
    struct run_wait wait;                  /* for a greener time, before the command was started */
    const struct intensity_series *series; /* NULL: none */
    struct price price;                    /* without a currency there is none */
    const struct price_series *prices;     /* NULL: none */
    const struct intensity_series *cuts;   /* where both series change; NULL: whole hours */
    int64_t
        slice_ns; /* values are known only at the end: the steps they may have; 0: hours will do */
    /* At the end, when all is measured and stored: brings the values of the run's
     * time, and where it was, if that was to be found out. NULL: none. */
    void (*complete)(void *payload, struct run *run, struct carbon_basis *basis);
    void *complete_payload;
    double epochs;                  /* of the whole training; NAN */
    const char *epoch_log;          /* that the command writes; NULL: no epochs are told apart */
    struct byte_ring *epoch_output; /* or what it prints comes there; NULL: it does not */
    const char *epoch_regex;        /* NULL: the usual one */
    enum epoch_at epoch_at;
    const char *validation_regex; /* NULL: none is told apart */
    enum epoch_at validation_at;
    const char *budget;        /* "5kWh", checked; NULL: none */
    const char *budget_action; /* "warn", "stop", "signal" */
    const char *sysroot;
    bool processes; /* of the whole machine, for session_glance() */
    bool explain;   /* nothing is measured, somebody asks why not: look everywhere */
    const char *nvml_path;
    const char
        *gpus; /* that are measured: numbers and beginnings of UUIDs, with commas; NULL: all */
    const char *db_path; /* NULL: no history */
    FILE *samples;       /* of session_set_samples() */
    const struct log *log;
    pid_t root;                /* whose descendants are the job; not itself; 0: there is no job */
    bool self;                 /* the job is this process too, without the threads that measure */
    const struct clock *clock; /* NULL: the kernel's */
    const struct reader_driver *const *drivers; /* NULL: all there are */
    const struct calibration *calibration; /* of this machine; NULL: none. One that holds no longer
                                              is left alone, and warned of */
};

/**
 * session_new() - open the readers; nothing is measured yet
 * Errors: a sysroot that is none (-ENOENT), memory, descriptors. A machine without any sensor is no
 * error.
 */
int session_new(struct session **session_out, const struct session_options *options,
                struct aico2_error *err);
void session_free(struct session *session);

const char *session_run_id(const struct session *session);
/* Waits for the answer of drivers that may take their time, at most wait_ns. */
void session_wait_for_drivers(struct session *session, int64_t wait_ns);
/* Before the start: whether any energy or power sensor is here (--strict); models do not count. */
bool session_can_measure(struct session *session, int64_t wait_ns);

/* A row per device and sample goes there from now on; open and headed, it stays the caller's. */
void session_set_samples(struct session *session, FILE *samples);

/* Takes the baseline readings: the run starts here. */
void session_start(struct session *session);
/* The same where the command has run for a while, and another process measured it. */
void session_start_late(struct session *session);
/* Before that, where it may come long after session_new(). name: NULL: the options'. */
void session_name(struct session *session, const char *id, const char *name);
const char *session_run_name(const struct session *session);
/* The command runs: from now on the run stands in the history. */
void session_record(struct session *session);
/* The child that will exec the command, before it does. */
void session_attach(struct session *session, pid_t child);
/* A child of the root that is none of the job's, nor are those below it. */
void session_exclude(struct session *session, pid_t pid);
/* A child of the root was waited for; it used this much CPU time, its own children included. */
void session_reaped(struct session *session, pid_t pid, int64_t cpu_ns);
/* Another process, and all below it, works for the same job, since they had used that much CPU time. */
void session_adopt(struct session *session, pid_t pid, int64_t cpu_ns);
/* Which training the run is a part of: runs that say the same are shown as one. Before it is recorded. Return: 0 or
 * -ENOMEM. */
int session_set_training(struct session *session, const char *training);
/* A child of the root that works for the measurement: excluded, its CPU time is overhead. */
void session_add_helper(struct session *session, pid_t pid);
/* One was waited for. */
void session_helper_reaped(struct session *session, pid_t pid, int64_t cpu_ns);

/* Readable when session_dispatch() has something to do. */
int session_fd(const struct session *session);
void session_dispatch(struct session *session);
/* Its two halves (struct sampler_events: sampler/sampler.h): the first only waits, and who holds a lock on the session
 * lets go of it meanwhile; at most session_patience_ms(). */
void session_await(const struct session *session, int timeout_ms,
                   struct sampler_events *events_out);
void session_take(struct session *session, const struct sampler_events *events);
/* Or instead of polling both: a descriptor of the caller's to wait for, and to wait and dispatch at
 * once, at most timeout_ms (-1: without end). Return: 1 when a watched descriptor is readable, 0 or
 * -errno. */
int session_watch(struct session *session, int fd, struct aico2_error *err);
int session_wait(struct session *session, int timeout_ms);

/* A reading between two ticks. */
void session_read_now(struct session *session);
/* The same for those that follow this run: drivers that may block are asked, and not waited for. */
void session_read_between(struct session *session);
/* CPU time that the caller's thread has spent on the session: it is none of the job's. */
void session_add_own_cpu(struct session *session, int64_t cpu_ns);

/**
 * session_mark() - from this moment on the run is in a part of this name
 * @name:      NULL: in none that has a name
 * @continues: it goes on with a part that another had interrupted
 * Parts follow each other without a gap; the one before ends here.
 * Return: 0 or -ENOMEM, the parts as they were
 */
int session_mark(struct session *session, const char *name, bool continues, int64_t mono_ns);
/* How many parts there are, the present one included; 0: none was marked. */
size_t session_mark_count(const struct session *session);
/* What has begun with the part of this index was an epoch, or a validation: all its parts so far that are of
 * no other kind. */
void session_mark_as(struct session *session, size_t from, enum task_kind kind);

/* What has been used so far, for a status line. */
struct session_progress {
    double duration_seconds;
    double joules; /* of the machine; NAN none yet */
    double watts;  /* over the last interval; NAN */
    double job_cpu_seconds;
};
void session_progress(const struct session *session, struct session_progress *progress_out);

/* Whether what is measured reaches the history; true where none is kept. What does not is kept for an hour.
 * why_out: why it does not, untouched where it does; NULL allowed. */
bool session_is_stored(const struct session *session, struct aico2_error *why_out);

/* The current tick's hook: called once per tick, after its figures are in. */
void session_on_tick(struct session *session, void (*hook)(void *payload), void *payload);

/* Whether a second is over with this tick: what is told of no less than a second is told now and not in between, so that
 * whoever compares several such tellings sees the same seconds in all of them. Where readings are more frequent than that
 * it is the last before a second of the wall clock. */
bool session_second_is_over(const struct session *session);
/* What is stored while the session goes on is told as well: from one such moment to the next. Before its start. */
void session_keep_seconds(struct session *session);

/* Called after each turn of the loop, when all that it brought is accounted; fd wakes it up too, and readable says
 * whether it has, or could have if it could be watched. NULL: not any more. */
void session_on_turn(struct session *session, int fd,
                     void (*hook)(void *payload, struct session *session, bool readable),
                     void *payload);

/* Another process measures, and these are its figures from the start of this run on: the page is looked at with every
 * reading. Borrowed. Of a session without drivers, before its start. */
void session_follow(struct session *session, struct figures_follow *follow);
/* Yet another one measures from now on: what lies between is a gap. */
void session_follow_anew(struct session *session);

/* The report as it would be now; the run goes on. For who asks once a tick at most. Return: 0 or -errno. */
int session_report_so_far(struct session *session, struct report *report_out,
                          struct aico2_error *err);
/* Whether an epoch has ended since it was last asked. */
bool session_epoch_ended(struct session *session);
/* How the budget fares: "within", "exceeded", "stopped", "signalled". */
void session_set_budget_state(struct session *session, const char *state);
/* A line among the report's warnings. */
void session_add_warning(struct session *session, const char *text);

/* The same without the tasks: for who asks often. */
int session_totals_so_far(struct session *session, struct report *report_out,
                          struct aico2_error *err);
/* How long it takes until session_dispatch() should be called although nothing is readable; -1: without end. */
int session_patience_ms(struct session *session);
/* Epochs of the whole training; 0: not told. */
void session_set_epochs(struct session *session, double epochs);

struct session_end {
    enum run_state state;
    int exit_status; /* -1 none */
};

/**
 * session_finish() - last readings, attribution, report; the record is committed to the history
 * The report is made whatever happened to the history; what went wrong is among its warnings.
 */
int session_finish(struct session *session, const struct session_end *end,
                   struct report *report_out, struct aico2_error *err);

struct metrics_reader;

/**
 * session_readers() - whether each reader still reads all that it found
 * Readers of what is not here are left out; one that finds something it may not read is not up.
 * Return: how many were filled in, at most capacity
 */
size_t session_readers(const struct session *session, struct metrics_reader *readers_out,
                       size_t capacity);

struct tick;

/* Adds to a tick of this session how full the memories of the machine and of its GPUs are; NAN stays where nothing tells. */
void session_tell_memory(const struct session *session, struct tick *tick);

struct glance;

/**
 * session_glance() - what is seen of the machine now, for who looks on
 * @glance: { 0 }, or what the last call filled in; its memory serves again, glance_deinit() frees
 * For a session with options.processes, once a tick at most, right after one: who used what is told of the time since
 * the last call.
 * Return: 0 or -ENOMEM
 */
int session_glance(struct session *session, struct glance *glance, struct aico2_error *err);
void glance_deinit(struct glance *glance);

/* What joules become grams by, from a roll on. */
struct session_place {
    struct intensity intensity;
    const char *place_option;
    double pue;
    const char *pue_source;
    struct price price;
};

/**
 * session_roll() - the run ends here and another begins, without a reading lost or taken twice
 * @place:      of the run that begins; strings borrowed until session_free(). NULL: as before
 * @report_out: of the run that ends
 * For who measures without end, right after a tick. What is accounted is the old run's, what is read
 * next the new one's; meters and drivers go on. Nothing is waited for.
 * Return: 0; -EAGAIN while the history is behind or cannot be written, and nothing has changed: again
 * at the next tick; -ENOMEM
 */
int session_roll(struct session *session, const struct session_place *place,
                 struct report *report_out, struct aico2_error *err);

/* Living descendants of the root, for naming them. Return: how many in all. */
size_t session_living(struct session *session, pid_t *pids_out, size_t limit);
