/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/job_cpu.c - the exact CPU time of a command and all it starts, by the best clock there is */
#include "attribution/job_cpu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution/cgroup_clock.h"
#include "attribution/perf_clock.h"
#include "attribution/process_tree.h"
#include "attribution/stolen_time.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/thread_clocks.h"

/* New processes bring all the time they have used with them, and ended ones leave it to their parents: they
 * need not be looked for at every tick of a short interval. */
static const int64_t LOOK_NS = 100 * NSEC_PER_MSEC;
/* A group of 5000 takes 3 ms to look through. */
enum { FEW_MEMBERS = 64 };
static const int64_t MOVED_NS = NSEC_PER_SEC;
static const int64_t MOVED_MANY_NS = 30 * NSEC_PER_SEC;

struct job_cpu {
    pid_t root;
    struct process_tree *tree;
    int proc_fd;
    int perf_fd;
    int64_t perf_ns;      /* as read last, what was stolen within it */
    int64_t perf_seen_ns; /* of it, what stolen_ns is taken from */
    int64_t stolen_ns;
    struct stolen_time machine;
    struct cgroup_clock *cgroup; /* NULL: none, or no longer ours alone */
    int64_t cgroup_looked_ns;
    uint64_t forks;         /* at the last look; 0 unknown */
    int64_t looked_mono_ns; /* 0: never */
    bool births;            /* seen by a look, not yet accounted for */
    int64_t reaped_ns;
    int64_t late_ns; /* used before it was measured */
    int64_t last_ns;
    /* of this process and its children; NULL: of the children alone */
    int64_t (*process_ns)(void *payload);
    void *payload;
    struct thread_clocks *own;
    int64_t own_ns;       /* of those, as last looked at */
    int64_t before_ns;    /* used before it began */
    int64_t children_ns;  /* as last looked at */
    uint64_t still_forks; /* as long as the machine's count is this there is no child; 0: unknown */
};

int job_cpu_new(struct job_cpu **job_out, pid_t root, int proc_fd, struct aico2_error *err)
{
    struct job_cpu *job = calloc(1, sizeof(*job));
    int r;

    if (job == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    job->perf_fd = -1;
    job->proc_fd = proc_fd;
    job->root = root;
    r = process_tree_new(&job->tree, root, proc_fd, err);
    if (r < 0) {
        free(job);
        return r;
    }
    *job_out = job;
    return 0;
}

int job_cpu_new_self(struct job_cpu **job_out, int proc_fd, int64_t (*process_ns)(void *payload),
                     void *payload, struct thread_clocks *own, struct aico2_error *err)
{
    int r = job_cpu_new(job_out, getpid(), proc_fd, err);

    if (r < 0)
        return r;
    (*job_out)->process_ns = process_ns;
    (*job_out)->payload = payload;
    (*job_out)->own = own;
    process_tree_watch_self((*job_out)->tree);
    return 0;
}

void job_cpu_free(struct job_cpu *job)
{
    if (job == NULL)
        return;
    process_tree_free(job->tree);
    cgroup_clock_free(job->cgroup);
    fd_closep(&job->perf_fd);
    free(job);
}

void job_cpu_attach(struct job_cpu *job, pid_t child)
{
    const struct cgroup_roots roots = { .proc_fd = job->proc_fd, .sys_fd = -1 };
    int fd = perf_clock_open(child, NULL);

    job->perf_fd = fd >= 0 ? fd : -1;
    if (fd >= 0)
        return;
    process_tree_begin(job->tree, child);
    if (job->root == getpid()) /* else our own time is none of the group's */
        job->cgroup = cgroup_clock_open(job->root, child, &roots, clock_process_cpu_ns);
    job->cgroup_looked_ns = clock_mono_ns();
}

void job_cpu_adopt(struct job_cpu *job, pid_t pid, int64_t cpu_ns)
{
    int64_t had_ns;

    if (job_cpu_contains(job, pid))
        return;
    had_ns = process_tree_settle(job->tree);
    if (process_tree_adopt(job->tree, pid)) {
        had_ns = process_tree_settle(job->tree) - had_ns;
        job->before_ns += cpu_ns < had_ns ? cpu_ns : had_ns;
    }
    job->still_forks = 0;
    /* from here on by the processes: their clocks have gone on by themselves */
    fd_closep(&job->perf_fd);
    cgroup_clock_free(job->cgroup);
    job->cgroup = NULL;
}

void job_cpu_exclude(struct job_cpu *job, pid_t pid)
{
    process_tree_exclude(job->tree, pid);
}

bool job_cpu_uses_perf(const struct job_cpu *job)
{
    return job->perf_fd >= 0;
}

bool job_cpu_uses_cgroup(const struct job_cpu *job)
{
    return job->cgroup != NULL;
}

static int64_t raise_to(struct job_cpu *job, int64_t cpu_ns)
{
    if (cpu_ns > job->last_ns)
        job->last_ns = cpu_ns;
    return job->last_ns;
}

void job_cpu_see_machine(struct job_cpu *job, int64_t busy_ns, int64_t stolen_ns)
{
    stolen_time_see(&job->machine, busy_ns, stolen_ns);
}

static int read_perf(struct job_cpu *job)
{
    int64_t now_ns;

    if (job->perf_fd < 0 || perf_clock_read(job->perf_fd, &now_ns) < 0)
        return -ENODATA;
    if (now_ns > job->perf_ns)
        job->perf_ns = now_ns;
    return 0;
}

/* perf's word, without what was stolen until the machine was last seen. */
static int64_t perf_without_stolen(struct job_cpu *job)
{
    job->stolen_ns += stolen_time_within(&job->machine, job->perf_ns - job->perf_seen_ns);
    job->perf_seen_ns = job->perf_ns;
    return job->perf_ns - job->stolen_ns;
}

/* This process without the threads that measure, and all below it. */
static int64_t with_self(struct job_cpu *job, int64_t children_ns)
{
    job->own_ns = thread_clocks_ns(job->own);
    job->children_ns = children_ns;
    return job->process_ns(job->payload) - job->own_ns + children_ns - job->before_ns;
}

/* What the job used of what its processes have. */
static int64_t of_job(struct job_cpu *job, int64_t tree_ns)
{
    return job->process_ns != NULL ? with_self(job, tree_ns) : tree_ns - job->before_ns;
}

int64_t job_cpu_own_ns(const struct job_cpu *job)
{
    return job->own_ns;
}

int64_t job_cpu_glance(const struct job_cpu *job)
{
    int64_t own_ns = thread_clocks_ns(job->own);
    int64_t now_ns = job->process_ns(job->payload) - own_ns + job->children_ns - job->before_ns;

    return now_ns > job->last_ns ? now_ns : job->last_ns;
}

void job_cpu_begin(struct job_cpu *job)
{
    process_tree_scan(job->tree);
    job->looked_mono_ns = clock_mono_ns();
    job->before_ns = with_self(job, process_tree_settle(job->tree));
    job->last_ns = 0;
}

void job_cpu_begin_late(struct job_cpu *job)
{
    job->late_ns = 0;
    job->late_ns = job_cpu_final(job);
}

void job_cpu_look(struct job_cpu *job, uint64_t forks)
{
    if (job->looked_mono_ns != 0 && forks != 0 && forks == job->forks)
        return;
    process_tree_look(job->tree);
    job->forks = forks;
    job->looked_mono_ns = clock_mono_ns();
    job->births = true;
}

/* Who is started by one of us is one of us: only who was moved into the group is somebody else. */
static int read_cgroup(struct job_cpu *job, int64_t *cpu_ns_out)
{
    int64_t now_ns = clock_mono_ns();

    if (now_ns - job->cgroup_looked_ns >=
        (cgroup_clock_members(job->cgroup) > FEW_MEMBERS ? MOVED_MANY_NS : MOVED_NS)) {
        job->cgroup_looked_ns = now_ns;
        if (!cgroup_clock_is_alone(job->cgroup)) {
            /* from here on by the processes: their clocks have gone on by themselves */
            cgroup_clock_free(job->cgroup);
            job->cgroup = NULL;
            return -ENODATA;
        }
    }
    return cgroup_clock_read(job->cgroup, cpu_ns_out);
}

/* By the processes. While there is no child and nobody on the machine is started, children use nothing. */
static int64_t read_tree(struct job_cpu *job, uint64_t forks, int64_t machine_ns)
{
    int64_t cpu_ns;

    if (job->looked_mono_ns == 0 || clock_mono_ns() - job->looked_mono_ns >= LOOK_NS)
        job_cpu_look(job, forks);
    if (forks != 0 && forks == job->still_forks)
        return job->children_ns;
    cpu_ns = process_tree_update(job->tree, job->births, machine_ns);
    job->births = false;
    job->still_forks = forks == job->forks && process_tree_is_empty(job->tree) ? forks : 0;
    return cpu_ns;
}

int64_t job_cpu_read(struct job_cpu *job, uint64_t forks, int64_t machine_ns)
{
    int64_t cpu_ns = 0;

    if (read_perf(job) == 0)
        return raise_to(job, perf_without_stolen(job)) - job->late_ns;
    if (job->cgroup != NULL && read_cgroup(job, &cpu_ns) == 0)
        return raise_to(job, cpu_ns) - job->late_ns;

    cpu_ns = read_tree(job, forks, machine_ns);
    return raise_to(job, of_job(job, cpu_ns)) - job->late_ns;
}

void job_cpu_reaped(struct job_cpu *job, pid_t pid, int64_t cpu_ns)
{
    job->reaped_ns += cpu_ns;
    process_tree_reaped(job->tree, pid, cpu_ns);
}

/* Orphans come back to a subreaper: as long as anybody of the job lives, it has a child. */
static bool nobody_is_left(const struct job_cpu *job)
{
    siginfo_t info;
    int subreaper = 0;

    return job->root == getpid() && prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0) == 0 &&
           subreaper != 0 && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
           errno == ECHILD;
}

int64_t job_cpu_final(struct job_cpu *job)
{
    int64_t cpu_ns;

    (void)read_perf(job);
    if (job->cgroup != NULL && cgroup_clock_is_alone(job->cgroup) &&
        cgroup_clock_read(job->cgroup, &cpu_ns) == 0)
        (void)raise_to(job, cpu_ns);
    if (job->process_ns != NULL || !nobody_is_left(job))
        process_tree_scan(job->tree);
    cpu_ns = process_tree_settle(job->tree);
    (void)raise_to(job, of_job(job, cpu_ns));
    cpu_ns = raise_to(job, job->reaped_ns);
    if (cpu_ns < job->perf_ns - job->stolen_ns)
        cpu_ns = job->perf_ns - job->stolen_ns;
    return cpu_ns - job->late_ns;
}

int64_t job_cpu_settle(struct job_cpu *job)
{
    return raise_to(job, perf_without_stolen(job)) - job->late_ns;
}

bool job_cpu_contains(const struct job_cpu *job, pid_t pid)
{
    return (job->process_ns != NULL && pid == job->root) || process_tree_contains(job->tree, pid);
}

bool job_cpu_knows(const struct job_cpu *job, pid_t pid)
{
    return (job->process_ns != NULL && pid == job->root) || process_tree_knows(job->tree, pid);
}

/* The root is one of its own job: put where its number has it. */
static size_t insert_root(const struct job_cpu *job, pid_t *pids, size_t count, size_t limit)
{
    size_t filled = count < limit ? count : limit;
    size_t at = 0;

    while (at < filled && pids[at] < job->root)
        at++;
    if (at < limit) {
        size_t moved = filled < limit ? filled - at : limit - 1 - at;

        memmove(pids + at + 1, pids + at, moved * sizeof(*pids));
        pids[at] = job->root;
    }
    return count + 1;
}

size_t job_cpu_members(const struct job_cpu *job, pid_t *pids_out, size_t limit)
{
    size_t count = process_tree_living(job->tree, pids_out, limit);

    return job->process_ns != NULL ? insert_root(job, pids_out, count, limit) : count;
}

size_t job_cpu_living(struct job_cpu *job, pid_t *pids_out, size_t limit)
{
    if (job->process_ns == NULL && nobody_is_left(job))
        return 0;
    process_tree_scan(job->tree);
    return job_cpu_members(job, pids_out, limit);
}
