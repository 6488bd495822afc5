/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/election.h - who of a training's processes on this machine measures, and for whom */
#pragma once

#include "session/ranks/env.h"
#include "session/ranks/lock.h"
#include "session/ranks/publish.h"

struct figures_follow;
struct session;

/**
 * struct rank_election - one process's part in it
 * Above it there may be an `aico2 run` or a process with a session of its own: they measure it. Else
 * it may be a rank among others, of which one measures. Below it others may come.
 */
struct rank_election {
    struct rank rank;               /* job "": it is alone */
    struct rank_lock lock;          /* that it leads or follows */
    struct rank_lock below;         /* by which its children find it; led, or none */
    struct figures_publish publish; /* to whom it measures for */
    struct rank_process self;
    int proc_fd;
    bool library;
    bool takes_over; /* ranks that stand there already worked for another's run until now */
    bool follows;
    int64_t looked_ns;  /* for who leads, the last time */
    int64_t gone_ns;    /* since when nobody does; 0: somebody does */
    int64_t adopted_ns; /* when ranks that have come were last looked for; 0: never */
};

#define RANK_ELECTION_NULL                                    \
    ((struct rank_election){ .lock = RANK_LOCK_NULL,          \
                             .below = RANK_LOCK_NULL,         \
                             .publish = FIGURES_PUBLISH_NULL, \
                             .proc_fd = -1 })

/* run: that it would measure; library: whoever above it measures does so for it, and it can wait for the first of its machine. Afterwards .follows says whether another measures, and .lock whom. Where nothing can
 * be asked everybody measures for himself. */
void rank_election_hold(struct rank_election *election, rank_get_fn *get, const void *payload,
                        bool library, const char *run);
void rank_election_end(struct rank_election *election);

/* Of who follows: whether somebody leads now, who then knows of it. */
bool rank_election_look(struct rank_election *election);
/* Of who follows, a few times a second: whether it is to measure from now on. Half a second after the one that led is
 * gone: ranks that end together want no run more. */
bool rank_election_is_won(struct rank_election *election, const char *run);
/* Of who measures, before the session starts: after a turn of its loop ranks that have come belong to the job, and
 * all that follow are told its figures. The session is freed before the election ends. */
void rank_election_serve(struct rank_election *election, struct session *session);
/* The same at once: what they are told last. */
void rank_election_turn(struct rank_election *election, struct session *session);
/* Of who follows: the figures of who leads. Return: 0 or -errno, and there are none. */
int rank_election_figures(const struct rank_election *election, uint64_t speaker,
                          struct figures_follow *follow_out);

/* Of who follows and whose work is done, all of it waited for: who leads counts it, also where it never saw it before. At most half a second. */
void rank_election_leave(const struct rank_election *election);

/* What the run is a part of; "": of nothing beyond itself. */
const char *rank_election_training(const struct rank_election *election);
