/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/session.h - the inside of struct aico2_session, shared by the files that make it up */
#pragma once

#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include <aico2/session.h>

#include "session/public/settings.h"
#include "session/ranks/election.h"
#include "session/ranks/follow.h"
#include "session/report/task_figures.h"
#include "session/session.h"

enum public_state { PUBLIC_IDLE, PUBLIC_RUNNING, PUBLIC_STOPPING };

/* A task that has begun and not ended, in the order of their beginnings. */
struct open_task {
    struct open_task *older;
    struct open_task *newer;
    uint64_t number;
    pthread_t thread;
    bool nests; /* of aico2_task_begin(): its thread ends it by aico2_task_end() */
    bool overlaps;
    int kind;
    size_t first_part; /* of the run, as session_mark_count() has them */
    char name[RUN_WORD_SIZE];
    struct task_edge begin;
};

struct aico2_session {
    pid_t pid; /* whose it is */
    struct log log;
    void (*message)(void *context, int level, const char *text);
    void *context;
    locale_t points;

    pthread_mutex_t lock;            /* of all below; the thread holds it while it reads */
    _Atomic enum public_state state; /* written under it, and also read without */
    struct public_settings settings;
    struct session *session; /* NULL after a stop, and of a rank before its start */
    struct rank_election election;
    bool measures;                /* else another process does, for this one too */
    struct figures_follow follow; /* its figures, as far as it tells any */
    double used_before;           /* of the budget, while another one measured that is dead */
    pthread_t thread;
    int wake_fd; /* tells the thread that the run ends */
    char run_id[ULID_SIZE];
    struct open_task *newest;
    struct open_task *oldest;
    uint64_t last_number;
    unsigned epochs;      /* of the run, that have begun */
    struct band embodied; /* of the job, grams a second, as last looked at; BAND_NONE: left out */
    int64_t embodied_mono_ns;
    bool exceeded; /* the budget is, or was once */
};

/* What a test has in place of the machine. */
struct public_seam {
    const struct clock *clock;
    const struct reader_driver *const *drivers;
};

/* As aico2_session_new(); seam: NULL none. */
int public_session_new(struct aico2_session **session_out, const struct aico2_options *options,
                       const struct public_seam *seam, struct aico2_error *err);

/* A call on a session: the lock, the locale, and what the caller's thread spends. */
struct public_call {
    struct aico2_session *session;
    locale_t before;
    int64_t cpu_ns;
};

/* Return: 0, and public_leave() must follow; -ECHILD. */
int public_enter(struct public_call *call, struct aico2_session *session, struct aico2_error *err);
void public_leave(struct public_call *call);
/* The same where the session must be running: also -EINVAL. */
int public_enter_running(struct public_call *call, struct aico2_session *session,
                         struct aico2_error *err);

/* public/ranks.c: who measures, and the session to do so or to keep the time. run: becomes that of who measures. */
int public_elect(struct aico2_session *session, char run[ULID_SIZE], struct aico2_error *err);
/* Whether what started this process may have started others like it. */
bool public_is_rank(const struct aico2_session *session);
/* Of who follows: whether something is to come soon: who measures, its first page, or what it is to hear. */
bool public_awaits_more(const struct aico2_session *session);
/* At every tick. This process may measure from then on, by a session that is new. */
void public_look_around(struct aico2_session *session);
/* Of who follows: what its last figures are, and that they are another's. */
void public_end_following(struct aico2_session *session);
/* Who measures is told what this process names; nothing where this one does. kind: enum figures_ask_kind. */
void public_tell(struct aico2_session *session, const struct figures_ask *ask);

/* public/session.c: the readers and the history's thread; nothing is measured yet. */
int public_open(struct aico2_session *session, struct aico2_error *err);
/* The run of this id begins. */
void public_begin(struct aico2_session *session, const char *id, const char *name);

/* public_peek.c: of the budget, so far; NAN: there is none, or no figure. */
double public_budget_used(struct aico2_session *session);

/* A reading, unless there was one a moment ago. */
void public_refresh(struct aico2_session *session);
/* After readings: what is known better of open tasks' beginnings. */
void public_settle_tasks(struct aico2_session *session);
/* The run ends: nobody's tasks are open any more. */
void public_drop_tasks(struct aico2_session *session);
