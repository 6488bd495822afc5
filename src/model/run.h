/* SPDX-License-Identifier: Apache-2.0 */
/* model/run.h - one measured piece of work: who, when, how it ended */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ulid.h"
#include "model/intensity.h"
#include "model/machine.h"
#include "model/price.h"

enum run_state {
    RUN_RUNNING,
    RUN_FINISHED,
    RUN_FAILED,
    RUN_SIGNALLED,
    RUN_TIMED_OUT,
    RUN_RECOVERED,
    RUN_IMPORTED,
};

enum energy_scope { SCOPE_JOB, SCOPE_MACHINE };
enum idle_policy { IDLE_PROPORTIONAL, IDLE_NONE, IDLE_ALL };

enum { RUN_NAME_SIZE = 128, RUN_WORD_SIZE = 64, RUN_PLACE_SIZE = 2048, RUN_SOURCE_SIZE = 160 };

/* The stage of what `aico2 serve` measures without end: nobody's piece of work. */
#define RUN_STAGE_WATCH "watch"

struct run {
    char id[ULID_SIZE];
    char name[RUN_NAME_SIZE];
    char stage[RUN_WORD_SIZE];
    char *command_json; /* JSON array of the words, on the heap; NULL none */
    enum run_state state;
    int64_t started_wall_ns;
    int64_t ended_wall_ns; /* while running: the last stored sample */
    int64_t duration_ns;   /* monotonic; never a difference of two wall clocks */
    double cpu_seconds;    /* exact CPU time of the job; NAN unknown */
    int exit_status;       /* -1: none (running, recovered, window) */
    int64_t interval_ns;
    enum energy_scope scope;
    enum idle_policy idle;
    bool embodied;
    double lifetime_years; /* NAN: by the table */
    double pue;
    char pue_source[RUN_SOURCE_SIZE]; /* who disclosed it; "" as given, or the default */
    bool wue_given;                   /* else the place's, where one is disclosed */
    double wue_l_per_kwh;
    struct price price;                /* what was asked for, or what the joules met of a series */
    bool price_matched;                /* the latter */
    char place_option[RUN_PLACE_SIZE]; /* as session/place/text.h has it; "" the world */
    enum place_basis place_basis;
    char unit[RUN_WORD_SIZE];
    double units; /* NAN: none given */
    struct machine machine;
    /* who is measuring: to tell a live run from a dead one */
    char boot_id[40];
    int64_t pid;
    int64_t pid_start_ticks;
    /* what measuring cost */
    double own_cpu_seconds;
    uint64_t own_max_rss_bytes;
    uint64_t late_ticks;
    char *warnings_json; /* JSON array of strings, on the heap; NULL none */
    char *labels;        /* whose work it was: model/labels.h, on the heap; NULL none */
};

const char *run_state_name(enum run_state state);
int run_state_parse(const char *word);
/* Who answers for a stage, after SCI for AI: "provider", who made the model, of training; "consumer", who uses it, of
 * inference. NULL: another stage. */
const char *run_sci_role(const char *stage);
const char *scope_name(enum energy_scope scope);
const char *idle_policy_name(enum idle_policy policy);
int scope_parse(const char *word);
int idle_policy_parse(const char *word);
void run_deinit(struct run *run);
