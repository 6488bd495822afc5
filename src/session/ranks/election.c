/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/election.c - who of a training's processes on this machine measures, and for whom */
#include "session/ranks/election.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/pid_stat.h"
#include "session/environment.h"
#include "session/ranks/follow.h"
#include "session/session.h"

enum { ANCESTORS_MAX = 32 };

/* A rank that is not the first of its machine lets that one go first: people print what the first one tells. */
static const int64_t FIRST_NS = NSEC_PER_SEC;
/* Ranks of a training end one shortly after the other: what is left then is no run of its own. */
static const int64_t LEFT_NS = 500 * NSEC_PER_MSEC;
/* Who leads is looked for no more often. */
static const int64_t LOOK_NS = 50 * NSEC_PER_MSEC;
/* For the last look of who measures at one that ends. */
static const int64_t LAST_LOOK_NS = 500 * NSEC_PER_MSEC;
/* Who comes asks for a reading, and is taken in then; so often they are looked for who could not ask. */
static const int64_t ADOPT_NS = NSEC_PER_SEC / 2;

static bool describe(int proc_fd, pid_t pid, struct rank_process *process_out, pid_t *parent_out)
{
    struct pid_stat stat;

    if (!pid_stat_read(proc_fd, pid, &stat))
        return false;
    *process_out = (struct rank_process){ .pid = pid, .start_ticks = stat.start_ticks };
    *parent_out = stat.parent;
    return true;
}

static void name_process(char name[RANK_JOB_SIZE], const struct rank_process *process)
{
    (void)snprintf(name, RANK_JOB_SIZE, "process-%lld-%lld", (long long)process->pid,
                   (long long)process->start_ticks);
}

/* Whether somebody holds this job's lock; then it is followed. */
static bool follow(struct rank_election *election, const char *job)
{
    struct rank_lock lock = RANK_LOCK_NULL;

    if (rank_lock_open(&lock, job, NULL) < 0)
        return false;
    if (!rank_lock_is_held(&lock, election->proc_fd) || lock.leader.pid == election->self.pid ||
        rank_lock_join(&lock, &election->self) < 0) {
        rank_lock_close(&lock);
        return false;
    }
    election->lock = lock;
    election->follows = true;
    return true;
}

/* multiprocessing, joblib, a script that starts another one */
static bool follow_ancestor(struct rank_election *election, pid_t parent)
{
    for (int i = 0; i < ANCESTORS_MAX && parent > 1; i++) {
        struct rank_process process;
        char job[RANK_JOB_SIZE];

        if (!describe(election->proc_fd, parent, &process, &parent))
            return false;
        name_process(job, &process);
        if (follow(election, job))
            return true;
    }
    return false;
}

/* One of several: the lock decides. */
static void run_for_it(struct rank_election *election, bool waits, const char *run)
{
    int r = rank_lock_open(&election->lock, election->rank.job, NULL);

    if (r < 0)
        return;
    if (waits && election->rank.local > 0 &&
        !rank_lock_is_held(&election->lock, election->proc_fd)) {
        election->follows = true; /* nobody yet: later, if nobody comes */
        return;
    }
    r = rank_lock_try(&election->lock, election->proc_fd, &election->self, run);
    election->follows = r == 0;
    /* two sessions of one process measure each for itself */
    if (r == 0 && election->lock.leader.pid == election->self.pid)
        election->follows = false;
}

/* What children look for, and what all that follow are told. The parts of a library's run are its own program's to name. */
static void show_others(struct rank_election *election, const char *run)
{
    char job[RANK_JOB_SIZE];

    name_process(job, &election->self);
    if (rank_lock_open(&election->below, job, NULL) == 0 &&
        rank_lock_try(&election->below, election->proc_fd, &election->self, run) <= 0)
        rank_lock_close(&election->below);
    if (election->below.leads || election->lock.leads)
        (void)figures_publish_open(&election->publish,
                                   election->below.leads ? election->below.dir_fd
                                                         : election->lock.dir_fd,
                                   election->proc_fd, job, !election->library);
}

int rank_election_figures(const struct rank_election *election, uint64_t speaker,
                          struct figures_follow *follow_out)
{
    char name[RANK_JOB_SIZE];

    if (election->lock.run[0] == '\0')
        return -ENOENT;
    name_process(name, &election->lock.leader);
    return figures_follow_open(follow_out, election->lock.dir_fd, name, election->lock.run,
                               &election->self, speaker);
}

/* Who measures looks at who works for it, and reads. */
static void call(const struct rank_election *election, bool every, int64_t wait_ns)
{
    struct figures_follow follow;

    if (rank_election_figures(election, 0, &follow) < 0)
        return;
    figures_follow_ask(&follow, every, wait_ns);
    figures_follow_close(&follow);
}

void rank_election_hold(struct rank_election *election, rank_get_fn *get, const void *payload,
                        bool library, const char *run)
{
    pid_t parent;

    *election = RANK_ELECTION_NULL;
    election->proc_fd = environment_own_proc();
    election->gone_ns = clock_mono_ns();
    if (!describe(election->proc_fd, getpid(), &election->self, &parent))
        return;
    election->self.cpu_ns = clock_process_cpu_ns();
    election->library = library;
    if (library && follow_ancestor(election, parent))
        return;
    if (rank_find(get, payload, parent, &election->rank))
        run_for_it(election, library, run);
    if (!election->follows)
        show_others(election, run);
    else if (!library) /* else its session does, for its first page */
        call(election, false, 0);
}

void rank_election_end(struct rank_election *election)
{
    figures_publish_close(&election->publish);
    rank_lock_close(&election->below);
    rank_lock_close(&election->lock);
    fd_closep(&election->proc_fd);
    *election = RANK_ELECTION_NULL;
}

bool rank_election_look(struct rank_election *election)
{
    if (!election->follows || !rank_lock_is_held(&election->lock, election->proc_fd))
        return false;
    election->gone_ns = 0;
    if (!election->lock.joined)
        (void)rank_lock_join(&election->lock, &election->self);
    return true;
}

bool rank_election_is_won(struct rank_election *election, const char *run)
{
    int64_t now_ns = clock_mono_ns();
    int r;

    if (!election->follows || now_ns - election->looked_ns < LOOK_NS)
        return false;
    election->looked_ns = now_ns;
    if (rank_election_look(election))
        return false;
    if (election->gone_ns == 0)
        election->gone_ns = now_ns;
    if (now_ns - election->gone_ns < (election->lock.run[0] == '\0' ? FIRST_NS : LEFT_NS))
        return false;
    r = rank_lock_try(&election->lock, election->proc_fd, &election->self, run);
    election->follows = r <= 0;
    election->takes_over = r > 0;
    election->adopted_ns = 0;
    if (r > 0)
        show_others(election, run);
    return r > 0;
}

static void adopt(struct rank_election *election, struct rank_lock *lock, struct session *session)
{
    struct rank_process rank;
    struct rank_process now;
    pid_t parent;

    while (rank_lock_next(lock, &rank)) {
        if (rank.pid != election->self.pid &&
            describe(election->proc_fd, (pid_t)rank.pid, &now, &parent) &&
            now.start_ticks == rank.start_ticks)
            session_adopt(session, (pid_t)rank.pid, election->takes_over ? INT64_MAX : rank.cpu_ns);
    }
}

static void turn(void *payload, struct session *session, bool asked)
{
    struct rank_election *election = payload;
    int64_t now_ns = clock_mono_ns();

    if (asked || now_ns - election->adopted_ns >= ADOPT_NS) {
        election->adopted_ns = now_ns;
        adopt(election, &election->lock, session);
        adopt(election, &election->below, session); /* children, which are the job's already */
        election->takes_over = false;
    }
    figures_publish_turn(&election->publish, election->proc_fd, session, asked);
}

void rank_election_turn(struct rank_election *election, struct session *session)
{
    turn(election, session, true);
}

void rank_election_serve(struct rank_election *election, struct session *session)
{
    session_on_turn(session, election->publish.pipe_fd, turn, election);
}

void rank_election_leave(const struct rank_election *election)
{
    if (election->follows)
        call(election, true, LAST_LOOK_NS);
}

const char *rank_election_training(const struct rank_election *election)
{
    if (election->rank.training[0] != '\0')
        return election->rank.training;
    /* of one machine: what the first to measure had measured */
    return election->rank.job[0] != '\0' && election->lock.leads ? election->lock.first : "";
}
