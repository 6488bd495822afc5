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
#include "session/epoch_count.h"

struct byte_ring;
struct calibration;
struct carbon_basis;
struct clock;
struct reader_driver;
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
    bool explain; /* nothing is measured, somebody asks why not: look everywhere */
    const char *nvml_path;
    const char *db_path; /* NULL: no history */
    FILE *samples;       /* of session_set_samples() */
    const struct log *log;
    pid_t root;                /* whose descendants are the job; not itself; 0: there is no job */
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
/* The command runs: from now on the run stands in the history. */
void session_record(struct session *session);
/* The child that will exec the command, before it does. */
void session_attach(struct session *session, pid_t child);
/* A child of the root that is none of the job's, nor are those below it. */
void session_exclude(struct session *session, pid_t pid);
/* A child of the root was waited for; it used this much CPU time, its own children included. */
void session_reaped(struct session *session, pid_t pid, int64_t cpu_ns);
/* A child of the root that works for the measurement: excluded, its CPU time is overhead. */
void session_add_helper(struct session *session, pid_t pid);
/* One was waited for. */
void session_helper_reaped(struct session *session, pid_t pid, int64_t cpu_ns);

/* Readable when session_dispatch() has something to do. */
int session_fd(const struct session *session);
void session_dispatch(struct session *session);
/* Or instead of polling both: a descriptor of the caller's to wait for, and to wait and dispatch at
 * once, at most timeout_ms (-1: without end). Return: 1 when a watched descriptor is readable, 0 or
 * -errno. */
int session_watch(struct session *session, int fd, struct aico2_error *err);
int session_wait(struct session *session, int timeout_ms);

/* What has been used so far, for a status line. */
struct session_progress {
    double duration_seconds;
    double joules; /* of the machine; NAN none yet */
    double watts;  /* over the last interval; NAN */
    double job_cpu_seconds;
};
void session_progress(const struct session *session, struct session_progress *progress_out);

/* The current tick's hook: called once per tick, after its figures are in. */
void session_on_tick(struct session *session, void (*hook)(void *payload), void *payload);

/* The report as it would be now; the run goes on. For who asks once a tick at most. Return: 0 or -errno. */
int session_report_so_far(struct session *session, struct report *report_out,
                          struct aico2_error *err);
/* Whether an epoch has ended since it was last asked. */
bool session_epoch_ended(struct session *session);
/* How the budget fares: "within", "exceeded", "stopped", "signalled". */
void session_set_budget_state(struct session *session, const char *state);
/* A line among the report's warnings. */
void session_add_warning(struct session *session, const char *text);

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

/* What joules become grams by, from a roll on. */
struct session_place {
    struct intensity intensity;
    const char *place_option;
    double pue;
    const char *pue_source;
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
