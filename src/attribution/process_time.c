/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attribution/process_time.c - the CPU time of a process tree, those that have ended included
 *
 * A process costs 0.5 to 1 us for its clock and 9 us for its cutime (proc(5)). Who has not run
 * since the last look has neither moved its clock nor waited for a child, so that of many that
 * sleep only some are asked.
 */
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>

#include "attribution/process_tree_private.h"

#include "base/clock.h"

/* Parents asked for their cutime in one update: when nobody has ended unseen, and when somebody
 * has. */
enum { ASKED = 24, ASKED_AFTER_AN_END = 256 };
/* While clocks are read others may end: so often it is tried to get a still picture. */
enum { AGAIN = 3 };
/* Above this many of the job that sleep, an eighth of them is looked at in an update. */
enum { ASLEEP_MANY = 32, ASLEEP_PARTS = 8 };
/* Half as much again and this, of CPU time that nobody of the job is seen to use: somebody asleep may have
 * woken up. */
static const int64_t WOKEN_NS = 50 * NSEC_PER_MSEC;

/* What one update has found. */
struct tally {
    int64_t gained_ns;   /* by clocks of the living */
    int64_t vanished_ns; /* own and waited-for time of processes that are gone now */
    size_t vanished;
    int64_t waited_ns; /* of ended children, as their parents or the root say */
    size_t unasked;    /* parents there was no room for */
};

static void end(struct process_tree *tree, struct process *process)
{
    tree->living -= !process->gone;
    process->gone = true;
    tree->ended[tree->ended_count++ % PROCESS_ENDED_KEPT] = process->pid;
}

static void read_clock(struct process_tree *tree, struct process *process, struct tally *tally)
{
    struct timespec used;
    int64_t now_ns;

    if (clock_gettime(process->clock, &used) == 0) {
        now_ns = (int64_t)used.tv_sec * NSEC_PER_SEC + used.tv_nsec;
        if (now_ns >= process->clock_ns) {
            process->awake = now_ns > process->clock_ns;
            process->unasked = process->unasked || process->awake;
            tally->gained_ns += now_ns - process->clock_ns;
            process->clock_ns = now_ns;
            return;
        }
    }
    end(tree, process); /* or its pid is another process now */
    tally->vanished_ns += process->clock_ns + process->waited_children_ns;
    tally->vanished++;
}

/* Return: how many of the job were asleep before. */
static size_t read_awake(struct process_tree *tree, struct tally *tally)
{
    size_t asleep = 0;

    for (size_t i = 0; i < tree->known_count; i++) {
        struct process *process = &tree->known[i];

        if (!process->job || process->gone)
            continue;
        if (process->awake)
            read_clock(tree, process, tally);
        asleep += !process->gone && !process->awake;
    }
    return asleep;
}

/* Those that did not move last time: one part of them, or all. */
static void read_asleep(struct process_tree *tree, bool all, struct tally *tally)
{
    tree->round++;
    for (size_t i = 0; i < tree->known_count; i++) {
        struct process *process = &tree->known[i];

        if (process->job && !process->gone && !process->awake &&
            (all || (unsigned)process->pid % ASLEEP_PARTS == tree->round % ASLEEP_PARTS))
            read_clock(tree, process, tally);
    }
}

/* Asks those that have run what they have waited for, in turns. */
static void ask_parents(struct process_tree *tree, size_t limit, struct tally *tally)
{
    size_t asked = 0;

    tally->unasked = 0;
    for (size_t looked = 0; looked < tree->known_count; looked++) {
        struct process *process = &tree->known[tree->turn % tree->known_count];
        struct pid_stat stat;
        int64_t waited_ns;

        if (process->job && !process->gone && process->unasked && asked == limit) {
            tally->unasked = 1; /* at least: the next update begins with this one */
            return;
        }
        tree->turn++;
        if (!process->job || process->gone || !process->unasked)
            continue;
        asked++;
        process->unasked = false;
        if (!pid_stat_read(tree->proc_fd, process->pid, &stat))
            continue;
        waited_ns = process_tree_waited_ns(tree, &stat);
        if (waited_ns > process->waited_children_ns) {
            tally->waited_ns += waited_ns - process->waited_children_ns;
            process->waited_children_ns = waited_ns;
        }
    }
}

/* Has the machine been busier than before with something that none of the clocks read so far shows?
 */
static bool somebody_woke(struct process_tree *tree, int64_t machine_ns, const struct tally *tally)
{
    int64_t before_ns = tree->unexplained_ns > 0 ? tree->unexplained_ns : 0;
    bool known = machine_ns >= 0 && tree->machine_ns >= 0;

    tree->unexplained_ns =
        known ? machine_ns - tree->machine_ns - tally->gained_ns - tally->waited_ns : 0;
    tree->machine_ns = machine_ns;
    return !known || tree->unexplained_ns > before_ns + before_ns / 2 + WOKEN_NS;
}

static void read_again(struct process_tree *tree, struct tally *tally)
{
    for (size_t k = 0; k < tree->known_count; k++) {
        struct process *process = &tree->known[k];
        bool awake = process->awake;

        if (!process->job || process->gone)
            continue;
        read_clock(tree, process, tally);
        process->awake |= awake; /* it has run since the last update */
    }
}

/* Who has waited for one that is gone has run since: its clock must be read after the end was seen.
 */
static void read_after_ends(struct process_tree *tree, size_t vanished_before, struct tally *tally)
{
    for (int i = 0; i < AGAIN && tally->vanished > vanished_before; i++) {
        vanished_before = tally->vanished;
        read_again(tree, tally);
    }
}

/* CPU time of this process's children that were waited for, and of theirs. */
static int64_t waited_by_self_ns(void)
{
    struct rusage used;

    if (getrusage(RUSAGE_CHILDREN, &used) < 0)
        return 0;
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * NSEC_PER_SEC +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
}

/* A child that was waited for while clocks were read would count twice, or not at all: until nobody was. */
static void hear_self(struct process_tree *tree, int64_t before_ns, struct tally *tally)
{
    int64_t now_ns = tree->living > 0 ? waited_by_self_ns() : before_ns;

    for (int i = 0; i < AGAIN && now_ns != before_ns; i++) {
        before_ns = now_ns;
        read_again(tree, tally);
        now_ns = waited_by_self_ns();
    }
    tree->reaped_ns = now_ns;
}

static void read_everybody(struct process_tree *tree, bool births, size_t limit, int64_t machine_ns,
                           struct tally *tally)
{
    size_t asleep;
    size_t vanished;
    bool all;
    bool woken;

    if (tree->living == 0) { /* no clock of the job's explains anything */
        (void)somebody_woke(tree, machine_ns, tally);
        return;
    }
    asleep = read_awake(tree, tally);
    all = asleep <= ASLEEP_MANY || machine_ns < 0;
    read_asleep(tree, all, tally);
    read_after_ends(tree, 0, tally);
    all = all || tally->vanished > 0;
    if (tally->vanished > 0 && limit < ASKED_AFTER_AN_END)
        limit = ASKED_AFTER_AN_END;
    if (births || tally->vanished > 0)
        ask_parents(tree, limit, tally);
    woken = somebody_woke(tree, machine_ns, tally);
    /* a parent that tells of a child may tell of one that was asleep and is still taken for living
     */
    if (all || (!woken && tally->waited_ns == 0))
        return;
    vanished = tally->vanished;
    read_asleep(tree, true, tally);
    read_after_ends(tree, vanished, tally);
    if (tally->vanished > vanished)
        ask_parents(tree, ASKED_AFTER_AN_END, tally);
}

static int64_t update(struct process_tree *tree, bool births, size_t limit, int64_t machine_ns)
{
    struct tally tally = { .vanished_ns = tree->replaced_ns, .vanished = tree->replaced_count };
    int64_t total_ns;

    tree->replaced_ns = 0;
    tree->replaced_count = 0;
    if (tree->self) {
        int64_t waited_ns = waited_by_self_ns();

        read_everybody(tree, births, limit, machine_ns, &tally);
        hear_self(tree, waited_ns, &tally);
        tally.waited_ns += tree->reaped_ns - tree->reaped_seen_ns;
    } else {
        tally.waited_ns = tree->reaped_ns - tree->reaped_seen_ns;
        read_everybody(tree, births, limit, machine_ns, &tally);
    }
    tree->reaped_seen_ns = tree->reaped_ns;

    /* reaped by nobody (SIGCHLD ignored): the kernel has forgotten their time, we have not. cutime
     * counts in whole ticks: what is left below one tick a process is rounding */
    tally.vanished_ns -=
        tally.waited_ns + (int64_t)tally.vanished * (NSEC_PER_SEC / tree->ticks_per_second);
    if (tally.vanished_ns > 0 && tally.unasked == 0)
        tree->unwaited_ns += tally.vanished_ns;
    total_ns = tree->reaped_ns + tree->unwaited_ns;
    for (size_t i = 0; tree->living > 0 && i < tree->known_count; i++) {
        if (tree->known[i].job && !tree->known[i].gone)
            total_ns += tree->known[i].clock_ns + tree->known[i].waited_children_ns;
    }
    if (total_ns > tree->total_ns)
        tree->total_ns = total_ns;
    return tree->total_ns;
}

int64_t process_tree_update(struct process_tree *tree, bool births, int64_t machine_ns)
{
    return update(tree, births, ASKED, machine_ns);
}

int64_t process_tree_settle(struct process_tree *tree)
{
    return update(tree, true, SIZE_MAX, -1);
}

void process_tree_watch_self(struct process_tree *tree)
{
    tree->self = true;
    tree->reaped_ns = tree->reaped_seen_ns = waited_by_self_ns();
}

void process_tree_reaped(struct process_tree *tree, pid_t pid, int64_t cpu_ns)
{
    struct process *process = process_tree_find(tree->known, tree->known_count, pid);

    tree->reaped_ns += cpu_ns;
    if (process != NULL && process->job)
        end(tree, process); /* its clock and its children's are in cpu_ns now */
}
