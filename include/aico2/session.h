/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/session.h - measuring the process that calls: energy and carbon from a start to a stop */
#ifndef AICO2_SESSION_H
#define AICO2_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include <aico2/band.h>
#include <aico2/error.h>
#include <aico2/export.h>
#include <aico2/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A session measures this machine and tells what of it is this process's and its children's. A thread
 * of the library reads the sensors; no call is needed between start and stop.
 *
 * Threads.  Every function may be called from any thread at any time, also while another one is in a
 *           call on the same session; only aico2_session_free() must be the last. Sessions know
 *           nothing of each other: any number may live in one process.
 * Fork.     A session is of the process that made it. In a child of fork() every call on it fails
 *           with -ECHILD and does nothing, aico2_session_free() included, and the run of the parent
 *           goes on; a child may make sessions of its own (of which the parent's measures: see Ranks
 *           below). fork() waits 50 ms at most until nothing is written to the history; a child of
 *           one that did not wait long enough cannot write one, and says so. CPU time of children, forked or exec'd, is the run's while they live and after
 *           they were waited for.
 * Death.    A process that ends without aico2_session_stop() loses at most the last second: its run
 *           is in the history, and `aico2 recover` ends it.
 * Harmless. No signal is handled, sent or unblocked, nobody's child is waited for, nothing is
 *           printed, no descriptor is inherited over exec(). Only the history is written.
 * Errors.   0 or a negative errno, with a text in `err`, which may be NULL. A sensor that is missing
 *           or fails is never an error: it is in the report's warnings.
 * Strings   are UTF-8 and need not outlive a call. Units end the names: _s seconds, _joules, _watts,
 *           _kwh, _gco2e grams of CO2 equivalent. NaN: unavailable, never 0.
 */

/* Whose energy is in the total. */
enum aico2_scope {
    AICO2_SCOPE_JOB = 0,     /* of this process and its children, with their share of idle */
    AICO2_SCOPE_MACHINE = 1, /* all that the machine drew */
};

/* What of the energy that nobody used is the job's. */
enum aico2_idle {
    AICO2_IDLE_PROPORTIONAL = 0,
    AICO2_IDLE_NONE = 1,
    AICO2_IDLE_ALL = 2,
};

enum aico2_level {
    AICO2_LEVEL_ERROR = 3, /* numbers as of syslog(3) */
    AICO2_LEVEL_WARNING = 4,
    AICO2_LEVEL_INFO = 6,
};

/**
 * struct aico2_options - what is measured, where and how often
 * @size:             sizeof(struct aico2_options): fields are only ever added at the end
 * @name:             of the run; NULL: aico2_session_start()'s, else the program's own
 * @stage:            "training" (NULL too), "inference", "preprocessing", ...
 * @country:          "FR", "FRA", "France"          } one of these at most;
 * @region:           ISO 3166-2: "US-CA"            } none: the world's average, and it is said so
 * @cloud:            "aws:eu-west-3"                } (a place is never guessed)
 * @zone:             of an electricity grid: "DE"   }
 * @place:            any of these, as for aico2_intensity_new()
 * @gco2e_per_kwh:    instead of the place's figure, without a band; 0: the place's
 * @intensity_file:   CSV time,gco2e_per_kwh (RFC 3339 UTC; each holds until the next); NULL: none
 * @pue:              of the building, 1 and more; 0: the cloud region's where it is disclosed, else 1
 * @without_embodied: not 0: emissions of making the devices are left out
 * @lifetime_years:   over which making the devices is spread; 0: the table's
 * @interval_s:       between readings, 0.001 to 3600; 0: 1
 * @scope:            enum aico2_scope
 * @idle:             enum aico2_idle
 * @unit:             functional unit of the SCI score ("epoch"); NULL: none
 * @units:            how many the run has; 0: none
 * @epochs:           of the whole training, for aico2_session_forecast(); 0: unknown
 * @budget:           "5kWh", "2kg" (of CO2e), "3EUR" (with a price in it): for aico2_session_budget(); NULL: none
 * @command:          words, NULL at the end, that tell what ran in the history; NULL: the process's
 * @without_history:  not 0: nothing is written
 * @db_path:          of the history; NULL: AICO2_DB of the environment, else the user's own
 * @resume_run:       id of an earlier run that this one goes on with; NULL: none
 * @alone:            not 0: other ranks of the same training are not looked for (see below)
 * @sysroot:          facts of the machine are read below it, for captured machines; NULL: /
 * @nvml_path:        library to load; NULL: AICO2_NVML of the environment, else the system's own
 * @message:          called with what else would be a line of a log: by the library's thread, or by
 *                    the one that is in a call; it must not call the session. NULL: nobody
 * @context:          handed to message
 * @price:            of a kWh: "0.25 EUR", a code of ISO 4217; NULL: none
 * @price_file:       CSV time,eur_per_kwh (as intensity_file), price for what is before its first value; NULL: none
 * @wue_l_per_kwh:    water that cools the site, litres a kWh; 0: the cloud region's, where it is disclosed
 * @gpus:             that are measured: "0,1" or beginnings of UUIDs; NULL: all, "": none
 *
 * All bytes zero but size is "nothing given" in every field.
 *
 * Ranks. Under torchrun, mpirun and srun the processes of a training on one machine find each other by
 * the variables these set. One of them measures, for all of them (the one with local rank 0 if it is
 * there); when it has ended or died, one that goes on takes over. So does a process that is running a
 * session for its children (multiprocessing), and `aico2 run` for its command. The sessions of the
 * others carry the same run id and store nothing. Their figures (tasks, peek, forecast, budget, report)
 * are those of the whole job on this machine, from their own start to their own stop, as the one that
 * measures has them: who adds up reports takes those of which aico2_report_measured_by() is 0. NaN only
 * where that one tells nobody (another version, no directory to meet in). A place, PUE and price that
 * are not given are those of the run that is measured. Below `aico2 run` tasks are named in its run, too.
 */
struct aico2_options {
    size_t size;
    const char *name;
    const char *stage;
    const char *country;
    const char *region;
    const char *cloud;
    const char *zone;
    const char *place;
    double gco2e_per_kwh;
    const char *intensity_file;
    double pue;
    int without_embodied;
    double lifetime_years;
    double interval_s;
    int scope;
    int idle;
    const char *unit;
    double units;
    double epochs;
    const char *budget;
    const char *const *command;
    int without_history;
    const char *db_path;
    const char *resume_run;
    int alone;
    const char *sysroot;
    const char *nvml_path;
    void (*message)(void *context, int level, const char *text);
    void *context;
    const char *price;
    const char *price_file;
    double wue_l_per_kwh;
    const char *gpus;
};

struct aico2_session;

/**
 * aico2_session_new() - checks what is asked for and finds the sensors; nothing is measured yet
 * @session_out: the caller's, to be given to aico2_session_free(); untouched on failure
 * @options:     size set; NULL: nothing given
 *
 * Return: 0; -EINVAL for a value out of its range or an unknown place (the message quotes it);
 * -ENOENT for a sysroot or intensity file that is not there; -ENOMEM, -EMFILE. Without any sensor: 0.
 */
AICO2_API int aico2_session_new(struct aico2_session **session_out,
                                const struct aico2_options *options, struct aico2_error *err);

/**
 * aico2_session_start() - takes the first readings: the run begins here
 * @name: of the run; NULL: the options'
 * A session that was stopped may be started again: that is another run.
 * Return: 0; -EALREADY while it is running; -ECHILD; -EAGAIN, -ENOMEM for want of a thread or memory.
 */
AICO2_API int aico2_session_start(struct aico2_session *session, const char *name,
                                  struct aico2_error *err);

/**
 * aico2_session_stop() - takes the last readings, and ends the run in the history
 * @report_out: the caller's, to be given to aico2_report_free(); it outlives the session. NULL: no
 *              report is wanted. Untouched on failure
 * Tasks that are open end with the run. A driver that hangs is waited for 0.25 s at most, a history
 * that is locked 3 s: the report is made all the same, with a warning.
 * Return: 0; -EINVAL when it is not running; -ECHILD; -ENOMEM.
 */
AICO2_API int aico2_session_stop(struct aico2_session *session, struct aico2_report **report_out,
                                 struct aico2_error *err);

/* The same, the run ended as failed: for who reports an exception. exit_status: -1 none. */
AICO2_API int aico2_session_stop_failed(struct aico2_session *session, int exit_status,
                                        struct aico2_report **report_out, struct aico2_error *err);

/* Accepts NULL. One that is running is stopped. Nothing in a child of fork(). */
AICO2_API void aico2_session_free(struct aico2_session *session);

/* Of the run that goes on or was the last, 26 characters; "" before the first start. Another's, while
 * that one measures (see Ranks). Lives until free; changes with the next start, and when a rank takes over. */
AICO2_API const char *aico2_session_run_id(const struct aico2_session *session);

/* 1 between start and stop, else 0 (in a child of fork() too). */
AICO2_API int aico2_session_is_running(const struct aico2_session *session);

/* --- tasks: named parts of a run --- */

enum aico2_task_kind {
    AICO2_TASK_WORK = 0,
    AICO2_TASK_EPOCH = 1,      /* of a training: what a forecast is made from */
    AICO2_TASK_VALIDATION = 2, /* within an epoch or between two */
};

/**
 * struct aico2_task_figures - what was used between the begin and the end of a task
 * @size:          set by the caller: sizeof(struct aico2_task_figures)
 * @duration_s:    by the monotonic clock
 * @energy_joules: that the report's total counts (see enum aico2_scope), without PUE. The band has the
 *                 meters' own and, where no reading stood at an edge of the task, what it may be off by
 * @total_gco2e:   operational and the share of making the devices, PUE included
 * @cpu_s:         CPU time of this process and its children
 * @readings:      of sensors that lie within; 0: the task was shorter than they are apart, and its
 *                 energy is its share of the time between two
 * @overlaps:      1: another task was open during a part of it, and that part is in both
 *
 * Figures are provisional until the run ends: what is idle is known better then. The report's tasks
 * (report.h) are the last word, and add up to the run.
 */
struct aico2_task_figures {
    size_t size;
    double duration_s;
    struct aico2_band energy_joules;
    struct aico2_band total_gco2e;
    double cpu_s;
    uint64_t readings;
    int overlaps;
};

/**
 * aico2_task_begin() - a part of the run begins in this thread
 * @name: up to 63 bytes are kept; NULL or "": "task", "epoch 3", "validation"
 * Tasks of a thread nest: aico2_task_end() ends the one that this thread began last.
 * Return: 0; -EINVAL when the session is not running; -ECHILD; -ENOMEM.
 */
AICO2_API int aico2_task_begin(struct aico2_session *session, const char *name,
                               struct aico2_error *err);

/**
 * aico2_task_end() - ends what this thread began last
 * @figures_out: size set; NULL: not asked for. Untouched on failure
 * Return: 0; -EINVAL when this thread has no task, or the session is not running; -ECHILD; -ENOMEM.
 */
AICO2_API int aico2_task_end(struct aico2_session *session, struct aico2_task_figures *figures_out,
                             struct aico2_error *err);

/**
 * aico2_task_open() - the same for tasks that do not nest, or end in another thread (async code)
 * @kind:     enum aico2_task_kind
 * @task_out: a number for aico2_task_close(); never 0, never used twice by a session
 */
AICO2_API int aico2_task_open(struct aico2_session *session, const char *name, int kind,
                              uint64_t *task_out, struct aico2_error *err);

/* Return: as aico2_task_end(); -EINVAL too for a number that is not open. */
AICO2_API int aico2_task_close(struct aico2_session *session, uint64_t task,
                               struct aico2_task_figures *figures_out, struct aico2_error *err);

/* --- looking on, while it runs --- */

/**
 * struct aico2_peek - the run so far
 * @size:          set by the caller: sizeof(struct aico2_peek)
 * @duration_s:    since the start
 * @energy_joules: that the report's total would count
 * @machine_joules: of the whole machine
 * @power_watts:   of the whole machine, over the last interval
 * @total_gco2e:   as the report would say
 * @cpu_s:         CPU time of this process and its children
 * @device_count:  for aico2_session_peek_device()
 * @measures:      1: this process does; 0: another one measures for it, and the energy is the whole job's
 */
struct aico2_peek {
    size_t size;
    double duration_s;
    struct aico2_band energy_joules;
    double machine_joules;
    double power_watts;
    struct aico2_band total_gco2e;
    double cpu_s;
    size_t device_count;
    int measures;
};

/* Takes a reading first if the last one is older than 0.1 s.
 * Return: 0; -EINVAL when the session is not running; -ECHILD; -ENOMEM. */
AICO2_API int aico2_session_peek(struct aico2_session *session, struct aico2_peek *peek_out,
                                 struct aico2_error *err);

/**
 * struct aico2_peek_device - a device so far
 * @size:              set by the caller: sizeof(struct aico2_peek_device)
 * @id:                "cpu0", "gpu1", "memory"
 * @kind:              as in aico2_report_device
 * @energy_joules:     whole, whoever used it
 * @power_watts:       over the last interval
 * @is_added:          0: shown, but part of another device, or the whole machine again
 */
struct aico2_peek_device {
    size_t size;
    char id[64];
    char kind[16];
    double energy_joules;
    double power_watts;
    int is_added;
};

/* As of the last reading. Return: also -ENODATA past the last device. */
AICO2_API int aico2_session_peek_device(struct aico2_session *session, size_t index,
                                        struct aico2_peek_device *device_out,
                                        struct aico2_error *err);

/* --- what is to come --- */

/* Epochs of the whole training; 0: unknown. Return: 0; -EINVAL below 0, NaN, or not running; -ECHILD. */
AICO2_API int aico2_session_set_epochs(struct aico2_session *session, double epochs,
                                       struct aico2_error *err);

/**
 * struct aico2_forecast - what the whole training will have used, from its epochs so far
 * @size:          set by the caller: sizeof(struct aico2_forecast)
 * @epochs:        of the whole training
 * @epochs_done:   that have ended
 * @basis:         "first-epoch" (rough: it has the warm-up), "steady-epochs", "measured" (all done)
 * @energy_joules: of the whole, what is done included
 * @duration_s:    likewise
 * @total_gco2e:   likewise
 */
struct aico2_forecast {
    size_t size;
    double epochs;
    double epochs_done;
    char basis[24];
    struct aico2_band energy_joules;
    struct aico2_band duration_s;
    struct aico2_band total_gco2e;
};

/* Return: 0; -ENODATA before an epoch (AICO2_TASK_EPOCH) has ended, or when their number is unknown;
 * -EINVAL when the session is not running; -ECHILD; -ENOMEM. */
AICO2_API int aico2_session_forecast(struct aico2_session *session,
                                     struct aico2_forecast *forecast_out, struct aico2_error *err);

/**
 * struct aico2_budget - how the budget of the options fares
 * @size:      set by the caller: sizeof(struct aico2_budget)
 * @unit:      "joules", "gco2e" or a currency, "EUR": of the three figures
 * @amount:    that may be used
 * @used:      so far
 * @predicted: by the whole training; NaN: there is no forecast
 * @exceeded:  1: used is more than amount, and was once
 *
 * The library ends nothing: whoever trains asks, and stops cleanly.
 */
struct aico2_budget {
    size_t size;
    char unit[8];
    double amount;
    double used;
    double predicted;
    int exceeded;
};

/* Return: 0; -ENODATA when there is no budget; -EINVAL when the session is not running; -ECHILD;
 * -ENOMEM. */
AICO2_API int aico2_session_budget(struct aico2_session *session, struct aico2_budget *budget_out,
                                   struct aico2_error *err);

#ifdef __cplusplus
}
#endif

#endif
