/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/ranks.c - sessions of a training's other processes: one measures, the others know it */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/public/session.h"

#include "base/clock.h"
#include "history/fork_gate.h"
#include "model/labels.h"
#include "readers/reader.h"
#include "session/ranks/joined.h"
#include "session/session_private.h"

/* For the page of who measures: at the start, and with the last figures of all its devices. */
static const int64_t FIRST_NS = 100 * NSEC_PER_MSEC;
static const int64_t LAST_NS = 500 * NSEC_PER_MSEC;

static const char *get_variable(const void *payload, const char *name)
{
    (void)payload;
    return getenv(name);
}

/* What a run that is gone on with says it is of; its own id where the history does not know it. */
static void find_training(const struct public_settings *settings, char *training_out, size_t size)
{
    (void)snprintf(training_out, size, "%s", settings->resume_run);
    if (settings->resume_run[0] == '\0' || settings->options.db_path == NULL)
        return;
    fork_gate_enter();
    (void)joined_find(settings->options.db_path, settings->resume_run, training_out, size, NULL);
    fork_gate_leave();
}

static int set_training(struct aico2_session *session, struct aico2_error *err)
{
    char training[LABEL_VALUE_SIZE];

    find_training(&session->settings, training, sizeof(training));
    if (training[0] == '\0')
        (void)snprintf(training, sizeof(training), "%s",
                       rank_election_training(&session->election));
    if (training[0] != '\0' && session_set_training(session->session, training) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* What nobody said here is as it was said there: both reports then tell the same, and so does a run that takes over. */
static void take_place(struct public_settings *settings, const struct figures_head *head)
{
    struct session_options *options = &settings->options;

    if (options->intensity.place_basis == PLACE_WORLD)
        options->intensity = head->intensity;
    if (options->pue == 1 && options->pue_source[0] == '\0') {
        options->pue = head->pue;
        (void)snprintf(settings->pue_source, sizeof(settings->pue_source), "%s", head->pue_source);
    }
    if (options->price.currency[0] == '\0' && options->prices == NULL)
        options->price = head->price;
}

/* Without a sensor: its own times, and the figures of who measures. */
static int open_follower(struct aico2_session *session, struct aico2_error *err)
{
    static const struct reader_driver *const none[] = { NULL };
    struct session_options options;
    struct figures_page page;
    int r;

    if (rank_election_figures(&session->election, (uintptr_t)session, &session->follow) == 0) {
        figures_follow_ask(&session->follow, false, FIRST_NS);
        if (figures_follow_page(&session->follow, &page))
            take_place(&session->settings, &page.head);
    }
    options = session->settings.options;
    options.log = &session->log;
    options.drivers = none;
    options.db_path = NULL;
    options.calibration = NULL;
    r = session_new(&session->session, &options, err);
    if (r < 0)
        return r;
    session_follow(session->session, &session->follow);
    return session_watch(session->session, session->wake_fd, err);
}

bool public_is_rank(const struct aico2_session *session)
{
    struct rank rank;

    return !session->settings.alone && rank_find(get_variable, NULL, getppid(), &rank);
}

int public_elect(struct aico2_session *session, char run[ULID_SIZE], struct aico2_error *err)
{
    int r;

    if (!session->settings.alone)
        rank_election_hold(&session->election, get_variable, NULL, true, run);
    session->measures = !session->election.follows;
    if (session->measures) {
        r = session->session == NULL ? public_open(session, err) : 0;
        if (r == 0)
            rank_election_serve(&session->election, session->session);
        return r < 0 ? r : set_training(session, err);
    }
    session_free(session->session);
    session->session = NULL;
    if (session->election.lock.run[0] != '\0')
        memcpy(run, session->election.lock.run, ULID_SIZE);
    return open_follower(session, err);
}

/* From here on the energy is this process's to tell: a run of its own, a part of the same training. */
static void take_over(struct aico2_session *session, const char *run)
{
    struct session *before = session->session;
    char text[160];
    char name[RUN_NAME_SIZE];
    double used;

    (void)session_take_page(before); /* what was told last */
    used = public_budget_used(session);
    session->session = NULL;
    if (public_open(session, NULL) < 0 || set_training(session, NULL) < 0) {
        session_free(session->session);
        session->session =
            before; /* short of memory or descriptors: the time is kept all the same */
        return;
    }
    (void)snprintf(name, sizeof(name), "%s", session_run_name(before));
    session_free(before);
    (void)snprintf(text, sizeof(text),
                   "another process measured before, until it was gone: run %s has that",
                   session->run_id);
    session_add_warning(session->session, text);
    figures_follow_close(&session->follow);
    session->used_before += isfinite(used) ? used : 0;
    session->measures = true;
    rank_election_serve(&session->election, session->session);
    public_begin(session, run, name);
    for (struct open_task *task = session->newest; task != NULL; task = task->older) {
        int64_t begin_ns = task->begin.mono_ns;

        task_edge_deinit(&task->begin);
        (void)task_edge_take(session->session, begin_ns, &task->begin);
        task->first_part = 1;
    }
    if (session->newest != NULL)
        (void)session_mark(session->session, session->newest->name, false, clock_mono_ns());
}

/* Another one leads now, or there is one at last. */
static void follow_leader(struct aico2_session *session)
{
    const struct rank_lock *lock = &session->election.lock;

    if (lock->run[0] == '\0' ||
        (session->follow.pipe_fd >= 0 && strcmp(session->follow.run, lock->run) == 0))
        return;
    if (session->follow.pipe_fd >= 0)
        (void)session_take_page(session->session); /* what the one before told last */
    figures_follow_close(&session->follow);
    if (rank_election_figures(&session->election, (uintptr_t)session, &session->follow) < 0)
        return;
    session_follow_anew(session->session);
    session_name(session->session, lock->run, NULL);
    memcpy(session->run_id, lock->run, sizeof(session->run_id));
    figures_follow_ask(&session->follow, false, 0);
}

bool public_awaits_more(const struct aico2_session *session)
{
    return session->election.lock.run[0] == '\0' || figures_follow_has_more(&session->follow);
}

void public_look_around(struct aico2_session *session)
{
    char run[ULID_SIZE];

    if (session->measures)
        return;
    if (session->follow.pipe_fd >= 0 && session->follow.page_mono_ns == 0)
        session_read_now(session->session);
    figures_follow_flush(&session->follow);
    ulid_make(run, clock_wall_ns());
    if (rank_election_is_won(&session->election, run))
        take_over(session, run);
    else
        follow_leader(session);
}

void public_tell(struct aico2_session *session, const struct figures_ask *ask)
{
    const uint64_t one = 1;

    if (session->measures)
        return;
    figures_follow_say(&session->follow, ask);
    /* the thread sees to what is left: a full counter wakes it as well */
    if (figures_follow_has_more(&session->follow) &&
        write(session->wake_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
        return;
}

void public_end_following(struct aico2_session *session)
{
    const struct rank_lock *lock = &session->election.lock;
    char text[200];

    if (rank_election_look(&session->election))
        follow_leader(session); /* it may have come a moment ago */
    figures_follow_say(&session->follow, &(struct figures_ask){ .kind = ASK_DONE });
    figures_follow_ask(&session->follow, true, LAST_NS);
    (void)session_take_page(session->session);
    if (lock->run[0] == '\0')
        (void)snprintf(text, sizeof(text), "the first of the job on this machine is to measure");
    else
        (void)snprintf(text, sizeof(text),
                       "process %lld measures for all of the job on this machine: %s run %s",
                       (long long)lock->leader.pid,
                       session->session->channel_count > 0
                           ? "the figures are the whole job's, and they are in"
                           : "the energy is in",
                       lock->run);
    session_add_warning(session->session, text);
}
